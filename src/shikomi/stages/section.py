"""docs/*.md and outline.md -> sections with capsules, and their facts."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from shikomi.corpus import capsule as capsules
from shikomi.corpus import check, frontmatter, language, outline_text, sections, signs
from shikomi.corpus.formats import markdown_title
from shikomi.corpus.hierarchy import propose
from shikomi.corpus.outline import Outline, PageInfo, breadcrumbs, parents, reconcile
from shikomi.corpus.titles import titles
from shikomi.dataset import facts
from shikomi.errors import ConfigError, UserError
from shikomi.files import read_utf8, write_whole
from shikomi.hashing import content_id
from shikomi.stages import source_texts
from shikomi.stages.context import Context, StageReport
from shikomi.stages.surroundings import Page, surroundings, tables_state, targets
from shikomi.store import corpus
from shikomi.text import counted
from shikomi.types import Capsule, Document, Lang, Section

STAGE = "section"
VERSION = 12
OUTLINE = "outline.md"
_EDIT = "Edit this list as you like: from then on it is yours, and is kept."


def pending(ctx: Context) -> list[str]:
    """The state of docs/ and outline.md, as one subject, if it is not the one last cut."""
    state = _state(ctx)
    return [] if ctx.store.meta("sections") == state else [state]


def run(ctx: Context) -> StageReport:
    if not pending(ctx):
        return StageReport()
    pages = read_pages(ctx.docs)
    outline, notes = _outline(ctx, pages)
    documents, cut = _cut(ctx, pages, outline)
    notices = _notices(ctx, pages)
    cut = [section for section in cut if section.path not in notices] or cut
    found = [fact for section in cut for fact in facts.extract(section)]
    with ctx.store.transaction():
        corpus.replace_current(ctx.store, documents, cut)
        corpus.add_facts(ctx.store, found)
        ctx.store.set_meta("sections", _state(ctx))
    made = {"page": len(documents), "section": len(cut), "fact": len(found)}
    summary = ", ".join(counted(n, noun) for noun, n in made.items())
    return StageReport(done=len(cut), summary="; ".join([summary, *notes]))


def read_pages(docs: Path) -> list[Page]:
    """All pages of docs/, in the order of their paths; empty ones left out. Their titles are made
    to tell them apart.

    Raises:
        UserError: there is none.
    """
    files = sorted(docs.rglob("*.md"))
    pages = [page for file in files if (page := _page(file, docs)) is not None]
    if not pages:
        raise UserError(f"no pages in {docs}: run `shikomi convert`, or put Markdown files there")
    named = titles({page.path: (page.title, page.markdown) for page in pages})
    return [replace(page, title=named[page.path]) for page in pages]


def _page(file: Path, docs: Path) -> Page | None:
    path = file.relative_to(docs).as_posix()
    fields, markdown = frontmatter.split(read_utf8(file))
    if not markdown.strip():
        return None
    title = fields.get("title") or markdown_title(markdown) or path.removesuffix(".md")
    return Page(
        path=path,
        title=title,
        markdown=markdown,
        links=targets(markdown, path=path),
        source=fields.get("source", ""),
        encoding=fields.get("encoding", ""),
    )


def _state(ctx: Context) -> str:
    return content_id([_subject(ctx), _fingerprint(ctx)])


def _subject(ctx: Context) -> str:
    outline = ctx.folder / OUTLINE
    text = read_utf8(outline) if outline.exists() else ""
    files = [
        (file.relative_to(ctx.docs).as_posix(), content_id(file.read_bytes().hex()))
        for file in sorted(ctx.docs.rglob("*.md"))
    ]
    return content_id([files, text, tables_state(ctx)])


def _fingerprint(ctx: Context) -> str:
    project = ctx.config.project
    settings = [project.root, project.root_known, project.aliases, project.lang]
    return content_id([STAGE, VERSION, settings, ctx.config.sections.model_dump()])


def _notices(ctx: Context, pages: Sequence[Page]) -> set[str]:
    """Framesets that only tell readers without frames that they are such, and pages that only send
    their reader on: there is nothing to learn or to find on them, while the outline needs them."""
    short = {page.source: page for page in pages if page.source and check.is_notice(page.markdown)}
    with source_texts.opened(ctx, short.__contains__) as files:
        texts = {
            page.path: source_texts.html(files.get(source), encoding=page.encoding)
            for source, page in short.items()
        }
    return {path for path, text in texts.items() if text and signs.leads_elsewhere(text)}


def _outline(ctx: Context, pages: Sequence[Page]) -> tuple[Outline, tuple[str, ...]]:
    """The person's outline.md if it was edited, else one proposed anew and written there."""
    file = ctx.folder / OUTLINE
    text = read_utf8(file) if file.exists() else None
    if text is not None and not _is_ours(ctx, text):
        infos = [PageInfo(page.path, page.title, page.links) for page in pages]
        return reconcile(outline_text.parse(text), infos)
    root = _root(ctx)
    site, notes = surroundings(ctx, pages)
    proposal = propose(site, root=root)
    reason = f"{proposal.reason[0].upper()}{proposal.reason[1:]}."
    written = outline_text.render(proposal.outline, note=f"{reason} {_EDIT}")
    ctx.store.set_meta("outline_next", content_id(written))
    if text != written:
        write_whole(file, written.encode("utf-8"))
    ctx.store.set_meta("outline", content_id(written))
    return proposal.outline, (f"outline.md: {proposal.reason}", *notes)


