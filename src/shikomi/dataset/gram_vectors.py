"""Unit TF-IDF vectors over character 3-grams, for up to a million short texts."""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shikomi.text import grams as counted

_BLOCK = 20_000  # rows at a time, so that what is needed on the way stays small


@dataclass(frozen=True, slots=True)
class GramVectors:
    """Sparse rows, one a text: row i is `grams[starts[i]:starts[i + 1]]` with its `weights`.

    Grams are numbered from the rarest to the commonest, and ascend within each row.
    """

    starts: NDArray[np.int64]  # (n + 1,)
    grams: NDArray[np.int32]  # (n_entries,)
    weights: NDArray[np.float32]  # (n_entries,)
    n_grams: int

    def __len__(self) -> int:
        return len(self.starts) - 1

    def of(self, row: int) -> slice:
        """The row's place among the entries."""
        return slice(self.starts[row], self.starts[row + 1])

    def blocks(self) -> Iterator[tuple[slice, slice, NDArray[np.int64]]]:
        """Runs of rows, their entries, and for each of these its row, counted in the run."""
        for first in range(0, len(self), _BLOCK):
            last = min(first + _BLOCK, len(self))
            entries = slice(self.starts[first], self.starts[last])
            lengths = np.diff(self.starts[first : last + 1])
            yield slice(first, last), entries, np.repeat(np.arange(last - first), lengths)


def tfidf(texts: Iterable[str]) -> GramVectors:
    """A row for each text, its idf smoothed as log((1+n)/(1+df)) + 1. No grams, no entries."""
    found, frequency = _counted(texts)
    order = np.argsort(frequency, kind="stable")
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    idf = np.log((1 + len(found)) / (1 + frequency[order])) + 1
    for rows, entries, row in found.blocks():
        grams = rank[found.grams[entries]]
        weights = found.weights[entries] * idf[grams]
        squares = np.bincount(row, weights * weights, minlength=rows.stop - rows.start)
        ascending = np.lexsort((grams, row))
        found.grams[entries] = grams[ascending]
        found.weights[entries] = (weights / np.sqrt(squares)[row])[ascending]
    return found


def _counted(texts: Iterable[str]) -> tuple[GramVectors, NDArray[np.int64]]:
    """Counts in the place of weights, and in how many texts each gram stands."""
    number: dict[str, int] = {}
    starts, grams, counts = array("q", [0]), array("i"), array("f")
    for text in texts:
        for gram, count in counted(text).items():
            grams.append(number.setdefault(gram, len(number)))
            counts.append(count)
        starts.append(len(grams))
    found = GramVectors(
        starts=np.frombuffer(starts, dtype=np.int64),
        grams=np.frombuffer(grams, dtype=np.int32),
        weights=np.frombuffer(counts, dtype=np.float32),
        n_grams=len(number),
    )
    frequency = np.zeros(len(number), dtype=np.int64)
    for _, entries, _ in found.blocks():
        frequency += np.bincount(found.grams[entries], minlength=len(number))
    return found, frequency
