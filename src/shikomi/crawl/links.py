"""The links of a page, with what stands around them. Takes text, never bytes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal, TypeAlias

from lxml import etree
from lxml import html as lxml_html

Element: TypeAlias = Any  # lxml has no types
LinkKind = Literal["page", "image"]

_PROLOG = re.compile(r"\ufeff?\s*<\?xml[^>]*>")
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff]")
# The parser leaves out what follows the first two, where old pages go on, and takes what is in
# the others for text.
_NOT_READ = re.compile(r"</(?:body|html)\s*>|</?no(?:frames|embed)\b[^<>]*>", re.IGNORECASE)
_LIMIT = etree.ErrorTypes.ERR_RESOURCE_LIMIT
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_SOURCES: dict[str, tuple[str, LinkKind]] = {
    "a": ("href", "page"),
    "area": ("href", "page"),
    "link": ("href", "page"),
    "frame": ("src", "page"),
    "iframe": ("src", "page"),
    "embed": ("src", "page"),
    "object": ("data", "page"),
    "img": ("src", "image"),
}
_RELATIONS = frozenset(  # of HTML 4: the pages that a book is made of
    (
        *("start", "contents", "toc", "index", "next", "prev", "previous", "up", "first", "last"),
        *("chapter", "section", "subsection", "appendix", "glossary", "help"),
    )
)
# What matters here; a page nested deeper than the parser goes is read without the rest.
_OTHER_TAG = re.compile(
    r"</?(?!(?:a|area|base|link|meta|i?frame|embed|object|img|h[1-6]|script|style|title|textarea)"
    r"[\s/>])[A-Za-z][^<>]*>",
    re.IGNORECASE,
)
_REFRESH = re.compile(r"\s*[\d.]*\s*[;,\s]\s*(?:url\s*=\s*)?(['\"]?)(.*)", re.I | re.S)
_ROBOT_NAMES = ("robots", "shikomi")
_WITH_VALUE = ("unavailable_after", "max-snippet", "max-image-preview", "max-video-preview")
_MAX_TEXT = 200
_MAX_STEPS = 2000  # through what a link or a heading holds


@dataclass(frozen=True, slots=True)
class Link:
    """`headings` stand above it, outermost first; `text` is what a reader clicks on."""

    href: str
    text: str = ""
    headings: tuple[str, ...] = ()
    nofollow: bool = False
    kind: LinkKind = "page"


@dataclass(frozen=True, slots=True)
class PageLinks:
    """`base` is what links are relative to, "" for the page itself. `index` and `follow` are
    what the page asks of robots."""

    links: tuple[Link, ...] = ()
    base: str = ""
    index: bool = True
    follow: bool = True


def read_links(html: str) -> PageLinks:
    """Odd HTML never raises."""
    root = _root(html)
    if root is None:
        return PageLinks()
    words = {word for meta in root.iter("meta") for word in _robots(meta)}
    return PageLinks(
        links=tuple(_links(root)),
        base=next((each.get("href").strip() for each in root.iter("base") if each.get("href")), ""),
        index=words.isdisjoint(("noindex", "none")),
        follow=words.isdisjoint(("nofollow", "none")),
    )


def robot_words(value: str) -> set[str]:
    """The words of an `X-Robots-Tag` header that are for us: those for all robots, or by name."""
    found: set[str] = set()
    ours = True
    for part in value.lower().split(","):
        name, colon, rest = (each.strip() for each in part.partition(":"))
        if colon and name not in _WITH_VALUE:
            ours = name in _ROBOT_NAMES
        if ours:
            found.add(rest if colon else name)
    return found


def _robots(meta: Element) -> set[str]:
    if (meta.get("name") or "").strip().lower() not in _ROBOT_NAMES:
        return set()
    return {word.strip() for word in (meta.get("content") or "").lower().split(",")}


def _root(text: str) -> Element | None:
    prolog = _PROLOG.match(text)
    cleaned = _NOT_TEXT.sub("", text[prolog.end() if prolog else 0 :])
    cleaned = _NOT_READ.sub("", cleaned)
    root, whole = _parsed(cleaned)
    return root if whole else _parsed(_OTHER_TAG.sub(" ", cleaned))[0]


def _parsed(text: str) -> tuple[Element | None, bool]:
    """(the root, whether the parser came to the text's end)."""
    parser = lxml_html.HTMLParser(huge_tree=True, encoding="utf-8")
    try:
        root = lxml_html.document_fromstring(text.encode("utf-8"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None, True
    return root, all(error.type != _LIMIT for error in parser.error_log)


def _links(root: Element) -> Iterator[Link]:
    above: list[tuple[int, str]] = []
    walk = etree.iterwalk(root, events=("start", "end"), tag=(*_HEADINGS, *_SOURCES, "meta"))
    for event, element in walk:
        if element.tag in _HEADINGS:
            level = int(element.tag[1])
            if event == "start":
                above = [each for each in above if each[0] < level]
            elif text := _text(element):
                above.append((level, text))
        elif event == "start":
            headings = tuple(text for _, text in above)
            yield from _meta(element) if element.tag == "meta" else _link(element, headings)


def _link(element: Element, headings: tuple[str, ...]) -> Iterator[Link]:
    attribute, kind = _SOURCES[element.tag]
    href = (element.get(attribute) or "").strip()
    relations = (element.get("rel") or "").lower().split()
    if not href or href.startswith("#"):
        return
    if element.tag == "link" and _RELATIONS.isdisjoint(relations):
        return
    text = _text(element) or _label(element)
    yield Link(href, text, headings, "nofollow" in relations, kind)


def _meta(meta: Element) -> Iterator[Link]:
    if (meta.get("http-equiv") or "").strip().lower() != "refresh":
        return
    if found := _REFRESH.match(meta.get("content") or ""):
        quote, url = found[1], found[2]
        href = url.partition(quote)[0] if quote else url
        if href.strip():
            yield Link(href.strip())


def _label(element: Element) -> str:
    named = (element.get(name) for name in ("alt", "title", "name"))
    return " ".join(next((each for each in named if each), "").split())[:_MAX_TEXT]


def _text(element: Element) -> str:
    """What is read in it, pictures by their `alt`; cut at 200 characters."""
    parts: list[str] = []
    size = 0
    walk = etree.iterwalk(element, events=("start", "end", "comment", "pi"))
    for event, each in islice(walk, _MAX_STEPS):
        piece = (each.text if event == "start" else each.tail if each is not element else "") or ""
        if event == "start" and each.tag == "img":
            piece = each.get("alt") or ""
        parts.append(piece)
        size += len(piece.strip())
        if size > _MAX_TEXT:
            break
    return " ".join("".join(parts).split())[:_MAX_TEXT]
