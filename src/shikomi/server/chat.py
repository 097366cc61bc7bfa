"""POST /v1/chat/completions: choose the arm, hold its turn, pass the answer on."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx2
from fastapi import Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from shikomi.engine.runtime import knows_tools
from shikomi.server import told
from shikomi.server.bodies import json_body
from shikomi.server.calling import Calling
from shikomi.server.chat_request import ChatRequest, parse_chat
from shikomi.server.choices import MergedStream, merged, server_sent, together
from shikomi.server.errors import ApiError, invalid
from shikomi.server.grounding import Citing, grounded
from shikomi.server.models import Models
from shikomi.server.supervisor import Arm, Lease, RuntimePool
from shikomi.server.upstream import refusal, renamed, runtime_died

_PATH = "/v1/chat/completions"

T = TypeVar("T")
Pieces = asyncio.Queue[bytes | None]  # None: the end


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A request, ready to be asked. `extra` goes beside the answer, which is `reply` where no
    model need be asked; `marks` makes what puts one choice in its form, with marks of sources or as
    a call."""

    chat: ChatRequest
    arm: Arm
    extra: dict[str, Any] = field(default_factory=dict)
    reply: str | None = None
    marks: Callable[[], Citing | Calling] | None = None

    @property
    def n_choices(self) -> int:
        return self.chat.n or 1

    @property
    def with_usage(self) -> bool:
        options = self.chat.stream_options
        return options is not None and options.include_usage


class Chat:
    """Answers chat completions from the runtimes of `pool`."""

    def __init__(self, models: Models, pool: RuntimePool, client: httpx2.AsyncClient) -> None:
        self._models = models
        self._pool = pool
        self._client = client

    async def complete(self, request: Request) -> Response:
        """Raises: ApiError; EngineError and WeightsError where the model cannot be loaded."""
        chat = parse_chat(await json_body(request))
        asked = await asyncio.to_thread(self._prepared, chat)
        if chat.stream:
            return await self._stream(asked, request)
        answer = await unless_gone(request, self._answer(asked))
        return Response(status_code=499) if answer is None else JSONResponse(answer)

    async def answer(self, body: Any) -> dict[str, Any]:
        """The whole completion for a request's body. Raises: as `complete`."""
        chat = parse_chat(body)
        if chat.stream:
            raise invalid("A batch's request cannot stream.", param="stream")
        return await self._answer(await asyncio.to_thread(self._prepared, chat))

    def _prepared(self, chat: ChatRequest) -> _Asked:
        target = self._models.resolve(chat.model)
        weights = self._models.weights(target.base)
        if chat.tools and chat.tool_choice != "none":
            _check_tools(target.base, weights, self._pool.shows_tools)
        arm = Arm(base=target.base, weights=weights, adapter=target.adapter, scale=target.scale)
        marks = chat.calling if chat.forced else None
        if target.search is None:
            return _Asked(chat=chat, arm=arm, marks=marks)
        found = grounded(chat, target.search)
        return _Asked(
            chat=found.chat,
            arm=arm,
            extra=found.extra,
            reply=found.reply,
            marks=found.cites or marks,
        )

    async def _answer(self, asked: _Asked) -> dict[str, Any]:
        answers = await self._answers(asked)
        for choice in (choice for answer in answers for choice in answer["choices"]):
            if asked.marks:
                asked.marks().whole(choice)
        return renamed(merged(answers), asked.chat.model) | asked.extra

    async def _answers(self, asked: _Asked) -> list[dict[str, Any]]:
        if asked.reply is not None:
            return [told.completion(asked.reply)] * asked.n_choices
        async with self._pool.lease(asked.arm) as lease:
            return await together(
                self._ask(lease, body) for body in asked.chat.upstream(lease.lora)
            )

    async def _ask(self, lease: Lease, body: dict[str, Any]) -> dict[str, Any]:
        url = lease.base_url + _PATH
        try:
            reply = await self._client.post(url, json=body, headers=lease.headers)
        except httpx2.TransportError as error:
            raise runtime_died() from error
        if reply.status_code != 200:
            raise refusal(reply.status_code, reply.content)
        answer: dict[str, Any] = reply.json()
        return answer

    async def _stream(self, asked: _Asked, request: Request) -> Response:
        """The status waits for llama.cpp's: a refused prompt is a 400, not a broken stream."""
        pieces: Pieces = asyncio.Queue()
        # a task of its own holds the arm's turn: a slow reader must not keep it
        pump = asyncio.create_task(self._pump(asked, pieces))
        try:
            first = await unless_gone(request, _first(pump, pieces))
        except BaseException:
            pump.cancel()
            raise
        if first is None:
            pump.cancel()
            return Response(status_code=499)
        return StreamingResponse(_sent(first, pump, pieces), media_type="text/event-stream")

    async def _pump(self, asked: _Asked, pieces: Pieces) -> None:
        stream = MergedStream(
            asked.chat.model,
            pieces.put_nowait,
            n_choices=asked.n_choices,
            extra=asked.extra,
            with_usage=asked.with_usage,
            marks=[asked.marks().part for _ in range(asked.n_choices)] if asked.marks else (),
        )
        try:
            if asked.reply is None:
                await self._relay_all(asked, stream)
            else:
                _tell(asked, asked.reply, stream)
            stream.end()
        finally:
            pieces.put_nowait(None)

    async def _relay_all(self, asked: _Asked, stream: MergedStream) -> None:
        async with self._pool.lease(asked.arm) as lease:
            bodies = asked.chat.upstream(lease.lora)
            await together(
                self._relay(lease, body, stream, number) for number, body in enumerate(bodies)
            )

    async def _relay(
        self, lease: Lease, body: dict[str, Any], stream: MergedStream, number: int
    ) -> None:
        url, headers = lease.base_url + _PATH, lease.headers
        try:
            async with self._client.stream("POST", url, json=body, headers=headers) as reply:
                if reply.status_code != 200:
                    raise refusal(reply.status_code, await reply.aread())
                async for line in reply.aiter_lines():
                    if line:
                        stream.line(line, number)
        except httpx2.TransportError as error:
            raise runtime_died() from error


def _tell(asked: _Asked, reply: str, stream: MergedStream) -> None:
    for number in range(asked.n_choices):
        for chunk in told.chunks(reply, with_usage=asked.with_usage):
            stream.event(chunk, number)


def _check_tools(base: str, weights: Path, runtime_shows_them: bool) -> None:
    """What cannot show tools would pass over them in silence. Raises: ApiError."""
    if not runtime_shows_them:
        text = "This runtime takes no tools: set server.runtime to llama.cpp."
        raise invalid(text, param="tools", code="tools_not_supported")
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
