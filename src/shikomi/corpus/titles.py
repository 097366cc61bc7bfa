"""Titles that tell pages apart, where a site has given many of them the same one.

Old sites often repeat the site's name, or the editor's "Untitled", in every page's `<title>`: a
breadcrumb of such titles says nothing of where a page stands.
"""

import posixpath
from collections import Counter
from collections.abc import Mapping

from shikomi.corpus.blocks import headings
from shikomi.corpus.links import links

_SHARED_LEAST = 3  # two pages of one name may well be about the same thing
_MAX_CHARS = 80


def titles(pages: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """For each path its title; `pages` maps paths to (title, Markdown).

    A title that at least three pages share gives way, on each of them, to its own top heading if
    it has but one, without headings to what links to it are called, if that is what no other of
    them would be called.
    """
    counts = Counter(_key(title) for title, _ in pages.values())
    shared = {path for path, (title, _) in pages.items() if counts[_key(title)] >= _SHARED_LEAST}
    found = {path: _top_heading(pages[path][1]) for path in shared}
    nameless = {path for path, heading in found.items() if heading is None}
    called = _called(pages, nameless) if nameless else {}
    better = {path: found[path] or called.get(path, "") for path in shared}
    n_alike = Counter((_key(pages[path][0]), _key(name)) for path, name in better.items())
    return {
        path: name
        if (name := better.get(path)) and n_alike[_key(title), _key(name)] == 1
        else title
        for path, (title, _) in pages.items()
    }


def _top_heading(markdown: str) -> str | None:
    """The only heading of the page's highest level; "" where there are several, None without
    any."""
    found = [each for each in headings(markdown) if each.title]
    if not found:
        return None
    level = min(each.level for each in found)
    top = [each.title for each in found if each.level == level]
    return top[0] if len(top) == 1 and len(top[0]) <= _MAX_CHARS else ""


def _called(pages: Mapping[str, tuple[str, str]], wanted: set[str]) -> dict[str, str]:
    """What links most often call each of the pages. A text that leads to several pages, such as
    "next", names none of them; nor does the name of the file."""
    texts: dict[str, Counter[str]] = {}
    for path, (_, markdown) in pages.items():
        for link in links(markdown, path=path):
            if link.path in pages and not link.anchor and 0 < len(link.text) <= _MAX_CHARS:
                texts.setdefault(link.text, Counter())[link.path] += 1
    names: dict[str, Counter[str]] = {}
    for text, goals in texts.items():
        (path, n) = goals.most_common(1)[0]
        if len(goals) == 1 and path in wanted and not _is_file_name(text, path):
            names.setdefault(path, Counter())[text] = n
    return {path: counts.most_common(1)[0][0] for path, counts in names.items()}


def _is_file_name(text: str, path: str) -> bool:
    stem = posixpath.splitext(posixpath.basename(path))[0]
    name = posixpath.basename(text)
    return name == stem or name.casefold().startswith(f"{stem.casefold()}.")


def _key(title: str) -> str:
    return " ".join(title.split()).casefold()
