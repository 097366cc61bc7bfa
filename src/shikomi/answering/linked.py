"""One passage more for what the best ones leave open: that of a linked page first."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from shikomi.corpus.links import links
from shikomi.corpus.units import units
from shikomi.retrieval import Hit, Index
from shikomi.types import Section

_DEPTH = 50  # the hits among which it is looked for
# Measured by benchmarks/spanning.py. A passage's worth is half its score and half its gain, which
# is what it adds to the scores of the question's terms over the best of those already there; that
# of a passage whose page links to one of theirs, or the other way round, counts twice.
_GAIN, _LINKED = 0.5, 0.5
_LEAST = 0.3  # of the best hit's score: a smaller gain is worth no passage

Read = Callable[[Sequence[str]], Iterable[Section]]


def passages(index: Index, words: str, k: int, *, room: float, read: Read) -> list[Hit]:
    """The at most `k` best hits, and then perhaps one more.

    That one has much of what is in `words` and not in the others, as where a question names
    things of two pages, and fits with them into `room`, in units. `read` gives sections by ids.
    """
    hits, shares = index.explained(words, max(k, _DEPTH))
    best, others = hits[:k], hits[k:]
    if not best or not others:
        return best
    sections = list(read([hit.id for hit in hits]))
    gains = np.maximum(shares[:, k:] - shares[:, :k].max(axis=1, keepdims=True), 0).sum(axis=0)
    worth = (1 - _GAIN) * shares[:, k:].sum(axis=0) + _GAIN * gains
    worth += _LINKED * gains * _are_linked(sections[:k], sections[k:])
    worth[~_fit(sections[:k], sections[k:], room) | (gains < _LEAST * best[0].score)] = 0
    further = int(worth.argmax())
    return [*best, others[further]] if worth[further] else best


def _are_linked(best: Sequence[Section], others: Sequence[Section]) -> NDArray[np.bool_]:
    pages = {section.path for section in best}
    linked = set().union(*map(_targets, best))
    return np.array([each.path in linked or bool(_targets(each) & pages) for each in others])


def _targets(section: Section) -> set[str]:
    return {link.path for link in links(section.text, path=section.path)}


def _fit(best: Sequence[Section], others: Sequence[Section], room: float) -> NDArray[np.bool_]:
    left = room - sum(units(section.text) for section in best)
    return np.array([units(section.text) <= left for section in others])
