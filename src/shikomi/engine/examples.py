"""An example of a training file in one form, however it was written: functions of 2023 are tools,
contents of text parts are texts. What is malformed stays as it is, for others to tell."""

from typing import Any

from shikomi.engine.functions import turns_in_tools

_LISTS = ("messages", "preferred_output", "non_preferred_output")


def plain_example(example: Any) -> Any:
    """An example of a training file, or the input of one."""
    if not isinstance(example, dict):
        return example
    told = dict(example)
    functions = told.pop("functions", None)
    if isinstance(functions, list) and "tools" not in told:
        told["tools"] = [{"type": "function", "function": each} for each in functions]
    elif functions is not None:
        told["functions"] = functions
    for key in _LISTS:
        if isinstance(told.get(key), list):
            told[key] = [_in_text(turn) for turn in turns_in_tools(told[key])]
    if isinstance(told.get("input"), dict):
        told["input"] = plain_example(told["input"])
    return told


def _in_text(turn: Any) -> Any:
    parts = turn.get("content") if isinstance(turn, dict) else None
    if not isinstance(parts, list) or not all(map(is_text_part, parts)):
        return turn
    return turn | {"content": "".join(part["text"] for part in parts)}


def is_text_part(part: Any) -> bool:
    """Whether it is `{"type": "text", "text": ...}`, and nothing besides."""
    return (
        isinstance(part, dict)
        and part.keys() == {"type", "text"}
        and part["type"] == "text"
        and isinstance(part["text"], str)
    )
