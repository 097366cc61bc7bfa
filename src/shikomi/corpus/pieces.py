"""Cut blocks that are too large for a section into pieces that are not."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from shikomi.corpus.blocks import Block
from shikomi.corpus.units import units
from shikomi.sentences import ends

_LINE_END = re.compile(r"\n")
_ITEM = re.compile(r"\n(?=[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t])")
_CLAUSE = re.compile(r"[、，,;；:：|]\s*|\s+")

Cuts = Callable[[str], list[int]]


@dataclass(frozen=True, slots=True)
class Piece:
    """`markdown[start:end]`; `size` in units counts the gap before it too."""

    start: int
    end: int
    size: float


def pieces(markdown: str, blocks: Iterable[Block], limit: float) -> Iterator[Piece]:
    """The blocks in order, each at most `limit` units: one that fits is one piece, a heading is
    one piece with what follows it unless that would cut a table or code block that fits, a larger
    block is divided at its strongest seams."""
    lead: int | None = None
    end = last = 0
    for block in blocks:
        last = block.end
        start = block.start if lead is None else lead
        gap = units(markdown[end:start]) if end else 0.0
        if block.kind == "heading" and units(markdown[start : block.end]) <= limit / 2:
            lead = start
            continue
        for piece in _block(markdown, block, start, limit):
            yield Piece(piece.start, piece.end, piece.size + gap)
            gap = 0.0
        lead, end = None, block.end
    if lead is not None:
        yield Piece(lead, last, units(markdown[lead:last]))


def _block(markdown: str, block: Block, start: int, limit: float) -> Iterator[Piece]:
    size = units(markdown[start : block.end])
    if units(markdown[start : block.end].rstrip()) <= limit:
        yield Piece(start, block.end, size)
        return
    prose = block.kind in ("text", "heading")
    own = markdown[block.start : block.end]
    if not prose and units(own.rstrip()) <= limit:
        yield Piece(start, block.start, units(markdown[start : block.start]))
        yield Piece(block.start, block.end, units(own))
        return
    seams = _PROSE if prose else _LINES
    room = limit - units(markdown[start : block.start])
    for piece in _divide(markdown, (block.start, block.end), room, seams):
        if piece.start == block.start:
            yield Piece(start, piece.end, piece.size + limit - room)
        else:
            yield piece


def _divide(
    markdown: str, bounds: tuple[int, int], limit: float, seams: Sequence[Cuts]
) -> Iterator[Piece]:
    """Pieces between the cuts of the first seam; a piece still too large goes to the next one."""
    start, end = bounds
    text = markdown[start:end]
    if not seams:
        yield from _by_characters(text, start, limit)
        return
    at = 0
    for cut in [*seams[0](text), len(text)]:
        if cut <= at:
            continue
        size = units(text[at:cut])
        if size <= limit:
            yield Piece(start + at, start + cut, size)
        else:
            yield from _divide(markdown, (start + at, start + cut), limit, seams[1:])
        at = cut


def _by_characters(text: str, start: int, limit: float) -> Iterator[Piece]:
    at, size = 0, 0.0
    for n, char in enumerate(text):
        step = units(char)
        if size + step > limit and n > at:
            yield Piece(start + at, start + n, size)
            at, size = n, 0.0
        size += step
    yield Piece(start + at, start + len(text), size)


def _after(pattern: re.Pattern[str]) -> Cuts:
    return lambda text: [match.end() for match in pattern.finditer(text)]


def _sentences(text: str) -> list[int]:
    return sorted({*ends(text), *_after(_ITEM)(text)})


def _inner_sentences(text: str) -> list[int]:
    return ends(text, inside_brackets=True)


_PROSE: tuple[Cuts, ...] = (_sentences, _inner_sentences, _after(_LINE_END), _after(_CLAUSE))
_LINES: tuple[Cuts, ...] = (_after(_LINE_END), _after(_CLAUSE))
