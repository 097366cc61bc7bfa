"""A polite crawler of one website, with the store as its frontier."""

from pathlib import Path
from typing import TYPE_CHECKING

from shikomi.crawl.gate import NOINDEX
from shikomi.crawl.settings import OnPage, Settings
from shikomi.crawl.shelf import Shelf
from shikomi.crawl.urls import is_web, start_url
from shikomi.store import Store, crawl

if TYPE_CHECKING:
    from shikomi.crawl.addresses import Lookup

__all__ = ["NOINDEX", "Settings", "fetch", "is_web", "refresh", "start_url", "todo"]


def todo(store: Store, folder: Path, start: str, settings: Settings) -> list[str]:
    """The addresses that `fetch` would ask for first; empty: it has nothing to do."""
    current = crawl.current(store)
    if current is None or current.start != start:
        return [start]
    waiting = [row.url for row in crawl.in_state(store, "pending")] + _lost(store, folder)
    if waiting or not current.finished:
        return waiting or [current.home]
    if current.limits == settings.limits:
        return []
    return [row.url for row in crawl.in_state(store, "limited", "skipped", "refused")]


def fetch(
    store: Store,
    folder: Path,
    start: str,
    settings: Settings,
    *,
    lookup: "Lookup | None" = None,
    on_page: OnPage = lambda n_settled, n_pending, url: None,
) -> None:
    """Fetch what is pending of the site at `start` into `folder`. `lookup` gives the addresses of
    a host; None: as the system does.

    Raises:
        UserError: the site cannot be fetched, or does not answer any more.
    """
    # these take time to load, and most commands fetch nothing
    import asyncio

    from shikomi.crawl import addresses
    from shikomi.crawl.crawler import Crawler

    current = crawl.current(store)
    if current is None or current.start != start:
        current = crawl.begin(store, start, settings.limits)
    crawl.reopen(store, _lost(store, folder))
    crawler = Crawler(store, folder, settings, lookup or addresses.lookup, on_page)
    asyncio.run(crawler.run(current))


def refresh(store: Store, start: str, settings: Settings) -> None:
    """Let the next `fetch` ask whether each page has changed; a crawl under way goes on."""
    current = crawl.current(store)
    if current is None or current.finished or current.start != start:
        crawl.begin(store, start, settings.limits)


def _lost(store: Store, folder: Path) -> list[str]:
    """Pages whose file is not there any more."""
    shelf = Shelf(store, folder)
    return [row.url for row in crawl.in_state(store, "fetched") if not shelf.has(row)]
