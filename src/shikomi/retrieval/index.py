"""BM25 over words, character grams and titles: no model, any language, identifiers whole."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from shikomi.retrieval.passages import VIEWS, Passage
from shikomi.retrieval.segments import Segment, kept, merged, segment, term_hash
from shikomi.retrieval.tokens import grams, question, words

_K1, _B = 1.5, 0.5
_BLOCK = 2_000


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found; `score` is comparable within one search only."""

    id: str
    score: float


class Index:
    """Passages that can be searched. Made by `build` or `updated`; never changes."""

    def __init__(self, ids: Sequence[str], lists: Segment) -> None:
        self.ids = tuple(ids)
        self.lists = lists
        means = np.maximum(lists.lengths.mean(axis=1, keepdims=True), 1) if ids else 1
        self._norms = (_K1 * (1 - _B + _B * lists.lengths / means)).astype(np.float32)

    def __len__(self) -> int:
        return len(self.ids)

    def search(self, query: str, k: int) -> list[Hit]:
        """At most `k` passages that share something with the query, best first.

        Equal scores stand in the order in which the passages were given.
        """
        return self._hits(self._scores(query), k)[0]

    def explained(self, query: str, k: int) -> tuple[list[Hit], NDArray[np.float64]]:
        """What `search` gives, and what each term of the query adds to the score of each hit,
        shape (terms, hits)."""
        hits, places = self._hits(self._scores(query), k)
        rows = []
        for docs, added in self._terms(query):
            shares = np.zeros(len(self.ids))
            shares[docs] = added
            rows.append(shares[places])
        return hits, np.array(rows).reshape(len(rows), len(places))

    def _hits(self, scores: NDArray[np.float64], k: int) -> tuple[list[Hit], NDArray[np.int64]]:
        if k < 0:
            raise ValueError(f"k must not be negative: {k}")
        places = _best(scores, k)
        return [Hit(self.ids[n], float(scores[n])) for n in places], places

    def _scores(self, query: str) -> NDArray[np.float64]:
        scores = np.zeros(len(self.ids))
        for docs, added in self._terms(query):
            scores[docs] += added
        return scores

    def _terms(self, query: str) -> Iterator[tuple[NDArray[np.int32], NDArray[np.float64]]]:
        """For each term that is there the passages with it, and its share of their scores. A word
        that stands in every passage, as the system's own name does, adds next to nothing."""
        named = question(words(query))
        by_view = {"words": named, "grams": grams(query), "titles": named}
        for row, (view, weight) in enumerate(VIEWS.items()):
            for term, times in Counter(by_view[view]).items():
                where = self.lists.find(term_hash(view, term))
                n_with = where.stop - where.start
                if n_with:
                    rarity = math.log(1 + (len(self.ids) - n_with + 0.5) / (n_with + 0.5))
                    docs, counts = self.lists.docs[where], self.lists.counts[where]
                    share = counts / (counts + self._norms[row][docs])
                    yield docs, weight * times * rarity * share


def build(passages: Sequence[Passage]) -> Index:
    """An index of `passages`, in memory.

    Raises:
        ValueError: Two passages have one id.
    """
    return updated(None, [item.id for item in passages], lambda ids: passages)


def updated(
    old: Index | None, ids: Sequence[str], read: Callable[[Sequence[str]], Iterable[Passage]]
) -> Index:
    """An index of the passages `ids`; only what `old` does not have yet is read, by `read`,
    which gives the passages of the ids it is asked for, in their order.

    Raises:
        ValueError: Two passages have one id.
    """
    number = {each: n for n, each in enumerate(ids)}
    if len(number) < len(ids):
        raise ValueError("two passages have one id")
    known = [each for each in old.ids if each in number] if old else []
    there = set(known)
    missing = [each for each in ids if each not in there]
    parts = [_thinned(old, number)] if old and known else []
    passages = iter(read(missing))
    while block := list(islice(passages, _BLOCK)):
        parts.append(segment(block))
    if not parts:
        parts = [segment([])]
    positions = np.array([number[each] for each in [*known, *missing]], dtype=np.int32)
    return Index(ids, merged(parts, positions))


def _thinned(old: Index, wanted: dict[str, int]) -> Segment:
    return kept(old.lists, np.array([each in wanted for each in old.ids], dtype=np.bool_))


def _best(scores: NDArray[np.float64], k: int) -> NDArray[np.int64]:
    """The places of the `k` highest scores above 0; equal ones in ascending order."""
    found = np.flatnonzero(scores)
    if 0 < k < len(found):
        least = np.partition(scores[found], len(found) - k)[len(found) - k]
        found = found[scores[found] >= least]
    return found[np.argsort(-scores[found], kind="stable")[:k]]
