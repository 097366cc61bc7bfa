"""A call that the caller wants whatever the model would do: `tool_choice` "required", or a name.

The runtime only lets a model call; a schema can bind it. So the model writes the call as JSON, in
the form in which templates show calls, and what it wrote becomes the call.
"""

import json
from collections.abc import Sequence
from typing import Any

from shikomi.server.ids import new_id

_ARGUMENTS = '"arguments"'


def call_schema(tools: Sequence[tuple[str, dict[str, Any] | None]]) -> dict[str, Any]:
    """The JSON schema of one call of these tools (names and parameters): `{name, arguments}`."""
    definitions = {
        str(number): _moved(parameters or {"type": "object"}, f"#/$defs/{number}")
        for number, (_, parameters) in enumerate(tools)
    }
    calls = [_one(name, f"#/$defs/{number}") for number, (name, _) in enumerate(tools)]
    return {"$defs": definitions, **(calls[0] if len(calls) == 1 else {"anyOf": calls})}


def _one(name: str, arguments: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"name": {"const": name}, "arguments": {"$ref": arguments}},
        "required": ["name", "arguments"],
        "additionalProperties": False,
    }


def _moved(value: Any, place: str) -> Any:
    """A schema that stands at `place` of another one: its references lead there."""
    if isinstance(value, list):
        return [_moved(each, place) for each in value]
    if not isinstance(value, dict):
        return value
    moved = {key: _moved(each, place) for key, each in value.items()}
    target = value.get("$ref")
    if isinstance(target, str) and target.startswith("#"):
        moved["$ref"] = place + target[1:]
    return moved


class Calling:
    """Makes the call of what one choice says. In a stream it comes in one piece, at the end."""

    def __init__(self, *, finish_reason: str) -> None:
        self._finish_reason = finish_reason
        self._text = ""

    def whole(self, choice: dict[str, Any]) -> None:
        """Of a whole completion."""
        self._text = choice["message"].get("content") or ""
        choice["message"] |= {"content": None, "tool_calls": [self._call()]}
        self._end(choice)

    def part(self, choice: dict[str, Any]) -> None:
        """Of a stream's chunk."""
        delta = choice["delta"]
        self._text += delta.pop("content", None) or ""
        if choice.get("finish_reason") is not None:
            delta["tool_calls"] = [{"index": 0} | self._call()]
            self._end(choice)

    def _end(self, choice: dict[str, Any]) -> None:
        if choice.get("finish_reason") == "stop":
            choice["finish_reason"] = self._finish_reason

    def _call(self) -> dict[str, Any]:
        name, arguments = _read(self._text)
        function = {"name": name, "arguments": arguments}
        return {"id": new_id("call"), "type": "function", "function": function}


def _read(text: str) -> tuple[str, str]:
    """Name and arguments of a call, the latter as they stand where the reply was cut off."""
    try:
        call = json.loads(text)
        return call["name"], json.dumps(call["arguments"], ensure_ascii=False)
    except (ValueError, KeyError, TypeError):
        head, _, rest = text.partition(_ARGUMENTS)
        return _quoted(head), rest.lstrip().removeprefix(":").lstrip()


def _quoted(head: str) -> str:
    """The name in `{"name": "NAME", `; "" where not even that was written."""
    parts = head.split('"')
    return parts[3] if len(parts) > 4 else ""
