"""Every reply has a number of its own, by which whoever was answered finds the server's log line.

The SDK reads it as `_request_id`, and tells it of an error as `request_id`.
"""

from contextvars import ContextVar

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shikomi.server.ids import new_id

HEADER = "x-request-id"
_KEY = "shikomi.request_id"  # of a request's scope
answered: ContextVar[str] = ContextVar("answered", default="")  # "" where no request is


class RequestIds:
    """ASGI middleware, which must be the outermost one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope[_KEY] = request_id = new_id("req")
        answered.set(request_id)

        async def numbered(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        await self._app(scope, receive, numbered)


def of(request: Request) -> str:
    """For a reply that does not pass the middleware."""
    return str(request.scope.get(_KEY, ""))
