"""What is wrong with a training file, line by line, before anything is trained."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MIN_EXAMPLES = 10
MAX_PROBLEMS = 20
_ROLES = ("system", "user", "assistant")
_LINE_KEYS = {"messages"}
_MESSAGE_KEYS = {"role", "content", "weight", "name"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """`line` counts from 1; None: it concerns the whole file."""

    line: int | None
    message: str

    def __str__(self) -> str:
        return self.message if self.line is None else f"line {self.line}: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """`problems` stops at MAX_PROBLEMS."""

    n_examples: int
    problems: tuple[Problem, ...]


def check_examples(path: Path, *, min_examples: int = MIN_EXAMPLES) -> FileReport:
    """Read a file of chat examples, one JSON object a line; empty lines are passed over.

    Source: the API's fine-tuning guide (format of a supervised example).
    """
    problems: list[Problem] = []
    n_examples = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            n_examples += 1
            found = (Problem(line=number, message=text) for text in line_problems(line))
            problems += list(found)[: MAX_PROBLEMS - len(problems)]
    if n_examples < min_examples:
        text = f"the file has {n_examples} examples; at least {min_examples} are needed"
        problems.append(Problem(line=None, message=text))
    return FileReport(n_examples=n_examples, problems=tuple(problems))


def line_problems(line: bytes) -> Iterator[str]:
    """Everything that is wrong with one line."""
    try:
        example = json.loads(line.removeprefix(b"\xef\xbb\xbf").decode("utf-8"))
    except UnicodeDecodeError:
        yield "not UTF-8"
        return
    except (ValueError, RecursionError):
        yield "not valid JSON"
        return
    if not isinstance(example, dict):
        yield "not a JSON object"
    elif "preferred_output" in example:
        yield "a preference (DPO) example; only supervised chat examples can be trained here"
    else:
        yield from _example_problems(example)


def _example_problems(example: dict[str, Any]) -> Iterator[str]:
    if unknown := sorted(example.keys() - _LINE_KEYS):
        yield f"unknown key {', '.join(unknown)} (only 'messages' can be trained here)"
    messages = example.get("messages")
    if not isinstance(messages, list) or not messages:
        yield "'messages' is missing, or is not a list with something in it"
        return
    for number, message in enumerate(messages):
        for text in _message_problems(message):
            yield f"messages[{number}]: {text}"
    answers = [message for message in messages if _is_answer(message)]
    if not answers:
        yield "no assistant message: there is nothing to learn"
    elif not _is_answer(messages[-1]):
        yield "the last message must be the assistant's"
    elif all(message.get("weight") == 0 for message in answers):
        yield "every assistant message has weight 0: there is nothing to learn"


def _is_answer(message: Any) -> bool:
    return isinstance(message, dict) and message.get("role") == "assistant"


def _message_problems(message: Any) -> Iterator[str]:
    if not isinstance(message, dict):
        yield "not a JSON object"
        return
    if unknown := sorted(message.keys() - _MESSAGE_KEYS):
        yield f"unknown key {', '.join(unknown)}"
    role, content = message.get("role"), message.get("content")
    if role not in _ROLES:
        yield f"role must be one of {', '.join(_ROLES)}"
    if not isinstance(content, str):
        yield "content must be a string"
    elif not content.strip():
        yield "content is empty"
    weight = message.get("weight", 1)
    if type(weight) is not int or weight not in (0, 1):
        yield "weight must be 0 or 1"
    elif "weight" in message and role != "assistant":
        yield "weight belongs on assistant messages only"
