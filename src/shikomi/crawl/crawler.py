"""The crawl: from the start page outwards until nothing is pending, or a limit is reached.

The store is the frontier, so a run that is killed goes on where it was. Pages are asked for in
its order and settled in it, however many are under way, so that a site gives the same list
each time.
"""

import asyncio
from collections import deque
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from shikomi.crawl.addresses import Lookup, Unreachable
from shikomi.crawl.client import Reply
from shikomi.crawl.gate import MAX_HOPS, NOINDEX
from shikomi.crawl.settings import OnPage, Settings
from shikomi.crawl.settling import Settler
from shikomi.crawl.shelf import Shelf
from shikomi.crawl.visit import Visit, open_site
from shikomi.errors import SourceError, UserError
from shikomi.store import Store, crawl
from shikomi.store.crawl import Crawl, CrawlUrl, Outcome

Answer = Reply | SourceError

_UNDER_WAY = 16  # replies that may come in after the first that did not
_SILENT_IN_A_ROW = 5


class Crawler:
    def __init__(
        self, store: Store, folder: Path, settings: Settings, lookup: Lookup, on_page: OnPage
    ) -> None:
        self._store = store
        self._settings = settings
        self._lookup = lookup
        self._on_page = on_page
        self._shelf = Shelf(store, folder)
        self._silent: list[tuple[str, SourceError]] = []
        self._left: list[tuple[int, str]] = []  # (settled as which, URL) without a reply
        self._n_settled = 0
        self._n_pages = self._n_bytes = 0  # that this crawl has fetched

    async def run(self, current: Crawl) -> None:
        """Raises UserError: the site cannot be fetched, or does not answer any more."""
        seconds = self._settings.max_seconds
        self._shelf.clean()
        self._n_pages, self._n_bytes = crawl.totals(self._store, current.id)
        try:
            async with asyncio.timeout(seconds) as clock:
                await self._follow_home(current)
        except TimeoutError:
            if not clock.expired():
                raise
            crawl.limit_pending(self._store, f"limit of {seconds:g} seconds reached")
        crawl.finish(self._store, current.id)

    async def _follow_home(self, current: Crawl) -> None:
        home = current.home
        for _ in range(MAX_HOPS):
            async with open_site(home, current.start, self._settings, self._lookup) as visit:
                settler = Settler(self._store, current.id, self._shelf, visit.gate)
                moved = await self._first(visit, settler, home)
                if moved is None:
                    await self._rest(visit, settler, current)
                    return
            row = crawl.page(self._store, home)
            if row is not None:
                found = replace(row.found, url=moved, alternate=None)
                crawl.move_home(self._store, current.id, moved, found)
            home = moved
        raise UserError(f"{current.start} leads from redirect to redirect: check project.source")

    async def _first(self, visit: Visit, settler: Settler, home: str) -> str | None:
        """Settle the start page; where it leads to another place, that is the site's home."""
        row = crawl.page(self._store, home)
        if row is not None and row.outcome.state == "pending":
            if visit.gate.outcome(row.found).state != "pending":
                raise UserError(f"robots.txt of {visit.gate.site.origin} does not allow {home}")
            answer = await visit.page(row, self._shelf, self._settings.max_page_bytes)
            _require(home, answer)
            self._settle(settler, row, answer)
            row = crawl.page(self._store, home)
        if row is None or row.outcome.state != "redirect":
            return None
        return _new_home(visit, home, row.outcome.location or "")

    async def _rest(self, visit: Visit, settler: Settler, current: Crawl) -> None:
        if current.limits != self._settings.limits:
            self._reconsider(visit, current)
        while True:
            await self._drain(visit, settler)
            if not current.sitemaps_read:
                found = await visit.sitemaps()
                with self._store.transaction():
                    settler.add(found)
                    crawl.sitemaps_are_read(self._store, current.id)
                current = replace(current, sitemaps_read=True)
            elif not self._take_older(visit, current):
                self._drop_outside(visit)
                return

    async def _drain(self, visit: Visit, settler: Settler) -> None:
        """Until nothing is pending."""
        window: deque[tuple[CrawlUrl, asyncio.Task[Answer]]] = deque()
        try:
            while True:
                self._fill(window, visit)
                if not window:
                    return
                row, task = window[0]
                answer = await task
                window.popleft()
                self._settle(settler, row, answer)
        finally:
            for _, task in window:
                task.cancel()
            await asyncio.gather(*(task for _, task in window), return_exceptions=True)

    def _fill(self, window: deque[tuple[CrawlUrl, asyncio.Task[Answer]]], visit: Visit) -> None:
        while len(window) < visit.asker.width:
            room = self._room([row for row, _ in window])
            under_way = {row.url for row, _ in window}
            pending = crawl.pending(self._store, len(window) + 1) if room else []
            row = next((row for row in pending if row.url not in under_way), None)
            if row is None:
                return
            window.append((row, asyncio.create_task(visit.page(row, self._shelf, room))))

    def _room(self, under_way: list[CrawlUrl]) -> int:
        """How many bytes the next page may have; 0 where none may be asked for now.

        Limits are stated once nothing is under way, as what is may turn out to be no page.
        """
        settings = self._settings
        n_asked = sum(row.found.kind == "page" for row in under_way)
        if self._n_pages + n_asked >= settings.max_pages:
            if under_way:
                return 0
            crawl.limit_pending(
                self._store, f"limit of {settings.max_pages} pages reached", ["page"]
            )
        if self._n_bytes >= settings.max_bytes:
            crawl.limit_pending(self._store, f"limit of {settings.max_bytes} bytes in all reached")
        return min(settings.max_page_bytes, max(settings.max_bytes - self._n_bytes, 0))

    def _settle(self, settler: Settler, row: CrawlUrl, answer: Answer) -> None:
        outcome = settler.settle(row, answer)
        if outcome.state == "fetched":
            self._n_pages += row.found.kind == "page"
            self._n_bytes += outcome.n_bytes or 0
        self._n_settled += 1
        self._on_page(self._n_settled, crawl.count_pending(self._store), row.url)
        if not isinstance(answer, SourceError):
            self._silent.clear()
            return
        self._silent.append((row.url, answer))
        self._left.append((self._n_settled, row.url))
        if len(self._silent) >= _SILENT_IN_A_ROW:
            self._give_up(urlsplit(row.url).netloc, answer)

    def _give_up(self, host: str, error: SourceError) -> None:
        """Where the server has gone, the pages that it left without a reply stay pending: also
        those that it had taken the request of. Where it is there and silent, none does, or the
        next run would stop at the same pages."""
        if any(isinstance(why, Unreachable) for _, why in self._silent):
            since = self._n_settled - len(self._silent) - _UNDER_WAY
            crawl.reopen(self._store, [url for n, url in self._left if n > since])
        raise UserError(f"{host} does not answer any more ({error}): run again to go on")

    def _reconsider(self, visit: Visit, current: Crawl) -> None:
        """The limits are others: what they had stopped may come now."""
        stopped = crawl.in_state(self._store, "limited", "skipped", "refused")
        may_come = [row for row in stopped if visit.gate.outcome(row.found).state == "pending"]
        with self._store.transaction():
            crawl.reopen(self._store, (row.url for row in may_come if _is_ours(row.outcome)))
            crawl.go_on(self._store, current.id, self._settings.limits)

    def _take_older(self, visit: Visit, current: Crawl) -> bool:
        """Pages that an earlier crawl fetched and that nothing links to now: ask if they are
        still there. Returns whether there are any."""
        any_pending = False
        for row in crawl.not_met(self._store, current.id):
            if row.outcome.path_key is None or not visit.gate.site.has_host(row.url):
                self._shelf.remove(row)
                crawl.forget(self._store, row.url)
                continue
            outcome = visit.gate.outcome(row.found)
            crawl.meet(self._store, current.id, row.url, outcome)
            any_pending = any_pending or outcome.state == "pending"
        return any_pending

    def _drop_outside(self, visit: Visit) -> None:
        """Files of pages that are no part of the site any more, as its settings now are."""
        for row in crawl.in_state(self._store, "skipped"):
            inside = row.found.kind == "image" or visit.gate.site.has(row.url)
            if row.outcome.path_key is not None and not inside:
                self._shelf.remove(row)
                gone = Outcome(state="skipped", reason=row.outcome.reason)
                crawl.settle(self._store, row.url, gone)


def _is_ours(outcome: Outcome) -> bool:
    """Whether a setting of ours stopped it, not what the server sent."""
    return outcome.state != "refused" or outcome.reason == NOINDEX


def _require(home: str, answer: Answer) -> None:
    """The start page must answer."""
    if isinstance(answer, SourceError):
        raise UserError(f"cannot fetch {home}: {answer}; check project.source and the network")
    if answer.status in {401, 403, 407}:
        raise UserError(
            f"{home} lets no program in without a login (it answers {answer.status}): save its"
            " pages from a browser, and give their folder as the source"
        )
    if answer.status >= 400:
        raise UserError(f"{home} answers {answer.status}: check project.source")


def _new_home(visit: Visit, home: str, target: str) -> str | None:
    """Where the start page's redirect makes the site another; None: it stays within it.

    Raises:
        UserError: it leads to another host, which is the person's to choose.
    """
    site = visit.gate.site
    if site.has(target) and target != home + "/":
        return None
    here, there = (urlsplit(url).hostname or "" for url in (home, target))
    if here.removeprefix("www.") != there.removeprefix("www."):
        raise UserError(f"{home} has moved to {target}: set project.source to that")
    return target
