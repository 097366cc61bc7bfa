"""The files of a zip file, read in place. Nothing in it is trusted: names, sizes, or methods."""

import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from shikomi.errors import SourceError, UserError
from shikomi.stages.source_names import readable, unique

MAX_ENTRIES = 100_000
MAX_TOTAL_BYTES = 1 << 30
MAX_RATIO = 200
_RATIO_FROM_BYTES = 1 << 20
_DIRECTORY_BYTES_PER_ENTRY = 300
_END_BYTES = 22
_MAX_COMMENT_BYTES = 1 << 16
_ZIP64 = 0xFFFFFFFF
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1
# Others need a dictionary whose size the archive chooses, or are not read at all.
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2}


@dataclass(frozen=True, slots=True)
class Member:
    """A file of the archive; `path` never leads out of it."""

    path: str
    read: Callable[[], bytes]
    problem: str


@contextmanager
def opened(file: Path, wanted: Callable[[str], bool], *, max_bytes: int) -> Iterator[list[Member]]:
    """The files whose path is `wanted`, in the order of their paths.

    Raises:
        UserError: it is no zip file, is broken, or holds far too much.
    """
    with ExitStack() as stack:
        try:
            stream = stack.enter_context(file.open("rb"))
            found = members(stream, wanted, max_bytes=max_bytes)
        except OSError as error:
            raise UserError(f"{file} {_unreadable(error)}") from None
        except SourceError as error:
            raise UserError(f"{file} {error}") from None
        yield found


def members(stream: BinaryIO, wanted: Callable[[str], bool], *, max_bytes: int) -> list[Member]:
    """The same of an open file; they can be read as long as it is open.

    Raises:
        SourceError: it is no zip file, is broken, or holds far too much.
    """
    try:
        _check_directory(stream)
        archive = zipfile.ZipFile(stream)
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError, struct.error) as error:
        raise SourceError(_unreadable(error)) from None
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if len(infos) > MAX_ENTRIES:
        raise _too_many()
    return _members(archive, infos, wanted, max_bytes)


def _unreadable(error: Exception) -> str:
    return (
        f"cannot be read as a zip file ({error}): pack it anew, or unpack it and name its folder"
        " as the source"
    )


def _check_directory(stream: BinaryIO) -> None:
    """The list of contents is read into memory as a whole: refuse one that is too long."""
    if _directory_bytes(stream) > MAX_ENTRIES * _DIRECTORY_BYTES_PER_ENTRY:
        raise _too_many()


def _directory_bytes(stream: BinaryIO) -> int:
    """The size that the end record gives; of ZIP64 (APPNOTE 4.3.14) where it refers to that."""
    length = stream.seek(0, 2)
    stream.seek(max(0, length - _END_BYTES - _MAX_COMMENT_BYTES))
    tail = stream.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END_BYTES:
        return 0
    size: int = struct.unpack_from("<L", tail, at + 12)[0]
    wide = tail.rfind(b"PK\x06\x06", 0, at)
    if size != _ZIP64 or wide < 0:
        return 0 if size == _ZIP64 else size
    return int(struct.unpack_from("<Q", tail, wide + 40)[0])


def _too_many() -> SourceError:
    return SourceError(f"holds more than {MAX_ENTRIES:,} files: unpack what you need of it")


def _members(
    archive: zipfile.ZipFile,
    infos: Sequence[zipfile.ZipInfo],
    wanted: Callable[[str], bool],
    max_bytes: int,
) -> list[Member]:
    names = readable([_raw_name(info) for info in infos])
    paths = unique([_inside(name) for name in names])
    members, total = [], 0
    for info, name, path in zip(infos, names, paths, strict=True):
        if not wanted(path):
            continue
        total += info.file_size
        problem = _problem(info, name, max_bytes)
        if total > MAX_TOTAL_BYTES:
            problem = f"lies beyond the {MAX_TOTAL_BYTES >> 30} GB that are unpacked of an archive"
        members.append(Member(path, partial(_read, archive, info), problem))
    return sorted(members, key=lambda member: member.path)


def _raw_name(info: zipfile.ZipInfo) -> bytes:
    """The name's bytes: `zipfile` reads them as UTF-8 if they are marked so, else as CP437."""
    marked = info.flag_bits & _UTF8_NAME
    return info.orig_filename.encode("utf-8" if marked else "cp437", "surrogateescape")


def _inside(name: str) -> str:
    """The name without what leads out of the archive: roots, drives and `..`."""
    parts = re.sub(r"^[A-Za-z]:", "", name.replace("\\", "/")).split("/")
    return "/".join(part for part in parts if part not in ("", ".", "..")) or "_"


def _problem(info: zipfile.ZipInfo, name: str, max_bytes: int) -> str:
    """Why the file is not read, or ""."""
    parts = name.replace("\\", "/")
    if parts.startswith("/") or ".." in parts.split("/") or re.match(r"[A-Za-z]:", parts):
        return f"its name leads out of the archive ({name!r})"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "is a link: put the file itself into the archive"
    if info.flag_bits & _ENCRYPTED:
        return "is encrypted: unpack the archive and name its folder as the source"
    if info.compress_type not in _METHODS:
        return "is packed by a method that is not read: pack the archive anew"
    if info.file_size > max_bytes:
        return f"is larger than {max_bytes >> 20} MB"
    if info.file_size > max(_RATIO_FROM_BYTES, MAX_RATIO * info.compress_size):
        return f"unpacks to more than {MAX_RATIO} times its size"
    return ""


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Never more than the size that was checked: `zipfile` stops there."""
    try:
        return archive.read(info)
    except (OSError, EOFError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise SourceError(f"is broken in the archive: {error}") from None
