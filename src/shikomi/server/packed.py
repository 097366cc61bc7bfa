"""Bodies that come packed (`Content-Encoding: gzip`)."""

import zlib
from collections.abc import Iterator

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shikomi.server.errors import ApiError, error_response, invalid

_GZIP = ("gzip", "x-gzip")  # one thing by two names. Source: RFC 9110, 8.4.1.3
_PIECE_BYTES = 256 * 1024
_ABOUT_PACKED = (b"content-encoding", b"content-length")


class Unpacked:
    """ASGI middleware: what is below it gets the body as it was before it was packed, piece by
    piece, so that a limit below it ends the unpacking, too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        coding = _coding(scope) if scope["type"] == "http" else ""
        if not coding:
            await self._app(scope, receive, send)
        elif coding in _GZIP:
            headers = [pair for pair in scope["headers"] if pair[0] not in _ABOUT_PACKED]
            await self._app(dict(scope, headers=headers), _Unpacking(receive), send)
        else:
            response = error_response(_unknown_coding())
            response.headers["Accept-Encoding"] = "gzip"  # Source: RFC 9110, 15.5.16
            await response(scope, receive, send)


def _coding(scope: Scope) -> str:
    """What the body is packed by; empty: by nothing."""
    listed = ",".join(Headers(scope=scope).getlist("content-encoding")).lower().split(",")
    return ",".join(name for each in listed if (name := each.strip()) not in ("", "identity"))


class _Unpacking:
    """A `receive` that unpacks what `receive` gives. Raises: ApiError 400 for what is no gzip.

    A call may be cancelled, as by who only looks whether the caller has gone, and made again.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._gzip = _Gzip()
        self._pieces: Iterator[bytes] = iter(())
        self._is_last = self._has_ended = False

    async def __call__(self) -> Message:
        while not self._has_ended:
            if piece := next(self._pieces, b""):
                return {"type": "http.request", "body": piece, "more_body": True}
            if self._is_last:
                self._has_ended = True
                self._gzip.end()
                return {"type": "http.request", "body": b"", "more_body": False}
            message = await self._receive()
            if message["type"] != "http.request":
                return message
            self._is_last = not message.get("more_body", False)
            self._pieces = self._gzip.pieces(message.get("body", b""))
        return await self._receive()


class _Gzip:
    """Unpacks one member of a gzip file, which is all that a body is. Source: RFC 1952."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self._is_empty = True

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """What `data`, which come next, hold; each piece is small."""
        while data:
            self._is_empty = False
            try:
                piece = self._member.decompress(data, _PIECE_BYTES)
            except zlib.error:
                raise _no_gzip() from None
            if self._member.unused_data:
                raise _no_gzip()
            data = self._member.unconsumed_tail
            yield piece

    def end(self) -> None:
        if not self._is_empty and not self._member.eof:
            raise _no_gzip()


def _no_gzip() -> ApiError:
    return invalid("The request body is not one whole gzip, as its Content-Encoding says.")


def _unknown_coding() -> ApiError:
    text = "The request body's Content-Encoding is not known here: send it plain, or as gzip."
    return ApiError(415, text, code="unsupported_content_encoding")
