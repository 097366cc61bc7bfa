"""What fine-tuning cost and what it brought beyond questions: base against tuned, kind by kind."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from shikomi.evaluation.comparison import Comparison, compare
from shikomi.evaluation.margins import Retention, retention
from shikomi.evaluation.report_data import AbilityItem
from shikomi.evaluation.tasks import BUILT_IN, OWN

MARGIN = 0.02  # a loss of two points is one that counts
Finding = Retention | Literal["not_measured"]
Group = tuple[str, Comparison]


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """`groups` are the kinds that were asked, in their order, and "all" of the built-in ones with
    its parts "en" and "ja", each with its arms and differences."""

    items: tuple[AbilityItem, ...]
    groups: tuple[Group, ...]

    def group(self, name: str) -> Comparison | None:
        return next((found for key, found in self.groups if key == name), None)


def measured(items: Sequence[AbilityItem]) -> Abilities | None:
    """Compare the arms over the items; None where there are none."""
    if not items:
        return None
    groups = tuple((name, _compared(found)) for name, found in grouped(items).items())
    return Abilities(items=tuple(items), groups=groups)


def grouped(items: Sequence[AbilityItem]) -> dict[str, list[AbilityItem]]:
    """By the names of `Abilities.groups`; none is empty."""
    suite = [item for item in items if item.kind in BUILT_IN]
    parts = {lang: [item for item in suite if item.lang == lang] for lang in ("en", "ja")}
    named = {
        **_by_kind(items, BUILT_IN),
        "all": suite,
        **(parts if all(parts.values()) else {}),
        **_by_kind(items, OWN),
    }
    return {name: found for name, found in named.items() if found}


def _by_kind(items: Sequence[AbilityItem], kinds: Sequence[str]) -> dict[str, list[AbilityItem]]:
    return {kind: [item for item in items if item.kind == kind] for kind in kinds}


def finding(found: Abilities) -> Finding:
    """Whether the built-in tasks show that abilities are kept but for `MARGIN`."""
    every = found.group("all")
    result = every.contrast("tuned-base") if every else None
    if result is None or result.contrast.n == 0:
        return "not_measured"
    return retention(result.contrast, margin=MARGIN)


def _compared(rows: Sequence[AbilityItem]) -> Comparison:
    arms = dict.fromkeys(answer.arm for item in rows for answer in item.row.answers)
    verdicts = {
        arm: [
            next((each.verdict for each in item.row.answers if each.arm == arm), None)
            for item in rows
        ]
        for arm in arms
    }
    return compare(verdicts, [item.cluster for item in rows])
