"""Place pages by the links between them: under the first page, counted from the front, that
lists them.

Shortest paths (Dijkstra 1959) from the front page. A step costs little where a page names another
in a list, more where it does so in prose, and much where it leads into a folder that is not at or
below the page's own, so that a change log's links do not take pages from their own chapter.
"""

import heapq
import math
import posixpath
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shikomi.corpus.outline import PageInfo
from shikomi.corpus.placement import Placement

LISTED, IN_PROSE, SIDEWAYS, PAST_INDEX, FRAME = 1.0, 4.0, 10.0, 3.0, 0.5
_MEANING = 0.3


@dataclass(frozen=True, slots=True)
class _Edge:
    cost: float
    groups: tuple[str, ...] = ()


Edges = dict[str, dict[str, _Edge]]


class LinkGraph:
    """The links of a site, weighted. `indexes` are the index pages by folder, `front` the front
    page; `folders_count` says whether the folder a link leads into is taken into account."""

    def __init__(
        self,
        pages: Mapping[str, PageInfo],
        indexes: Mapping[str, str],
        *,
        front: str | None,
        folders_count: bool,
    ) -> None:
        self._pages = pages
        self._front = front
        self._everywhere = _everywhere(pages, front)
        self._indexes = indexes if folders_count else {}
        self._index_pages = frozenset(indexes.values())
        self._folders_count = folders_count
        self._edges: Edges = {path: {} for path in pages}
        for page in pages.values():
            self._add_page(page)
        for page in pages.values():
            self._add_frames(page)

    def place(self, starts: Mapping[str, float], into: Placement) -> set[str]:
        """Put the pages within reach of `starts` (page -> its distance from the front) where
        they are reached first; the starts themselves are left. Returns what was reached."""
        distance = dict(starts)
        via: dict[str, str] = {}
        done: dict[str, None] = {}
        heap = [(cost, n, path) for n, (path, cost) in enumerate(starts.items())]
        heapq.heapify(heap)
        while heap:
            so_far, _, path = heapq.heappop(heap)
            if path in done:
                continue
            done[path] = None
            if path in via:
                into.put(path, self._home(path, via, into))
            for target, edge in self._edges[path].items():
                cost = so_far + edge.cost
                if (
                    target not in into.parent
                    and target not in starts
                    and cost < distance.get(target, float("inf"))
                ):
                    distance[target] = cost
                    via[target] = path
                    heapq.heappush(heap, (cost, len(distance) + len(heap), target))
        self._unchain(done, via, into)
        return set(done)

    def _unchain(self, order: Iterable[str], via: Mapping[str, str], into: Placement) -> None:
        """A page that leads, in prose, to a single new one is followed by it, not above it: a
        chain of "next" links is no hierarchy."""
        n_led = Counter(via[path] for path in order if path in via)
        for path in order:
            above = via.get(path, "")
            if (
                above in via
                and n_led[above] == 1
                and above not in self._index_pages
                and self._edges[above][path].cost >= IN_PROSE
            ):
                into.parent[path] = into.parent[above]

    def _home(self, path: str, via: Mapping[str, str], into: Placement) -> str | None:
        """The page or group that `path` stands under, having been reached by `via`."""
        above = via[path]
        return into.groups(above, self._edges[above][path].groups)

    def _add_page(self, page: PageInfo) -> None:
        for path, under, groups, part in page.listed:
            if path in self._pages:
                source = page.path if under is None or under not in self._pages else under
                self._add(source, path, IN_PROSE if part else LISTED, groups)
        nested = {each.path for each in page.listed if each.under is not None}
        for path in page.links:
            if path in self._pages and path not in nested:
                self._add(page.path, path, IN_PROSE)

    def _add_frames(self, page: PageInfo) -> None:
        """What a frameset's menu lists, it lists itself, and is nearer."""
        for frame in page.frames:
            if frame not in self._pages:
                continue
            for target, edge in list(self._edges[frame].items()):
                if edge.cost < IN_PROSE:
                    self._add(page.path, target, LISTED, edge.groups)
            self._edges[page.path][frame] = _Edge(FRAME)

    def _add(self, source: str, target: str, cost: float, groups: tuple[str, ...] = ()) -> None:
        if source == target or (target in self._everywhere and source != self._front):
            return
        edge = _Edge(cost + self._detour(source, target), groups)
        known = self._edges[source].get(target)
        if known is None or edge.cost < known.cost:
            self._edges[source][target] = edge

    def _detour(self, source: str, target: str) -> float:
        """What the folders add: into another branch, or past the index of the target's folder."""
        if not self._folders_count:
            return 0.0
        if not is_below(source, target):
            return SIDEWAYS
        index = self._indexes.get(posixpath.dirname(target))
        same = posixpath.dirname(source) == posixpath.dirname(target)
        return 0.0 if same or index in (None, target, source) else PAST_INDEX


def _everywhere(pages: Mapping[str, PageInfo], front: str | None) -> set[str]:
    """What the front page lists and most pages link to as well: the front page's link is the
    shortest way to it, the others would only take up room."""
    if front is None:
        return set()
    counts = Counter(target for page in pages.values() for target in set(page.links))
    listed = (each.path for each in pages[front].listed if each.under is None and not each.part)
    return {path for path in listed if counts[path] * 2 > len(pages)}


def is_below(source: str, target: str) -> bool:
    """Whether `target` is in the folder of `source` or in one below it."""
    folder = posixpath.dirname(source)
    return not folder or (posixpath.dirname(target) + "/").startswith(folder + "/")


def folders_mean_something(pages: Mapping[str, PageInfo]) -> bool:
    """Whether pages are listed by a page of their own folder or of one above it clearly more
    often than chance would have it (Cohen's kappa above 0.3). The outermost folder's pages say
    nothing of this: every page is below them."""
    sizes = Counter(posixpath.dirname(path) for path in pages)
    if len(sizes) < 2:
        return False
    below = _sizes_below(sizes)
    n = seen = 0
    by_chance = 0.0
    for target, sources in _listed_by(pages).items():
        shares = (below[posixpath.dirname(source)] / len(pages) for source in sources)
        n += 1
        seen += any(is_below(source, target) for source in sources)
        by_chance += 1 - math.prod(1 - share for share in shares)
    return n == 0 or by_chance >= n or (seen - by_chance) / (n - by_chance) > _MEANING


def _listed_by(pages: Mapping[str, PageInfo]) -> dict[str, set[str]]:
    """For each page those that list it, less the pages of the outermost folder."""
    found: dict[str, set[str]] = {}
    for page in pages.values():
        for path, under, _, _ in page.listed:
            source = page.path if under is None or under not in pages else under
            if path in pages and path != source and posixpath.dirname(source):
                found.setdefault(path, set()).add(source)
    return found


def _sizes_below(sizes: Mapping[str, int]) -> dict[str, int]:
    """For each folder how many pages are in it and below."""
    total: Counter[str] = Counter()
    for folder, n in sizes.items():
        for above in _above(folder):
            total[above] += n
    return {folder: total[folder] for folder in sizes}


def _above(folder: str) -> Iterable[str]:
    yield folder
    while folder:
        folder = posixpath.dirname(folder)
        yield folder
