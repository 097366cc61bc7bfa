"""A size for text that no model decides, so that changing the model re-cuts nothing."""

import re

_WIDE = re.compile(
    "[\u3000-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef"
    "\U00020000-\U0003134f]+"
)
_NARROW_CHARS_PER_UNIT = 3.5


def units(text: str) -> float:
    """The size of `text`: 1 for each CJK character (kana, kanji, full-width forms) and 1/3.5 for
    each other character, spaces and newlines included. About one token of a common tokenizer.
    """
    wide = 0 if text.isascii() else sum(map(len, _WIDE.findall(text)))
    return wide + (len(text) - wide) / _NARROW_CHARS_PER_UNIT


def fit(text: str, limit: float) -> str:
    """`text`, or its longest beginning that with `…` is at most `limit` units."""
    if units(text) <= limit:
        return text
    size = units("…")
    for position, char in enumerate(text):
        size += units(char)
        if size > limit:
            return text[:position].rstrip() + "…"
    return text
