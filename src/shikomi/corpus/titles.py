"""Titles that tell pages apart, where a site has given many of them the same one.

Old sites often repeat the site's name, or the editor's "Untitled", in every page's `<title>`: a
breadcrumb of such titles says nothing of where a page stands.
"""

from collections import Counter
from collections.abc import Mapping

from shikomi.corpus.blocks import headings

_SHARED_LEAST = 3  # two pages of one name may well be about the same thing
_MAX_CHARS = 80


def titles(pages: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """For each path its title; `pages` maps paths to (title, Markdown).

    A title that at least three pages share gives way, on each of them, to its own top heading, if
    the page has but one and none of the others has the same.
    """
    counts = Counter(_key(title) for title, _ in pages.values())
    found = {
        path: _top_heading(markdown)
        for path, (title, markdown) in pages.items()
        if counts[_key(title)] >= _SHARED_LEAST
    }
    n_alike = Counter((_key(pages[path][0]), _key(name)) for path, name in found.items())
    return {
        path: name if (name := found.get(path)) and n_alike[_key(title), _key(name)] == 1 else title
        for path, (title, _) in pages.items()
    }


def _top_heading(markdown: str) -> str:
    """The only heading of the page's highest level, or ""."""
    found = [each for each in headings(markdown) if each.title]
    level = min((each.level for each in found), default=0)
    top = [each.title for each in found if each.level == level]
    return top[0] if len(top) == 1 and len(top[0]) <= _MAX_CHARS else ""


def _key(title: str) -> str:
    return " ".join(title.split()).casefold()
