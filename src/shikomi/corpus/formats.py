"""Source files to Markdown, by media type."""

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from shikomi import isolation
from shikomi.corpus import (
    containers,
    frontmatter,
    html,
    light_markup,
    manual_page,
    openapi,
    plain_text,
)
from shikomi.corpus.blocks import headings
from shikomi.corpus.decode import NotText, decode
from shikomi.corpus.links import Link, links, resolve, rewrite
from shikomi.corpus.names import Relink, document_link, document_path
from shikomi.errors import SourceError
from shikomi.isolation import Limits

_PDF = "application/pdf"
_PDF_READER = "shikomi.corpus.pdf:read"  # a name: PDFium is loaded in the child alone
_PDF_SECONDS, _PDF_SECONDS_PER_MB, _PDF_MAX_SECONDS = 30, 60, 600
PDF_SILENT = "pdf, no text on page "
_SILENT_NAMED = 10
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_BY_SUFFIX = {
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".mdx": "text/markdown",
    ".rmd": "text/markdown",
    ".qmd": "text/markdown",
    ".txt": "text/plain",
    ".text": "text/plain",
    ".rst": "text/x-rst",
    ".adoc": "text/asciidoc",
    ".asciidoc": "text/asciidoc",
    ".org": "text/org",
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "text/html",
    ".pdf": _PDF,
    ".docx": _DOCX,
    ".docm": _DOCX,
}
_OPENAPI = "application/vnd.oai.openapi"
_DOCX_PART = re.compile(rb"word/document\d*\.xml")
_HTML_START = re.compile(
    rb"\s*+(?:<\?xml[^>]*+>\s*+)?(?:<!--(?:(?!-->).)*+-->\s*+)*+<(?:!doctype\s+html|html)\b",
    re.I | re.S,
)
_SNIFF_BYTES = 4096
_LINE_END = re.compile(r"\r\n?")
_TITLE_MAX_CHARS = 60
_SENTENCE_MARKS = "。．.,、，;；"
_MAX_TAGS = 5_000_000  # one takes up to 400 bytes of memory, and text up to 20 times its size
_TEXT_NAMES = ("readme", "news", "changes", "changelog", "install", "history", "faq", "todo")
_INDEX_STEMS = ("index", "readme", "default")


@dataclass(frozen=True, slots=True)
class Page:
    """What a converter makes of a file; `title` is "" where it names none. `encoding` is
    "binary" for what is no text, the reason then the format that says how its text is stored."""

    title: str
    markdown: str
    front_matter: str = ""
    encoding: str = "binary"
    encoding_reason: str = ""


@dataclass(frozen=True, slots=True)
class Converted:
    """A source as a document.

    `markdown` has no front matter; `front_matter` is the document's own (`frontmatter.raw`).
    `encoding` and `encoding_reason` are as in `Page`. `links` go to document paths.
    """

    title: str
    markdown: str
    encoding: str
    encoding_reason: str
    links: tuple[Link, ...]
    front_matter: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page stands: its own path, the documents of all pages, and the anchors of this
    one that other pages link to; what is known of its encoding (see `decode`); `link`, where its
    links are not those of a file in a folder; and whether nothing of it is to be left out."""

    path: str
    documents: Mapping[str, str] | None = None
    targets: frozenset[str] = frozenset()
    declared: str | None = None
    prior: str | None = None
    link: Relink | None = None
    whole: bool = False

    @property
    def document(self) -> str:
        return (self.documents or {}).get(self.path, document_path(self.path))


Converter = Callable[[bytes, Place], Page]


def media_type(path: str, data: bytes) -> str | None:
    """The media type by the file's name, without a known suffix by its beginning; else None."""
    suffix = posixpath.splitext(path)[1].lower()
    if suffix in _BY_SUFFIX:
        return _BY_SUFFIX[suffix]
    if data.startswith(b"%PDF-"):
        return _PDF
    if data.startswith(b"PK\x03\x04") and _DOCX_PART.search(data):
        return _DOCX
    if openapi.is_openapi(suffix, data):
        return _OPENAPI
    if not suffix and _HTML_START.match(data[:_SNIFF_BYTES].removeprefix(b"\xef\xbb\xbf")):
        return "text/html"
    if manual_page.is_manual_page(path, data):
        return "text/troff"
    name = posixpath.basename(path).lower()
    if name in _TEXT_NAMES or (name.startswith("readme.") and b"\0" not in data[:_SNIFF_BYTES]):
        return "text/plain"
    return None


def is_html(path: str) -> bool:
    """Whether the file's name says that it is a page of HTML."""
    return _BY_SUFFIX.get(posixpath.splitext(path)[1].lower()) == "text/html"


def convert(
    data: bytes,
    *,
    path: str,
    declared: str | None = None,
    prior: str | None = None,
    documents: Mapping[str, str] | None = None,
    targets: frozenset[str] = frozenset(),
    link: Relink | None = None,
) -> Converted:
    """The document that the source file at `path` (relative, with `/`) becomes.

    `declared` and `prior` are as in `decode`; `documents` maps source paths to document paths;
    `targets` are the anchors of this page that other pages link to; `link` is as in `Place`.
    Line ends become LF. Text keeps its lines as they are but for what `plain_text` says, Markdown
    but for what `containers` says.

    Raises:
        SourceError: The file is broken, or of no format in `CONVERTERS`.
    """
    return convert_at(Place(path, documents, targets, declared, prior, link), data)


