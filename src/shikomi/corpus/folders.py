"""What folders and file names say: index pages, the front page, and the order of names."""

import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Mapping

from shikomi.corpus.outline import PageInfo
from shikomi.corpus.placement import Placement

_INDEX_STEMS = ("index", "readme", "default")
_ENDING = re.compile(r"(?:\.x?html?)?\.[^.]*$", re.IGNORECASE)
_HUB_SHARE = 0.5


def is_index(path: str) -> bool:
    """Whether the file's name makes it its folder's index page."""
    return _stem(path) in _INDEX_STEMS


def natural(path: str) -> list[tuple[int, str]]:
    """A sort key in which page2 comes before page10."""
    parts = re.split(r"(\d+)", path.lower())
    return [(int(part) if part.isdecimal() else -1, part) for part in [*parts, path]]


def indexes(paths: Iterable[str]) -> dict[str, str]:
    """For each folder that has one, its index page."""
    found: dict[str, str] = {}
    for path in paths:
        if is_index(path):
            folder = posixpath.dirname(path)
            found[folder] = min(found.setdefault(folder, path), path, key=_index_rank)
    return found


def base_folder(paths: Iterable[str]) -> str:
    """The innermost folder that all pages lie in or below."""
    folders = {posixpath.dirname(path) for path in paths}
    return posixpath.commonpath(folders) if folders and "" not in folders else ""


def front_page(pages: Mapping[str, PageInfo]) -> str | None:
    """The index page of the outermost folder; else the page there that links to at least half of
    its neighbours and is linked to by as many; None if there is no such page."""
    base = base_folder(pages)
    if index := indexes(pages).get(base):
        return index
    beside = [path for path in pages if posixpath.dirname(path) == base]
    linked = Counter(target for path in beside for target in set(pages[path].links) - {path})
    least = (len(beside) - 1) * _HUB_SHARE
    hubs = {
        path: n_out + linked[path]
        for path in beside
        if (n_out := len((set(pages[path].links) & set(beside)) - {path})) >= max(1, least)
        and linked[path] >= max(1, least)
    }
    return max(hubs, key=lambda path: hubs[path]) if hubs else None


def by_folders(pages: Mapping[str, PageInfo]) -> Placement:
    """A folder's index page is the parent of its pages and of the indexes below it; a folder
    without one is a group, unless all pages lie in it."""
    known = indexes(pages)
    base = base_folder(pages)
    front = front_page(pages)
    if front is not None:
        known.setdefault(base, front)
    placed = Placement()
    for path in pages:
        folder = posixpath.dirname(path)
        if path != known.get(folder):
            placed.put(path, _home(folder, base, known, placed))
        elif folder == base:
            placed.put(path, None)
        else:
            placed.put(path, _home(posixpath.dirname(folder), base, known, placed))
    return placed


def _home(folder: str, base: str, known: Mapping[str, str], placed: Placement) -> str | None:
    """What stands for `folder`: its index page; else a group; nothing for the outermost."""
    names: list[str] = []
    while folder not in known and folder != base:
        names.append(posixpath.basename(folder))
        folder = posixpath.dirname(folder)
    return placed.groups(known.get(folder), reversed(names))


def _stem(path: str) -> str:
    """Without the ending, or both where two sources of one name made the document keep its own."""
    return _ENDING.sub("", posixpath.basename(path)).lower()


def _index_rank(path: str) -> tuple[int, bool, int, str]:
    """`Index.html` beside `index.html` is an alphabetical index."""
    name = posixpath.basename(path)
    return _INDEX_STEMS.index(_stem(path)), name[0].isupper(), name.count("."), path
