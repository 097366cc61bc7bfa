"""Prompt files: prompts/<lang>/<name>.md, each overridable by the project's own prompts/."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from shikomi.errors import PromptError
from shikomi.files import read_utf8
from shikomi.hashing import content_id
from shikomi.types import Lang, Message, Role

BUILTIN = Path(__file__).parent
_VARIABLE = re.compile(r"\{\{(\w+)\}\}")
_TWO_PARTS = re.compile(r"[^|]+\|[^|]*\w[^|]*$")
_WITH_ANSWER = re.compile(r"[^{}]*\{\{answer\}\}[^{}]*$")
_PART = re.compile(r"^# (system|user|assistant)\s*$", re.MULTILINE)

# name -> the variables the code passes. Every language's file uses exactly these.
PROMPTS: dict[str, frozenset[str]] = {
    "generate": frozenset({"system", "capsule", "document", "facts", "rewordings"}),
    "ask": frozenset({"system", "capsule", "document", "facts", "rewordings"}),
    "ask_again": frozenset({"entries"}),
    "ask_again_alone": frozenset({"entries"}),
    "rolling": frozenset({"system", "capsule", "document"}),
    "rolling_again": frozenset(),
    "rolling_answer": frozenset({"system", "capsule", "document", "question"}),
    "exam": frozenset({"system", "capsule", "document", "facts"}),
    "judge_pairs": frozenset({"capsule", "document", "pairs"}),
    "judge_response": frozenset({"question", "reference", "answer"}),
    "round_trip": frozenset({"capsule", "document", "question"}),
    "standalone": frozenset({"system", "questions"}),
    "answer": frozenset({"question"}),
    "answer_with_context": frozenset({"context", "question"}),
    "task_with_context": frozenset({"context", "question"}),
    "explain": frozenset({"breadcrumb"}),
    "rewrite": frozenset({"system", "capsule", "document", "form"}),
    "rewrite_styles": frozenset({"system", "topic"}),
    "rewrite_focal": frozenset({"system", "capsule", "document", "question"}),
    "focal_request": frozenset({"topic", "question"}),
    "cross": frozenset({"system", "capsule", "document", "other_capsule", "other_document"}),
    "lookup_row": frozenset({"system", "topic", "key_column", "key", "cells"}),
    "lookup_cell": frozenset({"system", "topic", "key_column", "key", "column", "value"}),
    "lookup_reverse": frozenset({"system", "topic", "key_column", "key", "column", "value"}),
    "lookup_property": frozenset({"system", "subject", "property", "value"}),
    "structure_system": frozenset({"system", "page", "trail"}),
    "structure_chapters": frozenset({"system", "pages"}),
    "structure_alias": frozenset({"system", "alias"}),
    "structure_parent": frozenset({"system", "page", "parent"}),
    "structure_pages": frozenset({"system", "page", "pages"}),
    "structure_links": frozenset({"system", "page", "pages"}),
    "structure_heading": frozenset({"system", "heading", "place"}),
    "structure_table": frozenset({"system", "columns", "place"}),
    "structure_term": frozenset({"system", "key_column", "key", "place"}),
    "negative_missing": frozenset({"system", "topic", "key_column", "key", "keys"}),
    "negative_wrong": frozenset(
        {"system", "topic", "key_column", "key", "column", "claimed", "value", "owner"}
    ),
    "negative_right": frozenset({"system", "topic", "key_column", "key", "column", "value"}),
    "negative_topic": frozenset({"system", "subject", "pages"}),
    "compose_rows": frozenset({"system", "topic", "key_column", "key", "other_key", "column"}),
    "compose_both": frozenset({"first", "second"}),
}
# not prompts but lines: a style of wording each, someone who asks with how they do, a way to say
# that an answer is from memory, a request of general chat, or a subject that documents may be
# silent about with the words that would tell of it
STYLES, PERSONAS, REPLAY, TOPICS = "styles", "personas", "replay", "topics"
FROM_MEMORY = "from_memory"
LINES = {
    STYLES: "one style a line",
    PERSONAS: "one persona a line: its name, then | and a sentence on who asks",
    FROM_MEMORY: "one way to say it a line, each with {{answer}}",
    REPLAY: "one request a line",
    TOPICS: "one subject a line, then | and the words that speak of it, with commas",
}
_FORMS = {PERSONAS: _TWO_PARTS, TOPICS: _TWO_PARTS, FROM_MEMORY: _WITH_ANSWER}
# files of parts in turn: questions with their answers, requests with the form of their replies
_PAIRED = ("lookup_", "structure_", "negative_", "rewrite_styles")
LANGS: tuple[Lang, ...] = ("en", "ja")
Wording = tuple[Message, Message]
# variables whose text comes from documents or models, and is fenced in the file
FENCED = frozenset(
    {"document", "context", "answer", "capsule", "other_document", "other_capsule"}
    | {"pairs", "questions"}
)


@dataclass(frozen=True, slots=True)
class Prompt:
    name: str
    text: str

    @property
    def id(self) -> str:
        """Changes when any character of the file does, so that an edit re-opens its stage."""
        return content_id(self.text)

    def render(self, **values: object) -> tuple[Message, ...]:
        """The messages. One pass over the file: a document that contains "{{facts}}" comes
        through as written, and cannot close the fence it stands in.

        Raises:
            PromptError: other variables are given than the prompt has.
        """
        if values.keys() != PROMPTS[self.name]:
            raise PromptError(f"{self.name}: needs {sorted(PROMPTS[self.name])}")
        parts = _PART.split(self.text)[1:]
        return tuple(
            Message(role=cast(Role, role), content=_fill(body, values).strip())
            for role, body in zip(parts[::2], parts[1::2], strict=True)
        )


def _fill(body: str, values: dict[str, object]) -> str:
    def value(match: re.Match[str]) -> str:
        text = str(values[match[1]])
        return _defence(text) if match[1] in FENCED else text

    return _VARIABLE.sub(value, body)


def _defence(text: str) -> str:
    return re.sub(r"</(?=document|context|answer|pairs|questions)", "< /", text)


def load(name: str, lang: Lang, overrides: Path | None = None) -> Prompt:
    """The project's file if there is one, else the built-in one.

    Raises:
        PromptError: no file in `lang` (never falls back to another language), or its
            variables or parts are not what the code needs.
    """
    return Prompt(name, _read(name, lang, overrides))


def ids(name: str, overrides: Path | None = None) -> list[str]:
    """Of the prompt in every language, for what does not depend on the documents' own.

    Raises:
        PromptError: as `load` does.
    """
    return [load(name, lang, overrides).id for lang in LANGS]


def _read(name: str, lang: Lang, overrides: Path | None) -> str:
    path = _find(name, lang, overrides)
    text = read_utf8(path)
    if (problem := next(problems(name, text), None)) is not None:
        raise PromptError(f"{path}: {problem}")
    return text


def problems(name: str, text: str) -> Iterator[str]:
    """What the code cannot work with in the text of a prompt's file."""
    if name in LINES:
        if not _lines(text):
            yield f"is empty: {LINES[name]}"
        elif name in _FORMS and not all(_FORMS[name].match(line) for line in _lines(text)):
            yield f"needs {LINES[name]}"
        return
    parts = _PART.split(text)[1:]
    yield from _wrong_parts(name, parts[::2])
    used = set(_VARIABLE.findall("".join(parts[1::2])))
    for variable in sorted(used - PROMPTS[name]):
        known = ", ".join(sorted(PROMPTS[name]))
        yield f"{{{{{variable}}}}} is no variable of {name}, which has {known}"
    for variable in sorted(PROMPTS[name] - used):
        yield f"{{{{{variable}}}}} is missing"


