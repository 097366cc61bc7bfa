"""Parts of the documents' tree to leave out: whole pages, with all that stands below them."""

from collections.abc import Sequence
from dataclasses import dataclass

from shikomi.hashing import content_id

_MOST = 1.5  # times as much as is wanted, where a page or a subtree is so large


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`trail` runs from the root to the page's own title; `size` is how much is to know there."""

    path: str
    trail: tuple[str, ...]
    size: int


def left_out(pages: Sequence[Page], *, share: float, seed: int) -> frozenset[str]:
    """The paths of subtrees that hold about `share` of all: by chance, the same at every run.
    Where a page is taken, the largest subtree around it goes that is not too large. None where
    every page is."""
    wanted = share * sum(page.size for page in pages)
    chosen: dict[str, int] = {}
    for page in sorted(pages, key=lambda each: content_id([seed, each.path])):
        if sum(chosen.values()) >= wanted:
            break
        room = _MOST * wanted - sum(chosen.values())
        chosen |= _around(page, [each for each in pages if each.path not in chosen], room)
    return frozenset(chosen)


def _around(page: Page, pages: Sequence[Page], room: float) -> dict[str, int]:
    for depth in range(1, len(page.trail) + 1):
        below = [each for each in pages if each.trail[:depth] == page.trail[:depth]]
        if len(below) < len(pages) and 0 < sum(each.size for each in below) <= room:
            return {each.path: each.size for each in below}
    return {}
