"""The parent's end of the child process."""

import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from typing import IO

_TRACEBACK = "Traceback (most recent call last)"
_COMMAND = (sys.executable, "-P", "-m", "shikomi.isolation.child")


@dataclass(frozen=True, slots=True)
class End:
    """Why a child is no more. `traceback` is that of an error that it did not expect, or ""."""

    out_of_time: bool
    traceback: str


class Child:
    """One process, started when it is first asked. For one thread at a time."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None
        self._late = False

    def ask(self, request: bytes, *, seconds: float) -> bytes | None:
        """The answer's line; None where the process ended instead, as it does after `seconds`."""
        process = self._started()
        timer = threading.Timer(seconds, self._stop, [process])
        timer.start()
        try:
            return self._exchanged(process, request)
        except BaseException:
            self.end()  # half an exchange is left in its pipes
            raise
        finally:
            timer.cancel()

    def ended(self) -> End:
        """Why the process ended, once `ask` gave None."""
        process, log = self._process, self._log
        if process is None or log is None:
            return End(False, "")
        status = process.wait()
        log.seek(0)
        text = log.read().decode("utf-8", "replace")
        at = text.rfind(_TRACEBACK)
        late = self._late or -status == getattr(signal, "SIGXCPU", None)
        self.end()
        return End(late, text[at:].strip() if at >= 0 else "")

    def end(self) -> None:
        """Kill the process, if there is one."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
        if self._log is not None:
            self._log.close()
        self._process, self._log, self._late = None, None, False

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is not None:
            self.end()  # somebody ended it since: no fault of what is asked now
        if self._process is None:
            self._log = tempfile.TemporaryFile()  # noqa: SIM115  closed by `end`
            self._process = subprocess.Popen(
                _COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log
            )
        return self._process

    def _stop(self, process: subprocess.Popen[bytes]) -> None:
        self._late = True
        process.kill()

    @staticmethod
    def _exchanged(process: subprocess.Popen[bytes], request: bytes) -> bytes | None:
        if process.stdin is None or process.stdout is None:
            return None
        try:
            process.stdin.write(request)
            process.stdin.flush()
        except BrokenPipeError:
            return None
        answer = process.stdout.readline()
        return answer if answer.endswith(b"\n") else None
