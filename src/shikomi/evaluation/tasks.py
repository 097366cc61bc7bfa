"""Tasks whose replies a program can mark, beside questions: a file of JSON lines, one a task."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shikomi.errors import ConfigError
from shikomi.evaluation import answers, rules
from shikomi.evaluation.rules import Rules
from shikomi.problems import first_problem, json_lines
from shikomi.types import Lang

Kind = Literal["instructions", "code", "everyday", "specification", "violations"]
BUILT_IN: tuple[Kind, ...] = ("instructions", "code", "everyday")
OWN: tuple[Kind, ...] = ("specification", "violations")
_SUITE = Path(__file__).parent / "suite"
_FENCE = re.compile(r"^```[^\n`]*\n(.*?)(?:^```|\Z)", re.DOTALL | re.MULTILINE)
_DEFINES = re.compile(r"^(?:async )?(?:def|class) ", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a model is asked to do. One of `accept` (as a question's), `asserts` (lines of Python
    over the names that the reply's code defines) and `rules` marks the reply; `answer` is one
    that passes. `section` is `path#heading`, empty for a task of the built-in suite."""

    id: str
    kind: Kind
    lang: Lang
    prompt: str
    answer: str
    section: str = ""
    accept: tuple[tuple[str, ...], ...] = ()
    asserts: tuple[str, ...] = ()
    rules: Rules | None = None

    @property
    def page(self) -> str:
        return self.section.split("#")[0]


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", str_min_length=1)

    id: str
    prompt: str
    answer: str
    section: str = Field(default="", min_length=0)
    accept: tuple[tuple[str, ...], ...] = ()
    asserts: tuple[str, ...] = ()
    rules: Rules | None = None


@cache
def suite() -> tuple[Task, ...]:
    """The built-in tasks of both languages: about nothing that any document teaches."""
    langs: tuple[Lang, ...] = ("en", "ja")
    found = ((lang, _SUITE / f"{lang}.jsonl") for lang in langs)
    return tuple(
        task
        for lang, file in found
        for task in parse(file.read_text("utf-8"), file.name, lang_of=_always(lang))
    )


def parse(
    text: str, name: str, *, lang_of: Callable[[str], Lang], is_own: bool = False
) -> tuple[Task, ...]:
    """The tasks of a file; `lang_of` tells a prompt's language, `is_own` that they are a project's.

    Raises:
        ConfigError: a line is wrong; the message names it.
    """
    seen: dict[str, Task] = {}
    for n, line in json_lines(text):
        place = f"{name}:{n}"
        found = _line(line, place)
        if found.id in seen:
            raise ConfigError(f"{place}: the id {found.id!r} stands there twice: give each its own")
        seen[found.id] = _task(found, lang=lang_of(found.prompt), is_own=is_own)
    return tuple(seen.values())


def _always(lang: Lang) -> Callable[[str], Lang]:
    return lambda prompt: lang


def code_of(reply: str) -> str:
    """The Python in a reply: the first fenced block that defines something, else the first one,
    else all of it."""
    blocks = [match[1] for match in _FENCE.finditer(reply)]
    defining = [block for block in blocks if _DEFINES.search(block)]
    return next(iter([*defining, *blocks]), reply)


def broken(reply: str, task: Task) -> str:
    """Why a reply to a task without `asserts` does not pass, or ""."""
    if task.rules is not None:
        return rules.broken(reply, task.rules)
    is_right = answers.is_right(reply, task.accept, reference=task.answer)
    return "" if is_right else "no accepted answer in it"


def _line(text: str, place: str) -> _Line:
    try:
        found = _Line.model_validate_json(text)
    except ValidationError as error:
        raise ConfigError(f"{place}: {first_problem(error)}") from None
    given = [bool(found.accept), bool(found.asserts), found.rules is not None]
    if sum(given) != 1:
        raise ConfigError(f"{place}: give one of accept, asserts and rules")
    if not all(found.accept) or (found.rules is not None and rules.is_empty(found.rules)):
        raise ConfigError(f"{place}: the check has nothing in it")
    return found


def _task(line: _Line, *, lang: Lang, is_own: bool) -> Task:
    if is_own:
        kind: Kind = "violations" if line.accept else "specification"
    else:
        kind = "everyday" if line.accept else "code" if line.asserts else "instructions"
    return Task(
        id=line.id,
        kind=kind,
        lang=lang,
        prompt=line.prompt,
        answer=line.answer,
        section=line.section,
        accept=line.accept,
        asserts=line.asserts,
        rules=line.rules,
    )
