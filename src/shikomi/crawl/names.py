"""The file that a page becomes: its path, made from its address, safe on every file system."""

import hashlib
import posixpath
import re
import unicodedata
from collections.abc import Sequence
from urllib.parse import unquote_to_bytes, urlsplit

from shikomi.crawl.kinds import SUFFIXES, Kind

_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\u2028\u2029\ud800-\udfff]')
# Windows keeps these for devices, whatever the suffix.
_RESERVED = re.compile(
    r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\.|$)", re.I
)
_MAX_NAME_BYTES = 100
_MAX_PATH_BYTES = 200
_HASH_DIGITS = 10
_DEFAULT_SUFFIX: dict[str, str] = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/svg+xml": ".svg",
    "image/webp": ".webp",
    "image/bmp": ".bmp",
    "image/x-icon": ".ico",
    "image/vnd.microsoft.icon": ".ico",
    "image/avif": ".avif",
    "image/tiff": ".tif",
    "image/pjpeg": ".jpg",
}


def file_path(
    url: str, *, kind: Kind, content_type: str = "", encodings: Sequence[str] = ()
) -> str:
    """Relative, with `/`; below the folder it is put in, whatever the address holds.

    A query becomes part of the name after `@`; a folder's page is `index.html`; a name whose
    suffix does not tell the kind gets one that does. `encodings` are tried, after UTF-8, on
    names that are percent-encoded.
    """
    parts = urlsplit(url)
    *folders, name = [_decoded(each, encodings) for each in parts.path.split("/")[1:]]
    query = "@" + _decoded(parts.query, encodings) if parts.query else ""
    suffix = posixpath.splitext(name)[1]
    if not name or suffix.lower() not in SUFFIXES[kind]:
        suffix = _suffix(kind, content_type)
        name = (name or "index") + query + suffix
    elif query:
        name = name + query + suffix
    safe = [_safe(each) for each in (*folders, name) if each]
    return _short("/".join(safe))


def _suffix(kind: Kind, content_type: str) -> str:
    if kind == "image":
        return _DEFAULT_SUFFIX.get(content_type, ".png")  # browsers look at the bytes
    return SUFFIXES[kind][0]


def hashed(path: str, url: str) -> str:
    """`path` with a digest of the address in its name, for when the plain one is taken."""
    folder, name = posixpath.split(path)
    stem, suffix = posixpath.splitext(name)
    return posixpath.join(folder, _safe(f"{stem}~{_digest(url)}{suffix}"))


def apart(path: str) -> str:
    """`path` with all its folders as one of a new name."""
    folder, name = posixpath.split(path)
    return posixpath.join("~" + _digest(folder), name)


def key(path: str) -> str:
    """Equal for two paths that are one file on a system without letter case."""
    return unicodedata.normalize("NFC", path).casefold()


def _decoded(escaped: str, encodings: Sequence[str]) -> str:
    data = unquote_to_bytes(escaped)
    for encoding in ("utf-8", *encodings):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return escaped


def _safe(name: str) -> str:
    """One name of a path: no folder, no device, not hidden, not too long."""
    name = unicodedata.normalize("NFC", _FORBIDDEN.sub("_", name))
    if name.endswith((".", " ")):
        name = name.rstrip(". ") + "_"
    if name.startswith((".", " ")) or _RESERVED.match(name):
        name = "_" + name.lstrip(" ")
    if len(name.encode("utf-8")) <= _MAX_NAME_BYTES:
        return name
    stem, suffix = posixpath.splitext(name)
    suffix = suffix if len(suffix.encode("utf-8")) <= 12 else ""
    room = _MAX_NAME_BYTES - len(suffix.encode("utf-8")) - _HASH_DIGITS - 1
    kept = stem.encode("utf-8")[:room].decode("utf-8", "ignore")
    return f"{kept}~{_digest(name)}{suffix}"


def _short(path: str) -> str:
    return path if len(path.encode("utf-8")) <= _MAX_PATH_BYTES else apart(path)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:_HASH_DIGITS]
