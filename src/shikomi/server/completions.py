"""POST /v1/completions, the API's older route: a text is gone on with, without a chat template."""

import asyncio
from functools import partial
from typing import Annotated, Any

import httpx2
from fastapi import Request, Response
from pydantic import Field, model_validator

from shikomi.server.bodies import json_body
from shikomi.server.chat_request import MAX_INT, MOST_CHOICES, StreamOptions, seeds
from shikomi.server.choices import DONE, MergedStream, merged, server_sent, together
from shikomi.server.edge import Edge, parsed
from shikomi.server.errors import invalid, unsupported_parameter
from shikomi.server.ids import new_id
from shikomi.server.models import Models
from shikomi.server.relaying import Put, Relay, streamed, whole
from shikomi.server.supervisor import Arm, RuntimePool
from shikomi.server.upstream import renamed

PATH = "/v1/completions"
_Tokens = Annotated[list[Annotated[int, Field(ge=0, le=MAX_INT)]], Field(min_length=1)]
_Texts = Annotated[list[str], Field(min_length=1)]
_TokenLists = Annotated[list[_Tokens], Field(min_length=1)]
_NOT_FORWARDED = {"model", "prompt", "n", "best_of", "logprobs", "seed", "user", "echo", "suffix"}
_MOST_LOGPROBS = 5


class CompletionRequest(Edge):
    """The parameters this server has. `top_k` and `min_p` go beyond the API."""

    model: str
    prompt: str | _Texts | _Tokens | _TokenLists
    max_tokens: int | None = Field(default=None, ge=1, le=MAX_INT)
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    top_k: int | None = Field(default=None, ge=0, le=MAX_INT)
    min_p: float | None = Field(default=None, ge=0, le=1)
    n: int | None = Field(default=None, ge=1, le=MOST_CHOICES)
    best_of: int | None = Field(default=None, ge=0, le=20)
    stop: str | list[str] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    logprobs: int | None = Field(default=None, ge=0, le=_MOST_LOGPROBS)
    presence_penalty: float | None = Field(default=None, ge=-2, le=2)
    frequency_penalty: float | None = Field(default=None, ge=-2, le=2)
    logit_bias: dict[str, float] | None = None
    seed: int | None = Field(default=None, ge=-(2**63), lt=2**63)
    user: str | None = None
    echo: bool | None = None
    suffix: str | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> "CompletionRequest":
        if self.stream_options is not None and not self.stream:
            raise ValueError("'stream_options' needs 'stream' to be true")
        if self.n_choices > MOST_CHOICES:
            raise ValueError(f"prompts times 'n' are at most {MOST_CHOICES} choices")
        return self

    @property
    def prompts(self) -> list[str] | list[list[int]]:
        prompt: Any = self.prompt
        several = isinstance(prompt, list) and not isinstance(prompt[0], int)
        return prompt if several else [prompt]

    @property
    def n_choices(self) -> int:
        return len(self.prompts) * (self.n or 1)

    def marks(self) -> list["_Older"]:
        """What puts each choice in the route's form."""
        heads = [str(prompt) if self.echo else "" for prompt in self.prompts]
        return [_Older(self.logprobs, head) for head in heads for _ in range(self.n or 1)]

    def upstream(self, lora: list[dict[str, float]]) -> list[dict[str, Any]]:
        """The bodies for llama.cpp, one a choice: all of a prompt before those of the next.

        What is left out means the API's defaults, not llama.cpp's.
        """
        body = self.model_dump(exclude_none=True, exclude=_NOT_FORWARDED)
        defaults = {"max_tokens": 16, "temperature": 1.0, "top_p": 1.0}
        body = defaults | body | {"lora": lora}
        if self.logprobs is not None:
            body["logprobs"] = max(1, self.logprobs)  # 0 is none at all to llama.cpp
        return [
            body | {"prompt": prompt} | seed
            for prompt in self.prompts
            for seed in seeds(self.seed, self.n or 1)
        ]


def parse_completion(body: Any) -> CompletionRequest:
    """Raises: ApiError 400 that names the parameter."""
    wanted = parsed(CompletionRequest, body)
    is_text = isinstance(wanted.prompts[0], str)
    refused = {
        "echo": wanted.echo and (wanted.logprobs is not None or not is_text),
        "suffix": wanted.suffix,
        "best_of": wanted.best_of not in (None, wanted.n or 1),
    }
    for name, asked in refused.items():
        if asked:
            raise unsupported_parameter(name)
    return wanted


