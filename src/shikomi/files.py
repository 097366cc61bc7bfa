"""Files that are read as UTF-8, that appear whole or not at all, and that one process holds."""

from contextlib import suppress
from pathlib import Path
from threading import get_native_id
from typing import IO, Any

from shikomi.errors import UserError

try:
    import fcntl
except ImportError:  # not a POSIX system: two processes at once are then the user's to avoid
    fcntl = None  # type: ignore[assignment]


def read_utf8(path: Path) -> str:
    """The text of a file that people edit, without a BOM.

    Raises:
        UserError: it is in another encoding.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UserError(f"{path} is not UTF-8 text: save it as UTF-8") from None


def write_whole(path: Path, data: bytes) -> None:
    """As `replace_whole`, its folder made where there is none.

    Raises:
        UserError: the disk is full, or the place cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_whole(path, data)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UserError(f"cannot write {path}: {reason}; see to it and run again") from None


def replace_whole(path: Path, data: bytes) -> None:
    """Write beside, then rename: a killed writer leaves the old file, or none, and of several
    writers the last one's file stays.

    Raises:
        OSError: the disk is full, or the place cannot be written.
    """
    part = path.with_name(f".{path.name}.{get_native_id()}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        with suppress(OSError):  # gone already, where it was renamed
            part.unlink()


def lock(file: IO[Any], *, wait: bool) -> None:
    """Have this process alone hold the file until it is closed, however the process ends.

    Raises:
        OSError: another process holds it, and it is not to `wait` for that.
    """
    if fcntl is not None:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
