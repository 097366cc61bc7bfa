"""What there is to convert: the files of a folder, of a zip file, or one file alone; of an EPUB
its pages, wherever it lies.

Nothing is unpacked to disk. A file that cannot be taken is listed with the reason.
"""

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from shikomi.corpus.images import is_image
from shikomi.errors import SourceError, UserError
from shikomi.stages import archive, epubs
from shikomi.stages.archive import Member
from shikomi.stages.source_names import readable, unique

MAX_BYTES = 64 << 20

Wanted = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to convert. `path` is relative, with `/`, readable and unique, whatever the name on
    disk is made of. `stamp` changes with the file, `changed_at` is when that was, in seconds
    since 1970. `problem`: why it cannot be read, or ""; `is_packed`: it lies in an archive."""

    path: str
    read: Callable[[], bytes]
    stamp: str = ""
    changed_at: float = 0.0
    problem: str = ""
    is_packed: bool = False


@contextmanager
def opened(
    root: Path, wanted: Wanted, *, leave_out: Sequence[Path] = ()
) -> Iterator[list[SourceFile]]:
    """The files at `root` whose path is `wanted`, in a fixed order; they can be read within the
    block. Of a single file the name is not asked about. `leave_out` are folders and files;
    hidden folders are not entered.

    Raises:
        UserError: there is nothing at `root`, or it is a broken archive.
    """
    if root.is_dir():
        yield list(_unfolded(_named(_walk(root, frozenset(leave_out))), wanted))
    elif not root.is_file():
        raise UserError(f"the source folder {root} does not exist: set project.source")
    elif epubs.is_epub(root.name):
        (file,) = _named([_file(root, root.name)])
        yield _of_epub(file, epubs.Shelf(), "", wanted)
    elif root.suffix.lower() != ".zip":
        yield _named([_file(root, root.name)])
    else:
        whole = _file(root, root.name)
        with archive.opened(
            root, lambda path: wanted(path) or epubs.is_epub(path), max_bytes=MAX_BYTES
        ) as members:
            yield list(_unfolded([_packed(whole, each, each.path) for each in members], wanted))


def beside(file: Path, folders: Sequence[str]) -> list[SourceFile]:
    """The images in `folders`, each relative to the folder of `file` and not outside it."""
    here = Path(os.path.realpath(file.parent))
    found: list[SourceFile] = []
    for folder in folders:
        try:
            there = Path(os.path.realpath(here / folder, strict=True))
            inside = there.is_relative_to(here)
            names = sorted(each.name for each in there.iterdir()) if inside else []
        except (OSError, ValueError):
            continue
        for name in filter(is_image, names):
            found += _entry(here / os.path.normpath(folder) / name, here)
    return [file for file in _named(found) if is_image(file.path)]


def _named(files: Sequence[SourceFile]) -> list[SourceFile]:
    """The files under names that can be read and stored."""
    names = unique(readable([os.fsencode(file.path) for file in files]))
    return [replace(file, path=name) for file, name in zip(files, names, strict=True)]


def _unfolded(files: Sequence[SourceFile], wanted: Wanted) -> Iterator[SourceFile]:
    """The wanted ones. An EPUB is a folder of its pages, called as it is without its suffix, or
    with it where there is such a folder already."""
    shelf = epubs.Shelf()
    taken = {str(folder).lower() for file in files for folder in PurePosixPath(file.path).parents}
    for file in files:
        if not epubs.is_epub(file.path):
            yield from [file] if wanted(file.path) else []
            continue
        folder = file.path[: -len(epubs.SUFFIX)]
        folder = file.path if not folder or folder.lower() in taken else folder
        taken.add(folder.lower())
        yield from _of_epub(file, shelf, f"{folder}/", wanted)


def _of_epub(file: SourceFile, shelf: epubs.Shelf, folder: str, wanted: Wanted) -> list[SourceFile]:
    """The files of an EPUB that are wanted, or the EPUB itself where it cannot be read. Who wants
    the EPUB wants its pages."""
    is_wanted = wanted(file.path)
    try:
        if file.problem:
            raise SourceError(file.problem)
        members = shelf.members(file.read, max_bytes=MAX_BYTES)
    except SourceError as error:
        return [replace(file, problem=str(error))] if is_wanted else []
    return [
        _packed(file, member, folder + member.path)
        for member in members
        if wanted(folder + member.path) or (is_wanted and member.path != epubs.CONTENTS)
    ]


def _packed(archive: SourceFile, member: Member, path: str) -> SourceFile:
    return SourceFile(path, member.read, archive.stamp, archive.changed_at, member.problem, True)


def _walk(root: Path, leave_out: frozenset[Path]) -> list[SourceFile]:
    found: list[SourceFile] = []

    def unreadable(error: OSError) -> None:
        folder = os.path.relpath(str(error.filename), root)
        found.append(_refused(folder, f"the folder cannot be read: {error.strerror}"))

    for folder, folders, names in os.walk(root, onerror=unreadable):
        here = Path(folder)
        folders[:] = [name for name in folders if not name.startswith(".")]
        folders[:] = sorted(name for name in folders if here / name not in leave_out)
        links = [name for name in folders if (here / name).is_symlink()]
        for name in sorted([*names, *links]):
            if here / name not in leave_out:
                found += _entry(here / name, root)
    return sorted(found, key=lambda file: file.path)


def _entry(path: Path, root: Path) -> list[SourceFile]:
    """The file, if it is one; a link only if it leads to a file inside."""
    name = path.relative_to(root).as_posix()
    if path.is_symlink():
        try:
            target = Path(os.path.realpath(path, strict=True))
        except OSError:
            return [_refused(name, "is a link that leads nowhere")]
        if not target.is_relative_to(root):
            return [_refused(name, "is a link out of the source folder: put a copy in its place")]
        if target.is_dir():
            return []  # its files are met where they are
    return [_file(path, name)] if path.is_file() else []


def _file(path: Path, name: str) -> SourceFile:
    try:
        status = path.stat()
    except OSError as error:
        return _refused(name, f"cannot be read: {error.strerror}")
    stamp, changed_at = _stamp(status)
    too_large = f"is larger than {MAX_BYTES >> 20} MB" if status.st_size > MAX_BYTES else ""
    return SourceFile(name, lambda: _bytes(path), stamp, changed_at, too_large)


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise SourceError("is no file")
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror}") from None
    if len(data) > MAX_BYTES:
        raise SourceError(f"is larger than {MAX_BYTES >> 20} MB")
    return data


def _refused(name: str, problem: str) -> SourceFile:
    return SourceFile(name, lambda: b"", problem=problem)


def _stamp(status: os.stat_result) -> tuple[str, float]:
    """(size and times, the later time). The time of the inode is among them: a copy that keeps
    the file's own time changes that one."""
    stamp = f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}"
    return stamp, max(status.st_mtime, status.st_ctime)