def _is_ours(ctx: Context, text: str) -> bool:
    """Whether no person edited it: it was written before or, by a run killed at that, last."""
    return content_id(text) in {ctx.store.meta("outline"), ctx.store.meta("outline_next")}


def _root(ctx: Context) -> str | None:
    project = ctx.config.project
    if project.root is None and project.root_known:
        raise ConfigError(
            "what do these pages describe? Name it in shikomi.toml, below [project]: root ="
            ' "..." (or root_known = false, if it has no name)'
        )
    return project.root


def _cut(
    ctx: Context, pages: Sequence[Page], outline: Outline
) -> tuple[list[Document], list[Section]]:
    trails, above = breadcrumbs(outline), parents(outline)
    by_path = {page.path: page for page in pages}
    documents: list[Document] = []
    cut: list[Section] = []
    for path, trail in trails.items():
        page = by_path[path]
        document = _document(ctx, page, trail)
        parent = by_path.get(above.get(path) or "")
        capsule = capsules.capsule(
            breadcrumb=trail,
            system=outline.root,
            aliases=ctx.config.project.aliases,
            parent_markdown=parent.markdown if parent else "",
            linked_titles=[by_path[target].title for target in page.links if target in by_path],
        )
        documents.append(document)
        cut += _sections(ctx, document, capsule)
    return documents, cut


def _document(ctx: Context, page: Page, trail: tuple[str, ...]) -> Document:
    configured = ctx.config.project.lang
    lang: Lang = language.detect(page.markdown) if configured == "auto" else configured
    return Document(
        id=content_id([page.path, page.markdown]),
        path=page.path,
        title=page.title,
        markdown=page.markdown,
        lang=lang,
        breadcrumb=trail,
    )


def _sections(ctx: Context, document: Document, capsule: Capsule) -> list[Section]:
    sizes = ctx.config.sections
    spans = sections.split(document.markdown, max_units=sizes.max_units, min_units=sizes.min_units)
    return [
        Section(
            id=content_id([document.id, span.start, span.end, capsule]),
            document_id=document.id,
            path=document.path,
            headings=span.headings,
            start=span.start,
            end=span.end,
            text=document.markdown[span.start : span.end],
            lang=document.lang,
            capsule=capsule,
        )
        for span in spans
    ]
