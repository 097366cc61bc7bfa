"""HTML to Markdown with nothing lost. Takes text, never bytes: decoding is `decode`'s.

The Markdown renders (CommonMark 0.31.2 with GitHub's tables) to the text that a browser shows,
in its order: headings, lists, tables, code, links, images and the anchors that links go to. Menus
and the like around what a page marks as its main content are left out, and are `around` for who
asks (see `furniture`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from html import unescape

from shikomi.corpus.html import escape, furniture, tree
from shikomi.corpus.html.blocks import Block, joined
from shikomi.corpus.html.elements import HANDLERS
from shikomi.corpus.html.renderer import Link, Renderer
from shikomi.corpus.links import destination
from shikomi.corpus.names import Relink, document_link

_LINK_WITH_ANCHOR = re.compile(
    r"\bhref\s*=\s*(?:\"([^\"<>#]+#[^\"]+)\"|'([^'<>#]+#[^']+)'|([^\"'\s<>#]+#[^\"'\s<>]+))",
    re.IGNORECASE,
)
_BASE = re.compile(r"<base\b[^<>]*?\bhref\s*=\s*[\"']?([^\"'\s<>]+)", re.IGNORECASE)


def convert(
    html: str,
    *,
    path: str,
    documents: Mapping[str, str] | None = None,
    targets: frozenset[str] = frozenset(),
    link: Relink | None = None,
    whole: bool = False,
) -> tuple[str, str]:
    """(the text of `<title>`, the page at `path` as Markdown).

    Links to other pages are turned to their documents: `documents` maps each source path to its
    document's (see `names.document_paths`); a link to another file stays as it is. Without it
    every relative link to an HTML page becomes `.md`. `link` does this in its place. `targets` are
    anchors of this page that other pages link to; they are kept, as are those that its own links
    go to. `whole`: nothing is left out. Odd HTML never raises.
    """
    page = tree.parse(html, mend=None if whole else furniture.drop)
    if page is None:
        return "", ""
    written = _written(page.base, path, documents, link)
    blocks = Renderer(page, link=written, targets=targets, handlers=HANDLERS).page()
    text = "\n".join(joined([*blocks, *_frames(page, blocks, written)])).strip("\n")
    return page.title, text + "\n" if text else ""


def around(
    html: str, *, path: str, documents: Mapping[str, str] | None = None, link: Relink | None = None
) -> str:
    """What `convert` leaves out, as Markdown."""
    page = tree.parse(html) if furniture.may_be_in(html) else None
    if page is None or not (found := furniture.furniture(page.body.getroottree().getroot())):
        return ""
    written = _written(page.base, path, documents, link)
    renderer = Renderer(page, link=written, targets=frozenset(), handlers=HANDLERS)
    blocks = [block for each in found for block in renderer.on_its_own(each)]
    return "\n".join(joined(blocks)).strip("\n")


def _written(
    base: str, path: str, documents: Mapping[str, str] | None, link: Relink | None
) -> Link:
    """What becomes of an address on the page at `path`."""

    def written(url: str) -> str:
        if link is not None:
            return link(url, base)
        own = tree.in_base(url, base)
        return document_link(own, path=path, documents=documents) or own

    return written


def _frames(page: tree.Tree, blocks: Sequence[Block], link: Link) -> Iterator[Block]:
    """Links to the frames, less those that stand in the page's text for readers without frames:
    they are its only way to the rest of the site."""
    there = "\n".join(line for block in blocks for line in block.lines)
    named = ((name, destination(link(url))) for url, name in page.frames)
    lines = [f"- [{escape.text(name, in_link=True)}]({url})" for name, url in named
             if f"]({url})" not in there]  # fmt: skip
    if lines:
        yield Block("list", lines)


def to_markdown(
    html: str,
    *,
    path: str,
    documents: Mapping[str, str] | None = None,
    link: Relink | None = None,
    whole: bool = False,
) -> str:
    """The Markdown alone."""
    return convert(html, path=path, documents=documents, link=link, whole=whole)[1]


def anchors_linked(html: str) -> Iterator[tuple[str, str]]:
    """(address, the page's `<base href>` or "") of links to an anchor on another page. Not from
    the tree, as this is asked of every page of a site."""
    base: str | None = None
    for match in _LINK_WITH_ANCHOR.finditer(html):
        if base is None:
            found = _BASE.search(html)
            base = unescape(found[1]) if found else ""
        yield unescape(match[1] or match[2] or match[3]), base