def convert_at(place: Place, data: bytes) -> Converted:
    """The same, of the source file at a place."""
    path = place.path
    kind = media_type(path, data)
    if kind is None:
        raise SourceError(f"{path}: no converter for this kind of file")
    try:
        page = CONVERTERS[kind](data, place)
    except NotText as error:
        advice = "save it as UTF-8 text, or take it out of the source"
        raise SourceError(f"{path}: {error}: {advice}") from error
    except SourceError as error:
        raise SourceError(f"{path}: {error}") from error
    return Converted(
        title=page.title or _file_title(path),
        markdown=page.markdown,
        encoding=page.encoding,
        encoding_reason=page.encoding_reason,
        links=links(page.markdown, path=place.document),
        front_matter=page.front_matter,
    )


def markdown_title(markdown: str) -> str:
    """The first heading of the highest level that the page has, or ""."""
    found = [heading for heading in headings(markdown) if heading.title]
    return min(found, key=lambda heading: heading.level).title if found else ""


def _decoded(converter: Callable[[str, Place], Page]) -> Converter:
    """A converter of text as one of bytes."""

    def convert_bytes(data: bytes, place: Place) -> Page:
        decoded = decode(data, declared=place.declared, prior=place.prior)
        page = converter(decoded.text, place)
        return replace(page, encoding=decoded.encoding, encoding_reason=decoded.reason)

    return convert_bytes


def _from_markdown(text: str, place: Place) -> Page:
    whole = frontmatter.as_yaml(_LINE_END.sub("\n", text))
    fields, body = frontmatter.split(whole)
    body = containers.plain(body, mdx=place.path.lower().endswith(".mdx"))
    own = frontmatter.raw(whole)
    return Page(fields.get("title") or markdown_title(body), _relinked(body, place), own)


def _relinked(markdown: str, place: Place) -> str:
    """Links that would not lead to their document are turned to it; the others stay as written."""
    if place.documents is None:
        return markdown

    def change(url: str) -> str | None:
        if place.link is not None:
            new = place.link(url, "")
        else:
            new = document_link(url, path=place.path, documents=place.documents) or url
        same = resolve(new, place.document) == resolve(url, place.document) != ("", "")
        return None if new == url or (same and not url.startswith("/")) else new

    return rewrite(markdown, change)


def _from_text(text: str, place: Place) -> Page:
    body = plain_text.to_markdown(_LINE_END.sub("\n", text))
    return Page(_text_title(body), body)


def _from_light_markup(kind: str) -> Callable[[str, Place], Page]:
    def convert_text(text: str, place: Place) -> Page:
        body = light_markup.to_markdown(_LINE_END.sub("\n", text), kind)
        return Page(markdown_title(body), _relinked(body, place))

    return convert_text


def _from_html(text: str, place: Place) -> Page:
    if text.count("<") > _MAX_TAGS:
        raise SourceError(f"the page has more than {_MAX_TAGS:,} tags: split it")
    title, markdown = html.convert(
        text,
        path=place.path,
        documents=place.documents,
        targets=place.targets,
        link=place.link,
        whole=place.whole,
    )
    named = title.lower() != posixpath.basename(place.path).lower()  # a program's, for want of one
    return Page((title if named else "") or markdown_title(markdown), markdown)


def _from_pdf(data: bytes, place: Place) -> Page:
    limits = Limits(cpu_seconds=_pdf_seconds(len(data)))
    title, markdown, silent = isolation.call(_PDF_READER, data, path=place.path, limits=limits)
    numbers = ", ".join(map(str, silent[:_SILENT_NAMED])) + (" ..." * (len(silent) > _SILENT_NAMED))
    reason = f"{PDF_SILENT}{numbers}" if silent else "pdf"
    return Page(title or markdown_title(markdown), markdown, encoding_reason=reason)


def _pdf_seconds(size: int) -> int:
    """More than the slowest honest page takes; few, where there is little to read."""
    return min(_PDF_MAX_SECONDS, _PDF_SECONDS + _PDF_SECONDS_PER_MB * size // (1 << 20))


def _from_docx(data: bytes, place: Place) -> Page:
    from shikomi.corpus import docx  # its library takes a while to load

    title, markdown = docx.convert(data, path=place.path)
    return Page(title or markdown_title(markdown), markdown, encoding_reason="docx")


def _from_openapi(text: str, place: Place) -> Page:
    return Page(*openapi.convert(text))


def _text_title(text: str) -> str:
    """A first line that is underlined or a heading in Markdown, or a short one that stands alone
    and is no sentence."""
    lines = text.lstrip("\ufeff \t\n\u3000").split("\n")[:2]
    if heading := markdown_title(lines[0]):
        return heading
    first = lines[0].strip()
    below = lines[1].strip() if len(lines) > 1 else ""
    underlined = len(below) >= 2 and below[0] in "=-~*＝－―─━" and len(set(below)) == 1
    alone = not below and len(first) <= _TITLE_MAX_CHARS and first[-1:] not in _SENTENCE_MARKS
    return first if underlined or (alone and re.search(r"\w", first)) else ""


def _file_title(path: str) -> str:
    stem = posixpath.splitext(posixpath.basename(path))[0]
    folder = posixpath.basename(posixpath.dirname(path))
    return folder if folder and stem.lower() in _INDEX_STEMS else stem


CONVERTERS: Mapping[str, Converter] = {
    "text/html": _decoded(_from_html),
    "text/markdown": _decoded(_from_markdown),
    "text/plain": _decoded(_from_text),
    **{kind: _decoded(_from_light_markup(kind)) for kind in light_markup.KINDS},
    _OPENAPI: _decoded(_from_openapi),
    _PDF: _from_pdf,
    _DOCX: _from_docx,
}
