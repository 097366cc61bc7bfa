"""What each page is made of: its source file, its name, and what other pages have to do with it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import partial
from pathlib import Path, PurePosixPath

from shikomi.config import FILE_NAME, Config
from shikomi.corpus import contents, names
from shikomi.corpus.decode import majority
from shikomi.corpus.edges import NO_RULES, Rules, read_rules
from shikomi.corpus.images import is_image
from shikomi.corpus.names import Documents, Relink, document_paths, image_paths
from shikomi.corpus.source_copies import is_copy
from shikomi.errors import UserError
from shikomi.files import read_utf8
from shikomi.hashing import content_id
from shikomi.stages import fetch, file_contents, same_pages, sources
from shikomi.stages.context import Context
from shikomi.stages.fetched import Fetched, Origin, fetched
from shikomi.stages.lookups import Lookups, answer
from shikomi.stages.sources import SourceFile

DROP = "drop.txt"
_BESIDE_PAGES = (".css", ".js", ".map", ".woff", ".woff2", ".ttf", ".otf", ".mp3", ".mp4", ".wav",
                 ".ogg", ".webm")  # fmt: skip
_OWN = ("docs", "out", "server", "prompts", FILE_NAME, "outline.md", DROP, "questions.jsonl",
        "tasks.jsonl", "shikomi.db", "shikomi.db-wal", "shikomi.db-shm",
        "shikomi.db-search")  # fmt: skip
_PLAIN = ("", "ascii", "utf-8")


@dataclass(frozen=True, slots=True)
class Item:
    """A source file and the page it becomes. `targets` are its anchors that other pages link
    to; `problem` says why it cannot be read, or is ""; `origin` is where it was fetched from;
    `prior` the encoding that most of its neighbours have, where its own needs telling."""

    file: SourceFile
    document: str
    targets: frozenset[str]
    sha256: str
    problem: str
    origin: Origin | None = None
    prior: str | None = None

    @property
    def path(self) -> str:
        return self.file.path

    @property
    def source_id(self) -> str:
        return content_id([self.path, self.problem or self.sha256])


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The items in the order of their paths, what one page's links mean, and which repeated
    blocks a person wants left out (`rules`). `documents` says which page a path leads to, `images`
    are the source's by their path in docs/, `copies` the files left out for another that has their
    text, `site` is where the source was fetched. `whole`: what stands around a page's main content
    is not left out."""

    items: tuple[Item, ...]
    documents: Documents
    rules: Rules
    images: Mapping[str, SourceFile]
    copies: Mapping[str, str]
    site: Fetched | None
    whole: bool

    def lookups(self) -> Lookups:
        return Lookups(self.documents)

    def relink(self, item: Item, documents: Documents) -> Relink | None:
        """What becomes of its links, where that is not as in a folder."""
        if self.site is None or item.origin is None:
            return None
        return self.site.relink(item.path, documents)

    def fingerprint(self, item: Item, asked: str) -> str:
        """Of what decides the page beside its source: its targets, what the paths that its links
        ask for (JSON) lead to, where it is from, and the blocks to leave out."""
        paths = json.loads(asked)
        found = [answer(self.documents, path) for path in paths]
        origin = item.origin
        from_web = origin and [origin.url, origin.fetched_at, origin.charset, origin.encoding]
        known = [sorted(item.targets), paths, found, from_web, item.prior, self.rules.drop]
        return content_id([*known, *(["whole"] if self.whole else [])])


@contextmanager
def opened(ctx: Context) -> Iterator[Inputs]:
    """The inputs; the files can be read within the block.

    Raises:
        UserError: there is no source, no document in it, or it is where the pages go.
    """
    root = source_root(ctx)
    if root.resolve() == ctx.docs.resolve():
        raise UserError(
            f"{root} is where the project keeps its own pages: move your documents into a folder"
            " of another name, and set project.source in shikomi.toml to it"
        )
    wanted = partial(_is_wanted, ctx.config)
    own = [ctx.folder / name for name in _OWN]
    with sources.opened(root, wanted, leave_out=own) as found:
        images = [file for file in found if is_image(file.path)]
        paths = {file.path for file in found}
        files = [f for f in found if not is_image(f.path) and not is_copy(f.path, paths)]
        if not files:
            raise UserError(
                f"no documents in {root}: put Markdown, text or HTML files there"
                " (or set project.source or project.pages in shikomi.toml)"
            )
        if root.is_file() and not found[0].is_packed:
            images = sources.beside(root, file_contents.image_folders(files[0]))
        yield _inputs(ctx, files, [image for image in images if not image.problem])


def drop_rules(ctx: Context) -> Rules:
    """What the person answered about repeated blocks at the edges of pages."""
    file = ctx.folder / DROP
    return read_rules(read_utf8(file)) if file.exists() else NO_RULES


def source_root(ctx: Context) -> Path:
    return fetch.folder(ctx)


def _is_wanted(config: Config, path: str) -> bool:
    """Neither hidden, nor what belongs to pages (styles, scripts), nor unasked for; and images."""
    if any(part.startswith(".") for part in PurePosixPath(path).parts):
        return False
    if is_image(path):
        return True
    globs = config.project.pages
    asked = not globs or any(fnmatch(path, pattern) for pattern in globs)
    beside = contents.is_no_page(path) or path.lower().endswith(_BESIDE_PAGES)
    return asked and not beside


def _inputs(ctx: Context, files: Sequence[SourceFile], images: Sequence[SourceFile]) -> Inputs:
    site = fetched(ctx)
    copies = same_pages.left_out(ctx, files)
    documents = document_paths([file.path for file in files])
    documents |= {path: documents[other] for path, other in copies.items()}
    beside = image_paths([image.path for image in images], documents.values())
    linked = Documents(documents | beside)
    if site is not None:
        linked |= site.documents(linked)
    return Inputs(
        items=_items(ctx, [file for file in files if file.path not in copies], linked, site),
        documents=linked,
        rules=drop_rules(ctx),
        images={beside[image.path]: image for image in images},
        copies=copies,
        site=site,
        whole=ctx.config.project.whole_pages,
    )


def _items(
    ctx: Context, files: Sequence[SourceFile], documents: Documents, site: Fetched | None
) -> tuple[Item, ...]:
    known, problems = file_contents.contents(ctx, files, site)
    targets: dict[str, set[str]] = {}
    for each in known.values():
        for target, anchor in json.loads(each.anchors):
            if document := names.find(target, documents):
                targets.setdefault(document, set()).add(anchor)
    usual = majority(each.encoding for each in known.values())
    origins = site.origins if site is not None else {}
    return tuple(
        Item(
            file=file,
            document=documents[file.path],
            targets=frozenset(targets.get(documents[file.path], ())),
            sha256=known[file.path].sha256 if file.path in known else "",
            problem=problems.get(file.path, ""),
            origin=origins.get(file.path),
            prior=usual if file.path in known and known[file.path].encoding not in _PLAIN else None,
        )
        for file in files
    )
