"""Instructions that a program can check: does a reply have the form that was asked for?"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, ConfigDict

_BULLET = re.compile(r"[ \t]*(?:[-*+]\s+|[・•])")
_NUMBERED = re.compile(r"[ \t]*(\d+)[.)．、]\s*")
_SENTENCE = re.compile(r"[^.!?。！？]*[^\s.!?。！？][^.!?。！？]*[.!?。！？]+")
_FENCE = re.compile(r"\A```\w*[^\S\n]*\n(.*)\n```\Z", re.DOTALL)
_SPACE = re.compile(r"\s")
_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
_SIGNS = r"\s\d\W_"
_SCRIPTS = {
    "latin": re.compile(rf"[A-Za-z{_SIGNS}]*"),
    "hiragana": re.compile(rf"[\u3041-\u309f\u30fc{_SIGNS}]*"),
    "katakana": re.compile(rf"[\u30a0-\u30ff{_SIGNS}]*"),
    "no kanji": re.compile(r"[^\u3400-\u4dbf\u4e00-\u9fff\u3005]*"),
}
_JAPANESE = re.compile(r"[\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]")
Script = Literal["latin", "hiragana", "katakana", "no kanji"]


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"no regular expression: {error}") from None
    return pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a reply must keep to; all that is given must hold.

    Counts are exact: of lines with something on them, of those that begin as bullets, of those
    numbered 1, 2, 3 and so on (and no other), of sentences by their ends, of paragraphs. `words`
    and `characters` (without spaces) are the least and the most. `json_keys` are all the keys of
    the one JSON object that the reply is; `json_items` the length of the JSON array. `contains`,
    `excludes`, `order` and `times` (how often) are strings as they stand. `pattern` is a regular
    expression for the whole reply.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    lines: int | None = None
    bullets: int | None = None
    numbered: int | None = None
    sentences: int | None = None
    paragraphs: int | None = None
    words: tuple[int, int] | None = None
    characters: tuple[int, int] | None = None
    json_keys: tuple[str, ...] | None = None
    json_items: int | None = None
    contains: tuple[str, ...] | None = None
    excludes: tuple[str, ...] | None = None
    order: tuple[str, ...] | None = None
    times: dict[str, int] | None = field(default=None, hash=False)
    starts: str | None = None
    ends: str | None = None
    case: Literal["upper", "lower"] | None = None
    script: Script | None = None
    language: Literal["en", "ja"] | None = None
    pattern: Annotated[str, AfterValidator(_compiles)] | None = None


def broken(reply: str, rules: Rules) -> str:
    """The name of the first rule that the reply breaks, or ""; an empty reply keeps none."""
    text = reply.strip()
    if not text:
        return "empty"
    wanted = ((each.name, getattr(rules, each.name)) for each in fields(rules))
    given = (name for name, value in wanted if value is not None)
    return next((name for name in given if not _CHECKS[name](text, getattr(rules, name))), "")


def is_empty(rules: Rules) -> bool:
    return all(getattr(rules, each.name) is None for each in fields(rules))


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


def _bullets(text: str, wanted: int) -> bool:
    return sum(bool(_BULLET.match(line)) for line in _lines(text)) == wanted


def _numbered(text: str, wanted: int) -> bool:
    found = [match for line in _lines(text) if (match := _NUMBERED.match(line))]
    return [int(match[1]) for match in found] == list(range(1, wanted + 1))


def _paragraphs(text: str, wanted: int) -> bool:
    return len([part for part in re.split(r"\n\s*\n", text) if part.strip()]) == wanted


def _within(n: int, bounds: Sequence[int]) -> bool:
    return bounds[0] <= n <= bounds[1]


def _value(text: str) -> Any:
    """The JSON value that the reply is, in one code fence or none; None where it is not one."""
    fenced = _FENCE.match(text)
    try:
        return json.loads(fenced[1] if fenced else text)
    except (ValueError, RecursionError):
        return None


def _json_keys(text: str, wanted: Sequence[str]) -> bool:
    found = _value(text)
    return isinstance(found, dict) and set(found) == set(wanted)


def _json_items(text: str, wanted: int) -> bool:
    found = _value(text)
    return isinstance(found, list) and len(found) == wanted


def _order(text: str, wanted: Sequence[str]) -> bool:
    """Each first stands after the first place of the one before."""
    return all(a < b for a, b in pairwise([-1, *map(text.find, wanted)]))


def _case(text: str, wanted: str) -> bool:
    return text == (text.upper() if wanted == "upper" else text.lower())


def _language(text: str, wanted: str) -> bool:
    """Japanese letters are at least half of all letters, or there is none."""
    n_japanese, n_latin = len(_JAPANESE.findall(text)), len(_LATIN.findall(text))
    return n_latin > 0 == n_japanese if wanted == "en" else n_japanese > n_latin


_CHECKS: dict[str, Callable[[str, Any], bool]] = {
    "lines": lambda text, n: len(_lines(text)) == n,
    "bullets": _bullets,
    "numbered": _numbered,
    "sentences": lambda text, n: len(_SENTENCE.findall(text)) == n,
    "paragraphs": _paragraphs,
    "words": lambda text, bounds: _within(len(_WORD.findall(text)), bounds),
    "characters": lambda text, bounds: _within(len(_SPACE.sub("", text)), bounds),
    "json_keys": _json_keys,
    "json_items": _json_items,
    "contains": lambda text, strings: all(each in text for each in strings),
    "excludes": lambda text, strings: not any(each in text for each in strings),
    "order": _order,
    "times": lambda text, counts: all(text.count(each) == n for each, n in counts.items()),
    "starts": lambda text, start: text.startswith(start),
    "ends": lambda text, end: text.endswith(end),
    "case": _case,
    "script": lambda text, script: bool(_SCRIPTS[script].fullmatch(text)),
    "language": _language,
    "pattern": lambda text, pattern: bool(re.fullmatch(pattern, text, re.DOTALL)),
}
