"""What is worth fetching, by content type and by name."""

import posixpath
import re
from typing import Literal
from urllib.parse import urlsplit

Kind = Literal["html", "text", "markdown", "pdf", "docx", "image"]

SUFFIXES: dict[Kind, tuple[str, ...]] = {
    "html": (".html", ".htm", ".xhtml", ".hhc"),
    "text": (".txt",),
    "markdown": (".md", ".markdown", ".mdx"),
    "pdf": (".pdf",),
    "docx": (".docx",),
    "image": (
        *(".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".bmp", ".ico", ".avif"),
        *(".tif", ".tiff", ".jpe", ".xbm"),
    ),
}
_BY_SUFFIX = {suffix: kind for kind, suffixes in SUFFIXES.items() for suffix in suffixes}
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_BY_TYPE: dict[str, Kind] = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/plain": "text",
    "text/markdown": "markdown",
    "text/x-markdown": "markdown",
    "application/pdf": "pdf",
    "application/x-pdf": "pdf",
    _DOCX: "docx",
}
# Servers give these for what they do not know: the name says more.
_UNKNOWN = ("", "application/octet-stream", "binary/octet-stream", "application/x-download")
_NEVER = re.compile(
    r"\.(?:zip|lzh|lha|gz|tgz|bz2|xz|tar|7z|rar|cab|msi|iso|dmg|rpm|deb|jar|class|css|js|json|xml"
    r"|rss|mp[234]|wav|ogg|mid|avi|mpe?g|mov|wm[av]|webm|swf|ttf|otf|woff2?|xls|xlsx|ppt|pptx)$",
    re.IGNORECASE,
)
_HTML_START = re.compile(
    rb"\s*+(?:<\?xml[^>]*+>\s*+)?(?:<!--(?:(?!-->).)*+-->\s*+)*+<(?:!doctype\s+html|html|head|title)\b",
    re.IGNORECASE | re.DOTALL,
)
SNIFF_BYTES = 4096


def unwanted_suffix(url: str) -> str:
    """The suffix of a name that is surely no document, else ""; a query makes it unsure."""
    parts = urlsplit(url)
    found = _NEVER.search(parts.path)
    return found[0].lower() if found and not parts.query else ""


def kind_of(content_type: str, url: str) -> Kind | None:
    """What a reply of this content type is; None: nothing to keep."""
    if content_type.startswith("image/"):
        return "image"
    name = posixpath.basename(urlsplit(url).path).lower()
    named = "text" if name == "readme" else _BY_SUFFIX.get(posixpath.splitext(name)[1])
    if content_type in _UNKNOWN:
        return named or ("html" if content_type == "" else None)
    kind = _BY_TYPE.get(content_type)
    if kind == "text" and named in ("html", "markdown"):
        return named
    return kind


def is_named_text(url: str) -> bool:
    """Whether the name itself says that it is plain text."""
    return posixpath.splitext(urlsplit(url).path)[1].lower() in SUFFIXES["text"]


def may_be_html(content_type: str) -> bool:
    """Whether a page may come under this type: its first bytes say."""
    return content_type in (*_UNKNOWN, "text/plain")


def disguised(kind: Kind, data: bytes) -> bool:
    """Whether the bytes of a page are no text at all, whatever the server calls them."""
    start = data[:SNIFF_BYTES]
    if kind in ("text", "markdown"):
        return b"\0" in start and not start.startswith((b"\xff\xfe", b"\xfe\xff"))
    return kind == "pdf" and b"%PDF-" not in start


def looks_like_html(data: bytes) -> bool:
    return _HTML_START.match(data[:SNIFF_BYTES].removeprefix(b"\xef\xbb\xbf")) is not None
