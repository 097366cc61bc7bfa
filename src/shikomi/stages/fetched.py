"""A fetched website's files: where each came from, and what the addresses on its pages mean."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from shikomi import crawl
from shikomi.corpus.names import Relink, find, link_between
from shikomi.crawl.urls import Site, resolve, site
from shikomi.stages.context import Context
from shikomi.store import crawl as rows

_ABSOLUTE = re.compile(r"\s*[A-Za-z][A-Za-z0-9+.-]*:")


@dataclass(frozen=True, slots=True)
class Origin:
    """`url` is what the page's own links are relative to; `fetched_at` is UTC, of the last
    change; `charset` the HTTP header's label; `encoding` the codec that its links are in."""

    url: str
    fetched_at: str
    charset: str | None
    encoding: str


class Fetched:
    """`origins` by file; `files`: for each address the file that a link to it means; `gone`: the
    addresses that the site does not have."""

    def __init__(
        self,
        origins: Mapping[str, Origin],
        files: Mapping[str, str],
        gone: frozenset[str],
        site: Site,
    ) -> None:
        self.origins = origins
        self.files = files
        self._gone = gone
        self._site = site

    def documents(self, by_file: Mapping[str, str]) -> dict[str, str]:
        """`by_file` (file -> document) by the keys of addresses."""
        return {
            key: by_file[file]
            for url, file in self.files.items()
            if file in by_file
            for key in self._keys([url])
        }

    def keys(self, href: str, base: str, file: str) -> list[str]:
        """The keys under which `documents` may have what `href` on the page in `file` means."""
        return self._keys(self.addresses(href, base, file))

    def addresses(self, href: str, base: str, file: str) -> list[str]:
        """What `href` on the page in `file` means, the likelier spelling first; none where that
        is no page of the web."""
        origin = self.origins[file]
        codec = origin.encoding or "utf-8"
        start = resolve(base, origin.url, codec) if base else None
        address = resolve(href, start.url if start else origin.url, codec)
        if address is None:
            return []
        return [self._site.own(each) for each in (address.url, address.alternate) if each]

    def find(self, href: str, base: str, file: str, documents: Mapping[str, str]) -> str | None:
        """The document that it means; `documents` are by key."""
        return self._first(self.addresses(href, base, file), documents)

    def relink(self, file: str, documents: Mapping[str, str]) -> Relink:
        """Links to pages and images that were fetched lead to their documents; others to the
        web."""

        def link(href: str, base: str) -> str:
            addresses = [] if href.startswith("#") else self.addresses(href, base, file)
            fragment = href.partition("#")[2]
            if document := self._first(addresses, documents):
                return link_between(file, document, unquote(fragment), documents=documents)
            if not addresses or _ABSOLUTE.match(href):
                return href
            return addresses[0] + (f"#{fragment}" if fragment else "")

        return link

    def is_gone(self, url: str) -> bool:
        """Whether the site was asked for it and has no such page."""
        address = resolve(url, "http://unknown.invalid/")
        return address is not None and self._site.own(address.url) in self._gone

    def _first(self, addresses: Iterable[str], documents: Mapping[str, str]) -> str | None:
        found = (find(key, documents) for key in self._keys(addresses))
        return next(filter(None, found), None)

    def _keys(self, addresses: Iterable[str]) -> list[str]:
        """Addresses without their origin: `/docs/a.html`, which is no path of a file."""
        at = self._site.origin
        return [url.removeprefix(at) for url in addresses if self._site.has_host(url)]


def fetched(ctx: Context) -> Fetched | None:
    """None where the source is no website, or was not fetched yet."""
    current = rows.current(ctx.store) if crawl.is_web(ctx.config.project.source) else None
    if current is None:
        return None
    listing = rows.listing(ctx.store)
    whole_host = ctx.config.fetch.whole_host
    return Fetched(
        origins=dict(_origins(listing)),
        files=rows.paths(listing),
        gone=frozenset(row.url for row in listing if row.outcome.state == "missing"),
        site=site(current.home, start=current.start, whole_host=whole_host),
    )


def _origins(listing: Iterable[rows.CrawlUrl]) -> Iterable[tuple[str, Origin]]:
    """For each file the address that owns it."""
    for row in listing:
        out = row.outcome
        if out.path is not None and out.path_key is not None:
            url = out.fetched_url or row.url
            yield out.path, Origin(url, out.fetched_at or "", out.charset, out.encoding or "")
