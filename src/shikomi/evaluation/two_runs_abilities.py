"""The abilities of two runs side by side: the tuned model of B against that of A, kind by kind."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shikomi.evaluation.abilities import grouped
from shikomi.evaluation.report_data import AbilityItem
from shikomi.evaluation.stats import Contrast, paired_difference

ARM = "tuned"
Pair = tuple[AbilityItem, AbilityItem]


@dataclass(frozen=True, slots=True, kw_only=True)
class AbilityPair:
    """One kind, over the tasks that both runs' tuned models did: how many each has right, and the
    difference, B less A."""

    kind: str
    correct_a: int
    correct_b: int
    difference: Contrast


def ability_pairs(a: Sequence[AbilityItem], b: Sequence[AbilityItem]) -> tuple[AbilityPair, ...]:
    """Empty where a run has no tasks, or they have none in common. A task is the same one if its
    id and its words are."""
    theirs = {(item.row.id, item.row.question): item for item in b}
    shared = [
        (item, theirs[item.row.id, item.row.question])
        for item in a
        if (item.row.id, item.row.question) in theirs
    ]
    others = {item.row.id: other for item, other in shared}
    return tuple(
        _pair(name, [(item, others[item.row.id]) for item in found])
        for name, found in grouped([item for item, _ in shared]).items()
    )


def pairs_json(pairs: Sequence[AbilityPair]) -> dict[str, Any]:
    return {pair.kind: dataclasses.asdict(pair) for pair in pairs}


def _pair(kind: str, pairs: Sequence[Pair]) -> AbilityPair:
    scores = [(_score(before), _score(after)) for before, after in pairs]
    both = [(x, y) for x, y in scores if x is not None and y is not None]
    return AbilityPair(
        kind=kind,
        correct_a=round(sum(before for before, _ in both)),
        correct_b=round(sum(after for _, after in both)),
        difference=paired_difference(
            [after for _, after in scores],
            [before for before, _ in scores],
            [before.cluster for before, _ in pairs],
        ),
    )


def _score(item: AbilityItem) -> float | None:
    found = next((each for each in item.row.answers if each.arm == ARM), None)
    return None if found is None or found.verdict is None else float(found.verdict == "CORRECT")
