"""What a page of HTML says about its place: breadcrumbs, the page above it, its frames."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from lxml import etree

from shikomi.corpus.html import tree
from shikomi.corpus.html.element import Element
from shikomi.corpus.inline import plain

_NAMED = re.compile(r"bread-?_?crumb|topic-?_?path|pankuzu|パンくず|パンくず", re.IGNORECASE)
_SEPARATOR = re.compile(r"[>»›→⇒≫＞▶►]{1,2}|::|&gt;|&raquo;")
_NO_PAGE = re.compile(r"(?!https?:|file:)[A-Za-z][A-Za-z0-9+.-]*:", re.IGNORECASE)
_MARKDOWN_LINK = re.compile(
    r"\[(?P<text>[^\[\]\n]{0,200})\]\(\s*<?(?P<url>[^()<>\n]{1,500}?)>?\s*\)"
)
_UP_TEXT = re.compile(r"\W*(?:up|上へ|上位|ひとつ上|一つ上|上の階層|親ページ)\W*$", re.IGNORECASE)
_ON_PAGE = re.compile(  # what one does to the page; it stands beside breadcrumbs
    r"\W*(?:(?:edit|view|show|open|improve)\b.*\b(?:page|source|github|gitlab|bitbucket)\b"
    r"|ソースコード?を(?:表示|見る)|(?:この)?ページ(?:の|を)(?:編集|ソース))",
    re.IGNORECASE,
)
_BREAKS = frozenset(
    (
        *("p", "div", "table", "tr", "td", "th", "ul", "ol", "dl", "dt", "dd", "hr", "br", "pre"),
        *("form", "center", "blockquote", "section", "article", "header", "footer", "nav", "main"),
        *("aside", *tree.HEADINGS),
    )
)
_AT_ONCE = re.compile(r"\s*[0-3]\s*[;,]\s*url\s*=\s*[\"']?\s*([^\"'\s]+)", re.IGNORECASE)
_LANGUAGE = re.compile(r"<html\b[^<>]*?\blang\s*=\s*[\"']?([A-Za-z-]{2,20})", re.IGNORECASE)
_FRAME = re.compile(r"<frame\b[^<>]*\bsrc\b", re.IGNORECASE)
_REFRESH = re.compile(r"<meta\b[^<>]*\brefresh\b", re.IGNORECASE)
_MAX_JSON_CHARS = 200_000
_MAX_JSON_DEPTH = 20
_MAX_CRUMBS = 12
_MAX_NAME_CHARS = 120
_MAX_TOKENS = 4000
_MAX_HEAD_CHARS, _MAX_HEAD_LINES = 20_000, 30


class Crumb(NamedTuple):
    """A step of a trail: its name and, where it is a link, the address as written."""

    title: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Signs:
    """`trail` are the pages above, outermost first, the page itself at times last; `up` the
    address of the page above, or of where a page sends its reader; `frames` the addresses of a
    frameset's frames; `canonical` the page's own address on the web. Each is empty where the page
    does not say."""

    trail: tuple[Crumb, ...] = ()
    up: str = ""
    frames: tuple[str, ...] = ()
    canonical: str = ""


NONE = Signs()


def read(html: str) -> Signs:
    """The signs of a page. Odd HTML or JSON never raises."""
    page = tree.parse(html)
    if page is None:
        return NONE
    root = page.body.getroottree().getroot()
    return Signs(
        trail=_linked_data(root) or _microdata(root) or _named(page.body) or _visible(page.body),
        up=_sent_to(root) or _up(root),
        frames=tuple(source for source, _ in page.frames),
        canonical=_canonical(root),
    )


def declared_language(html: str) -> str:
    """The language that the page says it is in, such as "ja" or "en-GB", or ""."""
    match = _LANGUAGE.search(html[:_MAX_HEAD_CHARS])
    return match[1] if match else ""


def leads_elsewhere(html: str) -> bool:
    """Whether the page shows others in frames, or sends its reader to another one at once."""
    if _FRAME.search(html):
        return True
    if not _REFRESH.search(html):
        return False
    page = tree.parse(html)
    return page is not None and bool(_sent_to(page.body.getroottree().getroot()))


def read_markdown(markdown: str) -> Signs:
    """The signs of a page of Markdown: a trail in one of its first lines."""
    for text in markdown[:_MAX_HEAD_CHARS].split("\n")[:_MAX_HEAD_LINES]:
        line: list[Crumb] = []
        at = 0
        for match in _MARKDOWN_LINK.finditer(text):
            _text(line, plain(text[at : match.start()]))
            line.append(_crumb(plain(match["text"]), match["url"].split(" ")[0]))
            at = match.end()
        _text(line, plain(text[at:]))
        if trail := _trail(line):
            return Signs(trail=trail)
    return NONE


def _linked_data(root: Element) -> tuple[Crumb, ...]:
    """A BreadcrumbList in JSON-LD (https://schema.org/BreadcrumbList); the longest of several."""
    found: list[tuple[Crumb, ...]] = []
    for script in root.iter("script"):
        text = script.text or ""
        if "ld+json" not in (script.get("type") or "").lower() or len(text) > _MAX_JSON_CHARS:
            continue
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            continue
        found += [_items(each) for each in _lists(value, 0)]
    return max(found, key=len, default=())


def _lists(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > _MAX_JSON_DEPTH:
        return
    if isinstance(value, dict):
        kind = value.get("@type")
        if kind == "BreadcrumbList" or (isinstance(kind, list) and "BreadcrumbList" in kind):
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _lists(each, depth + 1)


def _items(value: dict[str, Any]) -> tuple[Crumb, ...]:
    items = value.get("itemListElement")
    found: list[tuple[int, Crumb]] = []
    for n, item in enumerate(items if isinstance(items, list) else [items]):
        if not isinstance(item, dict):
            continue
        goal = item.get("item")
        inner = goal if isinstance(goal, dict) else {}
        name = item.get("name") or inner.get("name")
        url = inner.get("@id") or inner.get("url") if inner else goal or item.get("url")
        place = str(item.get("position", n))
        key = int(place) if place.isascii() and place.isdecimal() else n
        found.append((key, _crumb(str(name or ""), url if isinstance(url, str) else "")))
    return _kept(crumb for _, crumb in sorted(found, key=lambda pair: pair[0]))


def _microdata(root: Element) -> tuple[Crumb, ...]:
    """The same in microdata or RDFa."""
    for each in root.iter(etree.Element):
        if "BreadcrumbList" in (each.get("itemtype") or "") + (each.get("typeof") or ""):
            items = [
                item
                for item in each.iter(etree.Element)
                if "itemListElement" in (item.get("itemprop") or "", item.get("property") or "")
            ]
            return _kept(_crumb_of(item) for item in items)
    return ()


def _named(body: Element) -> tuple[Crumb, ...]:
    """The links in an element that is called breadcrumbs, whatever separates them."""
    for each in body.iter("nav", "div", "ul", "ol", "p", "span", "table", "td"):
        names = " ".join(each.get(key) or "" for key in ("class", "id", "aria-label"))
        if not _NAMED.search(names):
            continue
        links = list(each.iter("a"))
        if links:
            items = [item for item in each.iter("li") if next(item.iter("li", "ul"), None) is item]
            return _kept(_crumb_of(item) for item in (items if len(items) > 1 else links))
    return ()


def _crumb_of(item: Element) -> Crumb:
    link = item if item.tag == "a" else next(item.iter("a"), None)
    name = tree.text_of(item if link is None else link)
    return _crumb(name, "" if link is None else link.get("href") or "")


def _visible(body: Element) -> tuple[Crumb, ...]:
    """The first line of links with arrows between them: `A > B > C`."""
    for line in _lines(body):
        trail = _trail(line)
        if trail:
            return trail
    return ()


def _trail(line: list[Crumb]) -> tuple[Crumb, ...]:
    """The trail that a line of links and texts is, or (). A label may stand before it."""
    links = [n for n, each in enumerate(line) if each.url]
    if not links or len(links) > _MAX_CRUMBS:
        return ()
    first, last = links[0], links[-1]
    between = line[first + 1 : last]
    joints = [each.title for each in between if not each.url]
    tail = " ".join(each.title for each in line[last + 1 :])
    mark = _SEPARATOR.match(tail)
    if any(not _SEPARATOR.fullmatch(text) for text in joints) or len(joints) != len(links) - 1:
        return ()
    if (tail and not mark) or (not joints and not mark):
        return ()
    if len(line[:first]) > 1 or any(len(each.title) > _MAX_NAME_CHARS for each in line[:first]):
        return ()
    rest = tail[mark.end() :].strip() if mark else ""
    own = [_crumb(rest, "")] if rest and len(rest) <= _MAX_NAME_CHARS else []
    return _kept([line[n] for n in links] + own) if not rest or own else ()


def _lines(body: Element) -> Iterator[list[Crumb]]:
    """The page's lines as pieces: a link (with `url`) or text."""
    line: list[Crumb] = []
    inside: Element | None = None
    events = etree.iterwalk(body, events=("start", "end"))
    for event, each in islice(events, _MAX_TOKENS):
        if each.tag in _BREAKS and line:
            yield line
            line = []
        if event == "start" and inside is None and each.tag == "a" and _goes(each):
            inside = each
            line.append(_crumb(tree.text_of(each) or _alt(each), each.get("href")))
        inside = None if event == "end" and each is inside else inside
        if inside is None and each.tag not in tree.SKIPPED:
            _text(line, (each.text if event == "start" else each.tail) or "")
    if line:
        yield line


def _goes(link: Element) -> bool:
    url = (link.get("href") or "").strip()
    return bool(url) and not _NO_PAGE.match(url)


def _text(line: list[Crumb], text: str) -> None:
    words = " ".join(text.split())
    if not words:
        return
    if line and not line[-1].url:
        line[-1] = Crumb(f"{line[-1].title} {words}")
    else:
        line.append(Crumb(words))


def _alt(link: Element) -> str:
    return " ".join(image.get("alt") or "" for image in link.iter("img"))


def _up(root: Element) -> str:
    """rel=up, the access key that DocBook and Texinfo give it, or a link that says so."""
    for each in root.iter("link", "a"):
        if "up" in (each.get("rel") or "").lower().split() and each.get("href"):
            return str(each.get("href"))
    for each in root.iter("a"):
        if not each.get("href"):
            continue
        key = (each.get("accesskey") or "").lower()
        if key == "u" or _UP_TEXT.match(tree.text_of(each) or _alt(each)):
            return str(each.get("href"))
    return ""


def _sent_to(root: Element) -> str:
    """Where a page that holds nothing itself sends its reader at once."""
    for each in root.iter("meta"):
        if (each.get("http-equiv") or "").strip().lower() == "refresh":
            goal = _AT_ONCE.match(each.get("content") or "")
            return goal[1] if goal else ""
    return ""


def _canonical(root: Element) -> str:
    for each in root.iter("link"):
        if "canonical" in (each.get("rel") or "").lower().split():
            return str(each.get("href") or "")
    return ""


def _crumb(title: str, url: str | None) -> Crumb:
    return Crumb(" ".join(title.split())[:_MAX_NAME_CHARS], (url or "").strip())


def _kept(crumbs: Iterator[Crumb] | list[Crumb]) -> tuple[Crumb, ...]:
    found = [crumb for crumb in islice(crumbs, _MAX_CRUMBS) if crumb.title or crumb.url]
    found = [crumb for crumb in found if not _ON_PAGE.match(crumb.title)]
    return tuple(found) if any(crumb.url for crumb in found) else ()
