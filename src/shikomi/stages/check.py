"""What is worth a look before the pages are taught: nothing is changed but by `answer`."""

import os
import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import unquote

from shikomi.corpus import check, edges, signs
from shikomi.corpus.broken_links import check_links
from shikomi.corpus.check import ADVICE, KINDS, Finding
from shikomi.corpus.edges import Edge, Rules
from shikomi.corpus.fidelity import fidelity, lost
from shikomi.corpus.formats import PDF_SILENT
from shikomi.corpus.frontmatter import split
from shikomi.corpus.html import to_markdown
from shikomi.corpus.images import is_image
from shikomi.corpus.links import resolve
from shikomi.errors import UserError
from shikomi.files import read_utf8, write_whole
from shikomi.stages import source_texts
from shikomi.stages.context import Context, Progress
from shikomi.stages.fetched import fetched
from shikomi.stages.inputs import DROP, drop_rules
from shikomi.stages.source_texts import Files
from shikomi.store import pages as stored
from shikomi.text import counted

STAGE = "check"
LEAST_FIDELITY = 0.99
_MAX_COMPARED_CHARS = 4_000_000
_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
_HEAD = (
    "# Blocks at the edges of pages. `drop:` leaves them out when pages are converted, `keep:` says"
    " that you want them.\n# The text is as read, on one line; `*` stands for any text.\n"
)


@dataclass(frozen=True, slots=True)
class Checked:
    """`findings` by kind, then page; `edges` are numbered from 1 in the answer."""

    n_pages: int
    findings: tuple[Finding, ...]
    edges: tuple[Edge, ...]

    def table(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "pages": self.n_pages,
            "findings": [{**asdict(each), "advice": ADVICE[each.kind]} for each in self.findings],
            "edges": [{"number": n, **asdict(each)} for n, each in enumerate(self.edges, 1)],
        }

    def lines(self) -> list[str]:
        """For people: what there is under each kind, and what to do."""
        found: list[str] = []
        for kind in KINDS:
            mine = [each for each in self.findings if each.kind == kind]
            if mine:
                found += ["", f"{kind} ({len(mine)}): {ADVICE[kind]}"]
                found += [f"  docs/{each.page}: {each.what}" for each in mine]
        if self.edges:
            found += ["", "the same block on many pages; `shikomi check --drop N` or `--keep N`:"]
            found += [f"  {n}. {_edge_line(each)}" for n, each in enumerate(self.edges, 1)]
        n = len({each.page for each in self.findings})
        found += ["", f"{counted(self.n_pages, 'page')}, {n} worth a look"]
        return found[1:]


@dataclass(frozen=True, slots=True)
class _Page:
    path: str
    markdown: str
    source: str
    encoding: str
    reason: str


def run(ctx: Context) -> Checked:
    """Look at every page of docs/.

    Raises:
        UserError: there is none.
    """
    pages = _pages(ctx)
    rules = drop_rules(ctx)
    with source_texts.opened(ctx) as files:
        findings = list(_findings(ctx, pages, files, rules))
    texts = {page.path: page.markdown for page in pages}
    findings.sort(key=lambda each: (KINDS.index(each.kind), each.page))
    return Checked(len(pages), tuple(findings), tuple(edges.edges(texts, rules)))


def answer(
    ctx: Context, *, drop: Sequence[int] = (), keep: Sequence[int] = ()
) -> dict[str, tuple[str, ...]]:
    """Write down which of the blocks (see `Checked.edges`) are to be dropped and which are kept;
    returns their texts by "drop" and "keep". The next conversion goes by it.

    Raises:
        UserError: there is no such number.
    """
    found = edges.edges({page.path: page.markdown for page in _pages(ctx)}, drop_rules(ctx))
    for n in (*drop, *keep):
        if not 1 <= n <= len(found):
            raise UserError(f"there is no block {n}: `shikomi check` numbers those there are")
    chosen = {
        verb: tuple(found[n - 1].text for n in dict.fromkeys(numbers))
        for verb, numbers in (("drop", drop), ("keep", keep))
    }
    file = ctx.folder / DROP
    before = read_utf8(file) if file.exists() else _HEAD
    lines = "".join(f"{verb}: {text}\n" for verb, texts in chosen.items() for text in texts)
    write_whole(file, (before.rstrip("\n") + "\n" + lines).encode("utf-8"))
    return chosen


