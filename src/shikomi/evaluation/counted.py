"""Which questions the headline counts: those like no training question, where they are enough."""

from dataclasses import dataclass
from typing import Any, Literal

from shikomi.evaluation import breakdown
from shikomi.evaluation.comparison import Comparison
from shikomi.evaluation.figures import comparison_json
from shikomi.evaluation.report_data import QuestionRow
from shikomi.evaluation.stats import power_line

# Fewer answers than this resolve no difference below 39 points, and where the questions apart
# are a smaller share, they may be odd ones. Neither hangs on who answered them how.
FEWEST = 20
LEAST_SHARE = 0.25
Basis = Literal["low_overlap", "all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """`comparison` is over the questions that the headline counts, `every` over all of them,
    `apart` over those like no training question; None where there are none, or nobody knows.

    `n_apart` of the `n_all` questions are like no training question; None where that is unknown.
    """

    basis: Basis
    every: Comparison
    apart: Comparison | None
    n_all: int
    n_apart: int | None

    @property
    def comparison(self) -> Comparison:
        return self.apart if self.apart and self.basis == "low_overlap" else self.every

    @property
    def is_part(self) -> bool:
        """Whether the headline leaves questions out."""
        return self.basis == "low_overlap" and self.n_apart != self.n_all


def counted(every: Comparison, rows: tuple[QuestionRow, ...]) -> Counted:
    unlike = breakdown.unlike(rows)
    apart = breakdown.compared(unlike, every) if unlike else None
    return Counted(
        basis="low_overlap" if apart and _carries(apart, len(rows)) else "all",
        every=every,
        apart=apart,
        n_all=len(rows),
        n_apart=None if unlike is None else len(unlike),
    )


def carries(n: int, of: int) -> bool:
    """Whether `n` of so many questions are enough to be counted alone."""
    return n >= max(FEWEST, LEAST_SHARE * of)


def _carries(apart: Comparison, of: int) -> bool:
    result = apart.contrast("tuned-base")
    return result is not None and carries(result.contrast.n, of)


def headline_json(found: Counted) -> dict[str, Any]:
    """What the headline counts, and its figures."""
    n = max((each.contrast.n for each in found.comparison.contrasts), default=0)
    return {
        "counts": found.basis,
        "n": found.n_apart if found.basis == "low_overlap" else found.n_all,
        "of": found.n_all,
        "fewest": FEWEST,
        "least_share": LEAST_SHARE,
        "resolvable_difference": power_line(n),
        **comparison_json(found.comparison),
    }
