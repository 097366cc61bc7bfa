"""Chat lines to token rows: what is read, and which of it is learnt."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

IGNORED = -100  # the label of a token that is read and not learnt

Message = dict[str, Any]


class RefusedLine(ValueError):
    """A line of the training file cannot be used as it is; `line` counts from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line


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
    path: Path, tokenizer: ChatTokenizer, *, max_length: int, bos: int | None
) -> list[Row]:
    """Every example of a JSONL file of chats, in order.

    `bos` is a token id that begins every text where the runtime adds it and the template does
    not. Raises: RefusedLine for what is no chat, teaches nothing, or is too long.
    """
    encode = Encoder(tokenizer, bos)
    rows: list[Row] = []
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                rows.extend(_short_enough(encode.chat(_messages(line)), max_length))
            except ValueError as error:
                raise RefusedLine(number, str(error)) from error
    if not rows:
        raise RefusedLine(1, "the file holds no example")
    return rows


def _messages(line: str) -> list[Message]:
    try:
        messages = json.loads(line)["messages"]
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise ValueError('it is no {"messages": [...]} object') from error
    if not isinstance(messages, list) or not all(map(_is_message, messages)):
        raise ValueError("every message needs a role and its content as a string")
    if not any(map(_is_learnt, messages)):
        raise ValueError("it has no assistant message to learn")
    return messages


def _is_message(message: Any) -> bool:
    return (
        isinstance(message, dict)
        and message.get("role") in ("system", "user", "assistant")
        and isinstance(message.get("content"), str)
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

    def chat(self, messages: list[Message]) -> list[Row]:
        """One row, or one for each learnt answer where the template rewrites earlier turns.

        Raises: ValueError where the template cannot be cut, or does not end its answers.
        """
        whole = self._render(messages)
        turns = [i for i, message in enumerate(messages) if _is_learnt(message)]
        spans = [self._span(messages, turn) for turn in turns]
        if all(whole.startswith(text) for _, text in spans):
            return [self._row(whole, [(start, len(text)) for start, text in spans])]
        return [self._row(text, [(start, len(text))]) for start, text in spans]

    def prompt(self, messages: list[Message]) -> list[int]:
        """The ids of everything up to where an answer begins."""
        return self._begin(self._ids(self._render(messages, prompt=True)))

    def _span(self, messages: list[Message], turn: int) -> tuple[int, str]:
        prompt = self._render(messages[:turn], prompt=True)
        text = self._render(messages[: turn + 1])
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

    def _render(self, messages: list[Message], *, prompt: bool = False) -> str:
        plain = [{"role": m["role"], "content": m["content"]} for m in messages]
        text: str = self._tokenizer.apply_chat_template(
            plain, tokenize=False, add_generation_prompt=prompt
        )
        return text

    def _ids(self, text: str) -> list[int]:
        return self._tokenizer.encode(text, add_special_tokens=False) if text else []
