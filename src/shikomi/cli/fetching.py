"""`shikomi fetch`, and what `shikomi init` shares with it."""

import json
from collections.abc import Sequence
from pathlib import Path

from shikomi import app, config, crawl
from shikomi.app.create import create, is_as_made
from shikomi.app.endpoints import Machine
from shikomi.app.lock import run_lock
from shikomi.errors import UserError
from shikomi.stages import fetch
from shikomi.store.crawl import CrawlUrl


def new_project(
    folder: Path, source: str | None, *, root: str | None, aliases: Sequence[str], lang: str
) -> tuple[Path, str]:
    """(shikomi.toml, where documents are read from); without a source that is a new folder."""
    if source is not None and crawl.is_web(source):
        return create(folder, source=source, root=root, aliases=aliases, lang=lang), source
    documents = folder / "source" if source is None else Path(source)
    if source is None:
        _make_folder(documents)
    file = create(folder, source=documents, root=root, aliases=aliases, lang=lang)
    return file, str(documents)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or error
        raise UserError(f"cannot make {folder}: {reason}; choose another folder") from None


def prepare(folder: Path, url: str | None, *, refresh: bool) -> str:
    """Make the project of a site where there is none yet. Returns a line for people where there
    is nothing to fetch.

    Raises:
        UserError: the project reads something else.
    """
    if url is not None:
        _make(folder, url)
    source = config.load(folder).project.source
    if not crawl.is_web(source) or (url and crawl.start_url(source) != crawl.start_url(url)):
        raise UserError(
            f"this project reads {source}: set project.source in {folder / config.FILE_NAME} to"
            f" {url or 'the address of a site'}, or name another folder with -p"
        )
    with app.open_project(folder, Machine.here()) as ctx:
        if refresh:
            with run_lock(ctx.folder):
                fetch.refresh(ctx)
        if fetch.pending(ctx):
            return ""
        n_files = sum(row.outcome.path_key is not None for row in fetch.listing(ctx))
    return (
        f"all {n_files} files of {source} are in source/ already:"
        " `shikomi fetch --refresh` asks what has changed"
    )


def _make(folder: Path, url: str) -> None:
    """The project of a site, unless there is one. One that was made for another address, perhaps
    a mistyped one, and has nothing of it yet is made anew."""
    if Path(url).exists():
        raise UserError(
            f"{url} is no website: `shikomi init --source {url}` makes the project of a folder,"
            " zip file or file"
        )
    address = crawl.start_url(url)
    file = folder / config.FILE_NAME
    if file.exists():
        source = config.load(folder).project.source
        if source == address or not crawl.is_web(source) or not is_as_made(folder):
            return
        with app.open_project(folder, Machine.here()) as ctx:
            if any(row.outcome.path for row in fetch.listing(ctx)):
                return
        file.unlink()
    create(folder, source=address, root=None, aliases=(), lang="auto")


def page_list(folder: Path, *, as_json: bool) -> str:
    """A line, or an object, for every address that was met."""
    with app.open_project(folder, Machine.here()) as ctx:
        rows = fetch.listing(ctx)
    if as_json:
        return json.dumps([_row(row) for row in rows], ensure_ascii=False)
    return "\n".join(_line(row) for row in rows) or "nothing was fetched yet"


def _line(row: CrawlUrl) -> str:
    path = f"  {row.outcome.path}" if row.outcome.path else ""
    reason = f"  ({row.outcome.reason})" if row.outcome.reason else ""
    return f"{row.outcome.state:<9} {row.url}{path}{reason}"


def _row(row: CrawlUrl) -> dict[str, object]:
    found, outcome = row.found, row.outcome
    return {
        "url": row.url,
        "state": outcome.state,
        "reason": outcome.reason,
        "status": outcome.status,
        "path": outcome.path,
        "depth": found.depth,
        "linker": found.linker,
        "link_text": found.link_text,
        "headings": found.headings,
        "content_type": outcome.content_type,
        "charset": outcome.charset,
        "etag": outcome.etag,
        "last_modified": outcome.last_modified,
        "fetched_at": outcome.fetched_at,
        "location": outcome.location,
    }
