"""Cut a page into sections: at headings, small neighbours together, long ones at their seams."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import ceil

from shikomi.corpus.blocks import Block, scan
from shikomi.corpus.pieces import pieces
from shikomi.corpus.units import units

MAX_UNITS = 900
MIN_UNITS = 120


@dataclass(frozen=True, slots=True)
class Span:
    """`markdown[start:end]`, which begins and ends with a visible character (or the indent of
    code). `headings` are those it stands under, outermost first; for merged sections those that
    all of it stands under."""

    start: int
    end: int
    headings: tuple[str, ...]


def split(markdown: str, *, max_units: int = MAX_UNITS, min_units: int = MIN_UNITS) -> list[Span]:
    """The sections of a page in order: they cover all of it but white space and never overlap.

    None is larger than `max_units` (see `units`). One smaller than `min_units` joins a neighbour
    where both fit, and every heading above is still known: the last small part of a chapter does
    not go to the next chapter. A section too large is cut between blocks; then in prose between
    sentences, 「」 and （） kept whole. Tables and code are cut, between lines, only if alone too
    large.
    """
    if min_units < 0 or max_units < max(1, min_units):
        raise ValueError(f"sizes must be 0 <= {min_units} (min) <= {max_units} (max)")
    parts = _merge(_by_heading(markdown), max_units=max_units, min_units=min_units)
    spans = (span for part in parts for span in _cut(markdown, part, max_units))
    return [span for raw in spans if (span := _trimmed(markdown, raw))]


@dataclass(frozen=True, slots=True)
class _Part:
    """Consecutive blocks. `path` is the headings that all of it stands under, `above` those of its
    first block that its text does not have, `size` in units."""

    blocks: tuple[Block, ...]
    path: tuple[str, ...]
    above: tuple[str, ...]
    size: float


def _by_heading(markdown: str) -> Iterator[_Part]:
    trail: list[Block] = []
    for group in _groups(scan(markdown)):
        heads = [block for block in group if block.kind == "heading"]
        above = _above(trail, heads[0]) if heads else trail
        for head in heads:
            trail = [*_above(trail, head), head]
        size = units(markdown[group[0].start : group[-1].end])
        yield _Part(tuple(group), _titles(trail), _titles(above), size)


def _above(trail: Iterable[Block], head: Block) -> list[Block]:
    return [each for each in trail if each.level < head.level]


def _titles(trail: Iterable[Block]) -> tuple[str, ...]:
    return tuple(heading.title for heading in trail if heading.title)


def _groups(blocks: Iterable[Block]) -> Iterator[list[Block]]:
    """Blocks under one heading, with the headings right above that have no text of their own."""
    group: list[Block] = []
    for block in blocks:
        if block.kind == "heading" and group and not _leads(group[-1], block):
            yield group
            group = []
        group.append(block)
    if group:
        yield group


def _leads(before: Block, heading: Block) -> bool:
    return before.kind == "heading" and before.level < heading.level


def _merge(parts: Iterable[_Part], *, max_units: int, min_units: int) -> list[_Part]:
    """A small part takes in what follows it up to `min_units`, but not what stands above it; one
    that is small still joins the part before it, or else the one after."""
    grown: list[_Part] = []
    for part in parts:
        before = grown[-1] if grown else None
        if (
            before
            and before.size < min_units
            and before.size + part.size <= max_units
            and len(part.path) >= len(before.path)
            and _share_all_above(before, part)
        ):
            grown[-1] = _joined(before, part)
        else:
            grown.append(part)
    return _gather_leftovers(grown, max_units=max_units, min_units=min_units)


def _gather_leftovers(parts: list[_Part], *, max_units: int, min_units: int) -> list[_Part]:
    kept: list[_Part] = []
    for part in parts:
        before = kept[-1] if kept else None
        small = before and min(before.size, part.size) < min_units
        fits = before and before.size + part.size <= max_units
        if before and small and fits and _share_all_above(before, part):
            kept[-1] = _joined(before, part)
        else:
            kept.append(part)
    return kept


def _share_all_above(a: _Part, b: _Part) -> bool:
    """Whether joining them hides no heading: each that is not shared stands in the text."""
    return b.path[: len(a.above)] == a.above


def _joined(a: _Part, b: _Part) -> _Part:
    return _Part(a.blocks + b.blocks, _common(a.path, b.path), a.above, a.size + b.size)


def _common(a: tuple[str, ...], b: tuple[str, ...]) -> tuple[str, ...]:
    same = 0
    while same < min(len(a), len(b)) and a[same] == b[same]:
        same += 1
    return a[:same]


def _cut(markdown: str, part: _Part, limit: int) -> Iterator[Span]:
    """Pieces of about equal size, none above `limit`; a heading never ends a piece."""
    first, last = part.blocks[0].start, part.blocks[-1].end
    total = units(markdown[first:last])
    if total <= limit:
        yield Span(first, last, part.path)
        return
    goal = total / ceil(total / limit)
    start, end, size = first, first, 0.0
    for piece in pieces(markdown, part.blocks, limit):
        if size and (size + piece.size > limit or size >= goal):
            yield Span(start, end, part.path)
            start, size = piece.start, 0.0
        end, size = piece.end, size + piece.size
    yield Span(start, end, part.path)


def _trimmed(markdown: str, span: Span) -> Span | None:
    """The span without white space at its ends; the first line keeps its indent."""
    text = markdown[span.start : span.end]
    body = text.strip().strip("\ufeff").strip()
    if not body:
        return None
    first = span.start + text.index(body[0])
    end = span.start + len(text.rstrip())
    line = markdown.rfind("\n", 0, first) + 1
    indent = line >= span.start and not markdown[line:first].strip(" \t")
    return Span(line if indent else first, end, span.headings)
