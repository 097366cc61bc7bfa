"""What a text is searched by."""

import re
import unicodedata
from collections.abc import Iterator

_CJK = (
    "\u3005-\u3007\u3041-\u3096\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
)
_RUN = re.compile(rf"(?P<cjk>[{_CJK}]+)|(?P<word>[^\W{_CJK}]+(?:[-.][^\W{_CJK}]+)*)")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_EMPTY = (
    "a an and are as at be by can do does for from how i if in is it its many much of on or that "
    "the this to what when where which who why with"
)
_EMPTY_WORDS = frozenset(_EMPTY.split())
_PARTS = re.compile(r"[-._]+")


def tokens(text: str) -> list[str]:
    """The search terms of `text` in order, after NFKC and lower-casing.

    Japanese: each character and each pair of neighbours. Other scripts: words; an identifier
    (`Fallow-Until`, `k_max`, `v1.2`) whole and then its parts. `1,340` is `1340`.
    """
    folded = _THOUSANDS.sub("", unicodedata.normalize("NFKC", text).lower())
    return [token for match in _RUN.finditer(folded) for token in _of(match)]


def query_tokens(text: str) -> list[str]:
    """The search terms of a question: without English words that name nothing, if others remain."""
    found = tokens(text)
    return [token for token in found if token not in _EMPTY_WORDS] or found


def _of(match: re.Match[str]) -> Iterator[str]:
    if run := match["cjk"]:
        yield from run
        yield from (run[n : n + 2] for n in range(len(run) - 1))
        return
    word = match["word"]
    yield word
    parts = [part for part in _PARTS.split(word) if part]
    if len(parts) > 1:
        yield from parts
