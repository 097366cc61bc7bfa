"""Find and replace over many texts, by plain words or by a regular expression.

A pattern may take longer than anybody waits, so this is run in a child process within limits
(`shikomi.isolation`): JSON comes in and goes out.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

from shikomi.errors import SourceError

Kind = Literal["same", "old", "new"]
Piece = tuple[Kind, str]


def replaced(data: bytes) -> list[tuple[int, list[Piece]]]:
    """The texts that change, by their places, each in pieces: what stays, and what is taken out
    and put in.

    `data` is JSON: `texts`, `find`, `replace`, `is_regex`, `ignores_case`.

    Raises:
        SourceError: the regular expression or its replacement is wrong.
    """
    asked = json.loads(data)
    pattern, put = _compiled(asked)
    found = ((i, list(_pieces(pattern, put, text))) for i, text in enumerate(asked["texts"]))
    return [(i, pieces) for i, pieces in found if any(kind != "same" for kind, _ in pieces)]


def text_of(pieces: Sequence[Piece]) -> str:
    """The text as it is afterwards."""
    return "".join(text for kind, text in pieces if kind != "old")


def _compiled(asked: dict[str, Any]) -> tuple[re.Pattern[str], Callable[[re.Match[str]], str]]:
    flags = re.IGNORECASE if asked["ignores_case"] else re.NOFLAG
    if not asked["is_regex"]:
        return re.compile(re.escape(asked["find"]), flags), lambda match: str(asked["replace"])
    try:
        pattern = re.compile(asked["find"], flags)
    except (re.error, OverflowError) as error:
        raise SourceError(f"the regular expression is wrong: {error}") from None
    return pattern, lambda match: _expanded(match, asked["replace"])


def _expanded(match: re.Match[str], template: str) -> str:
    try:
        return match.expand(template)
    except (re.error, IndexError) as error:
        raise SourceError(f"the replacement is wrong: {error}") from None


def _pieces(
    pattern: re.Pattern[str], put: Callable[[re.Match[str]], str], text: str
) -> Iterator[Piece]:
    end = 0
    for match in pattern.finditer(text):
        new = put(match)
        if new == match[0]:
            continue
        yield from (("same", text[end : match.start()]), ("old", match[0]), ("new", new))
        end = match.end()
    yield "same", text[end:]
