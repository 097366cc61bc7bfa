"""POST /v1/responses: a conversation of items, asked as a chat completion."""

import asyncio
import sqlite3
from dataclasses import dataclass
from functools import partial
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from shikomi.server.bodies import json_body
from shikomi.server.chat import Asked, Chat
from shikomi.server.chat_request import ChatRequest, parse_chat
from shikomi.server.choices import server_sent
from shikomi.server.errors import ApiError, disk_full, invalid
from shikomi.server.relaying import Put, streamed, unless_gone
from shikomi.server.responses.conversation import messages
from shikomi.server.responses.items import Kept, Reference, Turn
from shikomi.server.responses.objects import begun
from shikomi.server.responses.request import ResponseRequest, parse_response
from shikomi.server.responses.store import ResponseStore
from shikomi.server.responses.writing import Writing
from shikomi.server.room import lacks_room

PATH = "/v1/responses"
PARAM = "input"  # what holds the messages


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ready:
    """A request, ready to be asked. `items` are the conversation that it goes on with."""

    wanted: ResponseRequest
    items: list[Kept]
    asked: Asked


class Responses:
    """Answers responses by `chat`, whose `param` is PARAM, and keeps them in `store`."""

    def __init__(self, chat: Chat, store: ResponseStore) -> None:
        self._chat = chat
        self._store = store

    async def create(self, request: Request) -> Response:
        """Raises: ApiError; EngineError and WeightsError where the model cannot be loaded."""
        ready = await self._ready(parse_response(await json_body(request)))
        if ready.wanted.stream:
            return await streamed(request, partial(self._write, ready))
        response = await unless_gone(request, self._whole(ready))
        if response is None:
            return Response(status_code=499)
        await self._keep(ready, response)
        return JSONResponse(response)

    async def answer(self, body: Any) -> dict[str, Any]:
        """The response to a batch's request, which is kept in the batch's file alone. Raises: as
        `create`."""
        wanted = parse_response(body)
        if wanted.stream:
            raise invalid("A batch's request cannot stream.", param="stream")
        return await self._whole(await self._ready(wanted))

    async def _ready(self, wanted: ResponseRequest) -> _Ready:
        items = await asyncio.to_thread(self._items, wanted)
        asked = await self._chat.prepared(_in_chat(wanted, items))
        return _Ready(wanted=wanted, items=items, asked=asked)

    def _items(self, wanted: ResponseRequest) -> list[Kept]:
        earlier = wanted.previous_response_id
        items = self._store.conversation(earlier) if earlier is not None else []
        if isinstance(wanted.input, str):
            return [*items, Turn(role="user", content=wanted.input)]
        for item in wanted.input:
            items.append(self._store.item(item.id) if isinstance(item, Reference) else item)
        return items

    async def _whole(self, ready: _Ready) -> dict[str, Any]:
        writing = Writing(begun(ready.wanted), lambda event: None)
        writing.chunk(await self._chat.whole(ready.asked))
        writing.finish()
        return writing.response

    async def _write(self, ready: _Ready, put: Put) -> None:
        writing = Writing(begun(ready.wanted), lambda event: put(_named(event)))
        try:
            await self._chat.parts(ready.asked, writing.chunk)
            writing.finish()
            await self._keep(ready, writing.response)
        except ApiError as error:
            if not writing.has_begun:
                raise
            writing.fail(error)
        else:
            writing.end()

    async def _keep(self, ready: _Ready, response: dict[str, Any]) -> None:
        """Raises: ApiError 503 where there is no room."""
        if ready.wanted.store is False:
            return
        try:
            await asyncio.to_thread(self._store.keep, response, ready.items)
        except (OSError, sqlite3.OperationalError) as error:
            if not lacks_room(error):
                raise
            raise disk_full() from error


def _in_chat(wanted: ResponseRequest, items: list[Kept]) -> ChatRequest:
    return parse_chat(wanted.in_chat() | {"messages": messages(wanted.instructions, items)})


def _named(event: dict[str, Any]) -> bytes:
    """An event of the stream, which has its type as its name, too."""
    return f"event: {event['type']}\n".encode() + server_sent(event)
