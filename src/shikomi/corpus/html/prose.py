"""Whether an element says something: its letters and its sentences."""

import re

from shikomi.corpus.html.element import Element
from shikomi.corpus.html.tree import text_of

_END = re.compile(r"\n\s*\n|[.!?](?=\s|$)|[。！？]")
_LEAST_SENTENCE, _LEAST_WIDE_SENTENCE = 30, 12


def n_letters(element: Element) -> int:
    """Letters and digits that a reader sees in it."""
    return sum(map(str.isalnum, text_of(element)))


def says(element: Element) -> bool:
    """Whether there is a sentence in it."""
    text = text_of(element)
    start = 0
    for end in _END.finditer(text):
        least = _LEAST_SENTENCE if end[0].isascii() else _LEAST_WIDE_SENTENCE
        if not end[0].isspace() and len(text[start : end.start()].strip()) >= least:
            return True
        start = end.end()
    return False
