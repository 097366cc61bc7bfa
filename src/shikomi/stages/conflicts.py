"""What of docs/ the person is to look at, and how it is settled."""

from collections.abc import Sequence
from dataclasses import dataclass

from shikomi.corpus import conflicts as places
from shikomi.errors import UserError
from shikomi.files import write_whole
from shikomi.stages.context import Context
from shikomi.stages.corrections import is_there, is_touched, page_text
from shikomi.store import pages
from shikomi.store.pages import OpenConflict


@dataclass(frozen=True, slots=True)
class Review:
    """Where docs/ is not what the converter alone would make of it. Paths, in their order:
    pages deleted by the person, edited ones whose source is gone, and edited ones that an older
    converter made and that wait for `convert --rebase`."""

    conflicts: tuple[OpenConflict, ...]
    deleted: tuple[str, ...]
    source_gone: tuple[str, ...]
    older: tuple[str, ...]


def review(ctx: Context, *, version: int) -> Review:
    """`version` is the converter's."""
    known = pages.conversions(ctx.store).values()
    there = [each for each in known if is_there(ctx, each.path)]
    kept = {each.path for each in there}
    aged = [each for each in there if each.version != version and is_touched(ctx, each)]
    return Review(
        conflicts=tuple(open_conflicts(ctx)),
        deleted=tuple(each.path for each in known if each.path not in kept),
        source_gone=tuple(each.path for each in there if each.source_gone),
        older=tuple(each.path for each in aged),
    )


def open_conflicts(ctx: Context) -> list[OpenConflict]:
    """Those that no edit has settled since; the settled ones are closed by this."""
    found = pages.conflicts(ctx.store)
    texts = {path: _lines(page_text(ctx, path)) for path in {each.path for each in found}}
    done = [each for each in found if places.settled(texts[each.path], each.conflict)]
    if done:
        pages.close_conflicts(ctx.store, [each.id for each in done])
    return [each for each in found if each not in done]


def accept(ctx: Context, name: str, numbers: Sequence[int] = ()) -> int:
    """Put the converter's text in the person's place: for all conflicts of a page, or those with
    these numbers. Returns how many.

    Raises:
        UserError: there is no such conflict, or its place is no longer found in the page.
    """
    chosen = _chosen(ctx, name, numbers)
    path = chosen[0].path
    own = page_text(ctx, path) or ""
    text = _lines(own)
    for each in chosen:
        changed = places.accepted(text, each.conflict)
        if changed is None:
            raise UserError(
                f"the place of conflict {each.id} is no longer in docs/{path}: put the text in by"
                f" hand, then `shikomi conflicts dismiss {path}`"
            )
        text = changed
    if "\r\n" in own:
        text = text.replace("\n", "\r\n")
    with ctx.store.transaction():
        pages.close_conflicts(ctx.store, [each.id for each in chosen])
        write_whole(ctx.docs / path, text.encode("utf-8"))
    return len(chosen)


def dismiss(ctx: Context, name: str, numbers: Sequence[int] = ()) -> int:
    """Let the person's text stand. Returns how many.

    Raises:
        UserError: there is no such conflict.
    """
    chosen = _chosen(ctx, name, numbers)
    pages.close_conflicts(ctx.store, [each.id for each in chosen])
    return len(chosen)


def restore(ctx: Context, name: str) -> None:
    """Bring back a page that was deleted from docs/, as the converter made it last.

    Raises:
        UserError: it is there, or the converter never made it.
    """
    path = name.removeprefix("docs/")
    if is_there(ctx, path):
        raise UserError(f"docs/{path} is there: nothing to restore")
    markdown = pages.base(ctx.store, path)
    if markdown is None:
        raise UserError(f"docs/{path} was never made: `shikomi conflicts` lists deleted pages")
    write_whole(ctx.docs / path, markdown.encode("utf-8"))


def _chosen(ctx: Context, name: str, numbers: Sequence[int]) -> list[OpenConflict]:
    path = name.removeprefix("docs/")
    found = [each for each in open_conflicts(ctx) if each.path == path]
    chosen = [each for each in found if not numbers or each.id in numbers]
    if not chosen:
        raise UserError(f"there is no such conflict in docs/{path}: `shikomi conflicts` lists all")
    return chosen


def _lines(text: str | None) -> str:
    return (text or "").replace("\r\n", "\n")
