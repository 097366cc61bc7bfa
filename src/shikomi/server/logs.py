"""What the server's log says: what went wrong, and where; nothing of what anybody asked.

An exception's message may quote the request, the representation of a task its exception.
"""

import asyncio
import logging
import sys
import threading
from typing import Any

from shikomi.errors import place_of
from shikomi.server import request_ids

_log = logging.getLogger("shikomi.server")


class _Places(logging.Formatter):
    """One line a record: the request that was answered, where one was, and exceptions by kind and
    place."""

    def format(self, record: logging.LogRecord) -> str:
        number = request_ids.answered.get()
        about = f"{number}: " if number else ""
        said = record.getMessage().strip()
        text = f"{self.formatTime(record)} {record.levelname} {about}{said}"
        error = record.exc_info[1] if record.exc_info else None
        return f"{text}: {place_of(error)}" if error else text


def install() -> None:
    """Let this process log to standard error, in this form alone."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Places())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)  # it quotes what it parses
    threading.excepthook = lambda told: _log_lost(told.exc_value)
    sys.unraisablehook = lambda told: _log_lost(told.exc_value)


def unhandled(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """The event loop's handler of errors that nobody waits for."""
    _log_lost(context.get("exception"))


def _log_lost(error: BaseException | None) -> None:
    _log.error("unexpected error: %s", place_of(error) if error else "of no kind")
