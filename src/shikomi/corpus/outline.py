"""The tree of documents: values and questions to them."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from shikomi.corpus.listing import Listed

_NOTHING = (
    "home homepage index welcome top toppage contents tableofcontents readme documentation docs"
    " トップ トップページ ホーム ホームページ 目次 もくじ はじめに ようこそ 表紙"
)
_NAMES_NOTHING = frozenset(_NOTHING.split())


@dataclass(frozen=True, slots=True)
class PageInfo:
    """What the tree needs to know of a page; all paths are document paths.

    `links` are those it goes to, in the page's order; `listed` those that it names in lists.
    `trail` is the breadcrumbs on it, outermost first, itself left out, each (title, path or
    None); `up` the page that it names as the one above. `frames` are the pages that it is a
    frameset of.
    """

    path: str
    title: str
    links: tuple[str, ...] = ()
    listed: tuple[Listed, ...] = ()
    trail: tuple[tuple[str, str | None], ...] = ()
    up: str | None = None
    frames: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Node:
    """A page, or where `path` is None a group that has a name and no page."""

    title: str
    path: str | None = None
    children: tuple["Node", ...] = ()


@dataclass(frozen=True, slots=True)
class Outline:
    """`root` is the name of what the documents describe; None where it is unknown or none."""

    root: str | None
    nodes: tuple[Node, ...]


def walk(outline: Outline) -> Iterator[tuple[tuple[Node, ...], Node]]:
    """(ancestors outermost first, node) in the order of the tree."""
    stack: list[tuple[tuple[Node, ...], Node]] = [((), node) for node in reversed(outline.nodes)]
    while stack:
        above, node = stack.pop()
        yield above, node
        stack += [((*above, node), child) for child in reversed(node.children)]


def breadcrumbs(outline: Outline) -> dict[str, tuple[str, ...]]:
    """For each page the titles from the root's name to its own.

    A first page that bears the root's name stands for the root: the trail names it once. Where
    there is no root, one whose title names nothing, such as "Home", is in no trail but its own.
    """
    found: dict[str, tuple[str, ...]] = {}
    root = (outline.root,) if outline.root else ()
    front = _front_page(outline)
    for above, node in walk(outline):
        if node.path is None:
            continue
        titles = tuple(each.title for each in (*above, node) if each is not front)
        own = () if node is not front or _bare(node.title) == _bare(outline.root) else (node.title,)
        found[node.path] = root + titles + own
    return found


def parents(outline: Outline) -> dict[str, str | None]:
    """For each page the nearest page above it; None at the top."""
    found: dict[str, str | None] = {}
    for above, node in walk(outline):
        if node.path is not None:
            pages = [each.path for each in above if each.path is not None]
            found[node.path] = pages[-1] if pages else None
    return found


def reconcile(outline: Outline, pages: Sequence[PageInfo]) -> tuple[Outline, tuple[str, ...]]:
    """An edited outline made to fit the pages there are, with a note for each change.

    A page it does not name is appended at the root; a name without a page is taken out, and
    what stood below it moves up.
    """
    known = {page.path for page in pages}
    notes: list[str] = []
    nodes = _without_missing(outline.nodes, known, notes)
    named = {node.path for _, node in walk(outline)}
    added = tuple(Node(page.title, page.path) for page in pages if page.path not in named)
    notes += [f"outline: {node.path} was not in it and is now at its end" for node in added]
    return replace(outline, nodes=nodes + added), tuple(notes)


def _without_missing(
    nodes: tuple[Node, ...], known: set[str], notes: list[str]
) -> tuple[Node, ...]:
    kept: list[Node] = []
    for node in nodes:
        below = _without_missing(node.children, known, notes)
        if node.path is None or node.path in known:
            kept.append(replace(node, children=below))
        else:
            notes.append(f"outline: {node.path} is no document and was taken out")
            kept += below
    return tuple(kept)


def _front_page(outline: Outline) -> Node | None:
    first = outline.nodes[0] if outline.nodes else None
    if first is None or first.path is None:
        return None
    title, root = _bare(first.title), _bare(outline.root)
    if not root:
        return first if title in _NAMES_NOTHING else None
    return first if title and (title in root or root in title) else None


def _bare(name: str | None) -> str:
    return re.sub(r"\W", "", unicodedata.normalize("NFKC", name or "")).casefold()