class Completions:
    """Answers text completions from the runtimes of `pool`."""

    def __init__(self, models: Models, pool: RuntimePool, client: httpx2.AsyncClient) -> None:
        self._models = models
        self._pool = pool
        self._relay = Relay(client, PATH, param="prompt")

    async def complete(self, request: Request) -> Response:
        """Raises: ApiError; EngineError and WeightsError where the model cannot be loaded."""
        wanted = parse_completion(await json_body(request))
        arm = await asyncio.to_thread(self._arm, wanted)
        if wanted.stream:
            return await streamed(request, partial(self._write, wanted, arm))
        return await whole(request, self._answer(wanted, arm))

    async def answer(self, body: Any) -> dict[str, Any]:
        """The whole completion for a request's body. Raises: as `complete`."""
        wanted = parse_completion(body)
        if wanted.stream:
            raise invalid("A batch's request cannot stream.", param="stream")
        return await self._answer(wanted, await asyncio.to_thread(self._arm, wanted))

    def _arm(self, wanted: CompletionRequest) -> Arm:
        target = self._models.resolve(wanted.model)
        if target.search is not None:
            text = f"'{wanted.model}' answers chats alone: there is no question to look up here."
            raise invalid(text, param="model", code="model_not_supported")
        if not self._pool.is_native:
            text = "This runtime answers chats alone: set server.runtime to llama.cpp."
            raise invalid(text, code="completions_not_supported")
        weights = self._models.weights(target.base)
        return Arm(base=target.base, weights=weights, adapter=target.adapter, scale=target.scale)

    async def _answer(self, wanted: CompletionRequest, arm: Arm) -> dict[str, Any]:
        async with self._pool.lease(arm) as lease:
            answers = await together(
                self._relay.ask(lease, body) for body in wanted.upstream(lease.lora)
            )
        answer = renamed(merged(answers, n_prompts=len(wanted.prompts)), wanted.model)
        for mark, choice in zip(wanted.marks(), answer["choices"], strict=True):
            mark.part(choice)
        return answer | {"id": new_id("cmpl"), "object": "text_completion"}

    async def _write(self, wanted: CompletionRequest, arm: Arm, put: Put) -> None:
        options = wanted.stream_options
        stream = MergedStream(
            {"id": new_id("cmpl"), "object": "text_completion", "model": wanted.model},
            lambda event: put(server_sent(event)),
            n_choices=wanted.n_choices,
            n_prompts=len(wanted.prompts),
            with_usage=options is not None and options.include_usage,
            marks=[mark.part for mark in wanted.marks()],
        )
        async with self._pool.lease(arm) as lease:
            await together(
                self._relay.pass_on(lease, body, stream, number)
                for number, body in enumerate(wanted.upstream(lease.lora))
            )
        stream.end()
        put(DONE)


class _Older:
    """Puts one choice, or its parts, in the route's form. Log-probabilities stand in four lists.
    `head` is what the choice begins with."""

    def __init__(self, n_logprobs: int | None, head: str) -> None:
        self._n = n_logprobs
        self._head = head
        self._offset = 0

    def part(self, choice: dict[str, Any]) -> None:
        choice["text"], self._head = self._head + (choice.get("text") or ""), ""
        content = (choice.get("logprobs") or {}).get("content")
        choice["logprobs"] = None if self._n is None or not content else self._lists(content)

    def _lists(self, content: list[dict[str, Any]]) -> dict[str, Any]:
        offsets = []
        for each in content:
            offsets.append(self._offset)
            self._offset += len(each["token"])
        return {
            "tokens": [each["token"] for each in content],
            "token_logprobs": [each["logprob"] for each in content],
            "top_logprobs": [self._likeliest(each) for each in content],
            "text_offset": offsets,
        }

    def _likeliest(self, told: dict[str, Any]) -> dict[str, float]:
        """By their texts, with the token that was drawn."""
        best = {top["token"]: top["logprob"] for top in told["top_logprobs"][: self._n or 0]}
        return best | {told["token"]: told["logprob"]}
