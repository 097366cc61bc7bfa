"""What is asked about in which call."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shikomi.dataset import targets
from shikomi.hashing import content_id
from shikomi.sentences import spans
from shikomi.types import Fact, Section


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """One thing to ask: a fact, and the words of it that answer the question (None: any)."""

    fact: Fact
    target: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A few goals of one section that one call asks for; `turn` counts repeats."""

    section: Section
    goals: tuple[Goal, ...]
    turn: int

    @property
    def id(self) -> str:
        return content_id(
            [self.section.id, [[goal.fact.id, goal.target] for goal in self.goals], self.turn]
        )


def goals(fact: Fact, *, most: int, names: Sequence[str] = ()) -> list[Goal]:
    """At most `most` goals of a fact, one for each target; one where it has none. `names` of
    the system are no targets."""
    found = [Goal(fact=fact, target=target) for target in targets.find(fact, names)]
    return (found or [Goal(fact=fact, target=None)])[:most]


def batches(
    section: Section,
    facts: Sequence[Fact],
    *,
    size: int,
    turns: int,
    per_fact: int,
    per_row: int,
) -> Iterator[Batch]:
    """Every goal in `turns` batches of at most `size`, evenly filled, in reading order.

    A table's row has at most `per_row` goals, any other fact `per_fact` a sentence. A section's
    turns follow one another, so that its prompt's prefix is reused.
    """
    planned = [
        goal
        for fact in facts
        for goal in goals(
            fact,
            most=per_row if fact.kind == "row" else per_fact * _n_sentences(fact),
            names=section.capsule.names,
        )
    ]
    n_batches = -(-len(planned) // size)
    for turn in range(turns):
        for i in range(n_batches):
            start, end = (len(planned) * j // n_batches for j in (i, i + 1))
            yield Batch(section=section, goals=tuple(planned[start:end]), turn=turn)


def _n_sentences(fact: Fact) -> int:
    """Sentences that lean on one another are one fact, and as many things to ask."""
    return max(1, sum(1 for _ in spans(fact.statement)))
