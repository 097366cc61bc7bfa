"""Which blocks of two versions of a page correspond.

Equal blocks are matched by patience diff (Bram Cohen, 2003): those that occur once in both,
then what lies between them. Where blocks differ, the ones most alike are paired, so that a
change of one block does not hide its neighbour's. The time is bounded on any input: what is too
large or too much alike to be matched well counts as changed as a whole.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from shikomi.text import squeeze

Pair = tuple[int, int]
Window = tuple[int, int, int, int]

LIKE = 0.4
_DENSE_MAX_CELLS = 40_000
_ALIKE_MAX_CELLS = 400_000
_ALL_COMPARED_CELLS = 1_600  # in larger windows only blocks at about the same place are compared
_BAND = 12
_COMPARED_CHARS = 2_000
_GRAM = 3


@dataclass(frozen=True, slots=True)
class Span:
    """`base[start:end]` became `other[new_start:new_end]`."""

    start: int
    end: int
    new_start: int
    new_end: int


def equal_pairs(a: Sequence[str], b: Sequence[str]) -> list[Pair]:
    """Increasing pairs (i, j) with a[i] == b[j]."""
    found: list[Pair] = []
    todo: list[Window] = [(0, len(a), 0, len(b))]
    while todo:
        window = _trimmed(a, b, todo.pop(), found)
        if window[0] == window[1] or window[2] == window[3]:
            continue
        anchors = _unique_pairs(a, b, window)
        if anchors:
            found += anchors
            todo += _between(anchors, window)
        else:
            found += _dense_pairs(a, b, window)
    return sorted(found)


def changes(base: Sequence[str], other: Sequence[str]) -> list[Span]:
    """What makes `other` of `base`, in order, in pieces as small as can be told apart."""
    whole = (0, len(base), 0, len(other))
    found: list[Span] = []
    for window in _between(equal_pairs(base, other), whole):
        found += _refined(base, other, window)
    return found


def likeness(a: str, b: str) -> float:
    """Share of character 3-grams in common (Dice), 0 to 1; of the first characters alone."""
    return _dice(_grams(a), _grams(b))


def _trimmed(a: Sequence[str], b: Sequence[str], window: Window, found: list[Pair]) -> Window:
    """The window less its equal beginning and end, which go into `found`."""
    a0, a1, b0, b1 = window
    while a0 < a1 and b0 < b1 and a[a0] == b[b0]:
        found.append((a0, b0))
        a0, b0 = a0 + 1, b0 + 1
    while a0 < a1 and b0 < b1 and a[a1 - 1] == b[b1 - 1]:
        a1, b1 = a1 - 1, b1 - 1
        found.append((a1, b1))
    return a0, a1, b0, b1


def _unique_pairs(a: Sequence[str], b: Sequence[str], window: Window) -> list[Pair]:
    """The longest increasing run of blocks that occur once on both sides."""
    a0, a1, b0, b1 = window
    once_a = {key for key, n in Counter(a[a0:a1]).items() if n == 1}
    once = {key for key, n in Counter(b[b0:b1]).items() if n == 1} & once_a
    place = {b[j]: j for j in range(b0, b1) if b[j] in once}
    return _increasing([(i, place[a[i]]) for i in range(a0, a1) if a[i] in once])


def _increasing(pairs: Sequence[Pair]) -> list[Pair]:
    """The longest subsequence whose second members increase (patience sorting)."""
    tops: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for n, (_, j) in enumerate(pairs):
        pile = bisect_left(tops, j)
        before.append(ends[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [j]
        ends[pile : pile + 1] = [n]
    found, n = list[Pair](), ends[-1] if ends else -1
    while n >= 0:
        found.append(pairs[n])
        n = before[n]
    return found[::-1]


def _dense_pairs(a: Sequence[str], b: Sequence[str], window: Window) -> list[Pair]:
    a0, a1, b0, b1 = window
    if (a1 - a0) * (b1 - b0) > _DENSE_MAX_CELLS:
        return []
    matcher = SequenceMatcher(None, a[a0:a1], b[b0:b1], autojunk=False)
    return [
        (a0 + match.a + k, b0 + match.b + k)
        for match in matcher.get_matching_blocks()
        for k in range(match.size)
    ]


def _between(pairs: Sequence[Pair], window: Window) -> Iterator[Window]:
    """The windows around the pairs that are not empty on both sides."""
    a, a1, b, b1 = window
    for i, j in [*pairs, (a1, b1)]:
        if i > a or j > b:
            yield a, i, b, j
        a, b = i + 1, j + 1


def _refined(base: Sequence[str], other: Sequence[str], window: Window) -> Iterator[Span]:
    """The window cut at pairs of blocks: those with the same letters, then those alike."""
    a0, a1, b0, b1 = window
    letters = equal_pairs(_letters(base[a0:a1]), _letters(other[b0:b1]))
    pairs = [(a0 + i, b0 + j) for i, j in letters]
    for part in _between(tuple(pairs), window):
        pairs += _alike_pairs(base, other, part)
    a, b = a0, b0
    for i, j in [*sorted(pairs), (a1, b1)]:
        if i > a or j > b:
            yield Span(a, i, b, j)
        if i < a1 or j < b1:
            yield Span(i, i + 1, j, j + 1)
        a, b = i + 1, j + 1


def _letters(blocks: Sequence[str]) -> list[str]:
    """Letters and digits alone; a block without any stays as it is."""
    return [squeeze(block) or block for block in blocks]


def _alike_pairs(base: Sequence[str], other: Sequence[str], window: Window) -> list[Pair]:
    """The increasing pairs with the greatest sum of likeness, each at least `LIKE`."""
    a0, a1, b0, b1 = window
    if not 0 < (a1 - a0) * (b1 - b0) <= _ALIKE_MAX_CELLS:
        return []
    left = [_grams(block) for block in base[a0:a1]]
    right = [_grams(block) for block in other[b0:b1]]
    n, m = len(left), len(right)
    band = m if n * m <= _ALL_COMPARED_CELLS else _BAND
    scores = [
        [_dice(one, two) if abs(i * m // n - j) <= band else 0.0 for j, two in enumerate(right)]
        for i, one in enumerate(left)
    ]
    return [(a0 + i, b0 + j) for i, j in _best_path(scores)]


def _best_path(scores: Sequence[Sequence[float]]) -> list[Pair]:
    """Increasing (row, column) pairs with the greatest sum (Needleman and Wunsch, 1970)."""
    n, m = len(scores), len(scores[0])
    best = [[0.0] * (m + 1) for _ in range(n + 1)]
    for i in range(n - 1, -1, -1):
        for j in range(m - 1, -1, -1):
            paired = scores[i][j] + best[i + 1][j + 1] if scores[i][j] >= LIKE else 0.0
            best[i][j] = max(paired, best[i + 1][j], best[i][j + 1])
    found, i, j = list[Pair](), 0, 0
    while i < n and j < m:
        if best[i][j] == best[i + 1][j]:
            i += 1
        elif best[i][j] == best[i][j + 1]:
            j += 1
        else:
            found.append((i, j))
            i, j = i + 1, j + 1
    return found


def _grams(block: str) -> Counter[str]:
    text = block[:_COMPARED_CHARS]
    return Counter(text[i : i + _GRAM] for i in range(max(1, len(text) - _GRAM + 1)))


def _dice(one: Counter[str], two: Counter[str]) -> float:
    return 2 * (one & two).total() / (one.total() + two.total())
