"""What is wrong with the tools of a training example, and with the calls of them."""

import json
from collections.abc import Iterator
from typing import Any

from pydantic import TypeAdapter, ValidationError

from shikomi.server.chat_request import Tool, ToolCall

_TOOLS = TypeAdapter(list[Tool])
_CALLS = TypeAdapter(list[ToolCall])


def tool_problems(tools: Any) -> Iterator[str]:
    """`tools` as an example lists them, in the form of a chat completion's."""
    yield from _problems("tools", _TOOLS, tools)


def call_problems(message: dict[str, Any]) -> Iterator[str]:
    """Those of an assistant message's `tool_calls`."""
    calls = message.get("tool_calls")
    if calls is None:
        return
    if message.get("role") != "assistant":
        yield "tool_calls belong on assistant messages only"
        return
    found = list(_problems("tool_calls", _CALLS, calls))
    yield from found or _argument_problems(calls)


def _argument_problems(calls: list[dict[str, Any]]) -> Iterator[str]:
    for number, call in enumerate(calls):
        try:
            is_object = isinstance(json.loads(call["function"]["arguments"]), dict)
        except (ValueError, RecursionError):
            is_object = False
        if not is_object:
            yield f"tool_calls[{number}]: arguments must be a JSON object, written as a string"


def answer_problems(messages: list[Any]) -> Iterator[tuple[int, str]]:
    """Tools' messages that answer no call before them, each with its place."""
    called: set[str] = set()
    for number, message in enumerate(messages):
        if not isinstance(message, dict):
            continue
        called |= _ids(message.get("tool_calls"))
        if message.get("role") == "tool" and message.get("tool_call_id") not in called:
            yield number, "a tool's message needs the tool_call_id of a call before it"


def _ids(calls: Any) -> set[str]:
    listed = calls if isinstance(calls, list) else []
    found = (call.get("id") for call in listed if isinstance(call, dict))
    return {each for each in found if isinstance(each, str)}


def _problems(where: str, kind: TypeAdapter[Any], value: Any) -> Iterator[str]:
    try:
        kind.validate_python(value)
    except ValidationError as error:
        for detail in error.errors(include_input=False, include_url=False):
            place = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in detail["loc"])
            yield f"{where}{place}: {detail['msg']}"
