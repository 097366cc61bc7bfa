"""The arms of one evaluation, and the contrasts planned before it."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from shikomi.evaluation.margins import GainShare, gain_share
from shikomi.evaluation.stats import Contrast, Scores, holm, mean_interval, paired_difference
from shikomi.types import Interval, VerdictValue

PLANNED = (
    ("tuned", "base"),
    ("tuned+rag", "base+rag"),
    ("tuned", "base+rag"),
    ("tuned", "placebo"),
)
Verdicts = Sequence[VerdictValue | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmResult:
    """How one arm did; `interval` is over the share of correct answers."""

    name: str
    correct: int
    incorrect: int
    not_attempted: int
    interval: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class ContrastResult:
    """A contrast, named "tuned-base" and so on, with Holm's adjusted p."""

    name: str
    arm: str
    against: str
    contrast: Contrast
    p_holm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All arms in the order given, and those planned contrasts whose two arms exist, before any
    further ones.

    `recovered` is the tuned model's gain without search, as a share of what search alone gives
    the base model; None where one of the three arms is missing.
    """

    arms: tuple[ArmResult, ...]
    contrasts: tuple[ContrastResult, ...]
    recovered: GainShare | None = None

    def arm(self, name: str) -> ArmResult | None:
        return next((arm for arm in self.arms if arm.name == name), None)

    def contrast(self, name: str) -> ContrastResult | None:
        return next((result for result in self.contrasts if result.name == name), None)


def compare(
    verdicts: Mapping[str, Verdicts],
    documents: Sequence[Hashable],
    *,
    further: Sequence[tuple[str, str]] = (),
    seed: int = 0,
) -> Comparison:
    """Compare arms over one question set.

    `verdicts` holds, for each arm, one verdict a question, all in the order of `documents`,
    which names each question's document. NOT_ATTEMPTED scores 0; None is left out. `further`
    contrasts are adjusted among themselves, so that the planned ones do not hang on them.
    """
    scores = {name: _scores(values) for name, values in verdicts.items()}
    planned, others = (
        _contrasts(scores, documents, pairs, seed=seed) for pairs in (PLANNED, further)
    )
    return Comparison(
        arms=tuple(_arm(name, values, documents) for name, values in verdicts.items()),
        contrasts=(*planned, *others),
        recovered=_recovered(scores, documents),
    )


def _contrasts(
    scores: Mapping[str, Scores],
    documents: Sequence[Hashable],
    pairs: Sequence[tuple[str, str]],
    *,
    seed: int,
) -> list[ContrastResult]:
    found = {
        (arm, against): paired_difference(scores[arm], scores[against], documents, seed=seed)
        for arm, against in pairs
        if arm in scores and against in scores
    }
    names = {pair: "-".join(pair) for pair in found}
    adjusted = holm({names[pair]: contrast.p for pair, contrast in found.items()})
    return [
        ContrastResult(
            name=names[pair],
            arm=pair[0],
            against=pair[1],
            contrast=contrast,
            p_holm=adjusted[names[pair]],
        )
        for pair, contrast in found.items()
    ]


def _recovered(scores: Mapping[str, Scores], documents: Sequence[Hashable]) -> GainShare | None:
    if not scores.keys() >= {"tuned", "base+rag", "base"}:
        return None
    return gain_share(scores["tuned"], scores["base+rag"], scores["base"], documents)


def _scores(verdicts: Verdicts) -> Scores:
    return [None if value is None else float(value == "CORRECT") for value in verdicts]


def _arm(name: str, verdicts: Verdicts, documents: Sequence[Hashable]) -> ArmResult:
    return ArmResult(
        name=name,
        correct=sum(value == "CORRECT" for value in verdicts),
        incorrect=sum(value == "INCORRECT" for value in verdicts),
        not_attempted=sum(value == "NOT_ATTEMPTED" for value in verdicts),
        interval=mean_interval(_scores(verdicts), documents),
    )
