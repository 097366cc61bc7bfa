"""How far whoever marks answers agrees with people's labels of the same answers."""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from shikomi.evaluation.stats import mean_interval
from shikomi.evaluation.verdicts import agreement, expected_by_chance
from shikomi.types import Interval, VerdictValue

# Below it agreement is inadequate, and little confidence should be placed in what hangs on it
# (McHugh 2012, Biochemia Medica 22:276); Landis and Koch (1977) call .61 and more substantial.
RELIABLE_KAPPA = 0.6
PROGRAM = "program"
Reliability = Literal["reliable", "not_shown", "not_reliable", "not_measured"]
_Pairs = Sequence[tuple[VerdictValue, VerdictValue | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One answer: what a person said of it and what the marker did (None: its reply could not be
    read). `question` groups the answers to one question, which are marked alike."""

    question: Hashable
    label: VerdictValue
    verdict: VerdictValue | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sameness:
    """How many of the verdicts that could be read are as labelled, and which share.

    `kappa` is Cohen's, None where chance alone would always agree. Its interval is that of the
    share, corrected for the chance that was observed (as in Cohen 1960).
    """

    same: int
    share: Interval
    kappa: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """`verdicts` compares all three values, `right` CORRECT with the two others: scores count no
    more than that, so it decides `reliability`. `table` says how often a label met a verdict."""

    marker: str
    verdicts: Sameness
    right: Sameness
    table: tuple[tuple[VerdictValue, VerdictValue | None, int], ...]
    reliability: Reliability


def calibrate(marker: str, marks: Iterable[Mark]) -> Calibration:
    """Hold `marker`'s verdicts against the labels."""
    found = list(marks)
    questions = [mark.question for mark in found]
    pairs = [(mark.label, mark.verdict) for mark in found]
    right = _sameness([(_right(one) or one, _right(other)) for one, other in pairs], questions)
    counts = Counter(pairs)
    return Calibration(
        marker=marker,
        verdicts=_sameness(pairs, questions),
        right=right,
        table=tuple((*pair, counts[pair]) for pair in sorted(counts, key=str)),
        reliability=_reliability(right),
    )


def _right(value: VerdictValue | None) -> VerdictValue | None:
    """CORRECT, or INCORRECT for either of the others."""
    return "INCORRECT" if value == "NOT_ATTEMPTED" else value


def _sameness(pairs: _Pairs, questions: Sequence[Hashable]) -> Sameness:
    compared = agreement(pairs)
    scores = [None if other is None else float(one == other) for one, other in pairs]
    share = mean_interval(scores, questions)
    low = high = None
    if compared.kappa is not None:
        chance = expected_by_chance([(one, other) for one, other in pairs if other is not None])
        low, high = ((end - chance) / (1 - chance) for end in (share.low, share.high))
    return Sameness(same=compared.same, share=share, kappa=compared.kappa, low=low, high=high)


def _reliability(found: Sameness) -> Reliability:
    if found.share.n == 0:
        return "not_measured"
    if found.kappa is None or found.low is None:
        return "not_shown"
    if found.kappa < RELIABLE_KAPPA:
        return "not_reliable"
    return "reliable" if found.low >= RELIABLE_KAPPA else "not_shown"
