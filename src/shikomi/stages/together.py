"""Several things asked about in one call; what its reply says nothing readable of is asked about
alone, so that one entry in another form costs no other its answer."""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import groupby
from typing import Generic, TypeVar

from shikomi.errors import ParseError
from shikomi.llm.ask import Endpoint, Gateway, Reply, ask_all
from shikomi.llm.lanes import Lanes
from shikomi.store import calls
from shikomi.types import Request

S = TypeVar("S")
T = TypeVar("T")
_ALONE_TRIES = 2  # after the call that was about several
_UNREADABLE = ("unparsed", "truncated")


@dataclass(frozen=True, slots=True)
class Said(Generic[S, T]):
    """What was said of one thing; `value` None: nothing that could be read, for the reason
    `error`."""

    subject: S
    value: T | None
    error: str


@dataclass(eq=False, slots=True)
class Group(Generic[S, T]):
    """Things of one call, and what is known of them by their place."""

    members: tuple[S, ...]
    request: Callable[[Sequence[S]], Request]
    values: dict[int, T] = field(default_factory=dict)
    errors: dict[int, str] = field(default_factory=dict)

    @property
    def unread(self) -> list[int]:
        return [place for place in range(len(self.members)) if place not in self.values]

    def said(self) -> list[Said[S, T]]:
        return [
            Said(member, self.values.get(place), self.errors.get(place, ""))
            for place, member in enumerate(self.members)
        ]


_Ask = tuple[Group[S, T], tuple[int, ...]]  # the places in the group that a call is about


def groups(
    members: Sequence[S], size: int, request: Callable[[Sequence[S]], Request]
) -> list[Group[S, T]]:
    """As many at a time. What is left of them when whole groups are done gives the others again,
    so that a run that goes on asks what the last one asked."""
    starts = range(0, len(members), size)
    return [Group(tuple(members[start : start + size]), request) for start in starts]


def ask(
    line: Gateway,
    lanes: Sequence[Sequence[Group[S, T]]],
    parse: Callable[[str], Mapping[int, T]],
) -> Iterator[list[Said[S, T]]]:
    """What is said of each group's members, once all of it is there: written down together they
    leave no part of a group behind. The calls of a lane begin alike and follow one another.

    `parse` gives what a reply says by number, from 1, of what it could read. Raises what
    `ask_all` raises.
    """
    open_groups: list[Group[S, T]] = []
    whole = [[_whole(group) for group in lane if _may_be_whole(line, group)] for lane in lanes]
    skipped = [group for lane in lanes for group in lane if not _may_be_whole(line, group)]
    for n_left in (1, 0) if line.endpoint.is_batched else (0,):
        again: list[_Ask[S, T]] = []
        for reply in _replies(line, whole, parse, tries=1):
            group, _ = reply.subject
            if n_left and reply.error and reply.text is None:
                again.append(reply.subject)  # lost with its batch: the reply may be right
                continue
            _take(reply)
            if group.unread:
                open_groups.append(group)
            else:
                yield group.said()
        whole = [again]
    yield from _alone(line, [*skipped, *open_groups], parse)


def _whole(group: Group[S, T]) -> _Ask[S, T]:
    return group, tuple(range(len(group.members)))


def _may_be_whole(line: Gateway, group: Group[S, T]) -> bool:
    """Not where an earlier run had a reply to it that it could not read."""
    last = calls.newest(line.store, group.request(group.members).key)
    return len(group.members) == 1 or last is None or last.status not in _UNREADABLE


def _alone(
    line: Gateway, found: Sequence[Group[S, T]], parse: Callable[[str], Mapping[int, T]]
) -> Iterator[list[Said[S, T]]]:
    lanes: list[list[_Ask[S, T]]] = [[(group, (n,)) for n in group.unread] for group in found]
    left = {id(group): len(group.unread) for group in found}

    def first(text: str) -> Mapping[int, T]:
        said = parse(text)
        if 1 not in said:
            raise ParseError("the reply has no entry 1")
        return said

    for reply in _replies(line, lanes, first, tries=_ALONE_TRIES):
        group, _ = reply.subject
        _take(reply)
        left[id(group)] -= 1
        if not left[id(group)]:
            yield group.said()


def _take(reply: Reply[_Ask[S, T], Mapping[int, T]]) -> None:
    group, places = reply.subject
    said = reply.value or {}
    for number, place in enumerate(places, start=1):
        if number in said:
            group.values[place] = said[number]
        else:
            group.errors[place] = reply.error or "the reply leaves it out"


def _replies(
    line: Gateway,
    lanes: Sequence[Sequence[_Ask[S, T]]],
    parse: Callable[[str], Mapping[int, T]],
    *,
    tries: int,
) -> Generator[Reply[_Ask[S, T], Mapping[int, T]], None, None]:
    running = in_lanes(lanes, line.endpoint)
    asks = ((each, _request(each)) for each in running)
    with closing(ask_all(line, asks, parse, parse_tries=tries)) as replies:
        for reply in replies:
            running.done(reply.subject)
            yield reply


def _request(each: _Ask[S, T]) -> Request:
    group, places = each
    return group.request([group.members[place] for place in places])


def in_lanes(groups: Iterable[Sequence[S]], endpoint: Endpoint) -> Lanes[S]:
    """What is in a group one after another; all at once where they leave together anyway."""
    if endpoint.is_batched:
        alone = [[each] for group in groups for each in group]
        return Lanes(alone, n_lanes=len(alone))
    return Lanes(groups, n_lanes=endpoint.concurrency)


def in_lanes_by(todo: Iterable[S], key: Callable[[S], str], endpoint: Endpoint) -> Lanes[S]:
    """The same of things that stand in the order of their groups, such as sections."""
    return in_lanes([list(group) for _, group in groupby(todo, key=key)], endpoint)
