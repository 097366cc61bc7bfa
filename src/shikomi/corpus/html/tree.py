"""HTML text to a tree, with what concerns the page as a whole."""

import posixpath
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from lxml import etree
from lxml import html as lxml_html

from shikomi.corpus.html import grids, repair, word
from shikomi.corpus.html.element import Element

_PROLOG = re.compile(r"\s*<\?xml[^>]*\?>")
_END = re.compile(r"</(?:body|html)\s*>", re.IGNORECASE)
_FRAME = re.compile(r"<frame\b", re.IGNORECASE)
_NOFRAMES = re.compile(r"</?noframes\b[^<>]*>", re.IGNORECASE)
_BY_WORD = re.compile(r"\bMso[TL]|mso-list")
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff]")
_LINE_END = re.compile(r"\r\n?")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_UNSEEN = re.compile(r"<(script|style|title|template)\b.*?</\1\s*>|<!--.*?-->", re.I | re.S)
_LIMIT = etree.ErrorTypes.ERR_RESOURCE_LIMIT
SKIPPED = frozenset({"script", "style", "head", "noscript", "template", "noframes", "title"})
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


@dataclass(frozen=True, slots=True)
class Tree:
    """`body` holds what a reader sees. `font_sizes` are the sizes of large type on the page, in
    steps above its own, largest first; `targets` the anchors that its own links go to. `elements`
    are all there are: lxml makes each anew whenever it is come to, unless someone holds it."""

    body: Element
    title: str = ""
    base: str = ""
    frames: tuple[tuple[str, str], ...] = ()
    n_h1: int = 0
    n_headings: int = 0
    font_sizes: tuple[int, ...] = ()
    targets: frozenset[str] = field(default_factory=frozenset)
    elements: tuple[Element, ...] = ()


def parse(text: str, *, mend: Callable[[Element], None] | None = None) -> Tree | None:
    """The tree of a page; None where there is no element in it. `mend` may change it before it is
    described. Odd HTML never raises."""
    cleaned = _NOT_TEXT.sub("", _LINE_END.sub("\n", _without_prolog(text.removeprefix("\ufeff"))))
    if _FRAME.search(cleaned):  # the parser takes what stands there instead of frames for text
        cleaned = _NOFRAMES.sub("", cleaned)
    cleaned = repair.markup(cleaned)
    root, whole = _root(cleaned)
    if not whole:  # nested too deep for the parser: the text is worth more than its structure
        root, _ = _root(_TAG.sub("<br>", _UNSEEN.sub("", cleaned)))
    if root is None:
        return None
    elements = tuple(root.iter())
    grids.mend(root)
    repair.tree(root)
    if _BY_WORD.search(cleaned):
        word.mend(root)
    if mend is not None:
        mend(root)
    body = root.find("body")
    counts = Counter(each.tag for each in root.iter("font", "big", "frame", *HEADINGS))
    return Tree(
        body=root if body is None or counts["frame"] else body,
        title=_title(root),
        base=next((each.get("href", "") for each in root.iter("base") if each.get("href")), ""),
        frames=tuple(_frames(root)) if counts["frame"] else (),
        n_h1=counts["h1"],
        n_headings=sum(counts[tag] for tag in HEADINGS),
        font_sizes=_font_sizes(root) if counts["font"] or counts["big"] else (),
        targets=frozenset(_targets(root)),
        elements=elements,
    )


def _without_prolog(text: str) -> str:
    """The parser refuses text that names an encoding, and leaves what follows the end tags of
    page and body outside, or out: a browser shows it."""
    prolog = _PROLOG.match(text)
    return _END.sub("", text[prolog.end() :] if prolog else text)


def _root(text: str) -> tuple[Element | None, bool]:
    """(the root, whether the parser came to the text's end)."""
    parser = lxml_html.HTMLParser(huge_tree=True, encoding="utf-8")
    try:
        root = lxml_html.document_fromstring(text.encode("utf-8"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None, True
    limits = (error for error in parser.error_log if error.type == _LIMIT)
    return root, next(limits, None) is None


def _title(root: Element) -> str:
    titles = root.iter("title")
    found = next((each for each in titles if next(each.iterancestors("svg"), None) is None), None)
    return "" if found is None else " ".join("".join(found.itertext()).split())


def _frames(root: Element) -> Iterator[tuple[str, str]]:
    """(source, name) of each frame of a frameset."""
    for frame in root.iter("frame"):
        if source := (frame.get("src") or "").strip():
            yield source, frame.get("title") or frame.get("name") or source


def _font_sizes(root: Element) -> tuple[int, ...]:
    found = {font_size(each) for each in root.iter("font", "big")}
    return tuple(sorted((size for size in found if size > 0), reverse=True))


def font_size(element: Element) -> int:
    """Steps above the page's own size, which is 3 of 7; 0 where the element does not say."""
    if element.tag == "big":
        return 1
    value = (element.get("size") or "").strip()
    if not re.fullmatch(r"[+-]?\d", value):
        return 0
    return int(value) if value[0] in "+-" else int(value) - 3


def _targets(root: Element) -> Iterator[str]:
    for link in root.iter("a", "area"):
        url = (link.get("href") or "").strip()
        if url.startswith("#") and len(url) > 1:
            yield url[1:]
            yield unquote(url[1:])


def in_base(url: str, base: str) -> str:
    """`url` as the page's `<base href>` means it; a base on another host is left out of account."""
    if not base or not url or url.startswith("#") or urlsplit(url).scheme or url.startswith("/"):
        return url
    split = urlsplit(base)
    if split.scheme or split.netloc:
        return url
    return posixpath.join(posixpath.dirname(split.path), url)


def text_of(element: Element) -> str:
    """All text that a reader sees in an element, white space as written. Any depth."""
    parts: list[str] = []
    skipping: Element | None = None
    for event, each in etree.iterwalk(element, events=("start", "end", "comment", "pi")):
        if event in ("comment", "pi"):
            parts.append((each.tail or "") if skipping is None else "")
        elif event == "start":
            if skipping is None and each.tag in SKIPPED:
                skipping = each
            elif skipping is None:
                parts.append(each.text or "")
        else:
            if skipping is each:
                skipping = None
            if skipping is None and each is not element:
                parts.append(each.tail or "")
    return "".join(parts)
