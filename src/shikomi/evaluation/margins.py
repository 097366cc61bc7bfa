"""What a comparison can show beside its interval: retention within a margin, and the share of one
gain that another recovers."""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np

from shikomi.evaluation import student_t
from shikomi.evaluation.stats import (
    CONFIDENCE,
    EXPECTED_DISCORDANCE,
    FEWEST_DOCUMENTS_FOR_T,
    POWER,
    Contrast,
    Floats,
    Scores,
    cluster_covariance,
)

Retention = Literal["kept", "lost", "not_shown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GainShare:
    """How much of a reference's gain over the base was recovered: 1.0 is all of it, more than
    1.0 more. `low` and `high` are None where the interval has no end on that side that could be
    told: the reference's own gain is not sure enough to be divided by, or there are too few
    documents (`n_clusters`) to tell."""

    share: float | None
    low: float | None
    high: float | None
    n: int
    n_clusters: int = 0

    @property
    def is_unsure(self) -> bool:
        """Whether the reference's own gain is not sure enough to be divided by."""
        return self.low is None and self.n_clusters >= FEWEST_DOCUMENTS_FOR_T


def retention(contrast: Contrast, *, margin: float) -> Retention:
    """Whether a against b keeps what b could do but for `margin` (0.02 is two points).

    "kept": the interval excludes a loss as large as the margin. "lost": it excludes any smaller
    one. A test of non-inferiority at 2.5 %, one-sided.
    """
    if contrast.low > -margin:
        return "kept"
    return "lost" if contrast.high < -margin else "not_shown"


def questions_for(difference: float, *, discordant: float = EXPECTED_DISCORDANCE) -> int:
    """How many paired questions show `difference` (0 to 1), or exclude it as a loss where there
    is none, with 80 % power at 5 %, two-sided; the inverse of `power_line`."""
    normal = NormalDist()
    reach = normal.inv_cdf(0.5 + CONFIDENCE / 2) + normal.inv_cdf(POWER)
    return math.ceil(max(discordant, difference) * (reach / difference) ** 2)


def gain_share(
    arm: Scores, reference: Scores, base: Scores, clusters: Sequence[Hashable]
) -> GainShare:
    """The gain of `arm` over `base` as a share of the gain of `reference` over `base`.

    With Fieller's 95 % interval (1954) over the documents' CR2 covariance: the ratios r for
    which `arm - base - r (reference - base)` does not differ from zero. Questions that any of
    the three has no score for are left out.
    """
    rows = [
        (one - low, other - low, key)
        for one, other, low, key in zip(arm, reference, base, clusters, strict=True)
        if one is not None and other is not None and low is not None
    ]
    gains = np.array([row[:2] for row in rows], dtype=np.float64).reshape(-1, 2)
    means = gains.mean(axis=0) if rows else np.zeros(2)
    share = float(means[0] / means[1]) if means[1] > 0 else None
    keys = [row[2] for row in rows]
    low, high = _fieller(gains, means, keys)
    if share is None or low is None:
        low = high = None
    return GainShare(share=share, low=low, high=high, n=len(rows), n_clusters=len(set(keys)))


def _fieller(
    gains: Floats, means: Floats, keys: Sequence[Hashable]
) -> tuple[float | None, float | None]:
    if len(set(keys)) < FEWEST_DOCUMENTS_FOR_T:
        return None, None
    covariance, df = cluster_covariance(gains, keys)
    t2 = student_t.quantile(0.5 + CONFIDENCE / 2, df) ** 2
    a = means[1] ** 2 - t2 * covariance[1, 1]
    b = means[0] * means[1] - t2 * covariance[0, 1]
    c = means[0] ** 2 - t2 * covariance[0, 0]
    root = b * b - a * c
    if a <= 0 or root < 0:
        return None, None
    return float((b - math.sqrt(root)) / a), float((b + math.sqrt(root)) / a)
