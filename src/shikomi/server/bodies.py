"""Reading request bodies, and how much of them is read."""

from typing import Any

from fastapi import Request
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shikomi.server.azure import DEPLOYMENT
from shikomi.server.errors import ApiError, error_response, invalid
from shikomi.server.files import MAX_BYTES
from shikomi.server.json_text import NotJson, read_json

MAX_JSON_BYTES = 32 * 1024 * 1024
_FORM_BYTES = 64 * 1024  # what a form has beside its file


async def json_body(request: Request) -> Any:
    """The body as JSON, whatever its declared type (curl -d declares a form). A deployment that
    the address names is its model.

    Raises: ApiError 400.
    """
    data = bytearray()
    async for piece in request.stream():
        data += piece
    try:
        body = read_json(bytes(data))
    except NotJson as wrong:
        raise invalid(f"The request body {wrong}.") from None
    deployment = request.scope.get(DEPLOYMENT)
    return body | {"model": deployment} if deployment and isinstance(body, dict) else body


class BodyLimit:
    """ASGI middleware: a body that is too large is refused while it comes, not once it has."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = MAX_BYTES + _FORM_BYTES if scope["path"] == "/v1/files" else MAX_JSON_BYTES
        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isdigit() and int(declared) > limit:
            await error_response(_too_large(limit))(scope, receive, send)
            return
        n_bytes = 0

        async def counted() -> Message:
            nonlocal n_bytes
            message = await receive()
            n_bytes += len(message.get("body", b""))
            if n_bytes > limit:
                raise _too_large(limit)
            return message

        await self._app(scope, counted, send)


def _too_large(limit: int) -> ApiError:
    megabytes = limit // (1024 * 1024)
    text = f"The request body is larger than {megabytes} MB."
    return ApiError(413, text, code="body_too_large")
