"""Chat lines to token rows: what is read, and which of it is learnt."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from jinja2 import TemplateError

from shikomi.engine.examples import plain_example

IGNORED = -100  # the label of a token that is read and not learnt

Message = dict[str, Any]
Tools = list[dict[str, Any]] | None
T = TypeVar("T")


_TOLD = 20  # lines that a refusal names


class RefusedLine(ValueError):
    """Lines of a training file cannot be used as they are.

    `line` is the first of them, from 1; `param` is the file's name in the API.
    """

    def __init__(self, reasons: Sequence[tuple[int, str]], param: str = "training_file") -> None:
        told = [f"line {line}: {reason}" for line, reason in reasons[:_TOLD]]
        more = len(reasons) - len(told)
        super().__init__("; ".join(told) + (f"; and {more} more" if more else ""))
        self.reasons = tuple(reasons)
        self.line = reasons[0][0]
        self.param = param


class ChatTokenizer(Protocol):
    """The part of a transformers tokenizer that is used here."""

    all_special_ids: list[int]

    def apply_chat_template(self, conversation: list[Message], **options: Any) -> Any: ...

    def encode(self, text: str, **options: Any) -> list[int]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One text: token ids and labels of equal length, IGNORED where nothing is learnt."""

    input_ids: list[int]
    labels: list[int]


def read_rows(
    path: Path,
    tokenizer: ChatTokenizer,
    *,
    max_length: int,
    bos: int | None,
    param: str = "training_file",
) -> list[Row]:
    """Every example of a JSONL file of chats, in order.

    `bos` is a token id that begins every text where the runtime adds it and the template does
    not. Raises: RefusedLine, with every line that is no chat, teaches nothing, or is too long.
    """
    encode = Encoder(tokenizer, bos)

    def rows(line: str) -> list[Row]:
        return list(_short_enough(encode.chat(*_chat(line)), max_length))

    return [row for found in read_lines(path, rows, param) for row in found]


