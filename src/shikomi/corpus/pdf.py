"""PDF to Markdown: the text in reading order, its outline as headings. Images are left out."""

import re
import zlib
from collections.abc import Iterable, Iterator
from itertools import islice

from pypdfium2 import PdfDocument, PdfiumError, raw

from shikomi.corpus import html, pdf_layout, pdf_text
from shikomi.corpus.pdf_layout import Entry
from shikomi.corpus.pdf_text import Line
from shikomi.errors import SourceError

_MAX_PAGES = 5000
_MAX_CHARS = 20_000_000
_MAX_ENTRIES = 20_000
_MAX_LAYERS = 4
_MAX_STREAM_BYTES = 50 << 20  # of a page's drawing; PDFium needs a dozen times as much for it
_MAX_IMAGE_BYTES = 500 << 20  # is not unpacked for its text
_PIECE_BYTES = 1 << 16
_STREAM = re.compile(rb"(?<!end)stream\r?\n")
_DICTIONARY_BYTES = 1000
_HEIGHT_AT = {  # where a view has its upper edge
    raw.PDFDEST_VIEW_XYZ: 1,
    raw.PDFDEST_VIEW_FITH: 0,
    raw.PDFDEST_VIEW_FITBH: 0,
    raw.PDFDEST_VIEW_FITR: 3,
}
_NO_TITLE = re.compile(
    r"(?:microsoft word - .*|\(?(?:untitled|anonymous|unspecified)\b.*|"
    r".*\.(?:docx?|pptx?|xlsx?|dvi|tex|indd|pdf|txt|html?))",
    re.IGNORECASE,
)


def convert(data: bytes, *, path: str) -> tuple[str, str]:
    """(the title, the document as Markdown).

    Headings are the outline's, with its levels; without one, lines in larger type, or in bold
    type above text. What stands at the edge of most pages (running heads, page numbers) is left
    out.

    Raises:
        SourceError: The PDF is broken, encrypted, too large, or has no text.
    """
    title, markdown, _ = read(data, path=path)
    return title, markdown


def read(data: bytes, *, path: str) -> tuple[str, str, list[int]]:
    """The same, and the numbers, from 1, of pages that show something and have no text."""
    document = _open(data)
    try:
        pages = _pages(document)
        outline = list(_outline(document))
        title = _title(document)
        silent = [n for n, page in enumerate(pages) if not page and _is_drawn(document, n)]
    finally:
        document.close()
    if not any(pages):
        raise SourceError("the PDF has no text (scanned pages?): run text recognition on it first")
    text = pdf_layout.to_html(pages, outline, title)
    return *html.convert(text, path=path), [n + 1 for n in silent]


def _is_drawn(document: PdfDocument, number: int) -> bool:
    page = document[number]
    n_objects = raw.FPDFPage_CountObjects(page)
    page.close()
    return bool(n_objects > 0)


def _refuse_bombs(data: bytes) -> None:
    """PDFium unpacks what it is given, however much that is."""
    for match in _STREAM.finditer(data):
        before = data[max(0, match.start() - _DICTIONARY_BYTES) : match.start()]
        dictionary = before[before.rfind(b" obj") + 1 :]
        layers = dictionary.count(b"FlateDecode") + dictionary.count(b"/Fl ")
        most = _MAX_IMAGE_BYTES if b"/Image" in dictionary else _MAX_STREAM_BYTES
        if layers and _unpacks_to_more(data, match.end(), min(layers, _MAX_LAYERS), most):
            raise SourceError(f"the PDF has a part that unpacks to more than {most >> 20} MB")


def _unpacks_to_more(data: bytes, start: int, layers: int, most: int) -> bool:
    unpackers = [zlib.decompressobj() for _ in range(layers)]
    size = 0
    try:
        for at in range(start, len(data), _PIECE_BYTES):
            pieces: Iterable[bytes] = [data[at : at + _PIECE_BYTES]]
            for unpacker in unpackers:
                pieces = _unpacked(pieces, unpacker)
            for piece in pieces:
                size += len(piece)
                if size > most:
                    return True
            if unpackers[0].eof:
                return False
    except zlib.error:  # PDFium makes of it what it can, and that is less
        return False
    return False


def _unpacked(pieces: Iterable[bytes], unpacker: "zlib._Decompress") -> Iterator[bytes]:
    for piece in pieces:
        yield unpacker.decompress(piece, _PIECE_BYTES)
        while unpacker.unconsumed_tail and not unpacker.eof:
            yield unpacker.decompress(unpacker.unconsumed_tail, _PIECE_BYTES)


def _open(data: bytes) -> PdfDocument:
    _refuse_bombs(data)
    try:
        document = PdfDocument(data)
    except PdfiumError as error:
        if error.err_code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
            raise SourceError("the PDF is encrypted: save it without a password") from error
        raise SourceError("the PDF is broken: save it anew") from error
    if len(document) > _MAX_PAGES:
        n_pages = len(document)
        document.close()
        raise SourceError(f"the PDF has {n_pages} pages, more than {_MAX_PAGES}: split it")
    return document


def _pages(document: PdfDocument) -> list[list[Line]]:
    pages, n_chars = [], 0
    for number in range(len(document)):
        try:
            page = document[number]
        except PdfiumError as error:
            raise SourceError(f"page {number + 1} of the PDF is broken: save it anew") from error
        text = page.get_textpage()
        n_chars += text.count_chars()
        if n_chars > _MAX_CHARS:
            raise SourceError(f"the PDF has more than {_MAX_CHARS} characters: split it")
        pages.append(pdf_text.lines(text, number))
        text.close()
        page.close()
    return pages


def _outline(document: PdfDocument) -> Iterator[Entry]:
    for bookmark in islice(document.get_toc(), _MAX_ENTRIES):
        try:
            title = " ".join(bookmark.get_title().split())
        except UnicodeDecodeError:
            continue
        target = bookmark.get_dest()
        page = target.get_index() if target else None
        if title and target and page is not None:
            yield Entry(title, bookmark.level, page, _height(*target.get_view()))
        elif title:
            yield Entry(title, bookmark.level, None, None)


def _height(mode: int, position: list[float]) -> float | None:
    """How far up the page a view begins; None where it does not say."""
    at = _HEIGHT_AT.get(mode)
    return position[at] or None if at is not None and at < len(position) else None


def _title(document: PdfDocument) -> str:
    """The title that the author gave, not the one that a program made up."""
    try:
        title = " ".join(document.get_metadata_value("Title").split())
    except UnicodeDecodeError:
        return ""
    return "" if _NO_TITLE.fullmatch(title) else title
