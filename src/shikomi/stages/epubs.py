"""The pages and images of EPUBs, read in place like the files of a folder, with the table of
contents that their package has or, from the order of reading, could have."""

import io
import posixpath
from collections.abc import Callable, Mapping
from functools import partial

from shikomi.corpus import epub
from shikomi.errors import SourceError
from shikomi.stages import archive
from shikomi.stages.archive import Member

SUFFIX = ".epub"
CONTENTS = "toc.ncx"
_BROKEN = "is no EPUB, or a broken one: save it anew"
_MISSING = "is not in the EPUB, which names it"
_PROTECTED = "is protected against copying (DRM): name a copy without protection"

Read = Callable[[], bytes]


def is_epub(path: str) -> bool:
    """Whether the file's name says that it is an EPUB."""
    return path.lower().endswith(SUFFIX)


class Shelf:
    """EPUBs of which the one that was read last is kept in memory."""

    def __init__(self) -> None:
        self._last: tuple[Read, Mapping[str, Member]] | None = None

    def members(self, read: Read, *, max_bytes: int) -> list[Member]:
        """The pages in reading order, the images, and the table of contents as `toc.ncx`, of the
        EPUB that `read` gives the bytes of. Paths are relative to the folder of its package.

        Raises:
            SourceError: it is broken or protected.
        """
        files = self._opened(read, max_bytes)
        package = _package(files)
        base = posixpath.dirname(package.path)
        kept = (*package.pages, *package.images)
        if not all(path.startswith(f"{base}/") for path in kept):
            base = ""
        found = [
            Member(
                posixpath.relpath(path, base or "."),
                partial(self._read, read, max_bytes, path),
                files[path.lower()].problem if path.lower() in files else _MISSING,
            )
            for path in kept
        ]
        table = _table(package, files, base)
        return [*found, Member(CONTENTS, lambda: table, "")]

    def _opened(self, read: Read, max_bytes: int) -> Mapping[str, Member]:
        """The files of an EPUB by their paths in lower case."""
        if self._last is None or self._last[0] is not read:
            try:
                found = archive.members(io.BytesIO(read()), lambda path: True, max_bytes=max_bytes)
            except SourceError:
                raise SourceError(_BROKEN) from None
            self._last = read, {member.path.lower(): member for member in reversed(found)}
        return self._last[1]

    def _read(self, read: Read, max_bytes: int, path: str) -> bytes:
        member = self._opened(read, max_bytes).get(path.lower())
        if member is None:
            raise SourceError(_MISSING)
        return member.read()


def _package(files: Mapping[str, Member]) -> epub.Package:
    if any(name.lower() in files for name in epub.LICENSES):
        raise SourceError(_PROTECTED)
    encryption = files.get(epub.ENCRYPTION.lower())
    if encryption and epub.is_protected(_whole(encryption)):
        raise SourceError(_PROTECTED)
    path = epub.package_path(_whole(files.get(epub.CONTAINER.lower())))
    return epub.package(_whole(files.get(path.lower())), path=path)


def _whole(member: Member | None) -> bytes:
    if member is None:
        raise SourceError(_BROKEN)
    if member.problem:
        raise SourceError(f"{member.path} in the EPUB {member.problem}")
    return member.read()


def _table(package: epub.Package, files: Mapping[str, Member], base: str) -> bytes:
    member = files.get(package.contents.lower())
    data = member.read() if member and not member.problem else b""
    rows = epub.entries(data, path=package.contents)
    return epub.table(package.title, rows, package.pages, base=base)
