"""Several choices of one request: asked side by side, answered as one."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any, TypeVar

from shikomi.server.upstream import in_band, renamed

T = TypeVar("T")


async def together(work: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """All results in order. The first failure ends the others, and is raised when they ended."""
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def merged(answers: list[dict[str, Any]]) -> dict[str, Any]:
    """One completion with a choice of each answer, and the sum of what was generated."""
    if len(answers) == 1:
        return answers[0]
    choices = [
        choice | {"index": number}
        for number, answer in enumerate(answers)
        for choice in answer["choices"]
    ]
    return answers[0] | {"choices": choices, "usage": _total(each["usage"] for each in answers)}


def _total(usages: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The prompt counts once, as the API counts it."""
    first, *others = usages
    written = first["completion_tokens"] + sum(each["completion_tokens"] for each in others)
    sums = {"completion_tokens": written, "total_tokens": first["prompt_tokens"] + written}
    return first | sums


def server_sent(data: Any) -> bytes:
    """One event of a stream."""
    return b"data: " + json.dumps(data, ensure_ascii=False).encode() + b"\n\n"


class MergedStream:
    """Streams of llama.cpp as one of the API's: one id, numbered choices, usage at the end.

    `extra` goes into the event that ends the last of `n_choices`. With `with_usage` each event
    before the usage says that it is not there yet.
    """

    def __init__(
        self,
        model: str,
        put: Callable[[bytes], None],
        *,
        n_choices: int = 1,
        extra: Mapping[str, Any] | None = None,
        with_usage: bool = False,
    ) -> None:
        self._model = model
        self._no_usage = {"usage": None} if with_usage else {}
        self._put = put
        self._unfinished = n_choices
        self._extra = dict(extra or {})
        self._same: dict[str, Any] = {}
        self._usages: list[dict[str, Any]] = []
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
        self._same = self._same or {key: data[key] for key in ("id", "created") if key in data}
        event = renamed(data, self._model) | self._same
        if not event.get("choices") and event.get("usage"):
            self._usages.append(event["usage"])
            self._usage_event = event
            return
        event |= self._no_usage
        for choice in event["choices"]:
            choice["index"] = number
            self._unfinished -= choice.get("finish_reason") is not None
        self._put(server_sent(event if self._unfinished else event | self._extra))

    def end(self) -> None:
        if self._usages:
            self._put(server_sent(self._usage_event | {"usage": _total(self._usages)}))
        self._put(b"data: [DONE]\n\n")
