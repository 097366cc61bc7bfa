"""Who stands under whom, as one rule says it, and how several rules become one tree."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from shikomi.corpus.contents_rows import Contents, Entry

Find = Callable[[str, str], str | None]
GROUP_END = "/"


@dataclass(slots=True)
class Placement:
    """`parent` maps pages to the page or group above each, None at the top, in the rule's order.
    A group's key ends in `/` (a page's never does) and has its name in `names`. Pages that the
    rule says nothing of are not in it."""

    parent: dict[str, str | None] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def put(self, path: str, parent: str | None) -> None:
        if path != parent:
            self.parent.setdefault(path, parent)

    def group(self, parent: str | None, name: str) -> str:
        """The key of the group called `name` under `parent`, made if it is not there."""
        key = f"{parent or ''}//{name}{GROUP_END}"
        self.names[key] = name
        self.parent.setdefault(key, parent)
        return key

    def groups(self, parent: str | None, names: Iterable[str]) -> str | None:
        """The innermost of nested groups under `parent`; `parent` where there is no name."""
        for name in names:
            parent = self.group(parent, name)
        return parent

    def pages(self) -> list[str]:
        return [key for key in self.parent if not is_group(key)]


def is_group(key: str) -> bool:
    return key.endswith(GROUP_END)


def of_contents(tables: Sequence[Contents], documents: Mapping[str, str], find: Find) -> Placement:
    """Where tables of contents place the pages they name; the first table wins.

    `documents` maps source paths to document paths; `find` gives the document of an address on a
    source page. A further row for a page that is placed already is a group below it if rows stand
    under it (`index.html#usage`), else nothing.
    """
    placed = Placement()
    for table in tables:
        base = _best_base(table, find)
        top = find(table.of.rpartition("/")[2], table.of) if table.of else None
        if table.of and top is None:
            continue
        open_: list[tuple[int, str | None]] = [(-1, top)]
        for row in _expanded(table.entries, base, documents):
            while open_[-1][0] >= row.depth:
                open_.pop()
            open_.append((row.depth, _put(placed, row, find(row.url, base), open_[-1][1])))
    return placed


def _put(placed: Placement, row: Entry, page: str | None, parent: str | None) -> str | None:
    """Place a row; what stands below it is under the returned key."""
    if page is None:
        return placed.group(parent, row.title) if row.title else parent
    if page not in placed.parent:
        placed.put(page, parent)
        return page
    if "#" not in row.url or not row.title or page == parent:
        return page
    beside = placed.parent[page] == parent
    return placed.group(page if beside else parent, row.title)


def _best_base(table: Contents, find: Find) -> str:
    """The base by which most addresses are pages."""

    def n_found(base: str) -> int:
        return sum(1 for row in table.entries if row.url and find(row.url, base) is not None)

    return table.bases[0] if len(table.bases) == 1 else max(table.bases, key=n_found)


def _expanded(rows: Iterable[Entry], base: str, documents: Mapping[str, str]) -> Iterable[Entry]:
    """A `*` in an address stands for all pages that match it, in the order of their names."""
    folder = base.rpartition("/")[0]
    for row in rows:
        if "*" not in row.url:
            yield row
            continue
        pattern = f"{folder}/{row.url}".lstrip("/")
        for source in sorted(documents):
            stem = source.rpartition(".")[0]
            if fnmatchcase(stem, pattern) or fnmatchcase(source, pattern):
                yield Entry(row.depth, "", "/" + source)


def together(first: Placement, second: Placement) -> Placement:
    """What `first` says, and what `second` says of other pages."""
    return Placement({**second.parent, **first.parent}, {**second.names, **first.names})


def merged(rules: Sequence[Placement], pages: Iterable[str]) -> Placement:
    """Each page where the first rule that speaks of it puts it, as long as that makes no circle;
    at the top if no rule places it."""
    tree = Placement()
    for rule in rules:
        tree.names.update(rule.names)
    ordered = _ordered(rules, pages)
    known = {None, *ordered, *tree.names}
    for path in ordered:
        said = [rule.parent[path] for rule in rules if path in rule.parent]
        choices = [parent for parent in said if parent in known]
        tree.parent[path] = next((each for each in choices if _sound(tree, path, each)), None)
    for rule in rules:
        for key, parent in rule.parent.items():
            if is_group(key) and key not in tree.parent:
                tree.parent[key] = parent if _sound(tree, key, parent) else None
    return tree


def _ordered(rules: Sequence[Placement], pages: Iterable[str]) -> list[str]:
    """The pages that the first rules place come first: theirs is the word in a circle."""
    left = dict.fromkeys(pages)
    first = [path for rule in rules for path in rule.parent if path in left]
    return list(dict.fromkeys([*first, *left]))


def _sound(tree: Placement, path: str, parent: str | None) -> bool:
    """Whether `path` may stand under `parent`: it is not above it already."""
    seen = {path}
    while parent is not None:
        if parent in seen:
            return False
        seen.add(parent)
        parent = tree.parent.get(parent)
    return True


def flattened(tree: Placement, max_depth: int) -> Placement:
    """The same, with what would stand deeper than `max_depth` moved up to it."""
    depth: dict[str, int] = {}
    flat = Placement(names=tree.names)
    for key in tree.parent:
        chain = [key]
        while (above := tree.parent[chain[-1]]) is not None and above not in depth:
            chain.append(above)
        for each in reversed(chain):
            if each in depth:
                continue
            parent = tree.parent[each]
            while parent is not None and depth[parent] >= max_depth:
                parent = flat.parent[parent]
            flat.parent[each] = parent
            depth[each] = 1 if parent is None else depth[parent] + 1
    return flat
