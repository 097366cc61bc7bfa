"""Questions about where things stand in the documents: of their tree, headings, tables and links.

No model is asked. A question is left out where its answer would not be the only one: of a title,
heading or name that stands on several pages, and of a list too long to be learnt. Without a known
system nothing is said of it; what stands below a page is then named by that page alone.
"""

from bisect import bisect
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, islice

from shikomi.dataset import lookups, tables
from shikomi.text import squeeze
from shikomi.types import Fact, Lang, Section

Value = str | tuple[str, ...]
_LONGEST_LIST = 20
_LONGEST_NAME = 60  # characters
_MOST_TERMS = 2000  # each is looked for on all pages


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing to ask. A value of several strings is a list of names; "place" is the page that is
    asked for and, if it has one, the page or chapter above it."""

    kind: str
    lang: Lang
    values: Mapping[str, Value]
    section_ids: tuple[str, ...]
    fact_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Page:
    trail: tuple[str, ...]
    sections: list[Section] = field(default_factory=list)

    @property
    def first(self) -> Section:
        return self.sections[0]

    @property
    def title(self) -> str:
        return self.trail[-1]

    @property
    def place(self) -> tuple[str, ...]:
        """Its title, and that of what stands above it where that is not the system."""
        return self.trail[:0:-1][:2] or self.trail


class Tree:
    """The pages in the outline's order. The trail of a page runs from the system's name, or where
    that is unknown from the topmost page, to its own title."""

    def __init__(self, sections: Sequence[Section]) -> None:
        pages: dict[str, _Page] = {}
        for section in sections:
            page = pages.setdefault(section.path, _Page(section.capsule.breadcrumb))
            page.sections.append(section)
        self._all = tuple(pages.values())
        self.front = self._front()
        self.pages = tuple(page for page in self._all if page is not self.front)
        self.nodes = self._nodes()
        self.below = self._below()
        self._n_named = Counter(squeeze(trail[-1]) for trail in self.nodes)

    @property
    def system(self) -> str | None:
        return self._all[0].first.capsule.system if self._all else None

    def is_unique(self, title: str) -> bool:
        return self._n_named[squeeze(title)] == 1 and len(title) <= _LONGEST_NAME

    def names(self, title: str) -> bool:
        """Whether a page, a chapter or the system is called so."""
        known = {squeeze(title)} & {squeeze(name) for name in self._own_names()}
        return bool(known) or squeeze(title) in self._n_named

    def _own_names(self) -> Iterator[str]:
        for page in self._all[:1]:
            yield from page.first.capsule.names
        if self.front is not None:
            yield self.front.title

    def _front(self) -> _Page | None:
        """The first page, where it bears the system's name: it stands for the whole."""
        if not self._all or not self.system:
            return None
        first, root = self._all[0], squeeze(self.system)
        title = squeeze(first.title)
        return first if title and (title in root or root in title) else None

    def _nodes(self) -> dict[tuple[str, ...], _Page]:
        """The trails of pages and chapters below the topmost name, in order, each with its page
        or the first one below it."""
        found: dict[tuple[str, ...], _Page] = {}
        for page in self.pages:
            for n in range(2, len(page.trail) + 1):
                found.setdefault(page.trail[:n], page)
        return found

    def _below(self) -> dict[tuple[str, ...], tuple[str, ...]]:
        found: dict[tuple[str, ...], list[str]] = {}
        for trail in self.nodes:
            found.setdefault(trail[:-1], []).append(trail[-1])
        return {trail: tuple(names) for trail, names in found.items()}

    @property
    def chapters(self) -> tuple[str, ...]:
        """What the system's documents are divided into; nothing where it is unknown."""
        return self.below.get((self.system,), ()) if self.system else ()


def of_tree(tree: Tree) -> Iterator[Item]:
    """The system's names and chapters, and each page's place among the others."""
    if tree.system:
        yield from _of_system(tree, tree.system)
    for page in tree.pages:
        if not tree.is_unique(page.title):
            continue
        if tree.system and squeeze(tree.system) not in squeeze(page.title):
            way = " > ".join(page.trail)
            yield _item("system", page.first, system=tree.system, page=page.title, trail=way)
        if len(page.trail) > 2:
            parent = page.trail[-2]
            yield _item("parent", page.first, page=page.title, parent=parent)
    for place, titles in tree.below.items():
        if len(place) > 1 and tree.is_unique(place[-1]) and 1 < len(titles) <= _LONGEST_LIST:
            yield _item("pages", tree.nodes[place].first, page=place[-1], pages=titles)


