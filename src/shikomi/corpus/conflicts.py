"""A place of a page that a person and the converter changed apart, and how it is settled."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from shikomi.corpus import fields, frontmatter
from shikomi.corpus.page_blocks import PageBlocks, page_blocks, places

Kind = Literal["block", "field"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """`person` stands in the page; `machine` is what the converter makes of the source now,
    `base` what it made before. Each is Markdown, or a line of front matter, and "" where that
    side has nothing there. `above` is the block of the page before the place. `seen`: how often
    the page had the `machine` text (if that is "", the `person` text) when this was found.
    """

    kind: Kind
    base: str
    machine: str
    person: str
    above: str = ""
    seen: int = 0


def occurrences(page: str, conflict: Conflict) -> int:
    """How often the page has the machine's text, or the person's if the machine has none."""
    run = _texts(conflict.machine or conflict.person)
    return len(places(_blocks(page).texts, run))


def settled(page: str, conflict: Conflict) -> bool:
    """Whether the person has since taken the machine's text into the page, or, where the
    machine has none, taken theirs out."""
    if conflict.kind == "field":
        return _entry(page, conflict) == conflict.machine
    n = occurrences(page, conflict)
    return n > conflict.seen if conflict.machine else n < conflict.seen


def still_open(
    earlier: Sequence[Conflict], found: Sequence[Conflict], *, machine: str, page: str
) -> list[Conflict]:
    """Those found now, and of the earlier ones what neither the person settled in the page nor
    the converter took back in its own."""
    listed = {text for each in found for text in _texts(each.machine)}
    sides = {(each.machine, each.person) for each in found}
    open_now = list(found)
    for each in earlier:
        kept = None if settled(page, each) else _left(each, machine, page)
        if kept is None or (kept.machine, kept.person) in sides:
            continue
        if kept.kind == "field" or not kept.machine or not listed.issuperset(_texts(kept.machine)):
            open_now.append(kept)
    return open_now


def _left(conflict: Conflict, machine: str, page: str) -> Conflict | None:
    """The conflict with as much as the converter's page still says of it; None: nothing."""
    if conflict.kind == "field":
        return conflict if _entry(machine, conflict) == conflict.machine else None
    texts = _blocks(machine).texts
    if not conflict.machine:
        return None if places(texts, _texts(conflict.base)) else conflict
    run = _texts(conflict.machine)
    if places(texts, run):
        return conflict
    left = replace(conflict, machine="\n\n".join(text for text in run if text in texts))
    return replace(left, seen=occurrences(page, left)) if left.machine else None


def accepted(page: str, conflict: Conflict) -> str | None:
    """The page with the machine's text in place of the person's; None: the place is not found,
    as the page was edited since."""
    if conflict.kind == "field":
        raw = fields.with_entry(frontmatter.raw(page), _key(conflict), conflict.machine)
        return fields.replaced(page, raw)
    body = frontmatter.split(page)[1]
    blocks = page_blocks(body)
    span = _place(blocks, conflict)
    if span is None:
        return None
    return page[: len(page) - len(body)] + _put(blocks, span, conflict.machine)


def _place(blocks: PageBlocks, conflict: Conflict) -> tuple[int, int] | None:
    """The range of blocks to replace: the one below `above`, else the first."""
    run = _texts(conflict.person)
    above = [i + 1 for i in places(blocks.texts, [conflict.above])] if conflict.above else [0]
    starts = places(blocks.texts, run) if run else above
    if not starts:
        return None
    start = next((i for i in starts if i in above), starts[0])
    return start, start + len(run)


def _put(blocks: PageBlocks, span: tuple[int, int], text: str) -> str:
    start, end = span
    before = "".join(g + t for g, t in zip(blocks.gaps[:start], blocks.texts[:start], strict=True))
    after = "".join(g + t for g, t in zip(blocks.gaps[end:], blocks.texts[end:], strict=True))
    parts = [before, text, after.lstrip("\n")]
    return "\n\n".join(part for part in parts if part) + (blocks.tail or "\n")


def _blocks(page: str) -> PageBlocks:
    return page_blocks(frontmatter.split(page)[1])


def _texts(markdown: str) -> tuple[str, ...]:
    return page_blocks(markdown).texts


def _entry(page: str, conflict: Conflict) -> str:
    return fields.entries(frontmatter.raw(page)).get(_key(conflict), "")


def _key(conflict: Conflict) -> str:
    return fields.key_of(conflict.machine or conflict.person or conflict.base)
