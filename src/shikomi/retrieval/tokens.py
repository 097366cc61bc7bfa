"""What a text is searched by: words for what it names, short grams for how it spells them."""

import re
import unicodedata
from collections.abc import Iterator

_CJK = (
    "\u3005-\u3007\u3041-\u3096\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
)
_RUN = re.compile(rf"(?P<cjk>[{_CJK}]+)|(?P<word>[^\W{_CJK}]+(?:[-.][^\W{_CJK}]+)*)")
_HIRAGANA = re.compile("[\u3041-\u3096]")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_EMPTY = (
    "a an and are as at be by can do does for from how i if in is it its many much of on or that "
    "the this to what when where which who why with"
)
_EMPTY_WORDS = frozenset(_EMPTY.split())
_PARTS = re.compile(r"[-._]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=[0-9])")
_STEM = "~"
_STEM_CHARACTERS = 5
_GRAM = 4


def words(text: str) -> list[str]:
    """The terms of `text` in order, after NFKC, in lower case.

    Japanese: each pair of neighbours, and each character that is no hiragana. Other scripts:
    words; an identifier (`Fallow-Until`, `k_max`, `maxSize`) whole and then its parts; and
    each word or part by its first five letters, marked with `~`, so that "opens" finds
    "opening". `1,340` is `1340`.
    """
    return [term for match in _RUN.finditer(_folded(text)) for term in _words(match)]


def grams(text: str) -> list[str]:
    """Every 4 neighbouring characters of a word with a space on either side; Japanese by 2."""
    return [term for match in _RUN.finditer(_folded(text).lower()) for term in _grams(match)]


def question(terms: list[str]) -> list[str]:
    """The terms of a question without English words that name nothing, if others remain."""
    return [term for term in terms if term.lstrip(_STEM) not in _EMPTY_WORDS] or terms


def _folded(text: str) -> str:
    return _THOUSANDS.sub("", unicodedata.normalize("NFKC", text))


def _words(match: re.Match[str]) -> Iterator[str]:
    if run := match["cjk"]:
        yield from _HIRAGANA.sub("", run) if len(run) > 1 else run
        yield from _slices(run, 2)
        return
    word = match["word"]
    yield word.lower()
    parts = [part for part in _PARTS.split(word) if part]
    pieces = [piece.lower() for part in parts for piece in _CAMEL.split(part)]
    if len(parts) > 1:
        yield from (part.lower() for part in parts)
    if len(pieces) > len(parts):
        yield from pieces
    yield from (_stem(piece) for piece in dict.fromkeys(pieces))


def _stem(word: str) -> str:
    return _STEM + (word[:_STEM_CHARACTERS] if word.isalpha() else word)


def _grams(match: re.Match[str]) -> Iterator[str]:
    if run := match["cjk"]:
        return _slices(run, 2)
    return _slices(f" {match['word']} ", _GRAM)


def _slices(text: str, size: int) -> Iterator[str]:
    """All neighbours by `size`; of a shorter text itself, unless it is a single character."""
    if 1 < len(text) < size:
        yield text
    yield from (text[n : n + size] for n in range(len(text) - size + 1))
