"""JSON as others send it: what Python would take but no other program could is refused here."""

import json
import math
import re
from typing import Any

MAX_DEPTH = 100  # lists and objects in one another; deeper ones break those who pass them on
_HALF = re.compile(r"\\u[dD][89a-fA-F]")


class NotJson(ValueError):
    """What is wrong with the text, in words that follow "it ...", and repeat nothing of it."""


def read_json(data: bytes) -> Any:
    """The value that a text in UTF-8 holds; a byte order mark before it is passed over.

    Raises: NotJson.
    """
    try:
        text = data.decode("utf-8-sig")
        value = json.loads(text, parse_constant=_refused, parse_float=_finite)
    except UnicodeDecodeError:
        raise NotJson("is not UTF-8") from None
    except (ValueError, RecursionError):
        raise NotJson("is not valid JSON") from None
    if _HALF.search(text) and not _has_whole_characters(value):
        raise NotJson("holds half of a character (a surrogate without the other one)")
    if _is_deep(value):
        raise NotJson(f"is nested more than {MAX_DEPTH} levels deep")
    return value


def _refused(word: str) -> Any:
    raise ValueError(word)  # NaN and Infinity are Python's, not JSON's


def _finite(text: str) -> float:
    if not math.isfinite(number := float(text)):
        raise ValueError(text)
    return number


def _has_whole_characters(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError):
        return False
    return True


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [each for each in level if isinstance(each, dict | list)]
        if not level:
            return False
        level = [
            inner for each in level for inner in (each.values() if isinstance(each, dict) else each)
        ]
    return True
