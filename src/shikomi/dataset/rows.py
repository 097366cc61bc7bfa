"""One sample as a row of a tool's own format, and a row read back as the turns it holds.

A reader takes the keys of its format and no other. What it raises for anything else is one of
`UNREADABLE`. Turns that a format has no room for are written all the same: its reader tells.
"""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from shikomi.types import Message, Role

Turns = tuple[Message, ...]
Row = dict[str, Any]

UNREADABLE = (ValueError, KeyError, TypeError, AttributeError)
_BETWEEN = "\n\n"
_SHAREGPT: dict[Role, str] = {"system": "system", "user": "human", "assistant": "gpt"}
_VERTEX: dict[Role, str] = {"user": "user", "assistant": "model"}


def messages(turns: Turns) -> Row:
    """OpenAI's supervised form: one list and no other key."""
    return {"messages": _chat(turns)}


def read_messages(row: Row) -> Turns:
    _only(row, "messages")
    return tuple(_message(each) for each in row["messages"])


def prompt_completion(turns: Turns) -> Row:
    """TRL's conversational form, which is trained on its completion alone."""
    return {"prompt": _chat(turns[:-1]), "completion": _chat(turns[-1:])}


def read_prompt_completion(row: Row) -> Turns:
    _only(row, "prompt", "completion")
    return tuple(_message(each) for each in (*row["prompt"], *row["completion"]))


def strings(turns: Turns) -> Row:
    return {"prompt": joined(turns)[0].content, "completion": turns[-1].content}


def read_strings(row: Row) -> Turns:
    _only(row, "prompt", "completion")
    return (_turn("user", row["prompt"]), _turn("assistant", row["completion"]))


def joined(turns: Turns) -> Turns:
    """All that stands before the answer as one question: strings have no roles."""
    prompt = _BETWEEN.join(turn.content for turn in turns[:-1])
    return (Message(role="user", content=prompt), turns[-1])


def sharegpt(turns: Turns) -> Row:
    return {"conversations": [{"from": _SHAREGPT[t.role], "value": t.content} for t in turns]}


def read_sharegpt(row: Row) -> Turns:
    _only(row, "conversations")
    return tuple(
        _turn(_role(_SHAREGPT, each["from"]), each["value"]) for each in row["conversations"]
    )


def alpaca(turns: Turns) -> Row:
    """`history` holds the earlier exchanges, which have to be question and answer in turn."""
    system, rest = _system(turns)
    earlier = [turn.content for turn in rest[:-2]]
    return {
        "instruction": "".join(turn.content for turn in rest[-2:-1]),
        "input": "",
        "output": rest[-1].content,
        "system": system,
        "history": [list(pair) for pair in zip(earlier[::2], earlier[1::2], strict=False)],
    }


def read_alpaca(row: Row) -> Turns:
    _only(row, "instruction", "input", "output", "system", "history")
    if row["input"]:
        raise ValueError("an input beside the instruction")
    pairs = [*row["history"], [row["instruction"], row["output"]]]
    first = [_turn("system", row["system"])] if row["system"] else []
    asked = ((_turn("user", ask), _turn("assistant", reply)) for ask, reply in pairs)
    return (*first, *(turn for pair in asked for turn in pair))


def vertex(turns: Turns) -> Row:
    """Gemini's form on Vertex AI; the system's turn stands apart."""
    system, rest = _system(turns)
    first = {"systemInstruction": _content("system", system)} if system else {}
    return {
        **first,
        "contents": [_content(_VERTEX.get(turn.role, turn.role), turn.content) for turn in rest],
    }


def read_vertex(row: Row) -> Turns:
    _only(row, *(("systemInstruction",) if "systemInstruction" in row else ()), "contents")
    system = row.get("systemInstruction")
    first = [_turn("system", _text(system))] if system else []
    return (*first, *(_turn(_role(_VERTEX, each["role"]), _text(each)) for each in row["contents"]))


def _chat(turns: Iterable[Message]) -> list[dict[str, str]]:
    return [{"role": turn.role, "content": turn.content} for turn in turns]


def _message(value: Row) -> Message:
    _only(value, "role", "content")
    if value["role"] not in _SHAREGPT:
        raise ValueError(f"the role {value['role']!r}")
    return _turn(cast(Role, value["role"]), value["content"])


def _turn(role: Role, content: object) -> Message:
    if not isinstance(content, str):
        raise TypeError("content that is no text")
    return Message(role=role, content=content)


def _role(names: Mapping[Role, str], name: str) -> Role:
    return {theirs: ours for ours, theirs in names.items()}[name]


def _system(turns: Turns) -> tuple[str, Turns]:
    """(what the system's turn says or "", the other turns)."""
    if turns[0].role == "system":
        return turns[0].content, turns[1:]
    return "", turns


def _content(role: str, text: str) -> Row:
    return {"role": role, "parts": [{"text": text}]}


def _text(content: Row) -> str:
    _only(content, "role", "parts")
    (part,) = content["parts"]
    _only(part, "text")
    return str(part["text"])


def _only(row: Row, *keys: str) -> None:
    if row.keys() != set(keys):
        raise ValueError(f"the keys {', '.join(sorted(map(str, row)))}")
