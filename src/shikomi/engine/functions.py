"""`functions` and `function_call`, as scripts and training files of 2023 have them: tools, under
an older name. What is malformed stays as it is, for others to tell."""

from collections.abc import Sequence
from typing import Any


def turns_in_tools(turns: Sequence[Any]) -> list[Any]:
    """Messages with their calls, and what the functions said, in the words of tools."""
    told: list[Any] = []
    call_id = "call_0"
    for number, turn in enumerate(turns):
        if not isinstance(turn, dict):
            told.append(turn)
            continue
        new = dict(turn)
        if call := new.pop("function_call", None):
            call_id = f"call_{number}"
            new["tool_calls"] = [{"id": call_id, "type": "function", "function": call}]
        if new.get("role") == "function":
            new |= {"role": "tool", "tool_call_id": call_id}
        told.append(new)
    return told