def _wrong_parts(name: str, roles: Sequence[str]) -> Iterator[str]:
    if name.startswith(_PAIRED):
        if not roles or list(roles) != ["user", "assistant"] * (len(roles) // 2):
            yield "needs parts '# user' and '# assistant' in turn, a question and its answer"
    elif not roles or roles[-1] != "user" or "system" in roles[1:]:
        yield "needs a last part '# user' (and may have '# system' as its first)"


def _lines(text: str) -> list[str]:
    return [line for raw in text.splitlines() if (line := raw.strip())]


def _find(name: str, lang: Lang, overrides: Path | None) -> Path:
    roots = [overrides, BUILTIN] if overrides else [BUILTIN]
    path = next((p for root in roots if (p := root / lang / f"{name}.md").is_file()), None)
    if path is None:
        have = sorted(p.parent.name for p in BUILTIN.glob(f"*/{name}.md"))
        raise PromptError(f"prompt {name!r} has no {lang!r} file (have: {', '.join(have)})")
    return path


def lines(name: str, lang: Lang, overrides: Path | None = None) -> list[str]:
    """The lines of a file that holds such: `STYLES`, which a plan takes in turn, or another.

    Raises:
        PromptError: the project's file has none, or not such lines.
    """
    return _lines(_read(name, lang, overrides))


def styles(lang: Lang, overrides: Path | None = None) -> list[str]:
    """The ways of wording a question."""
    return lines(STYLES, lang, overrides)


def personas(lang: Lang, overrides: Path | None = None) -> list[tuple[str, str]]:
    """Who asks: each one's name, and the sentence that says so."""
    parts = (line.split("|") for line in lines(PERSONAS, lang, overrides))
    return [(name.strip(), text.strip()) for name, text in parts]


def from_memory(way: str, answer: str) -> str:
    """The answer in a line of FROM_MEMORY."""
    return way.replace("{{answer}}", answer)


def wordings(name: str, lang: Lang, overrides: Path | None, **values: object) -> list[Wording]:
    """Each (question, answer) of a file that holds questions with their answers.

    Raises:
        PromptError: other variables are given than the prompt has.
    """
    found = load(name, lang, overrides).render(**values)
    return list(zip(found[::2], found[1::2], strict=True))
