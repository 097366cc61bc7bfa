"""Titles that tell pages apart, where a site has given many of them the same one, or one part.

Old sites often repeat the site's name, or the editor's "Untitled", in every page's `<title>`: a
breadcrumb of such titles says nothing of where a page stands. Generators put the site's name, which
is that of the root, before or behind each page's.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from shikomi.corpus.blocks import headings

_SHARED_LEAST = 3  # two pages of one name may well be about the same thing
_MAX_CHARS = 80
_SITE_SHARE = 0.5
_MOST_PARTS = 2  # the site's name, and its owner's
_JOINT = re.compile(r"\s+[-–—|·•»]\s+|\s*[｜|：]\s*|:\s+|\s+(?=\([^()]*\)$)")
_NUMBER = re.compile(
    r"\W*(?:(?:section|chapter|sect?|ch|part|page|node|appendix)\.?\s*(?:\d+|[A-Z])"
    r"|第\s*[\d一二三四五六七八九十百]+\s*[章節部編回項]?|\d+)(?:[.\-]\d+)*\W*",
    re.IGNORECASE,
)


def titles(pages: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """For each path its title; `pages` maps paths to (title, Markdown).

    A first or last part that half of all titles have, three at least, is left out. A title that
    at least three pages share, or that is a number alone ("Section 4.7"), gives way, on each of
    them, to its own top heading, if the page has but one and none of the others has the same.
    """
    bare = _without_site([title for title, _ in pages.values()])
    pages = {path: (bare[title], markdown) for path, (title, markdown) in pages.items()}
    counts = Counter(_key(title) for title, _ in pages.values())
    found = {
        path: _top_heading(markdown)
        for path, (title, markdown) in pages.items()
        if counts[_key(title)] >= _SHARED_LEAST or _NUMBER.fullmatch(title)
    }
    n_alike = Counter((_key(pages[path][0]), _key(name)) for path, name in found.items())
    return {
        path: name if (name := found.get(path)) and n_alike[_key(title), _key(name)] == 1 else title
        for path, (title, _) in pages.items()
    }


def _without_site(known: Sequence[str]) -> dict[str, str]:
    """For each title what is left without the parts that most of them share."""
    found = {title: title for title in known}
    for cut in (_behind, _before) * _MOST_PARTS:
        parts = {title: cut(left) for title, left in found.items()}
        counts = Counter(_key(parts[title][1]) for title in known if parts[title][1])
        least = max(_SHARED_LEAST, len(known) * _SITE_SHARE)
        found |= {
            title: left for title, (left, site) in parts.items() if counts[_key(site)] >= least
        }
    return found


def _behind(title: str) -> tuple[str, str]:
    """(the title, what stands behind its last mark)."""
    mark = next(reversed(list(_JOINT.finditer(title))), None)
    return _parted(title, title[: mark.start()], title[mark.end() :]) if mark else (title, "")


def _before(title: str) -> tuple[str, str]:
    """(the title, what stands before its first mark)."""
    mark = _JOINT.search(title)
    return _parted(title, title[mark.end() :], title[: mark.start()]) if mark else (title, "")


def _parted(title: str, left: str, site: str) -> tuple[str, str]:
    return (left.strip(), site) if left.strip() and site.strip() else (title, "")


def _top_heading(markdown: str) -> str:
    """The only heading of the page's highest level, or ""."""
    found = [each for each in headings(markdown) if each.title]
    level = min((each.level for each in found), default=0)
    top = [each.title for each in found if each.level == level]
    return top[0] if len(top) == 1 and len(top[0]) <= _MAX_CHARS else ""


def _key(title: str) -> str:
    return " ".join(title.split()).casefold()
