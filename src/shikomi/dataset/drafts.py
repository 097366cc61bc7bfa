"""What a generator is asked to reply, and the one reading of its reply.

The schema has one required entry a goal, in order; where there are several, each starts with the
goal's target (or the first words of its fact) as a constant: a grammar-constrained decoder then
cannot skip an entry or lose count, which small models do when they are only told to.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shikomi.dataset.plan import Goal
from shikomi.errors import ParseError
from shikomi.types import Lang

_QUESTION, _ANSWER = "question", "answer"
_ANCHOR_CHARACTERS = {"en": 40, "ja": 14}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Distinct wordings of one question, and their answer; "" where none was asked for.

    `places` say which of the wordings that were asked for each one is, from 0.
    """

    questions: tuple[str, ...]
    places: tuple[int, ...]
    answer: str

    @property
    def wordings(self) -> tuple[tuple[str, int], ...]:
        """Each question with its place."""
        return tuple(zip(self.questions, self.places, strict=True))


def fields(n_wordings: int, *, answered: bool) -> tuple[str, ...]:
    """What an entry of a reply holds, in order: a question, its answer where one is asked for,
    and the same question in other words, so that there are `n_wordings` of it."""
    return (_QUESTION, *([_ANSWER] if answered else []), *rewordings(n_wordings))


def rewordings(n_wordings: int) -> tuple[str, ...]:
    """The fields of the wordings after the first."""
    return tuple(f"reworded{i if i > 1 else ''}" for i in range(1, n_wordings))


def anchor(goal: Goal, lang: Lang) -> str:
    """What an entry of the reply starts with: short, and telling which goal it is."""
    line = " ".join((goal.target or goal.fact.statement).split())
    return line if goal.target else line[: _ANCHOR_CHARACTERS[lang]]


def numbered(goals: Sequence[Goal]) -> str:
    """The goals as the prompt shows them: `1. statement [target]`."""
    return "\n".join(f"{i}. {_shown(goal)}" for i, goal in enumerate(goals, start=1))


def _shown(goal: Goal) -> str:
    statement = " ".join(goal.fact.statement.split())
    return f"{statement} [{goal.target}]" if goal.target else statement


def schema(
    goals: Sequence[Goal],
    *,
    lang: Lang,
    names: Sequence[str] = (),
    fields: Sequence[str],
) -> dict[str, Any]:
    """JSON schema of a reply with an entry of these fields for every goal.

    Questions end as questions; Japanese ones start with one of `names`, where there are any.
    """
    pattern = _question_pattern(lang, names)
    entries = enumerate(goals, start=1)
    anchored = len(goals) > 1  # alone, a goal cannot be mistaken for another
    return record(
        {
            str(i): _entry(anchor(goal, lang) if anchored else None, pattern, fields)
            for i, goal in entries
        }
    )


def question_schema(lang: Lang, names: Sequence[str]) -> dict[str, Any]:
    """JSON schema of a reply that is one question, in the form that `schema` has them in."""
    pattern = _question_pattern(lang, names)
    return record({_QUESTION: {"type": "string", "pattern": pattern}})


def parse_question(text: str) -> str:
    """The question of such a reply.

    Raises:
        ParseError: it is not the object that was asked for.
    """
    found = read_object(text).get(_QUESTION)
    if not isinstance(found, str) or not found.strip():
        raise ParseError("the reply has no question")
    return " ".join(found.split())


def as_reply(question: str) -> str:
    """The reply that is this question, as a conversation goes on from it."""
    return json.dumps({_QUESTION: question}, ensure_ascii=False)


def _question_pattern(lang: Lang, names: Sequence[str]) -> str:
    """A decoder that must bring in a name which it has not written by the question's end writes
    on to the limit (docs/log.md). In Japanese it is natural to start with it; in English the
    prompt asks for it, and a question without it gets it put in by program."""
    if lang == "ja":
        name = f"({'|'.join(re.escape(name) for name in names)})" if names else ""
        return rf'^{name}[^?？؟。\n\t"\\():：]*[?？]$'
    return r'^[^?\n\t"\\]*\?$'


def _entry(asks_for: str | None, pattern: str, fields: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {"asks_for": {"type": "string", "const": asks_for}} if asks_for else {}
    for field in fields:
        kind = {} if field == _ANSWER else {"pattern": pattern}
        found[field] = {"type": "string", **kind}
    return record(found)


def record(properties: dict[str, Any]) -> dict[str, Any]:
    """JSON schema of an object that has all of these and nothing else."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def parse(text: str, fields: Sequence[str]) -> list[Draft]:
    """The drafts of a reply, one for each goal, in order; each entry has all `fields`.

    Raises:
        ParseError: it is not the object that was asked for. There is no second guess.
    """
    reply = read_object(text)
    if not reply:
        raise ParseError("the reply has no entries")
    return [_draft(reply.get(str(i)), i, fields) for i in range(1, len(reply) + 1)]


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


def _draft(entry: Any, i: int, fields: Sequence[str]) -> Draft:
    if not isinstance(entry, dict):
        raise ParseError(f"entry {i} has no question")
    found = {field: entry.get(field) for field in fields}
    texts = {field: text.strip() for field, text in found.items() if isinstance(text, str)}
    if missing := [field for field in fields if field not in texts]:
        raise ParseError(f"entry {i} has no text as its {missing[0]}")
    answer = texts.pop(_ANSWER, "")
    first: dict[str, int] = {}
    for place, text in enumerate(texts.values()):
        first.setdefault(text, place)
    return Draft(questions=tuple(first), places=tuple(first.values()), answer=answer)
