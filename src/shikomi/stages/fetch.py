"""A website -> source/: each page's bytes as a file. Does nothing where the source is a folder."""

from pathlib import Path

from shikomi import crawl
from shikomi.errors import UserError
from shikomi.stages.context import Context, Progress, StageReport
from shikomi.store import crawl as pages
from shikomi.store.crawl import CrawlUrl
from shikomi.text import counted

STAGE = "fetch"
FOLDER = "source"


def folder(ctx: Context) -> Path:
    """Where documents are read from: the project's own folder for what is fetched, or the
    folder that the person named."""
    source = ctx.config.project.source
    return (ctx.folder / (FOLDER if crawl.is_web(source) else source)).resolve()


def pending(ctx: Context) -> list[object]:
    """Addresses to be asked for; more may turn up on their pages."""
    if not crawl.is_web(ctx.config.project.source):
        return []
    return [*crawl.todo(ctx.store, folder(ctx), _start(ctx), _settings(ctx))]


def run(ctx: Context) -> StageReport:
    """Raises UserError: the site cannot be fetched, or there is nothing on it."""

    def on_page(n_settled: int, n_pending: int, url: str) -> None:
        total = n_settled + n_pending
        ctx.progress(Progress(stage=STAGE, done=n_settled, total=total, note=url))

    crawl.fetch(ctx.store, folder(ctx), _start(ctx), _settings(ctx), on_page=on_page)
    rows = pages.listing(ctx.store)
    kept = [row for row in rows if row.outcome.path_key]
    if not any(row.found.kind == "page" for row in kept):
        raise UserError(f"{_start(ctx)} gave no page: {_first_reason(rows)}")
    return StageReport(done=len(kept), failures=tuple(failed(ctx)), summary=_summary(rows))


def refresh(ctx: Context) -> None:
    """Let the next run ask the site what has changed.

    Raises:
        UserError: the source is no website.
    """
    if not crawl.is_web(ctx.config.project.source):
        raise UserError("project.source is a folder: there is nothing to fetch")
    crawl.refresh(ctx.store, _start(ctx), _settings(ctx))


def failed(ctx: Context) -> list[str]:
    """Why addresses failed; `reopen_failed` makes them pending again."""
    rows = pages.in_state(ctx.store, "failed")
    return [f"{row.url}: {row.outcome.reason}" for row in rows]


def reopen_failed(ctx: Context) -> int:
    """Returns how many."""
    return pages.reopen_failed(ctx.store)


def listing(ctx: Context) -> list[CrawlUrl]:
    """The page list: every address that was met, with its file or why there is none."""
    return pages.listing(ctx.store)


def _start(ctx: Context) -> str:
    return crawl.start_url(ctx.config.project.source)


def _settings(ctx: Context) -> crawl.Settings:
    part = ctx.config.fetch
    return crawl.Settings(
        whole_host=part.whole_host,
        meta_robots=part.meta_robots,
        max_pages=part.max_pages,
        max_depth=part.max_depth,
        max_page_bytes=part.max_page_bytes,
        max_bytes=part.max_bytes,
        max_seconds=part.max_seconds,
        page_seconds=part.page_seconds,
        delay_seconds=None if part.delay_seconds == "auto" else part.delay_seconds,
    )


def _first_reason(rows: list[CrawlUrl]) -> str:
    reason = next((row.outcome.reason for row in rows if row.outcome.reason), None)
    if reason == crawl.NOINDEX:
        return f"{reason}; fetch.meta_robots = false takes pages that ask not to be indexed"
    return reason or "no links lead anywhere"


def _summary(rows: list[CrawlUrl]) -> str:
    kept = [row for row in rows if row.outcome.path_key]
    n_pages = sum(row.found.kind == "page" for row in kept)
    counts = {
        "images": len(kept) - n_pages,
        "missing": sum(row.outcome.state == "missing" for row in rows),
        "left out": sum(row.outcome.state in ("skipped", "refused", "limited") for row in rows),
    }
    said = "".join(f", {n} {what}" for what, n in counts.items() if n)
    return f"{counted(n_pages, 'page')} in {FOLDER}/{said}"
