"""What a reply holds: its kind, the encoding its links are in, and the links."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from shikomi.corpus.decode import decode
from shikomi.crawl.kinds import (
    Kind,
    disguised,
    is_named_text,
    kind_of,
    looks_like_html,
    may_be_html,
)
from shikomi.crawl.links import PageLinks, read_links, robot_words
from shikomi.crawl.urls import Site, resolve
from shikomi.errors import SourceError
from shikomi.store.crawl import Found


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A page's bytes as they came, with what their reading needs."""

    url: str
    data: bytes
    content_type: str
    charset: str | None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class Page:
    """`encoding` is "" where nothing was decoded."""

    kind: Kind
    encoding: str = ""
    links: PageLinks = field(default_factory=PageLinks)


def read(body: Body, *, prior: str | None) -> Page:
    """`prior` is the encoding that most pages of the site have.

    Raises:
        SourceError: there is nothing to keep in it; the message is the reason.
    """
    kind = _kind(body)
    if kind is None:
        raise SourceError(f"content type {body.content_type or 'unknown'}")
    if not body.data:
        raise SourceError("empty")
    if disguised(kind, body.data):
        raise SourceError(f"is not what it is called ({body.content_type})")
    if kind != "html":
        return Page(kind)
    decoded = decode(body.data, declared=body.charset, prior=prior)
    return Page(kind, decoded.encoding, read_links(decoded.text))


def _kind(body: Body) -> Kind | None:
    kind = kind_of(body.content_type, body.url)
    is_html = may_be_html(body.content_type) and looks_like_html(body.data)
    if kind is None:
        return "html" if is_html else None
    if kind == "text" and is_html and not is_named_text(body.url):
        return "html"
    return "text" if kind == "html" and not body.content_type and not is_html else kind


def targets(page: Page, *, url: str, parent: Found, site: Site) -> Iterator[Found]:
    """The addresses that a page names, each once: as a link to be followed where one is."""
    found: dict[str, Found] = {}
    for target in _targets(page, url, parent, site):
        known = found.get(target.url)
        if known is None or (known.nofollow and not target.nofollow):
            found[target.url] = target
    yield from found.values()


def _targets(page: Page, url: str, parent: Found, site: Site) -> Iterator[Found]:
    base = resolve(page.links.base, url, page.encoding) if page.links.base else None
    for link in page.links.links:
        address = resolve(link.href, base.url if base else url, page.encoding)
        if address is None or (link.kind == "image" and not page.links.index):
            continue
        yield Found(
            url=site.own(address.url),
            kind=link.kind,
            depth=parent.depth + (link.kind == "page"),
            nofollow=link.nofollow or (link.kind == "page" and not page.links.follow),
            linker=parent.url,
            link_text=link.text,
            headings=link.headings,
            alternate=site.own(address.alternate) if address.alternate else None,
        )


def with_header(page: Page, robots: str) -> Page:
    """The page with what its `X-Robots-Tag` header adds."""
    words = robot_words(robots)
    return replace(
        page,
        links=replace(
            page.links,
            index=page.links.index and words.isdisjoint(("noindex", "none")),
            follow=page.links.follow and words.isdisjoint(("nofollow", "none")),
        ),
    )
