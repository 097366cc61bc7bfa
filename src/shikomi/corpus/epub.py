"""What an EPUB says of itself: its pages in reading order, its images, its table of contents.

Names are those of EPUB 3.3 (https://www.w3.org/TR/epub-33/) and of OPF 2.0.1; paths are those of
files in the archive, with `/`.
"""

import posixpath
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import quote, unquote
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from shikomi.corpus.contents import is_no_page
from shikomi.corpus.contents_markup import read_markup
from shikomi.corpus.contents_rows import Entry
from shikomi.corpus.images import is_image
from shikomi.corpus.links import resolve
from shikomi.errors import SourceError

Element: TypeAlias = Any  # lxml has no types

CONTAINER = "META-INF/container.xml"
ENCRYPTION = "META-INF/encryption.xml"
LICENSES = ("META-INF/license.lcpl", "META-INF/rights.xml", "META-INF/sinf.xml")
_PAGES = ("application/xhtml+xml", "application/x-dtbook+xml", "text/x-oeb1-document", "text/html")
_NCX = "application/x-dtbncx+xml"
_FONTS = (  # how fonts are made useless outside of the book: its text is not touched
    "http://www.idpf.org/2008/embedding",
    "http://ns.adobe.com/pdf/enc#RC",
)
_TYPE = "{http://www.idpf.org/2007/ops}type"
_BROKEN = "the EPUB is broken: save it anew"


@dataclass(frozen=True, slots=True)
class Package:
    """`pages` in reading order, those outside of it last; `images`; `contents`, the file of the
    table of contents, "" where there is none."""

    path: str
    title: str
    pages: tuple[str, ...]
    images: tuple[str, ...]
    contents: str


def package_path(container: bytes) -> str:
    """Where META-INF/container.xml says that the package document is.

    Raises:
        SourceError: It does not say.
    """
    for each in _root(container).iter("{*}rootfile"):
        if path := (each.get("full-path") or "").strip():
            return path
    raise SourceError(_BROKEN)


def is_protected(encryption: bytes) -> bool:
    """Whether META-INF/encryption.xml says that more than fonts is encrypted."""
    methods = (
        each.find("{*}EncryptionMethod") for each in _root(encryption).iter("{*}EncryptedData")
    )
    return any(each is None or each.get("Algorithm") not in _FONTS for each in methods)


def package(data: bytes, *, path: str) -> Package:
    """The package document at `path`.

    Raises:
        SourceError: It is broken, or names no page.
    """
    root = _root(data)
    items = {each.get("id"): each for each in root.iter("{*}item") if each.get("href")}
    where = {key: _path(each.get("href"), path) for key, each in items.items()}
    spine = next(root.iter("{*}spine"), None)
    order = [] if spine is None else [each.get("idref") for each in spine.iter("{*}itemref")]
    nav = next((key for key, each in items.items() if "nav" in _words(each, "properties")), None)
    ncx = next((key for key, each in items.items() if each.get("media-type") == _NCX), None)
    ordered = [key for key in dict.fromkeys([*order, *items]) if key in items and key != nav]
    pages = [where[key] for key in ordered if items[key].get("media-type") in _PAGES]
    pages = [page for page in dict.fromkeys(pages) if not is_no_page(page)]
    if not pages:
        raise SourceError("the EPUB has no pages of text")
    return Package(
        path=path,
        title=" ".join(root.xpath("string(//*[local-name()='title'])").split()),
        pages=tuple(pages),
        images=tuple(each for each in dict.fromkeys(where.values()) if is_image(each)),
        contents=where.get(nav) or where.get(ncx) or "",
    )


def entries(contents: bytes, *, path: str) -> tuple[Entry, ...]:
    """The rows of the table of contents at `path`, addresses as paths; () where it is broken."""
    try:
        root = _root(contents)
    except SourceError:
        return ()
    tables = [*root.iter("{*}navMap")]
    tables += [each for each in root.iter("{*}nav") if "toc" in _words(each, _TYPE)]
    found = read_markup(_without_prefixes(tables[0]), path=path) if tables else ()
    rows = found[0].entries if found else ()
    return tuple(row._replace(url=_address(row.url, path)) for row in rows)


def table(title: str, rows: Sequence[Entry], pages: Sequence[str], *, base: str) -> bytes:
    """All pages below the book's title as a table of contents (NCX) in the folder `base`: as the
    `rows` have them, pages that these leave out below the one that they follow; those before the
    first and after the last stand beside them."""
    entries = _pages_added(rows, pages)
    points = [f"<navPoint>{_label(title)}", *_points(entries, base), "</navPoint>"]
    return f"<ncx><navMap>{''.join(points)}</navMap></ncx>".encode()


def _without_prefixes(element: Element) -> str:
    for each in element.iter("*"):
        each.tag = etree.QName(each).localname
    return str(etree.tostring(element, encoding="unicode", with_tail=False))


def _pages_added(rows: Sequence[Entry], pages: Sequence[str]) -> Iterator[Entry]:
    named = {_file(row) for row in rows}
    after: dict[str, list[str]] = {}
    last = ""
    for page in pages:
        last = page if page in named else last
        if page != last:
            after.setdefault(last, []).append(page)
    yield from (Entry(0, "", page) for page in after.pop("", ()))
    behind = after.pop(last, ())
    for row in rows:
        yield row
        yield from (Entry(row.depth + 1, "", page) for page in after.pop(_file(row), ()))
    yield from (Entry(0, "", page) for page in behind)


def _file(row: Entry) -> str:
    return row.url.partition("#")[0]


def _points(rows: Iterable[Entry], base: str) -> Iterator[str]:
    open_ = 0
    for row in rows:
        depth = min(row.depth, open_)
        yield "</navPoint>" * (open_ - depth)
        yield f"<navPoint>{_label(row.title)}{_content(row.url, base)}"
        open_ = depth + 1
    yield "</navPoint>" * open_


def _label(title: str) -> str:
    return f"<navLabel><text>{escape(title)}</text></navLabel>"


def _content(url: str, base: str) -> str:
    file, mark, anchor = url.partition("#")
    if not file:
        return ""
    return (
        f"<content src={quoteattr(quote(posixpath.relpath(file, base or '.')) + mark + anchor)}/>"
    )


def _address(url: str, path: str) -> str:
    file, anchor = resolve(url, path)
    return file + (f"#{anchor}" if anchor else "")


def _path(href: str, package: str) -> str:
    """The path that an address in the package document means; it never leads out."""
    file = unquote(href.partition("#")[0].strip())
    joined = posixpath.join("/", posixpath.dirname(package), file)
    return unicodedata.normalize("NFC", posixpath.normpath(joined).lstrip("/"))


def _words(element: Element, name: str) -> list[str]:
    return (element.get(name) or "").split()


def _root(data: bytes) -> Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise SourceError(_BROKEN) from error
    if root is None:
        raise SourceError(_BROKEN)
    return root
