"""source/ -> docs/*.md: every file of the source folder as a page of Markdown.

A page that a person has edited since is left as it is.
"""

import hashlib
import re
from collections.abc import Collection, Container, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from shikomi.corpus import formats, frontmatter, html
from shikomi.corpus.names import document_paths
from shikomi.errors import SourceError, UserError
from shikomi.files import write_whole
from shikomi.hashing import content_id
from shikomi.stages.context import Context, Progress, StageReport
from shikomi.store import corpus, progress
from shikomi.types import Source

STAGE = "convert"
VERSION = 2
_FAILURES = content_id([STAGE, VERSION])
MAX_BYTES = 64 << 20
_BESIDE_PAGES = re.compile(
    r"\.(?:png|jpe?g|gif|svg|webp|ico|css|js|map|woff2?|ttf|otf|mp[34]|wav|ogg|webm)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Item:
    """A source file and the page it becomes. `targets` are its anchors that other pages link to."""

    file: Path
    path: str
    document: str
    targets: frozenset[str]


def pending(ctx: Context) -> list[object]:
    """Files to convert, and pages whose source is gone."""
    items = _items(ctx)
    return [*_new(ctx, items), *_orphans(ctx, {item.document for item in items})]


def failed(ctx: Context) -> list[str]:
    """The reasons of the files there are now that could not be converted."""
    known = progress.failed_subjects(ctx.store, STAGE, _FAILURES)
    ids = (_source_id(item) for item in _items(ctx))
    return [known[each] for each in ids if each in known]


def _items(ctx: Context) -> list[Item]:
    found = _files(ctx)
    names = document_paths([path for _, path in found])
    targets = _targets(found)
    return [Item(file, path, names[path], frozenset(targets.get(path, ()))) for file, path in found]


def _targets(found: Sequence[tuple[Path, str]]) -> dict[str, set[str]]:
    """For each page the anchors that other pages link to."""
    targets: dict[str, set[str]] = {}
    for file, path in found:
        if file.stat().st_size <= MAX_BYTES and formats.is_html(path):
            for page, anchor in html.anchors_linked(file.read_bytes(), path=path):
                targets.setdefault(page, set()).add(anchor)
    return targets


def _new(ctx: Context, items: Sequence[Item]) -> list[Item]:
    """Files whose bytes or settings differ from those last converted, or last failed."""
    known = corpus.conversions(ctx.store)
    failures = progress.failed_subjects(ctx.store, STAGE, _FAILURES)
    return [item for item in items if _is_new(item, known.get(item.document), failures)]


def _is_new(item: Item, known: tuple[str, str, str] | None, failures: Container[str]) -> bool:
    source_id = _source_id(item)
    if source_id in failures:
        return False
    return known is None or known[:2] != (source_id, _fingerprint(item))


def run(ctx: Context) -> StageReport:
    found = _items(ctx)
    documents = {item.path: item.document for item in found}
    items = _new(ctx, found)
    _remove(ctx, _orphans(ctx, set(documents.values())))
    errors = []
    for i, item in enumerate(items, start=1):
        errors.append(_convert(ctx, item, documents))
        ctx.progress(Progress(stage=STAGE, done=i, total=len(items)))
    failed = tuple(error for error in errors if error)
    n_done = len(items) - len(failed)
    if not any(ctx.docs.rglob("*.md")):
        raise UserError(f"no file in {_root(ctx)} is a document; the first: {failed[0]}")
    return StageReport(done=n_done, failures=failed, summary=f"{n_done} pages converted to docs/")


def _root(ctx: Context) -> Path:
    return (ctx.folder / ctx.config.project.source).resolve()


def _files(ctx: Context) -> list[tuple[Path, str]]:
    """(file, path relative to the source folder) in a fixed order; hidden files and what
    belongs to pages (images, styles, scripts) left out.

    Raises:
        UserError: the folder does not exist, or has no document in it.
    """
    root = _root(ctx)
    if not root.is_dir():
        raise UserError(f"the source folder {root} does not exist: set project.source")
    paths = ((file, file.relative_to(root).as_posix()) for file in sorted(root.rglob("*")))
    found = [(file, path) for file, path in paths if file.is_file() and _is_document(ctx, path)]
    if not found:
        raise UserError(
            f"no documents in {root}: put Markdown, text or HTML files there"
            " (or set project.source or project.pages in shikomi.toml)"
        )
    return found


def _is_document(ctx: Context, path: str) -> bool:
    parts = PurePosixPath(path)
    hidden = any(part.startswith(".") for part in parts.parts)
    beside = _BESIDE_PAGES.search(path)
    return not hidden and not beside and _wanted(path, ctx.config.project.pages)


def _wanted(path: str, globs: Sequence[str]) -> bool:
    return not globs or any(fnmatch(path, pattern) for pattern in globs)


def _fingerprint(item: Item) -> str:
    return content_id([STAGE, VERSION, sorted(item.targets)])


def _source_id(item: Item) -> str:
    stat = item.file.stat()
    if stat.st_size > MAX_BYTES:
        return content_id([item.path, stat.st_size, stat.st_mtime_ns])
    return content_id([item.path, hashlib.sha256(item.file.read_bytes()).hexdigest()])


def _convert(ctx: Context, item: Item, documents: dict[str, str]) -> str | None:
    source_id = _source_id(item)
    try:
        _write(ctx, item, source_id, documents)
    except (SourceError, OSError) as error:
        reason = f"{item.path}: {error}"
        progress.mark(ctx.store, STAGE, source_id, _FAILURES, reason)
        return reason
    return None


def _write(ctx: Context, item: Item, source_id: str, documents: dict[str, str]) -> None:
    if item.file.stat().st_size > MAX_BYTES:
        raise SourceError(f"is larger than {MAX_BYTES >> 20} MB")
    data = item.file.read_bytes()
    media_type = formats.media_type(item.path, data)
    if media_type is None:
        raise SourceError("is of no known kind (Markdown, text, HTML)")
    text = _page(item, data, documents)
    output = _sha256(text.encode("utf-8"))
    if _untouched(ctx, item.document):
        write_whole(ctx.docs / item.document, text.encode("utf-8"))
    source = Source(id=source_id, path=item.path, sha256=_sha256(data), media_type=media_type)
    with ctx.store.transaction():
        corpus.add_source(ctx.store, source)
        corpus.set_conversion(
            ctx.store,
            item.document,
            source_id=source_id,
            fingerprint=_fingerprint(item),
            output_sha256=output,
        )
        progress.mark(ctx.store, STAGE, source_id, _FAILURES)


def _untouched(ctx: Context, document: str) -> bool:
    """Whether the page is as `convert` last wrote it, or not there yet."""
    target = ctx.docs / document
    if not target.exists():
        return True
    known = corpus.conversions(ctx.store).get(document)
    return known is not None and _sha256(target.read_bytes()) == known[2]


def _orphans(ctx: Context, documents: Collection[str]) -> list[str]:
    """Untouched pages whose source is gone; an edited page stays."""
    known = corpus.conversions(ctx.store)
    return [path for path in known if path not in documents and _untouched(ctx, path)]


def _remove(ctx: Context, paths: Sequence[str]) -> None:
    for path in paths:
        (ctx.docs / path).unlink(missing_ok=True)
        corpus.forget_conversion(ctx.store, path)


def _page(item: Item, data: bytes, documents: dict[str, str]) -> str:
    page = formats.convert(data, path=item.path, documents=documents, targets=item.targets)
    fields = {
        "title": page.title,
        "source": item.path,
        "encoding": page.encoding,
        "encoding_reason": page.encoding_reason,
    }
    return frontmatter.write(fields, page.markdown, own=page.front_matter)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
