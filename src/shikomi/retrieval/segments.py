"""Inverted lists as plain arrays: made in blocks, thinned, merged."""

import hashlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shikomi.retrieval.passages import VIEWS, Passage, Terms, terms

_MOST = np.iinfo(np.uint16).max


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """The passages `docs[starts[i]:starts[i + 1]]` hold the term with the hash `terms[i]`, so many
    times as `counts` has at the same places.

    Shapes: `terms` (t,) ascending, `starts` (t + 1,), `docs` and `counts` (p,), `lengths`
    (views, n): terms of each passage in each view.
    """

    terms: NDArray[np.uint64]
    starts: NDArray[np.int64]
    docs: NDArray[np.int32]
    counts: NDArray[np.uint16]
    lengths: NDArray[np.float32]

    def find(self, term: int) -> slice:
        """Where in `docs` and `counts` the passages with this term are."""
        at = int(np.searchsorted(self.terms, np.uint64(term)))
        if at == len(self.terms) or int(self.terms[at]) != term:
            return slice(0, 0)
        return slice(int(self.starts[at]), int(self.starts[at + 1]))


def term_hash(view: str, term: str) -> int:
    """64 bits: two of a million terms collide once in about 40 million indexes."""
    digest = hashlib.blake2b(f"{view}\0{term}".encode(errors="replace"), digest_size=8)
    return int.from_bytes(digest.digest(), "little")


def segment(passages: Sequence[Passage]) -> Segment:
    """The inverted lists of some thousand passages at most, numbered in their order."""
    ids: dict[tuple[str, str], int] = {}
    codes, docs, counts = array("I"), array("i"), array("H")
    lengths = np.zeros((len(VIEWS), len(passages)), dtype=np.float32)
    for n, item in enumerate(passages):
        found: Terms = terms(item)
        for row, view in enumerate(VIEWS):
            lengths[row, n] = found[view].total()
            codes.extend(ids.setdefault((view, term), len(ids)) for term in found[view])
            counts.extend(min(count, _MOST) for count in found[view].values())
            docs.extend([n] * len(found[view]))
    hashes = np.fromiter((term_hash(*key) for key in ids), dtype=np.uint64, count=len(ids))
    rank = np.empty(len(ids), dtype=np.int64)
    rank[np.argsort(hashes)] = np.arange(len(ids))
    keys = rank[np.frombuffer(codes, dtype=np.uint32)]
    order = np.argsort(keys, kind="stable")
    return Segment(
        terms=np.sort(hashes),
        starts=_starts(np.bincount(keys, minlength=len(ids))),
        docs=np.frombuffer(docs, dtype=np.int32)[order],
        counts=np.frombuffer(counts, dtype=np.uint16)[order],
        lengths=lengths,
    )


def kept(whole: Segment, keep: NDArray[np.bool_]) -> Segment:
    """The segment without the passages where `keep`, shape (n,), is false; renumbered."""
    if keep.all():
        return whole
    here = keep[whole.docs]
    owner = np.repeat(np.arange(len(whole.terms)), np.diff(whole.starts))[here]
    sizes = np.bincount(owner, minlength=len(whole.terms))
    number = np.cumsum(keep, dtype=np.int32) - 1
    return Segment(
        terms=whole.terms[sizes > 0],
        starts=_starts(sizes[sizes > 0]),
        docs=number[whole.docs[here]].astype(np.int32),
        counts=whole.counts[here],
        lengths=whole.lengths[:, keep],
    )


def merged(parts: Sequence[Segment], positions: NDArray[np.int32]) -> Segment:
    """All parts in one; the passage that is the n-th of them in a row becomes `positions[n]`."""
    every = np.unique(np.concatenate([part.terms for part in parts]))
    places = [np.searchsorted(every, part.terms) for part in parts]
    sizes = np.zeros(len(every), dtype=np.int64)
    for part, place in zip(parts, places, strict=True):
        sizes[place] += np.diff(part.starts)
    starts = _starts(sizes)
    docs = np.empty(starts[-1], dtype=np.int32)
    counts = np.empty(starts[-1], dtype=np.uint16)
    free, first = starts[:-1].copy(), 0
    for part, place in zip(parts, places, strict=True):
        own = np.diff(part.starts)
        target = np.repeat(free[place] - part.starts[:-1], own) + np.arange(len(part.docs))
        docs[target] = positions[first + part.docs]
        counts[target] = part.counts
        free[place] += own
        first += part.lengths.shape[1]
    lengths = np.empty((len(VIEWS), len(positions)), dtype=np.float32)
    lengths[:, positions] = np.concatenate([part.lengths for part in parts], axis=1)
    return Segment(every, starts, docs, counts, lengths)


def _starts(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
