"""Which lines of a PDF are headings: those its outline points to, else those in larger type."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from shikomi.corpus.pdf_shape import Pages, Shape
from shikomi.corpus.pdf_text import Line
from shikomi.text import squeeze

_LARGER = 1.15  # than the text's type
_MUCH_LARGER = 1.3
_SAME_SIZE = 0.04
_MAX_CHARS = 100
_MAX_LINES = 3
_MAX_PREFIX_CHARS = 12
_PREFIX = re.compile(
    r"(?:chapter|section|part|appendix|第|付録|補遺)?(?:[a-z]?\d+|[a-z]|[ivxl]+|[一二三四五六七八九十]+)"
    r"[章節部編項条回]?"
)
_MAX_RANKS = 4
_LINE_APART_EM = 1.8
_MOST_BOLD = 0.15
_SAME_LEFT = 3.0  # points
_LEFT_SHARE = 0.002  # of the lines, and at least so many, begin where the text does
_LEAST_LEFT = 2
_LONG_SHARE = 0.85
_IN_CONTENTS = re.compile(r"\d.*\s\d{1,4}$|.*(?:\. ?){4}")
_APART = 1.2
_NO_HEADING_END = "。．.、,;；"


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of an outline. `level` counts from 0, `page` too; `y` is where on it, if known.
    Without a page it is the name of those that follow below it."""

    title: str
    level: int
    page: int | None
    y: float | None


@dataclass(frozen=True, slots=True)
class Headings:
    """`lines` are the document's, with those added that only the outline has; `levels` has
    (level from 1, number of the heading) for the lines that headings are made of."""

    lines: list[Line]
    levels: dict[Line, tuple[int, int]]


def headings(pages: Pages, outline: Sequence[Entry], shape: Shape) -> Headings:
    """By the outline if there is one."""
    if not outline:
        lines = [line for page in pages for line in page]
        large = _by_size(lines, shape)
        return Headings(lines, large | _by_weight(lines, large, shape))
    return _by_outline(pages, outline, shape)


def _by_outline(pages: Pages, outline: Sequence[Entry], shape: Shape) -> Headings:
    roots = sum(entry.level == 0 for entry in outline)
    filled = [list(page) for page in pages]
    levels: dict[Line, tuple[int, int]] = {}
    names: list[tuple[int, Entry]] = []
    for number, entry in enumerate(outline, start=1):
        names = [each for each in names if each[1].level < entry.level]
        if entry.page is None:
            names.append((number, entry))
        elif 0 <= entry.page < len(filled):
            page = filled[entry.page]
            found = _find(entry, page, levels) or [_add(entry, page, shape)]
            heads = [*_named(names, found[0], page, levels), (number, entry, found)]
            for group, named, lines in heads:
                level = min(6, named.level + (1 if roots == 1 else 2))
                levels.update({line: (level, group) for line in lines})
            names = []
    if roots > 1:
        title = _title(filled, levels, shape)
        levels.update({line: (1, 0) for line in title})
    return Headings([line for page in filled for line in page], levels)


def _named(
    names: Sequence[tuple[int, Entry]],
    first: Line,
    page: list[Line],
    taken: dict[Line, tuple[int, int]],
) -> Iterator[tuple[int, Entry, list[Line]]]:
    """The names of groups with their lines: those above the group's first heading on its page
    that say them, else new ones right before it."""
    for number, entry in names:
        found = _find(entry, page[: page.index(first)], taken)
        if not found:
            found = [replace(first, text=entry.title, hyphen=False)]
            page.insert(page.index(first), found[0])
        yield number, entry, found


def _find(entry: Entry, page: Sequence[Line], taken: dict[Line, tuple[int, int]]) -> list[Line]:
    """The one to three lines that say the entry's title, nearest to the place it points to."""
    wanted = squeeze(entry.title)
    found: list[tuple[float, int, list[Line]]] = []
    for start in range(len(page)):
        for n_lines in range(1, _MAX_LINES + 1):
            lines = list(page[start : start + n_lines])
            text = squeeze("".join(line.text for line in lines))
            if wanted and _says(text, wanted) and not any(line in taken for line in lines):
                away = abs(lines[0].y - entry.y) if entry.y is not None else 0.0
                found.append((away, n_lines, lines))
            if len(text) > len(wanted) + _MAX_PREFIX_CHARS:
                break
    return min(found, key=lambda each: each[:2])[2] if found else []


