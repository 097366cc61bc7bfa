"""POST /v1/chat/completions: choose the arm, hold its turn, pass the answer on."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
from fastapi import Request, Response

from shikomi.engine.runtime import knows_tools
from shikomi.server import told
from shikomi.server.bodies import json_body
from shikomi.server.chat_request import ChatRequest, parse_chat
from shikomi.server.choices import (
    DONE,
    Marks,
    MergedStream,
    WithoutTop,
    merged,
    server_sent,
    together,
)
from shikomi.server.errors import invalid
from shikomi.server.functions import OldCall
from shikomi.server.grounding import grounded
from shikomi.server.models import Models
from shikomi.server.relaying import Put, Relay, streamed, whole
from shikomi.server.supervisor import Arm, RuntimePool
from shikomi.server.upstream import renamed

_PATH = "/v1/chat/completions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request, ready to be asked. `extra` goes beside the answer, which is `reply` where no
    model need be asked; `marks` makes what puts one choice in its form, with marks of sources or as
    a call."""

    chat: ChatRequest
    arm: Arm
    extra: dict[str, Any] = field(default_factory=dict)
    reply: str | None = None
    marks: Callable[[], Marks] | None = None

    @property
    def n_choices(self) -> int:
        return self.chat.n or 1

    @property
    def with_usage(self) -> bool:
        options = self.chat.stream_options
        return options is not None and options.include_usage


class Chat:
    """Answers chat completions from the runtimes of `pool`. `param` is what holds the messages
    in the words of the caller, who is told by it what is too long."""

    def __init__(
        self,
        models: Models,
        pool: RuntimePool,
        client: httpx2.AsyncClient,
        *,
        param: str = "messages",
    ) -> None:
        self._models = models
        self._pool = pool
        self._param = param
        self._relay = Relay(client, _PATH, param=param)

    async def complete(self, request: Request) -> Response:
        """Raises: ApiError; EngineError and WeightsError where the model cannot be loaded."""
        chat = parse_chat(await json_body(request))
        asked = await self.prepared(chat)
        if chat.stream:
            return await streamed(request, partial(self._write, asked))
        return await whole(request, self.whole(asked))

    async def answer(self, body: Any) -> dict[str, Any]:
        """The whole completion for a request's body. Raises: as `complete`."""
        chat = parse_chat(body)
        if chat.stream:
            raise invalid("A batch's request cannot stream.", param="stream")
        return await self.whole(await self.prepared(chat))

    async def prepared(self, chat: ChatRequest) -> Asked:
        """Raises: ApiError where it cannot be asked."""
        return await asyncio.to_thread(self._prepared, chat)

    def _prepared(self, chat: ChatRequest) -> Asked:
        target = self._models.resolve(chat.model)
        weights = self._models.weights(target.base)
        if chat.tools and chat.tool_choice != "none":
            param = "functions" if chat.functions else "tools"
            _check_tools(target.base, weights, self._pool.is_native, param)
        arm = Arm(base=target.base, weights=weights, adapter=target.adapter, scale=target.scale)
        if target.search is None:
            return Asked(chat=chat, arm=arm, marks=_marks(chat))
        found = grounded(chat, target.search, param=self._param)
        return Asked(
            chat=found.chat,
            arm=arm,
            extra=found.extra,
            reply=found.reply,
            marks=found.cites or _marks(chat),
        )

    async def whole(self, asked: Asked) -> dict[str, Any]:
        """The completion. Raises: as `complete`."""
        answers = await self._answers(asked)
        for choice in (choice for answer in answers for choice in answer["choices"]):
            if asked.marks:
                asked.marks().whole(choice)
        return renamed(merged(answers), asked.chat.model) | asked.extra

    async def _answers(self, asked: Asked) -> list[dict[str, Any]]:
        if asked.reply is not None:
            return [told.completion(asked.reply)] * asked.n_choices
        async with self._pool.lease(asked.arm) as lease:
            return await together(
                self._relay.ask(lease, body) for body in asked.chat.upstream(lease.lora)
            )

    async def _write(self, asked: Asked, put: Put) -> None:
        await self.parts(asked, lambda chunk: put(server_sent(chunk)))
        put(DONE)

    async def parts(self, asked: Asked, tell: Callable[[dict[str, Any]], None]) -> None:
        """The completion as the chunks of a stream. Raises: as `complete`."""
        stream = MergedStream(
            {"model": asked.chat.model},
            tell,
            n_choices=asked.n_choices,
            extra=asked.extra,
            with_usage=asked.with_usage,
            marks=[asked.marks().part for _ in range(asked.n_choices)] if asked.marks else (),
        )
        if asked.reply is None:
            async with self._pool.lease(asked.arm) as lease:
                bodies = asked.chat.upstream(lease.lora)
                await together(
                    self._relay.pass_on(lease, body, stream, number)
                    for number, body in enumerate(bodies)
                )
        else:
            _tell(asked, asked.reply, stream)
        stream.end()


def _tell(asked: Asked, reply: str, stream: MergedStream) -> None:
    for number in range(asked.n_choices):
        for chunk in told.chunks(reply, with_usage=asked.with_usage):
            stream.event(chunk, number)


def _marks(chat: ChatRequest) -> Callable[[], Marks] | None:
    """What puts an answer in the form that the caller speaks."""
    around: list[Callable[[Marks | None], Marks]] = [OldCall] if chat.functions else []
    if chat.logprobs and not chat.top_logprobs:
        around.append(WithoutTop)
    if not around:
        return chat.calling if chat.forced else None

    def marks() -> Marks:
        first, *others = around
        made = first(chat.calling() if chat.forced else None)
        for each in others:
            made = each(made)
        return made

    return marks


def _check_tools(base: str, weights: Path, runtime_shows_them: bool, param: str) -> None:
    """What cannot show tools would pass over them in silence. Raises: ApiError."""
    if not runtime_shows_them:
        text = "This runtime takes no tools: set server.runtime to llama.cpp."
        raise invalid(text, param=param, code="tools_not_supported")
    if not knows_tools(weights):
        text = f"The chat template of {base} knows no tools."
        raise invalid(text, param=param, code="tools_not_supported")
