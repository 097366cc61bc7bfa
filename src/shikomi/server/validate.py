"""What is wrong with a training file, line by line, before anything is trained."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from shikomi.engine.examples import is_text_part, plain_example
from shikomi.server.job_request import MethodName
from shikomi.server.json_text import NotJson, read_json
from shikomi.server.validate_tools import answer_problems, call_problems, tool_problems

MIN_EXAMPLES = 10
MAX_TOLD = 1000  # problems and warnings that are told one by one
_IN_THE_ERROR = 20  # problems that the job's error names
_ROLES = ("system", "user", "assistant", "tool")
_MESSAGE_KEYS = {"role", "content", "weight", "name", "tool_calls", "tool_call_id"}
_TOOL_KEYS = {"tools", "parallel_tool_calls"}  # the second says nothing to a trainer
_AS_MESSAGES = (
    '{"messages": [{"role": "user", "content": PROMPT},'
    ' {"role": "assistant", "content": COMPLETION}]}'
)
_NO_TEXT = (
    'only text is trained on: write {"type": "text", "text": TEXT}, or leave out the part'
    " (an image, a sound, a file) or the line"
)

Finder = Callable[[dict[str, Any]], Iterator[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """`line` counts from 1; None: it concerns the whole file."""

    line: int | None
    message: str

    def __str__(self) -> str:
        return self.message if self.line is None else f"line {self.line}: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """`problems` and `warnings` stop at MAX_TOLD each; `n_problems` does not."""

    n_examples: int
    n_problems: int
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]

    def summary(self) -> str:
        """The first problems in one line, and how many there are beside them."""
        told = self.problems[:_IN_THE_ERROR]
        more = self.n_problems - len(told)
        tail = f"; and {more} more (see the job's events)" if more else ""
        return "; ".join(map(str, told)) + tail


def check_examples(
    path: Path, *, method: MethodName = "supervised", min_examples: int = MIN_EXAMPLES
) -> FileReport:
    """Read a file of examples, one JSON object a line; empty lines are passed over.

    Source: the API's fine-tuning guides (format of a supervised and of a preference example).
    """
    problems: list[Problem] = []
    warnings: list[Problem] = []
    n_problems = n_examples = 0
    seen: dict[bytes, int] = {}
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            n_examples += 1
            found = [Problem(line=number, message=text) for text in line_problems(line, method)]
            n_problems += len(found)
            problems += found[: MAX_TOLD - len(problems)]
            first = seen.setdefault(blake2b(line.strip(), digest_size=16).digest(), number)
            if first != number and len(warnings) < MAX_TOLD:
                warnings.append(Problem(line=number, message=f"the same as line {first}"))
    if n_examples < min_examples:
        text = f"the file has {n_examples} examples; at least {min_examples} are needed"
        problems.insert(0, Problem(line=None, message=text))
        n_problems += 1
    return FileReport(
        n_examples=n_examples,
        n_problems=n_problems,
        problems=tuple(problems),
        warnings=tuple(warnings),
    )


def line_problems(line: bytes, method: MethodName = "supervised") -> Iterator[str]:
    """Everything that is wrong with one line."""
    try:
        example = read_json(line)
    except NotJson as wrong:
        yield str(wrong).removeprefix("is ")
        return
    if not isinstance(example, dict):
        yield "not a JSON object"
        return
    find: Finder = _preference_problems if method == "dpo" else _example_problems
    yield from find(plain_example(example))


def _example_problems(example: dict[str, Any]) -> Iterator[str]:
    if "preferred_output" in example:
        yield "a preference example; train it with the method 'dpo'"
        return
    if "messages" not in example and {"prompt", "completion"} <= example.keys():
        yield f"of the older form: write it as {_AS_MESSAGES}"
        return
    if unknown := sorted(example.keys() - {"messages"} - _TOOL_KEYS):
        yield f"unknown key {', '.join(unknown)} (only 'messages' and 'tools' are trained on)"
    messages = example.get("messages")
    if not isinstance(messages, list) or not messages:
        yield "'messages' is missing, or is not a list with something in it"
        return
    yield from _all_messages("messages", messages)
    yield from _tools(example)
    answers = [message for message in messages if _is_answer(message)]
    if not answers:
        yield "no assistant message: there is nothing to learn"
    elif not _is_answer(messages[-1]):
        yield "the last message must be the assistant's"
    elif all(message.get("weight") == 0 for message in answers):
        yield "every assistant message has weight 0: there is nothing to learn"


def _preference_problems(example: dict[str, Any]) -> Iterator[str]:
    if "messages" in example and "input" not in example:
        yield "a supervised example; train it with the method 'supervised'"
        return
    keys = {"input", "preferred_output", "non_preferred_output"}
    if unknown := sorted(example.keys() - keys):
        yield f"unknown key {', '.join(unknown)}"
    found = example.get("input")
    given: dict[str, Any] = found if isinstance(found, dict) else {}
    messages = given.get("messages")
    if not isinstance(messages, list) or not messages:
        yield "'input.messages' is missing, or is not a list with something in it"
        return
    yield from _all_messages("input.messages", messages)
    yield from _tools(given)
    if isinstance(messages[-1], dict) and messages[-1].get("role") != "user":
        yield "the last message of the input must be the user's"
    for key in ("preferred_output", "non_preferred_output"):
        yield from _output_problems(key, example.get(key))
    if example.get("preferred_output") == example.get("non_preferred_output"):
        yield "both outputs are the same: there is nothing to prefer"


def _output_problems(key: str, output: Any) -> Iterator[str]:
    if not isinstance(output, list) or len(output) != 1:
        yield f"'{key}' must be a list of one assistant message"
        return
    yield from _all_messages(key, output)
    if isinstance(output[0], dict) and output[0].get("role") != "assistant":
        yield f"{key}[0]: role must be assistant"


def _tools(example: dict[str, Any]) -> Iterator[str]:
    if example.get("tools") is not None:
        yield from tool_problems(example["tools"])


def _is_answer(message: Any) -> bool:
    return isinstance(message, dict) and message.get("role") == "assistant"


def _all_messages(where: str, messages: list[Any]) -> Iterator[str]:
    for number, message in enumerate(messages):
        for text in _message_problems(message):
            yield f"{where}[{number}]: {text}"
    for number, text in answer_problems(messages):
        yield f"{where}[{number}]: {text}"


def _message_problems(message: Any) -> Iterator[str]:
    if not isinstance(message, dict):
        yield "not a JSON object"
        return
    if unknown := sorted(message.keys() - _MESSAGE_KEYS):
        yield f"unknown key {', '.join(unknown)}"
    role, content = message.get("role"), message.get("content")
    if role not in _ROLES:
        yield f"role must be one of {', '.join(_ROLES)}"
    yield from call_problems(message)
    if content is not None and not isinstance(content, str):
        yield from _content_problems(content)
    elif not (content or "").strip() and not message.get("tool_calls"):
        yield "content is empty" if "content" in message else "content is missing"
    weight = message.get("weight", 1)
    if type(weight) is not int or weight not in (0, 1):
        yield "weight must be 0 or 1"
    elif "weight" in message and role != "assistant":
        yield "weight belongs on assistant messages only"


def _content_problems(content: Any) -> Iterator[str]:
    """What stands in the way of taking a content that is no string as its text."""
    if not isinstance(content, list):
        yield "content must be a string, or a list of text parts"
        return
    for number, part in enumerate(content):
        if not is_text_part(part):
            yield f"content[{number}]: {_NO_TEXT}"
