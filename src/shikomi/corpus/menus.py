"""Place pages by the menus that are the same on many pages, and by a page that lists them all."""

from collections import Counter
from collections.abc import Iterable, Mapping

from shikomi.corpus.folders import front_page
from shikomi.corpus.listing import Listed
from shikomi.corpus.outline import PageInfo
from shikomi.corpus.placement import Placement

_LEAST_PAGES = 3
_SHARE = 0.5
_CONTENTS_SHARE = 0.6
_NESTED_SHARE = 0.3
_LEAST_LISTED = 5


def by_menus(pages: Mapping[str, PageInfo]) -> Placement:
    """The pages that menus name, where those place them.

    A list's item is a menu's if at least half of all pages show it in the same place, or, for a
    menu that opens where the reader is, half of the page it is under and of those beside it.
    """
    front = front_page(pages)
    shown = Counter(item for page in pages.values() for item in _items(page, pages))
    beside = Counter(item.under for item in shown)
    chosen: dict[str, Listed] = {}
    for item, n in shown.most_common():
        everywhere = n >= len(pages) * _SHARE
        opened = item.under is not None and n >= beside[item.under] * _SHARE
        if n >= _LEAST_PAGES and (everywhere or opened):
            known = chosen.setdefault(item.path, item)
            if known.under is None and item.under is not None:
                chosen[item.path] = item
    placed = Placement()
    if len(chosen) < _LEAST_PAGES:
        return placed
    top = _top(front, chosen.values())
    ranks = _ranks(chosen, pages)
    for item in sorted(chosen.values(), key=lambda item: ranks.get(item.path, len(pages))):
        _put(placed, item, top)
    return placed


def by_contents_page(pages: Mapping[str, PageInfo]) -> tuple[Placement, str]:
    """(the pages as one page has them that lists most of the site in a nested list, that page's
    path); nothing and "" if there is none."""
    front = front_page(pages)
    best = max(pages.values(), key=lambda page: _n_listed(page, pages), default=None)
    placed = Placement()
    if best is None or _n_listed(best, pages) < max(
        _LEAST_LISTED, (len(pages) - 1) * _CONTENTS_SHARE
    ):
        return placed, ""
    items = list(_items(best, pages))
    nested = sum(1 for item in items if item.under is not None or item.groups)
    if nested < len(items) * _NESTED_SHARE:
        return placed, ""
    top = _top(best.path if front is None else front, items)
    for item in items:
        _put(placed, item, top)
    return placed, best.path


def _n_listed(page: PageInfo, pages: Mapping[str, PageInfo]) -> int:
    return sum(1 for each in page.listed if each.path in pages)


def _items(page: PageInfo, pages: Mapping[str, PageInfo]) -> Iterable[Listed]:
    for item in page.listed:
        if item.path in pages:
            known = item.under if item.under in pages else None
            yield item if known == item.under else item._replace(under=known)


def _ranks(chosen: Mapping[str, Listed], pages: Mapping[str, PageInfo]) -> dict[str, int]:
    """The order in which the page that shows most of them has them."""
    fullest = max(
        pages.values(), key=lambda page: sum(1 for each in page.listed if each.path in chosen)
    )
    return {item.path: n for n, item in enumerate(fullest.listed)}


def _top(front: str | None, items: Iterable[Listed]) -> str | None:
    """What the outermost items stand under: the front page, unless it is one of them."""
    return None if any(item.path == front for item in items) else front


def _put(placed: Placement, item: Listed, top: str | None) -> None:
    under = item.under if item.under is not None else top
    placed.put(item.path, placed.groups(under, item.groups))
