"""Word documents to Markdown: mammoth makes HTML of them, our renderer the rest.

What mammoth would leave out (ruby, formulas, fields, headings by outline level) is first put in
a form that it knows. Images are left out; their alternative text stays.
"""

import io
import re
import zipfile
import zlib
from typing import Any
from xml.parsers.expat import ExpatError

import mammoth
from lxml import etree

from shikomi.corpus import docx_headings, docx_looks, docx_numbers, docx_parts, html
from shikomi.errors import SourceError

_MAX_XML_BYTES = 100 << 20
_MAX_FILES = 10_000
_XML = re.compile(r"\.(?:xml|rels)$", re.IGNORECASE)
_TEXT = re.compile(r"word/(?:document|footnotes|endnotes)\d*\.xml")
_NUMBERING = re.compile(r"word/numbering\d*\.xml")
_STYLES = re.compile(r"word/styles\d*\.xml")
_STYLE_MAP = f"p.{docx_parts.TITLE_STYLE} => h1.title:fresh\n{docx_looks.STYLE_MAP}"
_TITLE = '<h1 class="title"'
_OLE = b"\xd0\xcf\x11\xe0"
_HEADING = re.compile(r"<(/?)h([1-5])(?=[\s>])")
# What parsers raise for files that are not what they say: the file's fault, not a bug of ours.
_BROKEN = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, etree.XMLSyntaxError,
    ExpatError, LookupError, ValueError, AttributeError, TypeError,
)  # fmt: skip


def convert(data: bytes, *, path: str) -> tuple[str, str]:
    """(the title in the file's properties unless the text has one, the document as Markdown).

    Raises:
        SourceError: The file is broken, encrypted, or unpacks to too much.
    """
    if data.startswith(_OLE):
        raise SourceError(
            "the Word document is encrypted, or in the old format:"
            " save it as .docx without a password"
        )
    try:
        parts = _parts(data)
        text = _to_html(parts)
    except _BROKEN as error:
        raise SourceError("the Word document is broken: save it anew") from error
    _, markdown = html.convert(text, path=path)
    named = _TITLE in text  # then the heading is the title, the properties may be a template's
    return "" if named else docx_parts.title(parts.get("docProps/core.xml")), markdown


def _parts(data: bytes) -> dict[str, Any]:
    """The root of each XML part by its name in the archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = [info for info in archive.infolist() if _XML.search(info.filename)]
        n_bytes = sum(info.file_size for info in files)
        if n_bytes > _MAX_XML_BYTES or len(files) > _MAX_FILES:
            raise SourceError(
                f"the Word document unpacks to more than {_MAX_XML_BYTES >> 20} MB of text"
            )
        return {info.filename: docx_parts.parse(archive.read(info)) for info in files}


def _to_html(parts: dict[str, Any]) -> str:
    styles, numbering = (_part(parts, names) for names in (_STYLES, _NUMBERING))
    levels = {} if styles is None else docx_parts.heading_levels(styles)
    looks = docx_looks.looks(styles)
    texts = [root for name, root in parts.items() if _TEXT.fullmatch(name)]
    docx_numbers.adapt(texts, numbering, styles, levels)
    for root in texts:
        docx_parts.adapt(root, levels)
        docx_headings.mark(root)
        docx_looks.adapt(root, looks)
    result = mammoth.convert_to_html(
        _archive(parts),
        style_map=_STYLE_MAP,
        include_embedded_style_map=False,
        convert_image=mammoth.images.img_element(lambda image: {"src": ""}),
    )
    return _one_first_heading(result.value)


def _part(parts: dict[str, Any], names: re.Pattern[str]) -> Any:
    """The first part that is called so; None where there is none."""
    return next((root for name, root in parts.items() if names.fullmatch(name)), None)


def _archive(parts: dict[str, Any]) -> io.BytesIO:
    """The XML parts alone as a file again."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, root in parts.items():
            archive.writestr(name, etree.tostring(root, encoding="utf-8"))
    target.seek(0)
    return target


def _one_first_heading(text: str) -> str:
    """Chapters are below a title; where there is none and more than one chapter, all go one
    level down, for none of them is above the others."""
    if text.count("<h1") < 2 or text.find("<h1") == text.find(_TITLE):
        return text
    return _HEADING.sub(lambda match: f"<{match[1]}h{int(match[2]) + 1}", text)
