"""HTML to Markdown with nothing lost. Takes text, never bytes: decoding is `decode`'s.

The Markdown renders (CommonMark 0.31.2 with GitHub's tables) to the text that a browser shows,
in its order: headings, lists, tables, code, links, images and the anchors that links go to.
"""

import re
from collections.abc import Iterator, Mapping
from html import unescape

from shikomi.corpus.html import tree
from shikomi.corpus.html.renderer import Block, Renderer, joined
from shikomi.corpus.links import destination, resolve
from shikomi.corpus.names import document_link

_LINK_WITH_ANCHOR = re.compile(rb"\bhref\s*=\s*[\"']?([^\"'\s<>#]+#[^\"'\s<>]+)", re.IGNORECASE)


def convert(
    html: str,
    *,
    path: str,
    documents: Mapping[str, str] | None = None,
    targets: frozenset[str] = frozenset(),
) -> tuple[str, str]:
    """(the text of `<title>`, the page at `path` as Markdown).

    Links to other pages are turned to their documents: `documents` maps each source path to its
    document's (see `names.document_paths`); a link to another file stays as it is. Without it
    every relative link to an HTML page becomes `.md`. `targets` are anchors of this page that
    other pages link to; they are kept, as are those that its own links go to. Odd HTML never
    raises.
    """

    def link(url: str) -> str:
        return document_link(url, path=path, documents=documents) or url

    page = tree.parse(html)
    if page is None:
        return "", ""
    blocks = Renderer(page, link=link, targets=targets).blocks()
    if page.frames:  # they are the page's only way to the rest of the site
        lines = [f"- [{name}]({destination(link(url))})" for url, name in page.frames]
        blocks.append(Block("list", lines))
    text = "\n".join(joined(blocks)).strip("\n")
    return page.title, text + "\n" if text else ""


def to_markdown(html: str, *, path: str, documents: Mapping[str, str] | None = None) -> str:
    """The Markdown alone."""
    return convert(html, path=path, documents=documents)[1]


def anchors_linked(data: bytes, *, path: str) -> Iterator[tuple[str, str]]:
    """(page, anchor) that links of the page at `path` go to on other pages; from its bytes, as
    this is asked of every page of a site."""
    for match in _LINK_WITH_ANCHOR.finditer(data):
        url = unescape(match[1].decode("utf-8", "replace"))
        page, anchor = resolve(url, path)
        if page and anchor:
            yield page, anchor
