"""What a generator is asked to reply, and the one reading of its reply.

The schema has one required entry a fact, in order, and each entry starts with the first words
of its fact as a constant: a grammar-constrained decoder then cannot skip a fact or lose count,
which small models do when they are only told to.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shikomi.errors import ParseError
from shikomi.text import plain
from shikomi.types import Fact, Lang

_ANCHOR_WORDS = {"en": 6, "ja": 1}
_ANCHOR_CHARACTERS = {"en": 60, "ja": 14}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    question: str
    answer: str


def anchor(fact: Fact, lang: Lang) -> str:
    """The first words of a fact, short: what an entry of the reply starts with."""
    line = " ".join(plain(fact.statement).split())
    if lang == "en":
        line = " ".join(line.split()[: _ANCHOR_WORDS[lang]])
    return line[: _ANCHOR_CHARACTERS[lang]]


def numbered(facts: Sequence[Fact]) -> str:
    """The facts as the prompt shows them: `1. ...`."""
    return "\n".join(f"{i}. {fact.statement}" for i, fact in enumerate(facts, start=1))


def schema(facts: Sequence[Fact], *, pairs: int, lang: Lang) -> dict[str, Any]:
    """JSON schema of a reply with `pairs` question/answer pairs for every fact."""
    return _object({str(i): _entry(fact, pairs, lang) for i, fact in enumerate(facts, start=1)})


def _entry(fact: Fact, pairs: int, lang: Lang) -> dict[str, Any]:
    fields: dict[str, Any] = {"about": {"type": "string", "const": anchor(fact, lang)}}
    for i in range(1, pairs + 1):
        fields |= {f"question{i}": {"type": "string"}, f"answer{i}": {"type": "string"}}
    return _object(fields)


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def parse(text: str) -> list[list[Draft]]:
    """The drafts of a reply, a list for each statement, in order.

    Raises:
        ParseError: it is not the object that was asked for. There is no second guess.
    """
    reply = read_object(text)
    entries = [reply.get(str(i)) for i in range(1, len(reply) + 1)]
    if not entries:
        raise ParseError("the reply has no entries")
    return [_entry_drafts(entry, i) for i, entry in enumerate(entries, start=1)]


def _entry_drafts(entry: Any, i: int) -> list[Draft]:
    if not isinstance(entry, dict):
        raise ParseError(f"no entry for statement {i}")
    pairs = sum(key.startswith("question") for key in entry)
    if not pairs:
        raise ParseError(f"the entry for statement {i} has no question")
    return [_draft(entry, j) for j in range(1, pairs + 1)]


def read_object(text: str) -> dict[str, Any]:
    """A JSON object, alone or in one code fence, with or without a BOM.

    Raises:
        ParseError: anything else.
    """
    body = text.removeprefix("\ufeff").strip()
    if body.startswith("```"):
        body = body.split("\n", 1)[-1].rstrip().removesuffix("```")
    try:
        value = json.loads(body)
    except ValueError as error:
        raise ParseError(f"the reply is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise ParseError("the reply is not a JSON object")
    return value


def _draft(entry: dict[str, Any], i: int) -> Draft:
    question, answer = entry.get(f"question{i}"), entry.get(f"answer{i}")
    if not (isinstance(question, str) and isinstance(answer, str)):
        raise ParseError(f"an entry has no question{i} with its answer{i}")
    return Draft(question=question.strip(), answer=answer.strip())
