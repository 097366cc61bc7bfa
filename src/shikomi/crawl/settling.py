"""From a reply to rows: what came of a page, and the links it holds, in one transaction."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus

from shikomi.crawl import names, pages
from shikomi.crawl.addresses import Forbidden
from shikomi.crawl.asking import BUSY, MISSING
from shikomi.crawl.client import Reply
from shikomi.crawl.gate import NOINDEX, Gate
from shikomi.crawl.shelf import Shelf
from shikomi.crawl.urls import resolve
from shikomi.errors import SourceError
from shikomi.store import Store, crawl
from shikomi.store.crawl import CrawlUrl, Found, Outcome

Judged = tuple[Outcome, Sequence[Found]]
_NOT_MODIFIED = 304
_PLAIN = ("", "ascii", "utf-8")


class Settler:
    """Books what comes, page by page. `gate` says which of a page's links are followed."""

    def __init__(self, store: Store, crawl_id: int, shelf: Shelf, gate: Gate) -> None:
        self._store = store
        self._crawl_id = crawl_id
        self._shelf = shelf
        self._gate = gate
        self._encodings = Counter(crawl.encodings(store))

    def settle(self, row: CrawlUrl, answer: Reply | SourceError) -> Outcome:
        """The file is written before the rows that speak of it: a run killed between the two
        asks for the page once more and writes it again."""
        outcome, found = (
            _without_reply(row, answer)
            if isinstance(answer, SourceError)
            else self._judge(row, answer)
        )
        with self._store.transaction():
            crawl.settle(self._store, row.url, outcome)
            self.add(found)
        return outcome

    def add(self, found: Iterable[Found]) -> None:
        """Links, each with whether it is followed."""
        links = [(each, self._gate.outcome(each)) for each in found]
        crawl.add(self._store, self._crawl_id, links)

    def _judge(self, row: CrawlUrl, reply: Reply) -> Judged:
        status = reply.status
        if status == _NOT_MODIFIED:
            return self._unchanged(row, reply)
        if reply.location:
            return self._redirect(row, reply)
        if reply.too_large:
            return self._kept(row, reply, "limited", "larger than the limit for a page"), ()
        if status == HTTPStatus.OK:
            return self._page(row, reply)
        if status in MISSING:
            self._shelf.remove(row)
            return _bare(reply, "missing", _phrase(status)), ()
        if status in BUSY:
            wait = f"; it asks to wait {reply.retry_after}" if reply.retry_after else ""
            return self._kept(row, reply, "failed", _phrase(status) + wait), ()
        return self._kept(row, reply, "refused", _phrase(status)), ()

    def _kept(self, row: CrawlUrl, reply: Reply, state: crawl.State, reason: str) -> Outcome:
        """Nothing new came; the file that an earlier crawl fetched stays."""
        return replace(row.outcome, state=state, reason=reason, status=reply.status)

    def _unchanged(self, row: CrawlUrl, reply: Reply) -> Judged:
        data = self._shelf.read(row)
        if data is None:
            return self._kept(row, reply, "failed", "the server says it did not change"), ()
        old = row.outcome
        body = _body(row.url, data, old.content_type or "", old.charset)
        outcome = replace(old, state="fetched", reason=None, status=reply.status)
        try:
            return outcome, self._links(row, reply.url, self._read(body, reply.robots))
        except SourceError:
            return outcome, ()

    def _redirect(self, row: CrawlUrl, reply: Reply) -> Judged:
        self._shelf.remove(row)
        target = resolve(reply.location, reply.url)
        if target is None:
            return _bare(reply, "refused", "redirects to no web address"), ()
        url = self._gate.site.own(target.url)
        if self._leads_back(url, row.url):
            return _bare(reply, "refused", "redirects in a circle"), ()
        outcome = replace(_bare(reply, "redirect", None), location=url)
        hops = row.found.hops + 1
        return outcome, (replace(row.found, url=url, hops=hops, alternate=None),)

    def _leads_back(self, url: str, start: str) -> bool:
        at: str | None = url
        while at is not None and at != start:
            row = crawl.page(self._store, at)
            ours = row is not None and row.crawl_id == self._crawl_id
            at = row.outcome.location if row and ours and row.outcome.state == "redirect" else None
        return at == start

    def _page(self, row: CrawlUrl, reply: Reply) -> Judged:
        body = _body(reply.url, reply.body, reply.content_type, reply.charset)
        try:
            page = self._read(body, reply.robots)
            if row.found.kind == "image" and page.kind != "image":
                raise SourceError(f"is no picture but {reply.content_type}")
            outcome = self._fetched(row, reply, page, body) if page.links.index else None
        except SourceError as error:
            self._shelf.remove(row)
            return _bare(reply, "refused", str(error)), ()
        if outcome is None:
            self._shelf.remove(row)
            outcome = _bare(reply, "refused", NOINDEX)
        if outcome.state == "duplicate":
            return outcome, ()
        return outcome, self._links(row, reply.url, page)

    def _read(self, body: pages.Body, robots: str) -> pages.Page:
        """Raises SourceError: there is nothing to keep in it."""
        page = pages.read(body, prior=self._prior())
        if self._gate.meta_robots:
            return pages.with_header(page, robots)
        return replace(page, links=replace(page.links, index=True, follow=True))

    def _links(self, row: CrawlUrl, url: str, page: pages.Page) -> Sequence[Found]:
        return tuple(pages.targets(page, url=url, parent=row.found, site=self._gate.site))

    def _fetched(self, row: CrawlUrl, reply: Reply, page: pages.Page, body: pages.Body) -> Outcome:
        if page.encoding not in _PLAIN:
            self._encodings[page.encoding] += 1
        sha256 = body.sha256
        encodings = [each for each in (page.encoding, self._prior()) if each]
        place = self._shelf.place(row, sha256, page.kind, reply.content_type, encodings)
        outcome = Outcome(
            state="fetched",
            status=reply.status,
            fetched_url=reply.url if reply.url != row.url else None,
            path=place.path,
            sha256=sha256,
            n_bytes=len(body.data),
            content_type=reply.content_type,
            charset=reply.charset,
            encoding=page.encoding or None,
            etag=reply.etag,
            last_modified=reply.last_modified,
            fetched_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
        if place.same_as is not None:
            self._shelf.remove(row)
            return replace(outcome, state="duplicate", location=place.same_as.url)
        return self._written(row, replace(outcome, path_key=names.key(place.path)), body)

    def _written(self, row: CrawlUrl, outcome: Outcome, body: pages.Body) -> Outcome:
        old = row.outcome
        if old.path != outcome.path:
            self._shelf.remove(row)
        if outcome.path and (old.path != outcome.path or self._shelf.read(row) != body.data):
            self._shelf.write(outcome.path, body.data)
            return outcome
        return replace(outcome, fetched_at=old.fetched_at)

    def _prior(self) -> str | None:
        """The encoding that most pages so far have, of those that need telling apart."""
        found = [each for each, _ in self._encodings.most_common() if each not in _PLAIN]
        return found[0] if found else None


def _without_reply(row: CrawlUrl, error: SourceError) -> Judged:
    state: crawl.State = "refused" if isinstance(error, Forbidden) else "failed"
    return replace(row.outcome, state=state, reason=str(error), status=None), ()


def _bare(reply: Reply, state: crawl.State, reason: str | None) -> Outcome:
    """The page has no file, or none any more."""
    return Outcome(state=state, reason=reason, status=reply.status)


def _body(url: str, data: bytes, content_type: str, charset: str | None) -> pages.Body:
    return pages.Body(url=url, data=data, content_type=content_type, charset=charset)


def _phrase(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
