"""The first line of a child process, by which it says that it is ready."""

import threading
from typing import IO


def first_line(pipe: IO[bytes], *, seconds: float) -> bytes | None:
    """b"" where the child ended instead, None where it said nothing within `seconds`.

    A thread reads, for not every system can wait for a pipe with a time limit.
    """
    lines: list[bytes] = []
    reader = threading.Thread(target=lambda: lines.append(pipe.readline()), daemon=True)
    reader.start()
    reader.join(seconds)
    return lines[0] if lines else None
