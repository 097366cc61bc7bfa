"""Which facts are asked about in which call."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shikomi.hashing import content_id
from shikomi.types import Fact, Section


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A few facts of one section that one call asks about; `turn` counts repeats."""

    section: Section
    facts: tuple[Fact, ...]
    turn: int

    @property
    def id(self) -> str:
        return content_id([self.section.id, [fact.id for fact in self.facts], self.turn])


def batches(section: Section, facts: Sequence[Fact], *, size: int, turns: int) -> Iterator[Batch]:
    """Every fact in `turns` batches of at most `size`, evenly filled, in reading order."""
    if not facts:
        return
    n_batches = -(-len(facts) // size)
    for turn in range(turns):
        for i in range(n_batches):
            start, end = (len(facts) * j // n_batches for j in (i, i + 1))
            yield Batch(section=section, facts=tuple(facts[start:end]), turn=turn)
