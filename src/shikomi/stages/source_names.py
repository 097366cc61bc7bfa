"""Names of files as text that can be read, stored and written again."""

import posixpath
import unicodedata
from collections.abc import Sequence

from shikomi.corpus.decode import decode
from shikomi.errors import SourceError

_WESTERN = "cp1252"
_NO_PART_OF_A_NAME = {"Cc", "Cs", "Zl", "Zp"}


def readable(names: Sequence[bytes]) -> list[str]:
    """Each name as text in NFC, control characters as `_`. Names that are not UTF-8 are read in
    the one encoding that fits them together."""
    odd = [name for name in names if not _is_utf8(name)]
    encoding = _encoding(odd) if odd else "utf-8"
    return [
        _plain(name.decode("utf-8" if _is_utf8(name) else encoding, "replace")) for name in names
    ]


def unique(paths: Sequence[str]) -> list[str]:
    """Each path once: the second `a/b.html` becomes `a/b (2).html`."""
    taken = set(paths)
    used: set[str] = set()
    found = []
    for path in paths:
        name, n = path, 2
        while name in used or (name != path and name in taken):
            stem, suffix = posixpath.splitext(path)
            name, n = f"{stem} ({n}){suffix}", n + 1
        used.add(name)
        found.append(name)
    return found


def _is_utf8(name: bytes) -> bool:
    try:
        name.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _encoding(names: Sequence[bytes]) -> str:
    try:
        found = decode(b"\n".join(names)).encoding
    except SourceError:
        return _WESTERN
    return _WESTERN if found.startswith("utf-") else found  # a mark of UTF-16 is chance here


def _plain(name: str) -> str:
    composed = unicodedata.normalize("NFC", name)
    return "".join(
        "_" if unicodedata.category(char) in _NO_PART_OF_A_NAME else char for char in composed
    )
