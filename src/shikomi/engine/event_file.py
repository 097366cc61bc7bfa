"""What a trainer tells: a file of events, and how a failure is told in it."""

import json
import threading
from pathlib import Path
from typing import Any

from shikomi.errors import ShikomiError


class Events:
    """Appends events, one JSON line each, readable by others at once."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a+b")
        self._end_torn_line(path)
        self._lock = threading.Lock()
        self._has_failed = False

    def _end_torn_line(self, path: Path) -> None:
        size = path.stat().st_size
        whole = path.read_bytes().rfind(b"\n") + 1 if size else 0
        self._file.truncate(whole)  # a run that was killed may have left half a line

    def write(self, kind: str, **fields: Any) -> None:
        line = json.dumps({"type": kind, **fields}, ensure_ascii=False) + "\n"
        self._file.write(line.encode())
        self._file.flush()

    def say(self, message: str) -> None:
        self.write("message", level="info", message=message)

    def failed(self, fields: dict[str, Any]) -> None:
        """The run's end, told once: what fails after it failed because of it. Any thread."""
        with self._lock:
            if not self._has_failed:
                self._has_failed = True
                self.write("failed", **fields)


class NoEvents:
    """Of processes that help another one, which tells."""

    def write(self, kind: str, **fields: Any) -> None:
        pass

    def say(self, message: str) -> None:
        pass


def failure(error: Exception) -> dict[str, Any]:
    """The fields of a "failed" event."""
    from shikomi.engine.collate import RefusedLine

    plain = isinstance(error, ShikomiError | RefusedLine)
    message = str(error) if plain else f"{type(error).__name__}: {error}"
    more = {"line": error.line, "param": error.param} if isinstance(error, RefusedLine) else {}
    return {"message": message, **more}