def _pages(ctx: Context) -> list[_Page]:
    found: list[_Page] = []
    for file in sorted(ctx.docs.rglob("*.md")):
        fields, markdown = split(read_utf8(file))
        found.append(
            _Page(
                path=file.relative_to(ctx.docs).as_posix(),
                markdown=markdown,
                source=fields.get("source", ""),
                encoding=fields.get("encoding", ""),
                reason=fields.get("encoding_reason", ""),
            )
        )
    if not found:
        raise UserError(f"no pages in {ctx.docs}: run `shikomi convert` first")
    return found


def _findings(
    ctx: Context, pages: Sequence[_Page], files: Files, rules: Rules
) -> Iterator[Finding]:
    texts = {page.path: page.markdown for page in pages}
    sources = {page.path: page.source for page in pages}
    declared: dict[str, str] = {}
    notices: set[str] = set()  # framesets, and pages that send their reader on
    for i, page in enumerate(pages, start=1):
        html = source_texts.html(files.get(page.source), encoding=page.encoding)
        if html is not None:
            declared[page.path] = signs.declared_language(html)
            notices |= {page.path} if signs.leads_elsewhere(html) else set()
            yield from _lost(ctx, page, html, rules)
        yield from _told(page)
        ctx.progress(Progress(stage=STAGE, done=i, total=len(pages)))

    beside = _Beside(files)

    site = fetched(ctx)

    def is_there(path: str, url: str) -> bool:
        if _ELSEWHERE.match(url):
            return site is None or not site.is_gone(url)
        if site is None and url.startswith("/") and not beside.begins(url):
            return True
        if _in_docs(ctx, url, path):
            return True
        return not is_image(resolve(url, path)[0]) and beside.has(url, sources[path] or path)

    configured = ctx.config.project.lang
    lang = None if configured == "auto" else configured
    yield from check.check_texts(texts, framesets=notices)
    yield from check.check_languages(texts, lang=lang, declared=declared, framesets=notices)
    yield from check_links(texts, is_there)


def _told(page: _Page) -> Iterator[Finding]:
    """What its conversion said of it."""
    if page.reason == "lossy":
        yield Finding("lossy decoding", page.path, f"some of {page.source} is no text")
    if page.reason.startswith(PDF_SILENT):
        numbers = page.reason.removeprefix(PDF_SILENT)
        yield Finding("lost text", page.path, f"no text on page {numbers} (scanned?)")


def _lost(ctx: Context, page: _Page, html: str, rules: Rules) -> Iterator[Finding]:
    """Of what the converter made: what a person took out since, or has dropped, is their choice."""
    if len(html) > _MAX_COMPARED_CHARS:
        yield Finding("lost text", page.path, "too large to be compared with its source")
        return
    base = stored.base(ctx.store, page.path)
    markdown = page.markdown if base is None else split(base)[1]
    if rules.drop:
        markdown = to_markdown(html, path=page.source)
    share = fidelity(html, markdown)
    if share < LEAST_FIDELITY:
        passages = lost(html, markdown)
        shown = ", ".join(f"“{text}”" for text in passages)
        what = (
            f"not there: {shown}" if shown else "its words are there, repeated or in another order"
        )
        yield Finding("lost text", page.path, f"{share:.1%} came through; {what}", passages)


class _Beside:
    """The files and folders of the source, to which links may go as well."""

    def __init__(self, files: Files) -> None:
        self._names = set(files)
        for name in files:
            while (name := posixpath.dirname(name)) and name not in self._names:
                self._names.add(name)

    def begins(self, url: str) -> bool:
        """Whether the first folder of an address from the site's root is in the source; else the
        source is but a folder of that site, and the address may well be right."""
        return unquote(url).lstrip("/").partition("/")[0] in self._names

    def has(self, url: str, source: str) -> bool:
        target, anchor = resolve(url, source)
        return target != source and not anchor and target.rstrip("/") in self._names


def _in_docs(ctx: Context, url: str, path: str) -> bool:
    target, _ = resolve(url, path)
    return (
        bool(target)
        and target != path
        and not target.endswith(".md")
        and (
            os.path.exists(ctx.docs / target)  # noqa: PTH110  False for an impossible name, too
        )
    )


def _edge_line(edge: Edge) -> str:
    where = "start and the end" if edge.where == "both" else edge.where
    return f"at the {where} of {edge.n_pages} of {edge.of_pages} pages: {edge.text}"
