"""A child process that must not outlive the process that started it."""

import ctypes
import os
import signal
import sys
import threading

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def leave_with_parent(*, by_signal: bool = False) -> None:
    """End this process, at once, as soon as its parent is gone.

    The parent holds the write end of our standard input: end-of-file there means that it
    closed it or died, kill -9 included. Call this after whatever is to be read from standard
    input has been read; the rest of the input is thrown away.

    `by_signal` also asks Linux for SIGKILL. That signal comes when the *thread* that started
    us ends: ask for it only when the parent's main thread did, never from a worker thread.
    """
    threading.Thread(target=_wait_for_end_of_input, daemon=True).start()
    if by_signal and sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _wait_for_end_of_input() -> None:
    try:
        while os.read(0, 4096):
            pass
    finally:
        os._exit(0)  # not sys.exit: native threads must not delay the end