def read_lines(path: Path, read: Callable[[str], T], param: str) -> list[T]:
    """`read` of every line that is not empty; the ValueErrors of all lines come together.

    Raises: RefusedLine.
    """
    found: list[T] = []
    refused: list[tuple[int, str]] = []
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                try:
                    found.append(read(line))
                except ValueError as error:
                    refused.append((number, str(error)))
    if refused:
        raise RefusedLine(refused, param)
    if not found:
        raise RefusedLine([(1, "the file holds no example")], param)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One prompt with the answer to prefer and the one to leave, as token ids."""

    prompt_ids: list[int]
    chosen_ids: list[int]
    rejected_ids: list[int]


def read_pairs(
    path: Path,
    tokenizer: ChatTokenizer,
    *,
    max_length: int,
    bos: int | None,
    param: str = "training_file",
) -> list[Pair]:
    """Every example of a JSONL file of preferences, in order. Raises: RefusedLine."""
    encode = Encoder(tokenizer, bos)
    return read_lines(path, lambda line: _pair(encode, line, max_length), param)


def _pair(encode: "Encoder", line: str, max_length: int) -> Pair:
    try:
        example = plain_example(json.loads(line))
        prompt, tools = list(example["input"]["messages"]), example["input"].get("tools")
        outputs = [example["preferred_output"], example["non_preferred_output"]]
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise ValueError("it is no preference example") from error
    prompt_ids, answers = encode.prompt(prompt, tools), []
    for output in outputs:
        (row,) = _short_enough(encode.chat([*_unlearnt(prompt), *output], tools), max_length)
        n_learnt = sum(label != IGNORED for label in row.labels)
        start = next(i for i, label in enumerate(row.labels) if label != IGNORED)
        if row.input_ids[:start] != prompt_ids:
            raise ValueError("the model's chat template changes the prompt once it is answered")
        answers.append(row.input_ids[start : start + n_learnt])
    return Pair(prompt_ids=prompt_ids, chosen_ids=answers[0], rejected_ids=answers[1])


def _unlearnt(messages: list[Message]) -> list[Message]:
    return [{**message, "weight": 0} for message in messages]


def _chat(line: str) -> tuple[list[Message], Tools]:
    try:
        example = plain_example(json.loads(line))
        messages = example["messages"]
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise ValueError('it is no {"messages": [...]} object') from error
    if not isinstance(messages, list) or not all(map(_is_message, messages)):
        raise ValueError("every message needs a role and its content as a string")
    if not any(map(_is_learnt, messages)):
        raise ValueError("it has no assistant message to learn")
    return messages, example.get("tools")


def _is_message(message: Any) -> bool:
    return (
        isinstance(message, dict)
        and message.get("role") in ("system", "user", "assistant", "tool")
        and (isinstance(message.get("content"), str) or bool(message.get("tool_calls")))
        and message.get("weight", 1) in (0, 1)
    )


def _is_learnt(message: Message) -> bool:
    return bool(message["role"] == "assistant" and message.get("weight", 1) == 1)


def _short_enough(rows: Iterable[Row], max_length: int) -> Iterator[Row]:
    for row in rows:
        if len(row.input_ids) > max_length:
            raise ValueError(f"it has {len(row.input_ids)} tokens, more than {max_length}")
        yield row


class Encoder:
    """Chats to rows by a tokenizer's own chat template.

    Text is tokenised piece by piece, cut where an answer begins and ends, so that the ids of a
    prompt are those the runtime makes of the same messages, whatever the answer begins with.
    """

    def __init__(self, tokenizer: ChatTokenizer, bos: int | None = None) -> None:
        self._tokenizer = tokenizer
        self._bos = bos
        self._special = set(tokenizer.all_special_ids)

    def chat(self, messages: list[Message], tools: Tools = None) -> list[Row]:
        """One row, or one for each learnt answer where the template rewrites earlier turns.

        Raises: ValueError where the template cannot be cut, does not end its answers, refuses
        the chat or does not show its tools.
        """
        whole = self._render(messages, tools)
        self._check_tools(messages, tools, whole)
        turns = [i for i, message in enumerate(messages) if _is_learnt(message)]
        spans = [self._span(messages, turn, tools) for turn in turns]
        if all(whole.startswith(text) for _, text in spans):
            return [self._row(whole, [(start, len(text)) for start, text in spans])]
        return [self._row(text, [(start, len(text))]) for start, text in spans]

    def prompt(self, messages: list[Message], tools: Tools = None) -> list[int]:
        """The ids of everything up to where an answer begins."""
        return self._begin(self._ids(self._render(messages, tools, prompt=True)))

    def _check_tools(self, messages: list[Message], tools: Tools, whole: str) -> None:
        """A template that knows no tools passes over them in silence."""
        calls = [call["function"] for m in messages for call in m.get("tool_calls") or ()]
        hidden = bool(tools) and whole == self._render(messages, None)
        if hidden or any(call["name"] not in whole for call in calls):
            raise ValueError("the model's chat template knows no tools")

    def _span(self, messages: list[Message], turn: int, tools: Tools) -> tuple[int, str]:
        prompt = self._render(messages[:turn], tools, prompt=True)
        text = self._render(messages[: turn + 1], tools)
        if not text.startswith(prompt):
            raise ValueError("the model's chat template changes the prompt once it is answered")
        return len(prompt), text

    def _row(self, text: str, spans: list[tuple[int, int]]) -> Row:
        ids: list[int] = []
        labels: list[int] = []
        at = 0
        for start, end in spans:
            read, answer = self._ids(text[at:start]), self._ids(text[start:end])
            n_learnt = self._through_end_token(answer)
            ids += read + answer
            labels += [IGNORED] * len(read) + answer[:n_learnt]
            labels += [IGNORED] * (len(answer) - n_learnt)
            at = end
        # What follows the last learnt answer is neither learnt nor seen by it.
        return Row(
            input_ids=self._begin(ids),
            labels=[IGNORED] * (len(self._begin(ids)) - len(ids)) + labels,
        )

    def _through_end_token(self, answer: list[int]) -> int:
        ends = [i for i, token in enumerate(answer) if token in self._special]
        if not ends:
            raise ValueError("the model's chat template puts no end token after an answer")
        return ends[-1] + 1

    def _begin(self, ids: list[int]) -> list[int]:
        return ids if self._bos is None or ids[:1] == [self._bos] else [self._bos, *ids]

    def _render(self, messages: list[Message], tools: Tools, *, prompt: bool = False) -> str:
        plain, options = list(map(_plain, messages)), {"add_generation_prompt": prompt}
        try:
            text: str = self._tokenizer.apply_chat_template(
                plain, tools=tools, tokenize=False, **options
            )
        except TemplateError as error:
            raise ValueError(f"the model's chat template refuses it: {error}") from error
        return text

    def _ids(self, text: str) -> list[int]:
        return self._tokenizer.encode(text, add_special_tokens=False) if text else []


def _plain(message: Message) -> Message:
    """As templates read it: a call's arguments as an object, as the runtime hands them over."""
    plain = {"role": message["role"], "content": message.get("content") or ""}
    if calls := message.get("tool_calls"):
        plain["tool_calls"] = [call | {"function": _called(call["function"])} for call in calls]
    if "tool_call_id" in message:
        plain["tool_call_id"] = message["tool_call_id"]
    return plain


def _called(function: dict[str, str]) -> dict[str, Any]:
    return function | {"arguments": json.loads(function["arguments"])}
