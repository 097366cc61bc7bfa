"""The images that pages show, copied beside them into docs/.

One that a person changed or put there stays as it is; one that was taken away comes back as long
as a page shows it; one that no page shows any more goes, unless it was changed.
"""

from collections.abc import Iterator

from shikomi.corpus.images import images as images_of
from shikomi.errors import SourceError, UserError
from shikomi.files import write_whole
from shikomi.stages.context import Context
from shikomi.stages.corrections import can_be, is_there, sha256
from shikomi.stages.file_contents import is_settled
from shikomi.stages.inputs import Inputs
from shikomi.stages.sources import SourceFile
from shikomi.store import images as stored
from shikomi.store.images import Image


def pending(ctx: Context, source: Inputs) -> list[str]:
    """The images in docs/ that are to be copied or to go."""
    known = stored.images(ctx.store)
    needed = stored.needed(ctx.store)
    todo = [path for path in needed if _is_stale(ctx, source.images.get(path), known.get(path))]
    return [*todo, *sorted(known.keys() - needed)]


def bring(ctx: Context, source: Inputs) -> list[str]:
    """Do it. Returns why images could not be copied."""
    known = stored.images(ctx.store)
    needed = stored.needed(ctx.store)
    _take_away(ctx, [known[path] for path in sorted(known.keys() - needed)])
    return list(_copied(ctx, source, {path: known.get(path) for path in needed}))


def _is_stale(ctx: Context, file: SourceFile | None, known: Image | None) -> bool:
    """Whether it is to be copied: not yet copied, away from docs/, or changed at the source."""
    if file is None:
        return False
    if known is None:
        return True
    if known.sha256 and not is_there(ctx, known.path):
        return can_be(ctx, known.path)
    if known.stamp == file.stamp:
        return False
    try:
        return sha256(file.read()) != known.sha256
    except SourceError:
        return known.sha256 != ""


def _copied(ctx: Context, source: Inputs, needed: dict[str, Image | None]) -> Iterator[str]:
    for path, known in needed.items():
        file = source.images.get(path)
        if file is None or not _is_stale(ctx, file, known):
            continue
        digest = ""
        try:
            data = file.read()
            digest = sha256(data)
            if can_be(ctx, path) and not _is_persons(ctx, path, known):
                write_whole(ctx.docs / path, data)
        except SourceError as error:
            yield f"{file.path}: {error}"
        stamp = file.stamp if is_settled(file) else ""
        image = Image(path=path, source_path=file.path, stamp=stamp, sha256=digest)
        stored.put(ctx.store, image)


def _is_persons(ctx: Context, path: str, known: Image | None) -> bool:
    """Whether the image, if it is there, is not what was copied."""
    if not is_there(ctx, path):
        return False
    return known is None or sha256((ctx.docs / path).read_bytes()) != known.sha256


def _take_away(ctx: Context, gone: list[Image]) -> None:
    shown = _shown(ctx) if gone else set()
    for image in gone:
        if image.path not in shown and not _is_persons(ctx, image.path, image):
            (ctx.docs / image.path).unlink(missing_ok=True)
        stored.forget(ctx.store, image.path)


def _shown(ctx: Context) -> set[str]:
    """The images that any page of docs/ refers to, a person's own among them."""
    found: set[str] = set()
    for file in ctx.docs.rglob("*.md"):
        path = file.relative_to(ctx.docs).as_posix()
        try:
            found.update(images_of(file.read_bytes().decode("utf-8", "replace"), path=path))
        except OSError as error:
            raise UserError(f"{file} cannot be read: {error.strerror}") from None
    return found
