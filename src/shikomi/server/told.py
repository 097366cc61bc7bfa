"""An answer of the server's own words, in the form of a model's."""

import time
from collections.abc import Iterator
from typing import Any

from shikomi.server.ids import new_id

_USAGE = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}


def completion(text: str) -> dict[str, Any]:
    """The whole of it."""
    message = {"role": "assistant", "content": text, "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    return _head("chat.completion") | {"choices": [choice], "usage": _USAGE}


def chunks(text: str, *, with_usage: bool) -> Iterator[dict[str, Any]]:
    """The same as the chunks of a stream."""
    head = _head("chat.completion.chunk")
    yield head | {"choices": [_delta({"role": "assistant", "content": text}, None)]}
    yield head | {"choices": [_delta({}, "stop")]}
    if with_usage:
        yield head | {"choices": [], "usage": _USAGE}


def _head(kind: str) -> dict[str, Any]:
    return {"id": new_id("chatcmpl"), "object": kind, "created": int(time.time())}


def _delta(delta: dict[str, Any], reason: str | None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
