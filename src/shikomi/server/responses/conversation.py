"""A conversation of items, said as the messages of a chat completion."""

from collections.abc import Sequence
from typing import Any

from shikomi.server.errors import invalid
from shikomi.server.responses.items import Call, CallOutput, Kept, Reasoning, Turn, text_of


def messages(instructions: str | None, items: Sequence[Kept]) -> list[dict[str, Any]]:
    """Raises: ApiError 400 for what a function gave that nobody called."""
    told = [{"role": "system", "content": instructions}] if instructions else []
    called: set[str] = set()
    for item in items:
        if isinstance(item, Call):
            called.add(item.call_id)
            _add_call(told, item)
        elif isinstance(item, CallOutput):
            if item.call_id not in called:
                text = "A function_call_output needs the function_call with its call_id before it."
                raise invalid(text, param="input", code="invalid_value")
            told.append(_output(item))
        elif not isinstance(item, Reasoning):
            _add_turn(told, item, joined=bool(instructions))
    return told


def _add_turn(told: list[dict[str, Any]], turn: Turn, *, joined: bool) -> None:
    """With `joined` a system message goes behind the instructions: templates have room for one."""
    is_system = turn.role in ("system", "developer")
    text = text_of(turn.content)
    if joined and is_system and len(told) == 1:
        told[0] = told[0] | {"content": f"{told[0]['content']}\n\n{text}"}
    else:
        told.append({"role": turn.role, "content": text})


def _add_call(told: list[dict[str, Any]], item: Call) -> None:
    """The calls of one answer are one message's, with what was said before them."""
    function = {"name": item.name, "arguments": item.arguments}
    call = {"id": item.call_id, "type": "function", "function": function}
    if told and told[-1]["role"] == "assistant":
        told[-1].setdefault("tool_calls", []).append(call)
    else:
        told.append({"role": "assistant", "content": None, "tool_calls": [call]})


def _output(item: CallOutput) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": item.call_id, "content": text_of(item.output)}
