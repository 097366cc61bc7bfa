"""Questions of a few words, as people type them into a search box: made of an answer's own words.

A model that met a fact in whole questions alone hangs it on their wording. Bags of the fact's
words, in no order, teach it by what it is about, at the price of a short sample (docs/log.md).
"""

import random
import re

from shikomi.text import plain
from shikomi.types import Lang

VERSION = 1
_MOST = 5
_LEAST = 3  # fewer fit too many facts
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
    left_out = FUNCTION_WORDS | _words(system, lang).keys()
    words = [word for key, word in _words(plain(answer), lang).items() if key not in left_out]
    if len(words) < _LEAST:
        return None
    chosen = random.Random(seed).sample(words, min(_MOST, len(words)))
    return " ".join([system, *chosen])


def _words(text: str, lang: Lang) -> dict[str, str]:
    """Each word once, by its folded form."""
    return {word.casefold(): word for word in _WORDS[lang].findall(text)}
