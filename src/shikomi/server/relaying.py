"""Requests passed on to a runtime, and its answers or streams passed back."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, TypeVar

import httpx2
from fastapi import Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from shikomi.server.choices import MergedStream, server_sent
from shikomi.server.errors import ApiError
from shikomi.server.supervisor import Lease
from shikomi.server.upstream import refusal, runtime_died

T = TypeVar("T")
Put = Callable[[bytes], None]
Pieces = asyncio.Queue[bytes | None]  # None: the end


class Relay:
    """The way to one route of the runtimes; `param` is what may be too long."""

    def __init__(self, client: httpx2.AsyncClient, path: str, *, param: str = "messages") -> None:
        self._client = client
        self._path = path
        self._param = param

    async def ask(self, lease: Lease, body: dict[str, Any]) -> dict[str, Any]:
        """The whole answer. Raises: ApiError."""
        url = lease.base_url + self._path
        try:
            reply = await self._client.post(url, json=body, headers=lease.headers)
        except httpx2.TransportError as error:
            raise runtime_died() from error
        if reply.status_code != 200:
            raise refusal(reply.status_code, reply.content, param=self._param)
        answer: dict[str, Any] = reply.json()
        return answer

    async def pass_on(
        self, lease: Lease, body: dict[str, Any], stream: MergedStream, number: int
    ) -> None:
        """The answer's events, to choice `number` of `stream`. Raises: ApiError."""
        url, headers = lease.base_url + self._path, lease.headers
        try:
            async with self._client.stream("POST", url, json=body, headers=headers) as reply:
                if reply.status_code != 200:
                    raise refusal(reply.status_code, await reply.aread(), param=self._param)
                async for line in reply.aiter_lines():
                    if line:
                        stream.line(line, number)
        except httpx2.TransportError as error:
            raise runtime_died() from error


async def streamed(request: Request, write: Callable[[Put], Coroutine[Any, Any, None]]) -> Response:
    """What `write` puts, as a stream. The status waits for the first piece: a refused prompt is a
    400, not a broken stream.

    Raises: whatever ended `write` before it.
    """
    pieces: Pieces = asyncio.Queue()
    # a task of its own holds the arm's turn: a slow reader must not keep it
    pump = asyncio.create_task(_pumped(write, pieces))
    try:
        first = await unless_gone(request, _first(pump, pieces))
    except BaseException:
        pump.cancel()
        raise
    if first is None:
        pump.cancel()
        return Response(status_code=499)
    return StreamingResponse(_sent(first, pump, pieces), media_type="text/event-stream")


async def _pumped(write: Callable[[Put], Coroutine[Any, Any, None]], pieces: Pieces) -> None:
    try:
        await write(pieces.put_nowait)
    finally:
        pieces.put_nowait(None)


async def _first(pump: "asyncio.Task[None]", pieces: Pieces) -> bytes:
    piece = await pieces.get()
    if piece is None:
        await pump
    return piece or b""


async def _sent(first: bytes, pump: "asyncio.Task[None]", pieces: Pieces) -> AsyncIterator[bytes]:
    """The stream; a reader that goes away ends the generation."""
    try:
        yield first
        while (piece := await pieces.get()) is not None:
            yield piece
        await pump
    except ApiError as error:
        yield server_sent(error.body)
    finally:
        pump.cancel()


async def whole(request: Request, work: Coroutine[Any, Any, dict[str, Any]]) -> Response:
    """The work's result as JSON; where the caller hung up first nobody reads what is sent."""
    answer = await unless_gone(request, work)
    return Response(status_code=499) if answer is None else JSONResponse(answer)


async def unless_gone(request: Request, work: Coroutine[Any, Any, T]) -> T | None:
    """The work's result, or None where the caller hung up first; the work is then cancelled."""
    task = asyncio.create_task(work)
    gone = asyncio.create_task(_hung_up(request))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        return await task if task.done() else None
    finally:
        gone.cancel()
        if not task.done():
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def _hung_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
