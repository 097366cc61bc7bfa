"""A website's addresses: what is to be fetched, and what came of each."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Literal

from shikomi.store import Store
from shikomi.store.rows import dump

State = Literal[
    "pending",  # to be fetched
    "fetched",  # its file is in the source folder
    "duplicate",  # the same bytes as `location`, whose file it shares
    "redirect",  # `location` says where to
    "missing",  # the server has no such page
    "refused",  # it answered, but with nothing to keep
    "skipped",  # never asked: outside the site, or not for robots
    "limited",  # a limit of ours stopped it
    "failed",  # it did not answer as it should
]
Kind = Literal["page", "image"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crawl:
    """`start` is what was asked for, `home` where it led; `limits` names the limits' values."""

    id: int
    start: str
    home: str
    limits: str
    sitemaps_read: bool
    finished: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A link's target. `depth` counts links from the start page, `hops` redirects; `linker` is
    the page that named it first, with the link's text and the headings above it."""

    url: str
    kind: Kind = "page"
    depth: int = 0
    hops: int = 0
    nofollow: bool = False
    linker: str | None = None
    link_text: str = ""
    headings: tuple[str, ...] = ()
    alternate: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of it. `path` is relative to the source folder; `path_key` is set for the one
    address that owns the file. `fetched_at` is UTC, of the last change."""

    state: State = "pending"
    reason: str | None = None
    status: int | None = None
    location: str | None = None
    fetched_url: str | None = None
    path: str | None = None
    path_key: str | None = None
    sha256: str | None = None
    n_bytes: int | None = None
    content_type: str | None = None
    charset: str | None = None
    encoding: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    fetched_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlUrl:
    """A row of the page list."""

    id: int
    crawl_id: int
    found: Found
    outcome: Outcome

    @property
    def url(self) -> str:
        return self.found.url


_FOUND = [each.name for each in fields(Found)]
_OUTCOME = [each.name for each in fields(Outcome)]
_NEW_LINK = ", ".join(f"{name} = excluded.{name}" for name in _FOUND if name != "url")
# A link met again counts where this crawl has not met it yet, or where it may now be followed.
_ADD = (
    f"INSERT INTO crawl_urls (crawl_id, state, reason, {', '.join(_FOUND)})"
    f" VALUES (?, ?, ?, {', '.join('?' * len(_FOUND))})"
    f" ON CONFLICT (url) DO UPDATE SET crawl_id = excluded.crawl_id, state = excluded.state,"
    f" reason = excluded.reason, status = NULL, {_NEW_LINK}"
    " WHERE crawl_urls.crawl_id < excluded.crawl_id OR (excluded.state = 'pending'"
    " AND crawl_urls.state IN ('skipped', 'limited') AND crawl_urls.status IS NULL)"
)


def current(store: Store) -> Crawl | None:
    """The last crawl that was begun."""
    row = store.db.execute("SELECT * FROM crawls ORDER BY id DESC LIMIT 1").fetchone()
    if row is None:
        return None
    return Crawl(
        id=row["id"],
        start=row["start"],
        home=row["home"],
        limits=row["limits"],
        sitemaps_read=bool(row["sitemaps_read"]),
        finished=row["finished_at"] is not None,
    )


def begin(store: Store, start: str, limits: str) -> Crawl:
    """A new crawl; what an older one fetched stays until this one has looked at it."""
    with store.transaction():
        store.db.execute(
            "INSERT INTO crawls (start, home, limits) VALUES (?, ?, ?)", (start, start, limits)
        )
        found = current(store)
        assert found is not None
        add(store, found.id, [(Found(url=start), Outcome())])
    return found


def move_home(store: Store, crawl_id: int, home: str, found: Found) -> None:
    """The start page leads to another address, `found`, where the site is."""
    with store.transaction():
        store.db.execute("UPDATE crawls SET home = ? WHERE id = ?", (home, crawl_id))
        add(store, crawl_id, [(found, Outcome())])


def sitemaps_are_read(store: Store, crawl_id: int) -> None:
    store.db.execute("UPDATE crawls SET sitemaps_read = 1 WHERE id = ?", (crawl_id,))


def go_on(store: Store, crawl_id: int, limits: str) -> None:
    """The crawl has work again, under these limits."""
    store.db.execute(
        "UPDATE crawls SET limits = ?, finished_at = NULL WHERE id = ?", (limits, crawl_id)
    )


def finish(store: Store, crawl_id: int) -> None:
    store.db.execute(
        "UPDATE crawls SET finished_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now') WHERE id = ?",
        (crawl_id,),
    )


def add(store: Store, crawl_id: int, links: Iterable[tuple[Found, Outcome]]) -> None:
    """Links in the order they were found. One that is known changes nothing but for this: it was
    skipped and may now be followed, or its page is missing and this names another spelling."""
    links = list(links)
    with store.transaction():
        store.db.executemany(
            _ADD,
            [(crawl_id, out.state, out.reason, *_values(found, _FOUND)) for found, out in links],
        )
        store.db.executemany(
            "UPDATE crawl_urls SET alternate = ?, state = 'pending', status = NULL WHERE url = ?"
            " AND alternate IS NULL AND state = 'missing' AND crawl_id = ?",
            [(found.alternate, found.url, crawl_id) for found, _ in links if found.alternate],
        )


def settle(store: Store, url: str, outcome: Outcome) -> None:
    """Replaces all that was known of the page."""
    columns = ", ".join(f"{name} = ?" for name in _OUTCOME)
    store.db.execute(
        f"UPDATE crawl_urls SET {columns} WHERE url = ?", (*_values(outcome, _OUTCOME), url)
    )


def reopen(store: Store, urls: Iterable[str]) -> None:
    """Make them pending; what is known of their files stays."""
    store.db.executemany(
        "UPDATE crawl_urls SET state = 'pending', reason = NULL, status = NULL WHERE url = ?",
        [(url,) for url in urls],
    )


def reopen_failed(store: Store) -> int:
    """Make what failed pending again. Returns how many."""
    with store.transaction():
        failed = in_state(store, "failed")
        reopen(store, (each.url for each in failed))
    return len(failed)


def limit_pending(store: Store, reason: str, kinds: Sequence[Kind] = ("page", "image")) -> None:
    store.db.executemany(
        "UPDATE crawl_urls SET state = 'limited', reason = ? WHERE state = 'pending' AND kind = ?",
        [(reason, kind) for kind in kinds],
    )


def forget(store: Store, url: str) -> None:
    store.db.execute("DELETE FROM crawl_urls WHERE url = ?", (url,))


def page(store: Store, url: str) -> CrawlUrl | None:
    return next(iter(_rows(store, "WHERE url = ?", url)), None)


def pending(store: Store, limit: int) -> list[CrawlUrl]:
    """What is to be fetched next: nearest to the start page first, in the order of discovery."""
    return _rows(store, "WHERE state = 'pending' ORDER BY depth, id LIMIT ?", limit)


def count_pending(store: Store) -> int:
    row = store.db.execute("SELECT count(*) FROM crawl_urls WHERE state = 'pending'").fetchone()
    return int(row[0])


def in_state(store: Store, *states: State) -> list[CrawlUrl]:
    marks = ", ".join("?" * len(states))
    return _rows(store, f"WHERE state IN ({marks}) ORDER BY id", *states)


def not_met(store: Store, crawl_id: int) -> list[CrawlUrl]:
    """What only earlier crawls have met."""
    return _rows(store, "WHERE crawl_id < ? ORDER BY depth, id", crawl_id)


def meet(store: Store, crawl_id: int, url: str, outcome: Outcome) -> None:
    """Take a page of an earlier crawl into this one, pending or skipped."""
    store.db.execute(
        "UPDATE crawl_urls SET crawl_id = ?, state = ?, reason = ?, status = NULL WHERE url = ?",
        (crawl_id, outcome.state, outcome.reason, url),
    )


def owner(store: Store, path_key: str) -> CrawlUrl | None:
    """The address whose file has this path."""
    return next(iter(_rows(store, "WHERE path_key = ?", path_key)), None)


def totals(store: Store, crawl_id: int) -> tuple[int, int]:
    """(pages, bytes of pages and images) that a crawl has fetched."""
    row = store.db.execute(
        "SELECT count(*) FILTER (WHERE kind = 'page'), coalesce(sum(n_bytes), 0) FROM crawl_urls"
        " WHERE crawl_id = ? AND state = 'fetched'",
        (crawl_id,),
    ).fetchone()
    return int(row[0]), int(row[1])


def listing(store: Store) -> list[CrawlUrl]:
    """Every address that was met, in the order of discovery."""
    return _rows(store, "ORDER BY id")


def encodings(store: Store) -> list[str]:
    """What the fetched pages were decoded by, the most frequent first."""
    found = store.db.execute(
        "SELECT encoding, count(*) n FROM crawl_urls WHERE encoding IS NOT NULL"
        " GROUP BY encoding ORDER BY n DESC, encoding"
    )
    return [row["encoding"] for row in found]


def paths(listed: Iterable[CrawlUrl]) -> dict[str, str]:
    """For each address of a page list the file that a link to it means, redirects followed."""
    rows = {row.url: row.outcome for row in listed}
    found: dict[str, str] = {}
    for url in rows:
        at: str | None = url
        seen: set[str] = set()
        while at in rows and at not in seen and rows[at].state == "redirect":
            seen.add(at)
            at = rows[at].location
        if at in rows and (path := rows[at].path):
            found[url] = path
    return found


def _rows(store: Store, where: str, *values: object) -> list[CrawlUrl]:
    return [_row(row) for row in store.db.execute(f"SELECT * FROM crawl_urls {where}", values)]


def _row(row: sqlite3.Row) -> CrawlUrl:
    found = {name: row[name] for name in _FOUND} | {
        "nofollow": bool(row["nofollow"]),
        "headings": tuple(json.loads(row["headings"])),
    }
    outcome = Outcome(**{name: row[name] for name in _OUTCOME})
    return CrawlUrl(id=row["id"], crawl_id=row["crawl_id"], found=Found(**found), outcome=outcome)


def _values(item: Found | Outcome, names: Sequence[str]) -> list[object]:
    values = (getattr(item, name) for name in names)
    return [dump(value) if isinstance(value, tuple) else value for value in values]
