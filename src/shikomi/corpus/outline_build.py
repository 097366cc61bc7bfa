"""From who stands under whom to the nodes of an outline, in order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shikomi.corpus import folders
from shikomi.corpus.outline import Node, PageInfo
from shikomi.corpus.placement import Placement, is_group

Key = tuple[int, int, bool, int]


def nodes(
    pages: Mapping[str, PageInfo], tree: Placement, *, order: Sequence[str], n_ranked: int
) -> tuple[Node, ...]:
    """The nodes of `tree`. The first `n_ranked` of `order` come in that order; others as the page
    above links to them, then index pages first, then in `order`.

    Groups that say nothing are left out: one that holds no page, or a single group, or all pages.
    """
    below: dict[str | None, list[str]] = {}
    for key, parent in tree.parent.items():
        below.setdefault(parent, []).append(key)
    return _Builder(pages, tree, below, {key: n for n, key in enumerate(order)}, n_ranked).build()


@dataclass(frozen=True, slots=True)
class _Builder:
    pages: Mapping[str, PageInfo]
    tree: Placement
    below: Mapping[str | None, list[str]]
    place: Mapping[str, int]
    n_ranked: int

    def build(self, parent: str | None = None) -> tuple[Node, ...]:
        found = tuple(node for key in self._sorted(parent) if (node := self._node(key)) is not None)
        all_ = found[0] if parent is None and len(found) == 1 else None
        return all_.children if all_ and all_.path is None else found

    def _node(self, key: str) -> Node | None:
        inside = self.build(key)
        if not is_group(key):
            return Node(self.pages[key].title, key, inside)
        if len(inside) == 1 and inside[0].path is None:
            return inside[0]
        return Node(self.tree.names[key], None, inside) if inside else None

    def _sorted(self, parent: str | None) -> list[str]:
        page = self._page_above(parent)
        links = self.pages[page].links if page is not None else ()
        linked: dict[str, int] = {}
        for n, path in enumerate(links):
            linked.setdefault(path, n)

        def key(each: str) -> Key:
            place = self.place[each]
            ranked = place if place < self.n_ranked else self.n_ranked
            first = linked.get(self._first_page(each), len(links))
            return ranked, first, not folders.is_index(each), place

        return sorted(self.below.get(parent, ()), key=key)

    def _page_above(self, key: str | None) -> str | None:
        while key is not None and is_group(key):
            key = self.tree.parent[key]
        return key

    def _first_page(self, key: str) -> str:
        while is_group(key) and self.below.get(key):
            key = self.below[key][0]
        return key
