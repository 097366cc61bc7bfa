"""The order in which asks that share a beginning are sent side by side."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Lanes(Generic[T]):
    """Iterate over the items of all groups, as many groups at a time as there are lanes.

    A lane is done with one item before it gives the next of its group; then it takes up the
    longest group that is left, so that lanes end together. A runtime that keeps one prefix a
    slot so reads what a group shares only once, and one that keeps prefixes for all slots has
    it by the second item. Call `done` for every item that was answered.
    """

    def __init__(self, groups: Iterable[Sequence[T]], *, n_lanes: int) -> None:
        longest_first = sorted(groups, key=len, reverse=True)
        self._groups = deque(deque(group) for group in longest_first if group)
        self._free: deque[deque[T]] = deque()
        self._running: dict[int, deque[T]] = {}  # by the item's id()
        for _ in range(min(n_lanes, len(self._groups))):
            self._free.append(self._groups.popleft())

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        """The next item of the lane that waited longest. Where more are wanted than lanes are
        free, a new group's first; where no group is left, one of the longest lane that is busy."""
        if not self._free and self._groups:
            self._free.append(self._groups.popleft())
        lane = self._free.popleft() if self._free else self._longest()
        item = lane.popleft()
        self._running[id(item)] = lane
        return item

    def done(self, item: T) -> None:
        """The item was answered: its lane goes on."""
        lane = self._running.pop(id(item))
        if not lane and self._groups:
            lane = self._groups.popleft()
        if lane and not any(lane is other for other in self._free):
            self._free.append(lane)

    def _longest(self) -> deque[T]:
        waiting = [lane for lane in self._running.values() if lane]
        if not waiting:
            raise StopIteration
        return max(waiting, key=len)
