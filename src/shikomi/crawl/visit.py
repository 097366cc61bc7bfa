"""A site, open for asking: its robots.txt is read and the pace that it allows is set."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from shikomi.crawl import rules, sitemaps
from shikomi.crawl.addresses import Addresses, Lookup, all_private
from shikomi.crawl.asking import BUSY, MISSING, Asker
from shikomi.crawl.client import Client, Known, Reply
from shikomi.crawl.gate import Gate
from shikomi.crawl.pace import polite
from shikomi.crawl.settings import Settings
from shikomi.crawl.shelf import Shelf
from shikomi.crawl.urls import Site, resolve, site
from shikomi.errors import SourceError, UserError
from shikomi.store.crawl import CrawlUrl, Found

_MAX_SITEMAPS = 50
_MAX_LISTED = 50_000  # what the protocol lets one sitemap hold


@dataclass(frozen=True, slots=True)
class Visit:
    asker: Asker
    gate: Gate

    async def page(self, row: CrawlUrl, shelf: Shelf, max_bytes: int) -> Reply | SourceError:
        """The reply for a page, under the spelling of its name that the server knows."""
        known = None
        if shelf.read(row) is not None:
            known = Known(etag=row.outcome.etag, last_modified=row.outcome.last_modified)
        spellings = dict.fromkeys((row.outcome.fetched_url, row.url, row.found.alternate))
        reply: Reply | SourceError = SourceError("not allowed under any spelling")
        for url in spellings:
            if url is None or not self.gate.rules.allow(url):
                continue
            try:
                reply = await self.asker.get(url, max_bytes=max_bytes, known=known)
            except SourceError as error:
                return error
            if reply.status not in MISSING:
                return reply
        return reply

    async def sitemaps(self) -> list[Found]:
        """The pages of the site's sitemaps; one that cannot be read is passed over."""
        home = self.gate.site.origin
        asked: dict[str, None] = {}
        waiting = [*self.gate.rules.sitemaps] or [f"{home}/sitemap.xml"]
        found: dict[str, Found] = {}
        while waiting and len(asked) < _MAX_SITEMAPS and len(found) < _MAX_LISTED:
            address = resolve(waiting.pop(0), f"{home}/")
            url = self.gate.site.own(address.url) if address else ""
            if not self.gate.site.has_host(url) or url in asked or not self.gate.rules.allow(url):
                continue
            asked[url] = None
            pages, further = await self._sitemap(url)
            waiting += further
            for each in pages:
                if page := resolve(each, url):
                    own = self.gate.site.own(page.url)
                    found.setdefault(own, Found(url=own, depth=1, linker=url))
        return list(found.values())

    async def _sitemap(self, url: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        try:
            reply = await self.asker.follow(url, self.gate.site, max_bytes=sitemaps.MAX_BYTES)
            return sitemaps.read(reply.body) if reply and reply.status == 200 else ((), ())
        except SourceError:
            return (), ()


@asynccontextmanager
async def open_site(
    home: str, start: str, settings: Settings, lookup: Lookup
) -> AsyncIterator[Visit]:
    """The site at `home`, to which the person's address `start` led.

    Raises:
        UserError: it does not answer, or its robots.txt cannot be had.
    """
    try:
        private = await all_private(*_host_and_port(start), lookup)
    except SourceError as error:
        raise UserError(f"{start}: {error}; check project.source and the network") from None
    addresses = Addresses(lookup, allow_private=private)
    delay = settings.delay_seconds
    async with Client(addresses, page_seconds=settings.page_seconds) as client:
        pace = polite(private=private, delay_seconds=delay)
        asker = Asker(client, pace, backoff_seconds=settings.backoff_seconds)
        place = site(home, start=start, whole_host=settings.whole_host)
        found = await _rules(asker, place)
        asked = found.delay_seconds
        asker.keep_pace(polite(private=private, delay_seconds=delay, asked_seconds=asked))
        yield Visit(asker, Gate(place, found, settings.max_depth, settings.meta_robots))


async def _rules(asker: Asker, place: Site) -> rules.Rules:
    """No robots.txt allows all; one that cannot be had just now allows nothing (RFC 9309)."""
    url = f"{place.origin}/robots.txt"
    try:
        reply = await asker.follow(url, place, max_bytes=rules.MAX_BYTES)
    except SourceError as error:
        raise UserError(
            f"cannot fetch {place.home}: {error}; check project.source and the network"
        ) from None
    if reply is not None and reply.status in BUSY:
        raise UserError(
            f"{url} answers {reply.status}, and without it no page may be fetched: try again later"
        )
    return rules.read(reply.body) if reply is not None and reply.status == 200 else rules.no_rules()


def _host_and_port(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
