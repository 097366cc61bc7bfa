"""Some of many, from everywhere."""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def evenly(found: Sequence[T], n: int) -> list[T]:
    """At most `n` of them, the first of each of `n` equal parts, in their order."""
    return [found[i * len(found) // n] for i in range(n)] if n < len(found) else list(found)
