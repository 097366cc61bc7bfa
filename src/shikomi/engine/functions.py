"""`functions` and `function_call`, as scripts and training files of 2023 have them: tools, under
an older name. What is malformed stays as it is, for others to tell."""

from collections.abc import Sequence
from typing import Any


def example_in_tools(example: Any) -> Any:
    """An example of a training file, or the input of one, with its functions as tools."""
    if not isinstance(example, dict):
        return example
    told = dict(example)
    functions = told.pop("functions", None)
    if isinstance(functions, list) and "tools" not in told:
        told["tools"] = [{"type": "function", "function": each} for each in functions]
    elif functions is not None:
        told["functions"] = functions
    for key in ("messages", "preferred_output", "non_preferred_output"):
        if isinstance(told.get(key), list):
            told[key] = turns_in_tools(told[key])
    if isinstance(told.get("input"), dict):
        told["input"] = example_in_tools(told["input"])
    return told


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
