"""What is asked about in which call."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

from shikomi.dataset import tables, targets
from shikomi.dataset.evenly import evenly
from shikomi.hashing import content_id
from shikomi.sentences import spans
from shikomi.text import squeeze
from shikomi.types import Direction, Fact, Section


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """One thing to ask: a fact, and the words of it that answer the question (None: any)."""

    fact: Fact
    target: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A few goals of one section that one call asks for; `turn` counts repeats, and `place` the
    section's batches of that turn."""

    id: str
    section: Section
    goals: tuple[Goal, ...]
    turn: int
    place: int


def direction(goal: Goal) -> Direction:
    """What a fact is about stands first in it: in a row the first cell, elsewhere the first
    words."""
    target, fact = squeeze(goal.target or ""), goal.fact
    if not target:
        return "forward"
    if fact.kind == "row":
        is_first = any(squeeze(cell) == target for cell in tables.cells(fact.evidence)[:1])
    else:
        is_first = squeeze(fact.statement).startswith(target)
    return "reverse" if is_first else "forward"


def taken_in_turn(batch: Batch, wording: int, n: int) -> int:
    """Which of `n` personas asks a batch's `wording`-th question. In each section every one asks
    as often as any other, give or take one; with which it begins is the section's own, so that a
    change elsewhere in the documents changes no request."""
    return (crc32(batch.section.id.encode()) + batch.place + batch.turn + wording) % n


def goals(fact: Fact, *, most: int, names: Sequence[str] = ()) -> list[Goal]:
    """At most `most` goals of a fact, one for each target; one where it has none. `names` of
    the system are no targets."""
    found = [Goal(fact=fact, target=target) for target in targets.find(fact, names)]
    return (found or [Goal(fact=fact, target=None)])[:most]


def planned(section: Section, facts: Sequence[Fact], *, per_fact: int, per_row: int) -> list[Goal]:
    """The goals of a section's facts in reading order: at most `per_row` of a table's row, of any
    other fact `per_fact` a sentence."""
    return [
        goal
        for fact in facts
        for goal in goals(
            fact,
            most=per_row if fact.kind == "row" else per_fact * n_sentences(fact),
            names=section.capsule.names,
        )
    ]


def some(found: Sequence[Goal], most: int) -> list[Goal]:
    """At most so many of them, in order: a first goal of every fact before a second one of any,
    and of those that do not all fit some from everywhere."""
    n_before: Counter[str] = Counter()
    ranks: dict[int, list[int]] = {}
    for i, goal in enumerate(found):
        ranks.setdefault(n_before[goal.fact.id], []).append(i)
        n_before[goal.fact.id] += 1
    taken: list[int] = []
    for rank in sorted(ranks):
        taken += evenly(ranks[rank], most - len(taken))
    return [found[i] for i in sorted(taken)]


def batches(section: Section, goals: Sequence[Goal], *, size: int, turns: int) -> Iterator[Batch]:
    """Every goal in `turns` batches of at most `size`, evenly filled, in order. A section's turns
    follow one another, so that its prompt's prefix is reused."""
    for turn in range(turns):
        yield from _cut(section, goals, turn=turn, size=size)


def aimed(
    section: Section, facts: Sequence[Fact], turns: Mapping[str, int], *, size: int
) -> Iterator[Batch]:
    """Every goal there is of the facts that have a further turn, by their ids."""
    by_turn: dict[int, list[Goal]] = {}
    for fact in facts:
        if fact.id in turns:
            found = goals(fact, most=targets.MAX_TARGETS, names=section.capsule.names)
            by_turn.setdefault(turns[fact.id], []).extend(found)
    for turn in sorted(by_turn):
        yield from _cut(section, by_turn[turn], turn=turn, size=size)


def _cut(section: Section, planned: Sequence[Goal], *, turn: int, size: int) -> Iterator[Batch]:
    n_batches = -(-len(planned) // size)
    for i in range(n_batches):
        start, end = (len(planned) * j // n_batches for j in (i, i + 1))
        goals = tuple(planned[start:end])
        key = [section.id, [[goal.fact.id, goal.target] for goal in goals], turn]
        yield Batch(id=content_id(key), section=section, goals=goals, turn=turn, place=i)


def n_sentences(fact: Fact) -> int:
    """Sentences that lean on one another are one fact, and as many things to ask."""
    return max(1, sum(1 for _ in spans(fact.statement)))
