"""BM25 over characters and words: no model, any language, identifiers found whole."""

from collections.abc import Sequence
from dataclasses import dataclass

import bm25s
import numpy as np

from shikomi.retrieval.tokens import query_tokens, tokens


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage to be found. `prefix` (its context capsule) is searched with it."""

    id: str
    text: str
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found; `score` is BM25's, comparable within one search only."""

    id: str
    score: float


class Index:
    """Passages that can be searched. Made by `build`; never changes."""

    def __init__(self, ids: tuple[str, ...], scorer: "bm25s.BM25 | None") -> None:
        self._ids = ids
        self._scorer = scorer

    def __len__(self) -> int:
        return len(self._ids)

    def search(self, query: str, k: int) -> list[Hit]:
        """At most `k` passages that share something with the query, best first.

        Equal scores stand in the order in which the passages were given.
        """
        if k < 0:
            raise ValueError(f"k must not be negative: {k}")
        if self._scorer is None:
            return []
        known = [token for token in query_tokens(query) if token in self._scorer.vocab_dict]
        if not known:
            return []
        scores = self._scorer.get_scores(known)
        best = np.argsort(-scores, kind="stable")[:k]
        return [Hit(self._ids[n], float(scores[n])) for n in best if scores[n] > 0]


def build(chunks: Sequence[Chunk]) -> Index:
    """An index of `chunks`, in memory.

    Raises:
        ValueError: Two chunks have one id.
    """
    ids = tuple(chunk.id for chunk in chunks)
    if len(set(ids)) < len(ids):
        raise ValueError("two chunks have one id")
    corpus = [tokens(f"{chunk.prefix}\n{chunk.text}") for chunk in chunks]
    if not any(corpus):
        return Index(ids, None)
    scorer = bm25s.BM25()
    scorer.index(corpus, show_progress=False)
    return Index(ids, scorer)
