"""A disk that is full is so for a while: what must be written waits for room, and the server lives.

The same for a data folder that cannot be written for another reason that passes.
"""

import errno
import logging
import os
import shutil
import sqlite3
import threading
from collections.abc import Callable
from typing import TypeVar

from shikomi.errors import place_of

T = TypeVar("T")

NO_ROOM = "the disk of the server's data folder is full, or cannot be written: make room there"
WAIT_SECONDS = 1.0
_PASSING = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_SQLITE_PASSING = (
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_BUSY,
)
_log = logging.getLogger("shikomi.server")


def lacks_room(error: BaseException) -> bool:
    """Whether it came of the disk, as SQLite says it, the system, or any error of a group."""
    if isinstance(error, BaseExceptionGroup):
        return any(map(lacks_room, error.exceptions))
    if isinstance(error, shutil.Error):  # of a whole folder: it keeps the reasons as text alone
        return any(os.strerror(number) in str(error) for number in _PASSING)
    if isinstance(error, OSError):
        return error.errno in _PASSING
    # the lowest byte is the kind; any other is a bug of ours, which waiting does not mend
    code = getattr(error, "sqlite_errorcode", 0)
    return isinstance(error, sqlite3.OperationalError) and code & 0xFF in _SQLITE_PASSING


def once_there_is_room(work: Callable[[], T], stopped: threading.Event) -> T | None:
    """What `work` gives, tried again while there is no room for it, which is logged once. None
    where `stopped` comes first."""
    is_told = False
    while True:
        try:
            return work()
        except (OSError, sqlite3.OperationalError) as error:
            if not lacks_room(error):
                raise
            if not is_told:
                _log.error("%s: %s", NO_ROOM, place_of(error))
                is_told = True
            if stopped.wait(WAIT_SECONDS):
                return None