def _says(text: str, wanted: str) -> bool:
    """Whether one is the other, perhaps behind a chapter's number."""
    long, short = (text, wanted) if len(text) >= len(wanted) else (wanted, text)
    prefix = long[: len(long) - len(short)]
    return bool(short) and long.endswith(short) and (not prefix or bool(_PREFIX.fullmatch(prefix)))


def _add(entry: Entry, page: list[Line], shape: Shape) -> Line:
    """A line of its own for a title that is not on the page, where the entry points to."""
    at = 0
    if entry.y is not None:
        below = (i for i, line in enumerate(page) if line.y < entry.y)
        at = next(below, len(page))
    line = Line(entry.title, entry.page or 0, 0.0, 0.0, entry.y or 0.0, shape.size)
    page.insert(at, line)
    return line


def _title(pages: Pages, taken: dict[Line, tuple[int, int]], shape: Shape) -> list[Line]:
    """The lines in the largest type of the first page that has text, if it is much larger."""
    first = next((page for page in pages if page), ())
    free = [line for line in first if line not in taken and _may_be_heading(line)]
    largest = max((line.size for line in free), default=0.0)
    if largest < _MUCH_LARGER * shape.size:
        return []
    return next(_neighbours([line for line in free if _alike(line.size, largest)]), [])


def _by_size(lines: Sequence[Line], shape: Shape) -> dict[Line, tuple[int, int]]:
    large = [line for line in lines if line.size > _LARGER * shape.size and _may_be_heading(line)]
    ranks = _ranks(line.size for line in large)
    groups = list(_neighbours(large))
    counts = Counter(ranks[group[0].size] for group in groups)
    first = 1 if counts[0] == 1 else 2
    return {
        line: (ranks[group[0].size] + first, number)
        for number, group in enumerate(groups, start=1)
        for line in group
    }


def _by_weight(
    lines: Sequence[Line], large: dict[Line, tuple[int, int]], shape: Shape
) -> dict[Line, tuple[int, int]]:
    """Bold lines that stand alone at the left edge above a line of text as long as they come,
    below those in larger type; none, where much of the text is bold."""
    if sum(line.bold for line in lines) > _MOST_BOLD * len(lines):
        return {}
    deepest = max((level for level, _ in large.values()), default=1)
    group = max((group for _, group in large.values()), default=0)
    lefts = Counter(round(line.left) for line in lines)
    left = min(
        (at for at, n in lefts.items() if n >= max(_LEAST_LEFT, _LEFT_SHARE * len(lines))),
        default=0,
    )
    found: dict[Line, tuple[int, int]] = {}
    for above, line, below in zip([None, *lines], lines, lines[1:], strict=False):
        near = above is not None and above.page == line.page and above not in large
        starts = above is None or not near or _apart(above, line, shape)
        alone = line.bold and line not in large and abs(line.left - left) <= _SAME_LEFT
        long = below.right >= _LONG_SHARE * max(shape.edges, default=0.0)
        text = not below.bold and (long or below.left - line.left > line.size)
        if (
            starts
            and alone
            and text
            and not _IN_CONTENTS.match(line.text)
            and below.page == line.page
            and _may_be_heading(line)
        ):
            group += 1
            found[line] = (min(6, deepest + 1), group)
    return found


def _apart(above: Line, line: Line, shape: Shape) -> bool:
    return above.y - line.y > _APART * shape.pitch(shape.size)


def _may_be_heading(line: Line) -> bool:
    ended = line.text[-1] in _NO_HEADING_END
    return len(line.text) <= _MAX_CHARS and not ended and _says_a_word(line.text)


def _says_a_word(text: str) -> bool:
    """Whether a letter or digit is in it; an accent that stands for a mark (ˆ) is none."""
    return any(char.isalnum() and unicodedata.category(char) != "Lm" for char in text)


def _ranks(sizes: Iterator[float]) -> dict[float, int]:
    """0 for the largest size, 1 for the next that differs from it, and so on."""
    ranks: dict[float, int] = {}
    rank, last = -1, 0.0
    for size in sorted(set(sizes), reverse=True):
        if rank < 0 or not _alike(size, last):
            rank, last = min(rank + 1, _MAX_RANKS - 1), size
        ranks[size] = rank
    return ranks


def _alike(size: float, other: float) -> bool:
    return abs(size - other) <= _SAME_SIZE * other


def _neighbours(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Lines of one size that stand one below the other are one heading."""
    group: list[Line] = []
    for line in lines:
        if group and not _is_next(group[-1], line):
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _is_next(above: Line, below: Line) -> bool:
    near = 0 < above.y - below.y < _LINE_APART_EM * below.size
    return above.page == below.page and near and _alike(above.size, below.size)
