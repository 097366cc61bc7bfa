"""POST /v1/chat/completions: choose the arm, hold its turn, pass the answer on."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import httpx2
from fastapi import Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from shikomi.engine.runtime import knows_tools
from shikomi.server.bodies import json_body
from shikomi.server.chat_request import ChatRequest, parse_chat
from shikomi.server.choices import MergedStream, merged, server_sent, together
from shikomi.server.errors import ApiError, invalid
from shikomi.server.models import Models
from shikomi.server.supervisor import Arm, RuntimePool
from shikomi.server.upstream import refusal, renamed, runtime_died

_PATH = "/v1/chat/completions"

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
        arm = await asyncio.to_thread(self._arm, chat)
        if chat.stream:
            return await self._stream(chat, arm, request)
        answer = await unless_gone(request, self._answer(chat, arm))
        return Response(status_code=499) if answer is None else JSONResponse(answer)

    async def answer(self, body: Any) -> dict[str, Any]:
        """The whole completion for a request's body. Raises: as `complete`."""
        chat = parse_chat(body)
        if chat.stream:
            raise invalid("A batch's request cannot stream.", param="stream")
        return await self._answer(chat, await asyncio.to_thread(self._arm, chat))

    def _arm(self, chat: ChatRequest) -> Arm:
        target = self._models.resolve(chat.model)
        weights = self._models.weights(target.base)
        if chat.tools and chat.tool_choice != "none":
            _check_tools(chat, target.base, weights)
        return Arm(base=target.base, weights=weights, adapter=target.adapter)

    async def _answer(self, chat: ChatRequest, arm: Arm) -> dict[str, Any]:
        async with self._pool.lease(arm) as lease:
            answers = await together(
                self._ask(lease.base_url, body) for body in chat.upstream(lease.lora)
            )
        return renamed(merged(answers), chat.model)

    async def _ask(self, base_url: str, body: dict[str, Any]) -> dict[str, Any]:
        try:
            reply = await self._client.post(base_url + _PATH, json=body)
        except httpx2.TransportError as error:
            raise runtime_died() from error
        if reply.status_code != 200:
            raise refusal(reply.status_code, reply.content)
        answer: dict[str, Any] = reply.json()
        return answer

    async def _stream(self, chat: ChatRequest, arm: Arm, request: Request) -> Response:
        """The status waits for llama.cpp's: a refused prompt is a 400, not a broken stream."""
        pieces: Pieces = asyncio.Queue()
        # a task of its own holds the arm's turn: a slow reader must not keep it
        pump = asyncio.create_task(self._pump(chat, arm, pieces))
        try:
            first = await unless_gone(request, _first(pump, pieces))
        except BaseException:
            pump.cancel()
            raise
        if first is None:
            pump.cancel()
            return Response(status_code=499)
        return StreamingResponse(_sent(first, pump, pieces), media_type="text/event-stream")

    async def _pump(self, chat: ChatRequest, arm: Arm, pieces: Pieces) -> None:
        stream = MergedStream(chat.model, pieces.put_nowait)
        try:
            async with self._pool.lease(arm) as lease:
                bodies = chat.upstream(lease.lora)
                await together(
                    self._relay(lease.base_url, body, stream, number)
                    for number, body in enumerate(bodies)
                )
            stream.end()
        finally:
            pieces.put_nowait(None)

    async def _relay(
        self, base_url: str, body: dict[str, Any], stream: MergedStream, number: int
    ) -> None:
        try:
            async with self._client.stream("POST", base_url + _PATH, json=body) as reply:
                if reply.status_code != 200:
                    raise refusal(reply.status_code, await reply.aread())
                async for line in reply.aiter_lines():
                    if line:
                        stream.line(line, number)
        except httpx2.TransportError as error:
            raise runtime_died() from error


def _check_tools(chat: ChatRequest, base: str, weights: Path) -> None:
    """llama.cpp passes over what it cannot do in silence; here it is said. Raises: ApiError."""
    if chat.tool_choice not in (None, "auto"):
        text = "The runtime cannot force a call: leave 'tool_choice' at 'auto', or use a schema."
        raise invalid(text, param="tool_choice", code="tool_choice_not_supported")
    if not knows_tools(weights):
        text = f"The chat template of {base} knows no tools."
        raise invalid(text, param="tools", code="tools_not_supported")


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
        yield server_sent(error.body)
    finally:
        pump.cancel()


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
