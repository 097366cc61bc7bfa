"""Place pages by the breadcrumbs on them, and by their links to the page above."""

from collections import Counter
from collections.abc import Mapping

from shikomi.corpus.outline import PageInfo
from shikomi.corpus.placement import Placement

Trail = tuple[tuple[str, str | None], ...]
_LEAST_PAGES = 2
_LEAST_SHARE = 0.2
_LEAST_SOUND = 0.6
_MAX_STEPS = 30


def by_trails(pages: Mapping[str, PageInfo]) -> tuple[Placement, str]:
    """(the pages under the last page of their trail, why trails were not believed or "").

    They are if a fifth of the pages have one, most begin alike, and most agree with the trail of
    the page above: links with arrows between them may be anything on a single page.
    """
    known = {path: trail for path, page in pages.items() if (trail := _known(page, pages))}
    trails = {path: trail for path, each in known.items() if (trail := _above(each, known))}
    if len(trails) < max(_LEAST_PAGES, len(pages) * _LEAST_SHARE):
        return Placement(), ""
    _, n_alike = Counter(trail[0] for trail in trails.values()).most_common(1)[0]
    n_sound = sum(1 for path in trails if _agrees(path, trails))
    if n_sound < len(trails) * _LEAST_SOUND or n_alike < len(trails) * _LEAST_SOUND:
        n = min(n_sound, n_alike)
        return Placement(), f"breadcrumbs left aside: {n} of {len(trails)} agree with each other"
    placed = Placement()
    for path, trail in trails.items():
        _put(placed, path, trail)
    return placed, ""


def by_links_up(pages: Mapping[str, PageInfo]) -> tuple[Placement, str]:
    """(the pages under the one that their link "up" goes to, why not or "").

    The links are believed if a fifth of the pages have one and few lead round in a circle.
    """
    up = {path: page.up for path, page in pages.items() if page.up in pages and page.up != path}
    if len(up) < max(_LEAST_PAGES, len(pages) * _LEAST_SHARE):
        return Placement(), ""
    n_sound = sum(1 for path in up if _ends(path, up))
    if n_sound < len(up) * _LEAST_SOUND:
        return Placement(), f"links up left aside: {n_sound} of {len(up)} lead to a top"
    return Placement(dict(up)), ""


def _known(page: PageInfo, pages: Mapping[str, PageInfo]) -> Trail:
    """The trail with the pages there are; a step to elsewhere keeps its name only."""
    steps = ((title, path if path in pages else None) for title, path in page.trail)
    return tuple(step for step in steps if step[1] != page.path)


def _above(trail: Trail, trails: Mapping[str, Trail]) -> Trail:
    """The trail without the page's own name: a last step that is no page, and on no other's."""
    title, page = trail[-1]
    n = len(trail)
    alone = page is None and sum(each[:n] == trail for each in trails.values()) == 1
    return trail[:-1] if alone and title else trail


def _agrees(path: str, trails: Mapping[str, Trail]) -> bool:
    """Whether the page above is on no trail, or its own trail is how this one begins."""
    steps = [step for _, step in trails[path] if step is not None]
    if not steps:
        return True
    above = [step for _, step in trails.get(steps[-1], ()) if step is not None]
    return steps[-1] not in above and above[-1:] == steps[-2:-1]


def _ends(path: str, up: Mapping[str, str | None]) -> bool:
    step: str | None = path
    for _ in range(_MAX_STEPS):
        step = up.get(step) if step is not None else None
        if step is None:
            return True
    return False


def _put(placed: Placement, path: str, trail: Trail) -> None:
    parent: str | None = None
    for title, page in trail:
        if page is not None:
            placed.put(page, parent)
            parent = page
        elif title:
            parent = placed.group(parent, title)
    placed.parent[path] = parent