def _of_system(tree: Tree, system: str) -> Iterator[Item]:
    top = tree.front or tree.pages[0]
    for alias in top.first.capsule.aliases:
        yield _item("alias", top.first, system=system, alias=alias)
    if 1 < len(tree.chapters) <= _LONGEST_LIST:
        yield _item("chapters", top.first, system=system, pages=tree.chapters)


def of_pages(
    tree: Tree, facts: Mapping[str, Sequence[Fact]], headings: Mapping[str, Sequence[str]]
) -> Iterator[Item]:
    """What each page holds and links to: `facts` and `headings` by the ids of the sections."""
    pages = [*([tree.front] if tree.front else []), *tree.pages]
    known = [page for page in pages if tree.system or len(page.trail) > 1]
    n_titled = Counter(title for page in pages for title in _titles(page, headings))
    n_tables = Counter(columns for page in pages for _, columns in _tables(page))
    for page in known:
        yield from _links(tree, page)
        for section in page.sections:
            for title in dict.fromkeys(headings[section.id]):
                if n_titled[squeeze(title)] == 1 and _is_name(title) and not tree.names(title):
                    yield _item("heading", section, heading=title, place=page.place)
        for section, columns in _tables(page):
            if n_tables[columns] == 1:
                yield _item("table", section, columns=columns, place=page.place)
    yield from _terms(pages, known, facts)


def _titles(page: _Page, headings: Mapping[str, Sequence[str]]) -> set[str]:
    return {squeeze(title) for section in page.sections for title in headings[section.id]}


def _is_name(text: str) -> bool:
    return len(squeeze(text)) > 1 and len(text) <= _LONGEST_NAME


def _links(tree: Tree, page: _Page) -> Iterator[Item]:
    titles = tuple(title for title in page.first.capsule.linked_titles if tree.is_unique(title))
    if page is not tree.front and tree.is_unique(page.title) and 0 < len(titles) <= _LONGEST_LIST:
        yield _item("links", page.first, page=page.title, pages=titles)


def _tables(page: _Page) -> Iterator[tuple[Section, tuple[str, ...]]]:
    """The columns of each of its tables that names them all."""
    for section in page.sections:
        for table in lookups.runs(section.text):
            row = next(tables.rows([line for _, line in table]), None)
            if row is not None and len(row.columns) > 1 and all(map(_is_name, row.columns)):
                yield section, row.columns


def _terms(
    pages: Sequence[_Page], known: Sequence[_Page], facts: Mapping[str, Sequence[Fact]]
) -> Iterator[Item]:
    """The names of tables' rows that occur on one page alone."""
    found = [
        (page, section, lookup)
        for page in known
        for section in page.sections
        for lookup in lookups.find(section, facts.get(section.id, ()), per_row=1)
        if lookup.kind != "reverse" and _is_name(lookup.key)
    ]
    texts = [squeeze("\n".join(section.text for section in page.sections)) for page in pages]
    starts = list(accumulate((len(text) + 1 for text in texts), initial=0))
    whole = "\n".join(texts)
    for page, section, lookup in islice(found, 0, None, len(found) // _MOST_TERMS + 1):
        name = squeeze(lookup.key)
        at = whole.find(name)
        if at >= 0 and bisect(starts, at) == bisect(starts, whole.rfind(name)):
            yield _item("term", section, lookup.fact.id, key_column=lookup.key_column,
                        key=lookup.key, place=page.place)  # fmt: skip


def _item(kind: str, section: Section, *fact_ids: str, **values: Value) -> Item:
    return Item(
        kind=kind,
        lang=section.lang,
        values={"system": section.capsule.breadcrumb[0]} | values,
        section_ids=(section.id,),
        fact_ids=fact_ids,
    )
