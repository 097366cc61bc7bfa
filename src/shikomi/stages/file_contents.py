"""What the source's files hold, read once for as long as a file stays as it is."""

import hashlib
import json
import posixpath
import re
import time
from collections.abc import Iterator, Sequence
from html import unescape
from urllib.parse import unquote

from shikomi.corpus import formats, html
from shikomi.corpus.decode import decode
from shikomi.corpus.html.tree import in_base
from shikomi.corpus.links import resolve
from shikomi.errors import SourceError
from shikomi.stages.context import Context
from shikomi.stages.fetched import Fetched
from shikomi.stages.sources import SourceFile
from shikomi.store import pages

# Within this time a file can change again and keep its times.
TICK_SECONDS = 2.0
_IMAGE_NAME = re.compile(
    r"[\"'(<]([^\"'()<>\n]{1,500}?\.(?:a?png|jpe?g|gif|svg|webp|bmp|ico|avif|tiff?))[\"')>\s?#]",
    re.IGNORECASE,
)


def contents(
    ctx: Context, files: Sequence[SourceFile], site: Fetched | None
) -> tuple[dict[str, pages.SourceFile], dict[str, str]]:
    """(what each file holds, why others cannot be read). Only files that changed are read."""
    stored = pages.source_files(ctx.store)
    known: dict[str, pages.SourceFile] = {}
    problems: dict[str, str] = {}
    for file in files:
        before = stored.get(file.path)
        try:
            same = before is not None and before.stamp == file.stamp and not file.problem
            known[file.path] = before if before is not None and same else _content(file, site)
        except SourceError as error:
            problems[file.path] = str(error)
    settled = {f.path: known[f.path] for f in files if f.path in known and is_settled(f)}
    if settled != stored:
        pages.set_source_files(ctx.store, settled)
    return known, problems


def is_settled(file: SourceFile) -> bool:
    """Whether a later change is sure to show in the file's stamp."""
    return file.changed_at < time.time() - TICK_SECONDS


def image_folders(file: SourceFile) -> list[str]:
    """The folders, relative to its own, in which a single file's images are."""
    text = _text(file.read(), file.path, None)[0] if not file.problem else ""
    found = {posixpath.dirname(unquote(unescape(name))) for name in _IMAGE_NAME.findall(text)}
    return sorted(found)


def _content(file: SourceFile, site: Fetched | None) -> pages.SourceFile:
    if file.problem:
        raise SourceError(file.problem)
    data = file.read()
    origin = site.origins.get(file.path) if site is not None else None
    text, encoding = _text(data, file.path, origin.charset if origin else None)
    anchors = sorted(set(_anchors(text, file.path, site))) if formats.is_html(file.path) else []
    return pages.SourceFile(
        path=file.path,
        stamp=file.stamp,
        sha256=hashlib.sha256(data).hexdigest(),
        anchors=json.dumps(anchors),
        encoding=encoding,
    )


def _text(data: bytes, path: str, declared: str | None) -> tuple[str, str]:
    """(a file's text, its encoding), each "" where it is none."""
    try:
        if not (formats.media_type(path, data) or "").startswith("text/"):
            return "", ""
        decoded = decode(data, declared=declared)
    except SourceError:
        return "", ""
    return decoded.text, decoded.encoding


def _anchors(text: str, path: str, site: Fetched | None) -> Iterator[tuple[str, str]]:
    """(page, anchor) that links of the page at `path` go to on other pages; the page as a path
    or, on a site, as `Fetched.keys` has it."""
    for href, base in html.anchors_linked(text):
        if site is not None and path in site.origins:
            anchor = unquote(href.partition("#")[2])
            yield from ((key, anchor) for key in site.keys(href, base, path))
        else:
            page, anchor = resolve(in_base(href, base), path)
            if page and anchor:
                yield page, anchor
