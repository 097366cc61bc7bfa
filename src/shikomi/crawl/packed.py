"""Replies that are packed on their way (Content-Encoding): unpacked no further than to a limit."""

import zlib

from shikomi.errors import SourceError

ACCEPTED = "gzip, deflate"  # what others unpack to is bounded by nothing
_PLAIN = ("", "identity", "none")
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32


class Unpacker:
    """Unpacks a reply piece by piece.

    Raises:
        SourceError: It is packed in a way that we do not ask for, or more than once.
    """

    def __init__(self, coding: str) -> None:
        self._name = coding.strip().lower()
        if self._name not in (*_PLAIN, "gzip", "x-gzip", "deflate"):
            raise SourceError(f"packed by {self._name}, which was not asked for")
        self._inflater = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._is_first = True

    def __call__(self, data: bytes, limit: int) -> bytes:
        """What the next bytes hold; `limit` is the most that is wanted of it."""
        if self._name in _PLAIN:
            return data
        try:
            found = self._inflater.decompress(data, limit)
        except zlib.error as error:
            if not self._is_first or self._name != "deflate":
                raise SourceError(f"packed, but broken: {error}") from error
            self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)  # as some servers take "deflate"
            found = _decompressed(self._inflater, data, limit)
        self._is_first = False
        return found

    def close(self) -> None:
        """Raises SourceError: what came is not the whole of it."""
        if self._name not in _PLAIN and not self._is_first and not self._inflater.eof:
            raise SourceError("packed, and cut off")


def _decompressed(inflater: "zlib._Decompress", data: bytes, limit: int) -> bytes:
    try:
        return inflater.decompress(data, limit)
    except zlib.error as error:
        raise SourceError(f"packed, but broken: {error}") from error
