"""Several choices of one request: asked side by side, answered as one."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from shikomi.server.upstream import in_band, renamed

T = TypeVar("T")


class Marks(Protocol):
    """Puts one choice into its form, before it is sent."""

    def whole(self, choice: dict[str, Any]) -> None:
        """Of a whole completion."""

    def part(self, choice: dict[str, Any]) -> None:
        """Of a stream's chunk."""


class WithoutTop:
    """Takes the likeliest tokens out, which nobody asked for, before what `inner` does."""

    def __init__(self, inner: Marks | None) -> None:
        self._inner = inner

    def whole(self, choice: dict[str, Any]) -> None:
        """Of a whole completion."""
        _drop_top(choice)
        if self._inner:
            self._inner.whole(choice)

    def part(self, choice: dict[str, Any]) -> None:
        """Of a stream's chunk."""
        _drop_top(choice)
        if self._inner:
            self._inner.part(choice)


def _drop_top(choice: dict[str, Any]) -> None:
    for token in (choice.get("logprobs") or {}).get("content") or ():
        token["top_logprobs"] = []


async def together(work: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """All results in order. The first failure ends the others, and is raised when they ended."""
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def merged(answers: list[dict[str, Any]], *, n_prompts: int = 1) -> dict[str, Any]:
    """One completion with a choice of each answer, and the sum of what was generated. Of several
    prompts each has as many answers, one after another."""
    if len(answers) == 1:
        return answers[0]
    choices = [
        choice | {"index": number}
        for number, answer in enumerate(answers)
        for choice in answer["choices"]
    ]
    usages = [each["usage"] for each in answers]
    return answers[0] | {"choices": choices, "usage": _total(usages, n_prompts)}


def _total(usages: Sequence[dict[str, Any]], n_prompts: int) -> dict[str, Any]:
    """A prompt counts once, as the API counts it."""
    read = sum(each["prompt_tokens"] for each in usages[:: len(usages) // n_prompts or 1])
    written = sum(each["completion_tokens"] for each in usages)
    sums = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
    details = {key: value for key, value in usages[0].items() if n_prompts == 1}
    return details | sums


DONE = b"data: [DONE]\n\n"  # ends a stream of completions


def server_sent(data: Any) -> bytes:
    """One event of a stream."""
    return b"data: " + json.dumps(data, ensure_ascii=False).encode() + b"\n\n"


class MergedStream:
    """Streams of llama.cpp as one of the API's: one id, numbered choices, usage at the end.

    `extra` goes into the event that ends the last of `n_choices`, of `n_prompts`. With
    `with_usage` each event before the usage says that it is not there yet. `marks`, one for each
    of the choices, are told each of its parts before `tell` is. Every event has what is in `same`,
    the model's name at least, and the id and the time of the first where `same` has none.
    """

    def __init__(
        self,
        same: Mapping[str, Any],
        tell: Callable[[dict[str, Any]], None],
        *,
        n_choices: int = 1,
        n_prompts: int = 1,
        extra: Mapping[str, Any] | None = None,
        with_usage: bool = False,
        marks: Sequence[Callable[[dict[str, Any]], None]] = (),
    ) -> None:
        self._given = dict(same)
        self._no_usage = {"usage": None} if with_usage else {}
        self._tell = tell
        self._unfinished = n_choices
        self._extra = dict(extra or {})
        self._marks = marks
        self._same: dict[str, Any] = {}
        self._n_prompts = n_prompts
        self._usages: dict[int, dict[str, Any]] = {}  # by the choice's number
        self._usage_event: dict[str, Any] = {}

    def line(self, line: str, number: int) -> None:
        """A line of stream `number`. Raises: ApiError for an error of llama.cpp."""
        field, _, text = line.partition(":")
        if text.strip() == "[DONE]":
            return
        data = json.loads(text)
        if field == "error" or "error" in data:
            raise in_band(data.get("error", data), 500)
        self.event(data, number)

    def event(self, data: dict[str, Any], number: int) -> None:
        """A chunk of stream `number`, as llama.cpp sends it."""
        if not self._same:
            first = {key: data[key] for key in ("id", "created") if key in data}
            self._same = first | self._given
        event = renamed(data, self._given["model"]) | self._same
        if usage := event.pop("usage", None):  # alone, or with the choice's last part
            self._usages[number] = usage
            self._usage_event = event | {"choices": []}
        if usage and not event["choices"]:
            return
        event |= self._no_usage
        for choice in event["choices"]:
            choice["index"] = number
            if self._marks:
                self._marks[number](choice)
            self._unfinished -= choice.get("finish_reason") is not None
        self._tell(event if self._unfinished else event | self._extra)

    def end(self) -> None:
        """All streams have ended: tell what they used, where that is wanted."""
        if self._usages and self._no_usage:
            usages = [self._usages[number] for number in sorted(self._usages)]
            total = {"usage": _total(usages, self._n_prompts)}
            self._tell(self._usage_event | total)
