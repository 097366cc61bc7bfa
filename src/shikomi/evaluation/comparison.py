"""The arms of one evaluation, and the contrasts planned before it."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from shikomi.evaluation.margins import GainShare, gain_share
from shikomi.evaluation.stats import Contrast, Scores, holm, mean_interval, paired_difference
from shikomi.types import Interval, VerdictValue

PLANNED = (("tuned", "base"), ("tuned+rag", "base+rag"), ("tuned", "base+rag"))
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
    """A planned contrast, named "tuned-base" and so on, with Holm's adjusted p."""

    name: str
    arm: str
    against: str
    contrast: Contrast
    p_holm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All arms in the order given, and those planned contrasts whose two arms exist.

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
    verdicts: Mapping[str, Verdicts], documents: Sequence[Hashable], *, seed: int = 0
) -> Comparison:
    """Compare arms over one question set.

    `verdicts` holds, for each arm, one verdict a question, all in the order of `documents`,
    which names each question's document. NOT_ATTEMPTED scores 0; None is left out.
    """
    scores = {name: _scores(values) for name, values in verdicts.items()}
    contrasts = {
        f"{arm}-{against}": paired_difference(scores[arm], scores[against], documents, seed=seed)
        for arm, against in PLANNED
        if arm in scores and against in scores
    }
    adjusted = holm({name: contrast.p for name, contrast in contrasts.items()})
    return Comparison(
        arms=tuple(_arm(name, values, documents) for name, values in verdicts.items()),
        contrasts=tuple(
            ContrastResult(
                name=name,
                arm=name.split("-")[0],
                against=name.split("-")[1],
                contrast=contrast,
                p_holm=adjusted[name],
            )
            for name, contrast in contrasts.items()
        ),
        recovered=_recovered(scores, documents),
    )


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
