"""What says where the pages stand: tables of contents, and what is on the pages' sources."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from shikomi.corpus import contents, html, signs
from shikomi.corpus.contents_rows import Contents
from shikomi.corpus.contents_text import read_toctrees
from shikomi.corpus.edges import NO_RULES
from shikomi.corpus.hierarchy import Site, site
from shikomi.corpus.links import links
from shikomi.corpus.listing import Listed, listing
from shikomi.corpus.names import Documents
from shikomi.corpus.outline import PageInfo
from shikomi.corpus.resolver import Resolver, base_address
from shikomi.corpus.signs import Signs
from shikomi.errors import SourceError
from shikomi.hashing import content_id
from shikomi.stages import source_texts
from shikomi.stages.context import Context
from shikomi.stages.fetched import Fetched, fetched
from shikomi.stages.inputs import drop_rules
from shikomi.stages.source_texts import Files


@dataclass(frozen=True, slots=True)
class Page:
    """A page of docs/ as the person last left it. `source` is the path of the file it was made
    from, `encoding` that file's, each "" for a page that a person wrote."""

    path: str
    title: str
    markdown: str
    links: tuple[str, ...]
    source: str = ""
    encoding: str = ""


@dataclass(frozen=True, slots=True)
class _Read:
    page: Page
    signs: Signs
    links: tuple[str, ...]
    listed: tuple[Listed, ...]


def surroundings(ctx: Context, pages: Sequence[Page]) -> tuple[Site, tuple[str, ...]]:
    """(what the tree of the pages can be made from, notes on what could not be read)."""
    documents = Documents({page.path: page.path for page in pages})
    documents |= {page.source: page.path for page in pages if page.source}
    dropped = drop_rules(ctx) != NO_RULES
    web = fetched(ctx)
    if web is not None:
        documents |= web.documents(documents)
    with source_texts.opened(ctx) as files:
        tables, notes = _tables(files)
        whole = ctx.config.project.whole_pages
        read = list(_read(pages, files, documents, web, dropped=dropped, whole=whole))
    tables += _toctrees(pages)
    addresses = ((each.page.source, each.signs.canonical) for each in read)
    resolver = Resolver(documents, base=base_address(addresses))

    def find(url: str, source: str) -> str | None:
        own = web.find(url, "", source, documents) if web and source in web.origins else None
        return own or resolver.find(url, source)

    infos = [_info(each, find) for each in read]
    return site(infos, tables=tables, documents=documents, find=resolver.find), notes


def tables_state(ctx: Context) -> str:
    """Changes when a table of contents in the source does."""
    with source_texts.opened(ctx, contents.is_contents) as files:
        return content_id([[path, file.stamp] for path, file in sorted(files.items())])


def _tables(files: Files) -> tuple[list[Contents], tuple[str, ...]]:
    found: list[Contents] = []
    notes: list[str] = []
    for path in sorted(filter(contents.is_contents, files), key=contents.trust):
        text = source_texts.text(files[path])
        try:
            found += contents.read(text or "", path=path)
        except SourceError as error:
            notes.append(str(error))
    return found, tuple(notes)


def _toctrees(pages: Sequence[Page]) -> list[Contents]:
    """Those on pages of Markdown, as MyST has them."""
    return [
        table
        for page in pages
        if "{toctree}" in page.markdown
        for table in read_toctrees(page.markdown, path=page.source or page.path)
    ]


def _read(
    pages: Sequence[Page],
    files: Files,
    documents: Mapping[str, str],
    web: Fetched | None,
    *,
    dropped: bool,
    whole: bool,
) -> Iterator[_Read]:
    """The signs on each page, the menus that its Markdown leaves out among them: leaving them out
    is to move no page. Where a person has blocks `dropped`, the source is converted again."""
    known: dict[Listed, Listed] = {}
    for page in pages:
        text = source_texts.html(files.get(page.source), encoding=page.encoding)
        found = signs.read_markdown(page.markdown) if text is None else signs.read(text)
        markdown, linked = page.markdown, page.links
        if text is not None:
            known_to_web = web is not None and page.source in web.origins
            link = web.relink(page.source, documents) if web and known_to_web else None
            left_out = ""
            if not whole:
                left_out = html.around(text, path=page.source, documents=documents, link=link)
            if dropped:
                markdown = html.to_markdown(text, path=page.source, documents=documents, link=link)
            if left_out or dropped:
                markdown = f"{left_out}\n\n{markdown}"
                linked = targets(markdown, path=page.path)
        # Menus repeat on every page: one object for each item saves most of the room.
        listed = tuple(known.setdefault(each, each) for each in listing(markdown, path=page.path))
        yield _Read(page, found, linked, listed)


def targets(markdown: str, *, path: str) -> tuple[str, ...]:
    """The pages that the page at `path` links to, each once, in order."""
    return tuple(dict.fromkeys(link.path for link in links(markdown, path=path)))


def _info(read: _Read, find_from: Callable[[str, str], str | None]) -> PageInfo:
    page, found = read.page, read.signs
    source = page.source or page.path

    def find(url: str) -> str | None:
        return find_from(url, source) if url else None

    return PageInfo(
        path=page.path,
        title=page.title,
        links=read.links,
        listed=read.listed,
        trail=tuple((crumb.title, find(crumb.url)) for crumb in found.trail),
        up=find(found.up),
        frames=tuple(filter(None, map(find, found.frames))),
    )
