"""What each page is made of: its source file, its name, and what other pages have to do with it."""

import hashlib
import json
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from shikomi.config import FILE_NAME, Config
from shikomi.corpus import contents, formats, html
from shikomi.corpus.edges import NO_RULES, Rules, read_rules
from shikomi.corpus.names import Documents, document_paths
from shikomi.errors import SourceError, UserError
from shikomi.files import read_utf8
from shikomi.hashing import content_id
from shikomi.stages import fetch, sources
from shikomi.stages.context import Context
from shikomi.stages.sources import SourceFile
from shikomi.store import pages

DROP = "drop.txt"
_BESIDE_PAGES = re.compile(
    r"\.(?:png|jpe?g|gif|svg|webp|ico|css|js|map|woff2?|ttf|otf|mp[34]|wav|ogg|webm)$",
    re.IGNORECASE,
)
_OWN = ("docs", "out", "server", "prompts", FILE_NAME, "outline.md", DROP, "questions.jsonl",
        "shikomi.db", "shikomi.db-wal", "shikomi.db-shm")  # fmt: skip
# Within this time a file can change again and keep its times.
_TICK_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Item:
    """A source file and the page it becomes. `targets` are its anchors that other pages link
    to; `problem` says why it cannot be read, or is ""."""

    file: SourceFile
    document: str
    targets: frozenset[str]
    sha256: str
    problem: str

    @property
    def path(self) -> str:
        return self.file.path

    @property
    def source_id(self) -> str:
        return content_id([self.path, self.problem or self.sha256])


class Lookups(Documents):
    """The documents, for the links of one page. `asked` are the paths that were looked up, found
    or not: what the page depends on."""

    def __init__(self, documents: Documents) -> None:
        super().__init__(documents)
        self.lowered = documents.lowered
        self.asked: set[str] = set()

    def __getitem__(self, path: str) -> str:
        self.asked.add(path)
        return super().__getitem__(path)

    def __contains__(self, path: object) -> bool:
        self.asked.add(str(path))
        return super().__contains__(path)

    def get(self, path: str, default: Any = None) -> Any:
        self.asked.add(path)
        return super().get(path, default)


class Inputs:
    """The items in the order of their paths, what one page's links mean, and which repeated
    blocks a person wants left out (`rules`)."""

    def __init__(self, items: Sequence[Item], documents: Documents, rules: Rules) -> None:
        self.items = tuple(items)
        self.rules = rules
        self._documents = documents

    def lookups(self) -> Lookups:
        return Lookups(self._documents)

    def fingerprint(self, item: Item, asked: str) -> str:
        """Of what decides the page beside its source: its targets, what the paths that its links
        ask for (JSON) lead to, and the blocks to leave out."""
        known, lowered = self._documents, self._documents.lowered
        paths = json.loads(asked)
        found = [known.get(path) or lowered.get(path.lower()) for path in paths]
        parts = [sorted(item.targets), paths, found]
        return content_id([*parts, self.rules.drop] if self.rules.drop else parts)


@contextmanager
def opened(ctx: Context) -> Iterator[Inputs]:
    """The inputs; the files can be read within the block.

    Raises:
        UserError: there is no source, or no document in it.
    """
    root = source_root(ctx)
    wanted = partial(_is_document, ctx.config)
    own = [ctx.folder / name for name in _OWN]
    with sources.opened(root, wanted, leave_out=own) as files:
        if not files:
            raise UserError(
                f"no documents in {root}: put Markdown, text or HTML files there"
                " (or set project.source or project.pages in shikomi.toml)"
            )
        documents = document_paths([file.path for file in files])
        yield Inputs(_items(ctx, files, documents), documents, drop_rules(ctx))


def drop_rules(ctx: Context) -> Rules:
    """What the person answered about repeated blocks at the edges of pages."""
    file = ctx.folder / DROP
    return read_rules(read_utf8(file)) if file.exists() else NO_RULES


def source_root(ctx: Context) -> Path:
    return fetch.folder(ctx)


def _is_document(config: Config, path: str) -> bool:
    """Neither hidden, nor what belongs to pages (images, styles, scripts), nor unasked for."""
    hidden = any(part.startswith(".") for part in PurePosixPath(path).parts)
    globs = config.project.pages
    asked = not globs or any(fnmatch(path, pattern) for pattern in globs)
    beside = contents.is_no_page(path) or _BESIDE_PAGES.search(path)
    return asked and not hidden and not beside


def _items(ctx: Context, files: Sequence[SourceFile], documents: Documents) -> list[Item]:
    known, problems = _contents(ctx, files)
    targets: dict[str, set[str]] = {}
    for each in known.values():
        for page, anchor in json.loads(each.anchors):
            targets.setdefault(page, set()).add(anchor)
    return [
        Item(
            file=file,
            document=documents[file.path],
            targets=frozenset(targets.get(file.path, ())),
            sha256=known[file.path].sha256 if file.path in known else "",
            problem=problems.get(file.path, ""),
        )
        for file in files
    ]


def _contents(
    ctx: Context, files: Sequence[SourceFile]
) -> tuple[dict[str, pages.SourceFile], dict[str, str]]:
    """(what each file holds, why others cannot be read). Only files that changed are read."""
    stored = pages.source_files(ctx.store)
    known: dict[str, pages.SourceFile] = {}
    problems: dict[str, str] = {}
    for file in files:
        before = stored.get(file.path)
        try:
            same = before is not None and before.stamp == file.stamp and not file.problem
            known[file.path] = before if before is not None and same else _content(file)
        except SourceError as error:
            problems[file.path] = str(error)
    until = time.time() - _TICK_SECONDS
    settled = {f.path: known[f.path] for f in files if f.path in known and f.changed_at < until}
    if settled != stored:
        pages.set_source_files(ctx.store, settled)
    return known, problems


def _content(file: SourceFile) -> pages.SourceFile:
    if file.problem:
        raise SourceError(file.problem)
    data = file.read()
    is_html = formats.is_html(file.path)
    anchors = sorted(set(html.anchors_linked(data, path=file.path))) if is_html else []
    return pages.SourceFile(
        path=file.path,
        stamp=file.stamp,
        sha256=hashlib.sha256(data).hexdigest(),
        anchors=json.dumps(anchors),
    )
