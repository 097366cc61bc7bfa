"""Propose the tree of documents from what they offer, most trusted first.

1. A contents file (SUMMARY.md), as far as it reaches.
2. Folders: a folder's index page is the parent of its pages and of the indexes below it; a
   folder without one is a group, unless all pages lie in it.
3. Inside one folder: the pages its index links to are its children; another page stands under
   the page that, breadth first from the index, links to it first.
"""

import posixpath
import re
from collections import deque
from collections.abc import Iterable, Sequence

from shikomi.corpus.blocks import scan
from shikomi.corpus.links import links
from shikomi.corpus.outline import Node, Outline, PageInfo

_INDEX_STEMS = ("index", "readme", "default")
_MAX_DEPTH = 8
_LIST_LINE = re.compile(r"(?P<indent>\s*)[-*+]\s+(?P<text>.+)$")


def propose(
    pages: Sequence[PageInfo],
    *,
    root: str | None,
    contents: str | None = None,
    contents_path: str = "SUMMARY.md",
) -> Outline:
    """The tree of `pages` under the name `root` (None: unknown or none).

    `contents` is the text of a contents file: a nested Markdown list of links. Pages it does not
    name are placed by the other signs. Every page is in the tree exactly once; the order follows
    the parent's links, then names. Depends on the set of pages alone, not on their order.
    """
    by_path = {page.path: page for page in sorted(pages, key=lambda page: _natural(page.path))}
    listed = _listed(contents or "", contents_path, by_path)
    tree = _Tree(by_path, _by_folders(by_path) | listed)
    return Outline(root, tree.nodes(first=list(listed)))


def is_index(path: str) -> bool:
    """Whether the file's name makes it its folder's index page."""
    return posixpath.splitext(posixpath.basename(path))[0].lower() in _INDEX_STEMS


class _Tree:
    """Parents by path. A parent that ends in `/` is a folder without an index: a group."""

    def __init__(self, pages: dict[str, PageInfo], parent: dict[str, str | None]) -> None:
        self._pages = pages
        self._parent = parent

    def nodes(self, *, first: list[str]) -> tuple[Node, ...]:
        below: dict[str | None, list[str]] = {}
        for path, parent in self._parent.items():
            below.setdefault(parent, []).append(path)
        rank = {path: n for n, path in enumerate(first)}
        return self._build(None, below, rank)

    def _build(
        self, parent: str | None, below: dict[str | None, list[str]], rank: dict[str, int]
    ) -> tuple[Node, ...]:
        links = self._pages[parent].links if parent in self._pages else ()
        linked = {path: n for n, path in reversed(list(enumerate(links)))}
        last = len(self._pages) + len(links)

        def order(path: str) -> tuple[int, int, bool, list[tuple[int, str]]]:
            return rank.get(path, last), linked.get(path, last), not is_index(path), _natural(path)

        ordered = sorted(below.get(parent, []), key=order)
        return tuple(self._node(path, self._build(path, below, rank)) for path in ordered)

    def _node(self, path: str, inside: tuple[Node, ...]) -> Node:
        if page := self._pages.get(path):
            return Node(page.title, path, inside)
        if len(inside) == 1 and inside[0].path is None:
            return inside[0]  # a folder that holds nothing but a folder says nothing
        return Node(posixpath.basename(path[:-1]), None, inside)


def _listed(contents: str, path: str, pages: dict[str, PageInfo]) -> dict[str, str | None]:
    """path -> parent for the pages that a contents file links to, in its order."""
    found: dict[str, str | None] = {}
    open_: list[tuple[int, str]] = []
    for block in scan(contents):
        if block.kind not in ("text", "indented"):
            open_ = []
            continue
        for line in contents[block.start : block.end].expandtabs(4).split("\n"):
            match = _LIST_LINE.match(line)
            targets = links(match["text"], path=path) if match else ()
            if match is None or not targets or targets[0].path not in pages:
                continue
            target, indent = targets[0].path, len(match["indent"])
            while open_ and open_[-1][0] >= indent:
                open_.pop()
            found.setdefault(target, open_[-1][1] if open_ else None)
            open_.append((indent, target))
    return found


def _by_folders(pages: dict[str, PageInfo]) -> dict[str, str | None]:
    indexes: dict[str, str] = {}
    for path in pages:
        if is_index(path):
            best = indexes.setdefault(posixpath.dirname(path), path)
            indexes[posixpath.dirname(path)] = min(best, path, key=_index_rank)
    base = _common_folder(pages)
    parent: dict[str, str | None] = {}
    for folder, members in _folders(pages).items():
        index = indexes.get(folder)
        home = index or _home(folder, base, indexes, parent)
        for path in members:
            parent[path] = home
        if index is not None:
            parent[index] = _home(posixpath.dirname(folder), base, indexes, parent, of=folder)
            parent.update(_first_linkers(index, members, pages))
    return parent


def _home(
    folder: str,
    base: str,
    indexes: dict[str, str],
    parent: dict[str, str | None],
    *,
    of: str | None = None,
) -> str | None:
    """What stands for `folder`: its index; else a group for it; above `base` nothing."""
    if of == base or (folder == base and folder not in indexes):
        return None
    if folder in indexes:
        return indexes[folder]
    group = folder + "/"
    if group not in parent:
        parent[group] = None
        parent[group] = _home(posixpath.dirname(folder), base, indexes, parent, of=folder)
    return group


def _first_linkers(
    index: str, members: Iterable[str], pages: dict[str, PageInfo]
) -> dict[str, str | None]:
    """path -> parent for the pages within reach of the index. A page that leads to a single new
    one is followed by it, not above it: a chain of "next" links is no hierarchy."""
    inside = set(members)
    found: dict[str, str | None] = {}
    depth = {index: 0}
    waiting = deque([index])
    while waiting:
        page = waiting.popleft()
        new = [
            path
            for path in dict.fromkeys(pages[page].links)
            if path in inside and path not in depth
        ]
        leads = page == index or (len(new) > 1 and depth[page] < _MAX_DEPTH)
        for target in new:
            found[target] = page if leads else found[page]
            depth[target] = depth[page] + leads
        waiting.extend(new)
    return found


def _folders(pages: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in pages:
        found.setdefault(posixpath.dirname(path), []).append(path)
    return found


def _common_folder(pages: Iterable[str]) -> str:
    folders = {posixpath.dirname(path) for path in pages}
    return posixpath.commonpath(folders) if folders and "" not in folders else ""


def _index_rank(path: str) -> tuple[int, str]:
    return _INDEX_STEMS.index(posixpath.splitext(posixpath.basename(path))[0].lower()), path


def _natural(path: str) -> list[tuple[int, str]]:
    """A sort key in which page2 comes before page10."""
    parts = re.split(r"(\d+)", path.lower())
    return [(int(part) if part.isdecimal() else -1, part) for part in [*parts, path]]
