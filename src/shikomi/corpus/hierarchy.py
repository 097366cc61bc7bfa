"""Propose the tree of documents from what they offer, most trusted first.

1. Tables of contents: files such as .hhc, SUMMARY.md, mkdocs.yml, toctrees.
2. Breadcrumbs on the pages, and links to the page above.
3. Menus: lists that are the same on many pages.
4. A page that lists most of the site in a nested list.
5. Links from the front page on, within the folders where folders mean something.
6. Folders: a folder's index page is the parent of its pages; without one it is a group.

A page stands where the first rule puts it that speaks of it. Rules 2 to 4 are left aside where
they are on too few pages or contradict themselves.
"""

import posixpath
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from shikomi.corpus import folders, menus, trails
from shikomi.corpus.contents_rows import Contents
from shikomi.corpus.linking import LinkGraph, folders_mean_something
from shikomi.corpus.outline import Outline, PageInfo
from shikomi.corpus.outline_build import nodes
from shikomi.corpus.placement import Find, Placement, flattened, merged, of_contents, together
from shikomi.text import some_of

_MAX_DEPTH = 12


def _nowhere(url: str, source: str) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Site:
    """What the tree is made from. `tables` are the tables of contents in the source, `documents`
    maps source paths to document paths, `find` gives the document of an address on a source
    page, or None."""

    pages: Mapping[str, PageInfo]
    tables: tuple[Contents, ...] = ()
    documents: Mapping[str, str] | None = None
    find: Find = _nowhere


@dataclass(frozen=True, slots=True)
class Proposal:
    """The `outline`, and `reason`: in one line which signs decided, and why others did not."""

    outline: Outline
    reason: str


@dataclass(frozen=True, slots=True)
class _Said:
    """What a rule says, what to call it to a person, and why it was left aside, or ""."""

    placement: Placement
    name: str
    aside: str = ""


def site(
    pages: Sequence[PageInfo],
    *,
    tables: Sequence[Contents] = (),
    documents: Mapping[str, str] | None = None,
    find: Find = _nowhere,
) -> Site:
    """The pages in the order of their names, whatever order they come in."""
    ordered = sorted(pages, key=lambda page: folders.natural(page.path))
    return Site({page.path: page for page in ordered}, tuple(tables), documents, find)


def propose(of: Site, *, root: str | None, rules: Sequence[str] | None = None) -> Proposal:
    """The tree of the site's pages under the name `root` (None: unknown or none).

    Every page is in it exactly once. The order is that of the table, menu or list that placed
    the pages, else of the parent's links, else of names. `rules` are those to use (all), in order
    of trust.
    """
    said = {rule: _RULES[rule](of) for rule in (RULES if rules is None else rules)}
    tree = merged([each.placement for each in said.values()], of.pages)
    ranked = [key for rule in _ORDERED if rule in said for key in said[rule].placement.parent]
    order = [*dict.fromkeys([*ranked, *tree.parent])]
    flat = flattened(tree, _MAX_DEPTH)
    outline = Outline(root, nodes(of.pages, flat, order=order, n_ranked=len(set(ranked))))
    return Proposal(outline, _reason(said.values(), of.pages))


def placed(of: Site, rule: str) -> set[str]:
    """The pages that one rule, alone, says something of."""
    return of.pages.keys() & _RULES[rule](of).placement.parent.keys()


def _reason(said: Iterable[_Said], pages: Mapping[str, PageInfo]) -> str:
    left = set(pages)
    parts: list[str] = []
    aside: list[str] = []
    for each in said:
        mine = left & each.placement.parent.keys()
        left -= mine
        parts += [f"{each.name} ({len(mine)})"] if mine else []
        aside += [each.aside] if each.aside else []
    n = len(pages)
    made = f"the places of {n} page{'s' * (n != 1)} come from " + ", ".join(parts or ["nothing"])
    return "; ".join([made, *aside])


def _contents(of: Site) -> _Said:
    placement = of_contents(of.tables, of.documents or {}, of.find)
    names = list(dict.fromkeys(posixpath.basename(table.path) for table in of.tables))
    return _Said(placement, some_of(names, 1))


def _breadcrumbs(of: Site) -> _Said:
    (steps, aside), (up, up_aside) = trails.by_trails(of.pages), trails.by_links_up(of.pages)
    return _Said(together(steps, up), "breadcrumbs", "; ".join(filter(None, [aside, up_aside])))


def _menus(of: Site) -> _Said:
    return _Said(menus.by_menus(of.pages), "menus")


def _list(of: Site) -> _Said:
    placement, path = menus.by_contents_page(of.pages)
    return _Said(placement, f"the list on {path}")


def _links(of: Site) -> _Said:
    """From the front page on; then from where else a reader may begin, those places themselves
    left to the folders."""
    placed = Placement()
    known = folders.indexes(of.pages)
    front = folders.front_page(of.pages)
    count = folders_mean_something(of.pages)
    graph = LinkGraph(of.pages, known, front=front, folders_count=count)
    if front is not None:
        placed.put(front, None)
        graph.place({front: 0.0}, placed)
    base = folders.base_folder(of.pages)
    starts = [path for path in known.values() if path not in placed.parent]
    if front is None:
        starts += [path for path in of.pages if posixpath.dirname(path) == base]
    graph.place({path: float(path.count("/")) for path in starts}, placed)
    return _Said(placed, "links between pages" + (" within folders" if count else ""))


def _folders(of: Site) -> _Said:
    return _Said(folders.by_folders(of.pages), "folders")


_RULES: Mapping[str, Callable[[Site], _Said]] = {
    "contents": _contents,
    "breadcrumbs": _breadcrumbs,
    "menus": _menus,
    "list": _list,
    "links": _links,
    "folders": _folders,
}
RULES = tuple(_RULES)
_ORDERED = ("contents", "menus", "list")
