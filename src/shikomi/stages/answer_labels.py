"""People's labels of answers: answers -> a file to fill in -> who marks as people do.

A label belongs to a question and the words of an answer, whichever arm gave it: whoever labels
does not see the arm, and what is trained anew keeps the labels of what it still says.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from shikomi.errors import ConfigError
from shikomi.files import read_utf8
from shikomi.problems import first_problem, json_lines
from shikomi.stages.context import Context
from shikomi.types import Question, Response, VerdictValue

Words = tuple[str, str]  # a question's id, and the answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    question: Question
    response: Response

    @property
    def words(self) -> Words:
        return self.question.id, self.response.text.strip()


class _Line(BaseModel):
    """`question` and `reference` are there to be read alone."""

    model_config = ConfigDict(extra="forbid")

    id: str
    answer: str
    label: VerdictValue | None = None
    question: Any = None
    reference: Any = None


def known(ctx: Context) -> Mapping[Words, VerdictValue]:
    """The labels given so far; none where there is no file.

    Raises:
        ConfigError: a line is wrong, or an answer has two labels; the message names it.
    """
    file = path(ctx)
    found: dict[Words, VerdictValue] = {}
    for n, raw in json_lines(read_utf8(file) if file.exists() else ""):
        line = _parsed(raw, f"{file.name}:{n}")
        if line.label is None:
            continue
        words = (line.id, line.answer.strip())
        if found.setdefault(words, line.label) != line.label:
            raise ConfigError(f"{file.name}:{n}: this answer has another label above: leave one")
    return found


def _parsed(raw: str, place: str) -> _Line:
    try:
        return _Line.model_validate_json(raw)
    except ValidationError as error:
        raise ConfigError(f"{place}: {first_problem(error)}") from None


def path(ctx: Context) -> Path:
    return ctx.folder / ctx.config.evaluate.labels


def distinct(found: Iterable[Answered]) -> list[Answered]:
    """One of those whose words are the same."""
    kept: dict[Words, Answered] = {}
    for item in found:
        kept.setdefault(item.words, item)
    return list(kept.values())


def lines(chosen: Sequence[Answered]) -> str:
    """A line for each answer, to be labelled; which arm gave it is not told."""
    return "".join(
        json.dumps(
            {
                "id": item.question.id,
                "question": item.question.question,
                "reference": item.question.answer,
                "answer": item.response.text.strip(),
                "label": None,
            },
            ensure_ascii=False,
        )
        + "\n"
        for item in chosen
    )
