"""A person's TOML or JSON: its lines, and what is wrong with it in words of these and not of
Python."""

import re
from collections.abc import Iterable, Iterator, Mapping
from json import JSONDecodeError
from typing import Any

from pydantic import ValidationError

_SHOULD = "should be "
_TRIED = re.compile(r"int|float|str|bool|constrained-\w+|function-.+|\w+\[.*\]|[A-Z]\w+")
_PLAIN = {
    "missing": "is missing",
    "extra_forbidden": "is no key that is known here: correct it, or leave it out",
    "tuple_type": 'should be a list, such as ["one", "two"]',
    "list_type": 'should be a list, such as ["one", "two"]',
    "dict_type": "should be a table of keys",
    "model_type": "should be a table of keys",
    "string_type": 'should be text in "quotes"',
    "bool_type": "should be true or false",
    "bool_parsing": "should be true or false",
    "float_parsing": "should be a number, without quotes",
    "int_parsing": "should be a whole number, without quotes",
    "int_from_float": "should be a whole number",
}


def json_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a file of JSON lines that are not empty, each with its number from 1."""
    # not splitlines(): a string may hold other ends of lines, such as U+2028, as they are
    numbered = enumerate(text.split("\n"), start=1)
    return ((n, line) for n, line in numbered if line.strip())


def first_problem(error: ValidationError) -> str:
    """`key: what is wrong`, or that alone where all is; of a key that may hold several kinds of
    value, all that it may hold."""
    problems = error.errors()
    key = _key(problems[0]["loc"])
    if problems[0]["type"] == "json_invalid":
        return f"is not JSON: {problems[0]['ctx']['error']}"
    if not key and problems[0]["type"] in ("model_type", "dict_type"):
        return "is no JSON object"
    said, *others = dict.fromkeys(_said(each) for each in problems if _key(each["loc"]) == key)
    text = ", or ".join([said, *(each.removeprefix(_SHOULD) for each in others)])
    return f"{key}: {text}" if key else text


def not_json(error: ValueError | RecursionError) -> str:
    """Of one line, whose place is told beside it."""
    if isinstance(error, JSONDecodeError):
        return f"is not JSON: {error.msg[0].lower()}{error.msg[1:]} in column {error.colno}"
    return f"is not JSON: {error}"


def _key(loc: Iterable[str | int]) -> str:
    """The key alone, without the kinds of value that were tried for it."""
    return ".".join(part for part in map(str, loc) if not _TRIED.fullmatch(part))


def _said(problem: Mapping[str, Any]) -> str:
    said = _PLAIN.get(problem["type"]) or problem["msg"].removeprefix("Value error, ")
    said = said[0].lower() + said[1:]
    return str(said.removeprefix("input "))
