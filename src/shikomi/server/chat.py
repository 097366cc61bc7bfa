"""POST /v1/chat/completions: choose the arm, hold its turn, pass the answer on."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Coroutine
from typing import Any, TypeVar

import httpx2
from fastapi import Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from shikomi.server.bodies import json_body
from shikomi.server.chat_request import ChatRequest, parse_chat
from shikomi.server.errors import ApiError, error_body
from shikomi.server.models import Models
from shikomi.server.supervisor import Arm, RuntimePool
from shikomi.server.upstream import in_band, refusal, renamed, runtime_died

_PATH = "/v1/chat/completions"
_DATA = b"data: "

T = TypeVar("T")
Pieces = asyncio.Queue[bytes | None]  # None: the end


class Chat:
    """Answers chat completions from the runtimes of `pool`."""

    def __init__(self, models: Models, pool: RuntimePool, client: httpx2.AsyncClient) -> None:
        self._models = models
        self._pool = pool
        self._client = client

    async def complete(self, request: Request) -> Response:
        """Raises: ApiError; EngineError and WeightsError where the model cannot be loaded."""
        chat = parse_chat(await json_body(request))
        arm = await asyncio.to_thread(self._arm, chat.model)
        if chat.stream:
            return await self._stream(chat, arm, request)
        answer = await _unless_gone(request, self._answer(chat, arm))
        return Response(status_code=499) if answer is None else JSONResponse(answer)

    def _arm(self, model: str) -> Arm:
        target = self._models.resolve(model)
        weights = self._models.weights(target.base)
        return Arm(base=target.base, weights=weights, adapter=target.adapter)

    async def _answer(self, chat: ChatRequest, arm: Arm) -> dict[str, Any]:
        async with self._pool.lease(arm) as lease:
            try:
                reply = await self._client.post(
                    lease.base_url + _PATH, json=chat.upstream(lease.lora)
                )
            except httpx2.TransportError as error:
                raise runtime_died() from error
        if reply.status_code != 200:
            raise refusal(reply.status_code, reply.content)
        return renamed(reply.json(), chat.model)

    async def _stream(self, chat: ChatRequest, arm: Arm, request: Request) -> Response:
        """The status waits for llama.cpp's: a refused prompt is a 400, not a broken stream."""
        pieces: Pieces = asyncio.Queue()
        # a task of its own holds the arm's turn: a slow reader must not keep it
        pump = asyncio.create_task(self._pump(chat, arm, pieces))
        try:
            first = await _unless_gone(request, _first(pump, pieces))
        except BaseException:
            pump.cancel()
            raise
        if first is None:
            pump.cancel()
            return Response(status_code=499)
        return StreamingResponse(_sent(first, pump, pieces), media_type="text/event-stream")

    async def _pump(self, chat: ChatRequest, arm: Arm, pieces: Pieces) -> None:
        try:
            async with self._pool.lease(arm) as lease:
                body = chat.upstream(lease.lora)
                async with self._client.stream("POST", lease.base_url + _PATH, json=body) as reply:
                    if reply.status_code != 200:
                        raise refusal(reply.status_code, await reply.aread())
                    async for line in reply.aiter_lines():
                        if line:
                            pieces.put_nowait(_event(line, chat.model))
        except httpx2.TransportError as error:
            raise runtime_died() from error
        finally:
            pieces.put_nowait(None)


def _event(line: str, model: str) -> bytes:
    """One server-sent event in the API's form. Raises: ApiError for an error of llama.cpp."""
    field, _, text = line.partition(":")
    content = text.strip()
    if content == "[DONE]":
        return _DATA + b"[DONE]\n\n"
    data = json.loads(content)
    if field == "error" or "error" in data:
        raise in_band(data.get("error", data), 500)
    return _DATA + json.dumps(renamed(data, model), ensure_ascii=False).encode() + b"\n\n"


async def _first(pump: "asyncio.Task[None]", pieces: Pieces) -> bytes:
    """The first event. Raises: whatever ended the pump before it."""
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
        body = error_body(error.status, error.message, code=error.code, param=error.param)
        yield _DATA + json.dumps(body).encode() + b"\n\n"
    finally:
        pump.cancel()


async def _unless_gone(request: Request, work: Coroutine[Any, Any, T]) -> T | None:
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
