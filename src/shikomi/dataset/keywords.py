"""Questions of a few words, as people type them into a search box: made of an answer's own words.

A model that met a fact in whole questions alone hangs it on their wording. Bags of the fact's
words, in no order, teach it by what it is about, at the price of a short sample (docs/log.md).
"""

import random
import re
from collections.abc import Sequence

from shikomi.text import plain
from shikomi.types import Lang

VERSION = 2
_MOST = 5
_LEAST = 3  # fewer fit too many facts
_LONGEST_KEY = 40  # characters
_WORDS = {
    "en": re.compile(r"[^\W\d_]{2,}(?:-[^\W\d_]+)*"),
    "ja": re.compile(r"[々〆一-鿿]{2,}|[ァ-ヺー]{2,}|[A-Za-z]{2,}(?:-[A-Za-z]+)*"),
}
_FUNCTION_TEXT = (
    "about after all also an and any are as at be because been before but by can did do does each"
    " every few for from had has have here how if in into is it its least less many may more most"
    " must no not of off on once one only onto or other out over per same should so some such than"
    " that the their them then there these they this those to under until up was were what when"
    " where whether which while who whose why will with within without would you your"
)
FUNCTION_WORDS = frozenset(_FUNCTION_TEXT.split())


def query(answer: str, system: str, *, lang: Lang, seed: str) -> str | None:
    """`system` and at most five words of `answer`, drawn by `seed`; None where it has too few.

    Numbers and code are left out: they are what is asked for.
    """
    if "```" in answer:
        return None
    words = _telling(answer, system, lang)
    return _drawn([system], words, seed) if len(words) >= _LEAST else None


def row_query(cells: Sequence[str], system: str, *, lang: Lang, seed: str) -> str | None:
    """The same of a table's row: its first cell, code or number though it be, is what people type,
    and a word of the other cells is enough beside it."""
    key, rest = cells[0], " ".join(cells[1:])
    words = _telling(rest, f"{system} {key}", lang)
    if not key or len(key) > _LONGEST_KEY or not words:
        return None
    return _drawn([system, key], words, seed)


def _drawn(first: Sequence[str], words: Sequence[str], seed: str) -> str:
    n = min(_MOST, len(words))
    return " ".join([*first, *random.Random(seed).sample(words, n)])


def _telling(text: str, known: str, lang: Lang) -> list[str]:
    left_out = FUNCTION_WORDS | _words(known, lang).keys()
    return [word for key, word in _words(plain(text), lang).items() if key not in left_out]


def _words(text: str, lang: Lang) -> dict[str, str]:
    """Each word once, by its folded form."""
    return {word.casefold(): word for word in _WORDS[lang].findall(text)}
