"""What is usual in a document's pages: the type's size, the lines' distance, their right edges,
and what stands at the edge of most pages."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from shikomi.corpus.pdf_text import Line
from shikomi.text import squeeze

Pages = Sequence[Sequence[Line]]

_EDGE_LINES = 2  # of each page, above and below, may be running heads
_RUNNING_SHARE = 0.4  # of the pages: those on left and right pages may differ
_RUNNING_PAGES = 3
_OUTER_NUMBER = re.compile(r"^\W*(\d{1,5})\b|\b(\d{1,5})\W*$")
_OF_PAGES = re.compile(
    r"^\W*page\s+(\d{1,5})\s*(?:of|[/／])\s*\d{1,5}\b"
    r"|(?:^|\s)(\d{1,5})\s*(?:of|[/／])\s*\d{1,5}\W*$|(\d{1,5})\s*(?:ページ|頁)\W*$",
    re.IGNORECASE,
)
_ALONE = re.compile(r"\W*(?:(\d{1,5})|[ivxlc]+)\W*")
_LARGER = 1.1
_BUCKET = 3.0  # points
_EDGE_SHARE = 0.05  # of the lines end at a right edge
_EDGE_LEAST = 3
_FIRST_PAGES = 3
_USUAL_PITCH_EM = 1.4


@dataclass(frozen=True, slots=True)
class Shape:
    """`size` is the type's of most text; `edges` the right edges in ascending order;
    `monospaced` whether most of the text has letters of one width."""

    size: float
    pitches: dict[int, float]
    edges: tuple[float, ...]
    monospaced: bool

    def pitch(self, size: float) -> float:
        """The distance between lines of type of this size."""
        return self.pitches.get(round(size), _USUAL_PITCH_EM * size)

    def edge(self, line: Line) -> float:
        """How far to the right the line could have gone."""
        within = (edge for edge in self.edges if edge >= line.right - _BUCKET)
        return next(within, line.right)


def shape(pages: Pages) -> Shape:
    """Measured over all pages, by the number of characters."""
    sizes: Counter[float] = Counter()
    n_fixed = 0
    for line in _all(pages):
        sizes[round(line.size * 2) / 2] += len(line.text)
        n_fixed += len(line.text) if line.monospaced else 0
    size = sizes.most_common(1)[0][0] if sizes else 0.0
    return Shape(
        size=size or 1.0,
        pitches=_pitches(pages),
        edges=_edges([line.right for line in _all(pages)]),
        monospaced=n_fixed * 2 > sizes.total(),
    )


def _all(pages: Pages) -> Iterator[Line]:
    for page in pages:
        yield from page


def _pitches(pages: Pages) -> dict[int, float]:
    """The most common distance of two lines of the same size, by size."""
    gaps: defaultdict[int, Counter[float]] = defaultdict(Counter)
    for page in pages:
        for above, below in pairwise(page):
            gap = above.y - below.y
            size = round(below.size)
            if round(above.size) == size and 0.8 * size < gap < 3 * size:
                gaps[size][round(gap * 2) / 2] += 1
    return {size: counts.most_common(1)[0][0] for size, counts in gaps.items()}


def _edges(rights: list[float]) -> tuple[float, ...]:
    """Where many lines end, and where nearly none goes further."""
    if not rights:
        return ()
    rights = sorted(rights)
    buckets = Counter(round(right / _BUCKET) for right in rights)
    common = {
        b * _BUCKET for b, n in buckets.items() if n >= max(_EDGE_LEAST, _EDGE_SHARE * len(rights))
    }
    furthest = rights[min(len(rights) - 1, int(0.98 * len(rights)))]
    return tuple(sorted({edge for edge in common if edge < furthest} | {furthest}))


def without_running(pages: Pages) -> list[list[Line]]:
    """The pages without lines that say the same above or below on most of them, and without
    those that count the pages. What is in larger type than most text stays, and so does one of
    several equal lines if the first pages have no other that says it."""
    largest = _LARGER * shape(pages).size
    found: defaultdict[tuple[str, str | int], list[Line]] = defaultdict(list)
    for page in pages:
        for side, line in _outer(page):
            for key in _keys(line) if line.size <= largest else ():
                found[side, key].append(line)
    least = max(_RUNNING_PAGES, _RUNNING_SHARE * sum(1 for page in pages if page))
    running: set[Line] = set()
    offsets: set[str | int] = set()
    for (_, key), lines in found.items():
        if len({line.page for line in lines}) >= least:
            running.update(lines)
            offsets.add(key)
    running.update(_page_numbers(pages, offsets))
    running -= _first_of_each(pages, running)
    return [[line for line in page if line not in running] for page in pages]


def _first_of_each(pages: Pages, running: set[Line]) -> set[Line]:
    """Nothing is left out altogether: the first of equal lines that no kept one is equal to."""
    texts = Counter(line.text for line in running)
    beginning = (line for page in pages[:_FIRST_PAGES] for line in page)
    said = {squeeze(line.text) for line in beginning if line not in running}
    found: dict[str, Line] = {}
    for line in _all(pages):
        if line in running and texts[line.text] > 1 and not _ALONE.fullmatch(line.text):
            found.setdefault(squeeze(line.text), line)
    return {line for text, line in found.items() if text not in said}


def _page_numbers(pages: Pages, offsets: set[str | int]) -> Iterator[Line]:
    """The pages' numbers that stand elsewhere than on most pages, or are Roman."""
    if not any(isinstance(offset, int) for offset in offsets):
        return
    for page in pages:
        for _, line in _outer(page):
            number = _ALONE.fullmatch(line.text)
            if number and (not number[1] or int(number[1]) - line.page in offsets):
                yield line


def _outer(page: Sequence[Line]) -> Iterator[tuple[str, Line]]:
    """The lines at the upper and the lower edge."""
    ordered = sorted(page, key=lambda line: -line.y)
    for line in ordered[:_EDGE_LINES]:
        yield "top", line
    for line in ordered[max(_EDGE_LINES, len(ordered) - _EDGE_LINES) :]:
        yield "bottom", line


def _keys(line: Line) -> Iterator[str | int]:
    """What a running line has in common with those on other pages: its text, or how far its
    number is from the page's."""
    yield line.text
    for pattern in (_OUTER_NUMBER, _OF_PAGES):
        for number in pattern.finditer(line.text):
            yield int(next(filter(None, number.groups()))) - line.page
