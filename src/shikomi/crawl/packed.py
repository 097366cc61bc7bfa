"""Replies that are packed on their way (Content-Encoding): unpacked no further than to a limit."""

import zlib
from collections.abc import Callable

from shikomi.errors import SourceError

ACCEPTED = "gzip, deflate"  # what others unpack to is bounded by nothing
_PLAIN = ("", "identity", "none")
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32

Unpack = Callable[[bytes, int], bytes]
"""(the next bytes as they came, the most that is wanted of them) -> what they hold."""


def unpacker(coding: str) -> Unpack:
    """Raises SourceError: it is packed in a way that we do not ask for, or more than once."""
    name = coding.strip().lower()
    if name in _PLAIN:
        return lambda data, limit: data
    if name not in ("gzip", "x-gzip", "deflate"):
        raise SourceError(f"packed by {name}, which was not asked for")
    inflater = zlib.decompressobj(_GZIP_OR_ZLIB)
    is_first = True

    def unpack(data: bytes, limit: int) -> bytes:
        nonlocal inflater, is_first
        try:
            found = inflater.decompress(data, limit)
        except zlib.error as error:
            if not is_first or name != "deflate":
                raise SourceError(f"packed, but broken: {error}") from error
            inflater = zlib.decompressobj(-zlib.MAX_WBITS)  # as some servers take "deflate"
            found = _decompressed(inflater, data, limit)
        is_first = False
        return found

    return unpack


def _decompressed(inflater: "zlib._Decompress", data: bytes, limit: int) -> bytes:
    try:
        return inflater.decompress(data, limit)
    except zlib.error as error:
        raise SourceError(f"packed, but broken: {error}") from error
