"""Choosing what is kept out of training: evenly, and the same at every run."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from shikomi.dataset.splits import KnownQuestions

T = TypeVar("T")


def stratified(
    found: Iterable[T], *, stratum: Callable[[T], str], key: Callable[[T], str]
) -> list[T]:
    """All of them in an order of which every beginning has its share of each stratum; `key` has
    to be as good as random, such as a content id."""
    strata: dict[str, list[T]] = {}
    for each in sorted(found, key=key):
        strata.setdefault(stratum(each), []).append(each)
    placed = [
        ((i + 0.5) / len(group), key(each), each)
        for group in strata.values()
        for i, each in enumerate(group)
    ]
    return [each for _, _, each in sorted(placed, key=lambda item: item[:2])]


def most_apart(
    wordings: Sequence[str], *, threshold: float, names: Sequence[str] = ()
) -> int | None:
    """The place of the wording that is least like the others of its question; None where there
    are no others, or one is as like as `threshold` (char-3-gram Jaccard), the names left out."""
    nearness = [
        found[1] if found else 1.0
        for i, text in enumerate(wordings)
        for others in [enumerate([*wordings[:i], *wordings[i + 1 :]])]
        for known in [KnownQuestions(((str(n), w) for n, w in others), names=names)]
        for found in [known.nearest(text)]
    ]
    best = min(range(len(nearness)), key=nearness.__getitem__, default=None)
    return best if best is not None and nearness[best] < threshold else None
