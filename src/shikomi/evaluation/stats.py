"""Intervals and tests over one frozen set of questions that lie in documents.

Questions of one document stand or fall together, so the document is the unit of sampling.
What is estimated is always the plain mean over the questions; documents with many questions
weigh more.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from shikomi.evaluation import student_t
from shikomi.types import Interval

CONFIDENCE = 0.95
POWER = 0.8
FEWEST_DOCUMENTS_FOR_T = 3
FEWEST_DOCUMENTS_FOR_BOOTSTRAP = 40
BOOTSTRAP_REPEATS = 10_000
_CHUNK = 1_000
# The share of questions on which two arms disagree, where it is not known yet; at 0.24, 48, 180
# and 750 questions resolve 20, 10 and 5 points.
EXPECTED_DISCORDANCE = 0.24

Floats = NDArray[np.float64]
Scores = Sequence[float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """Mean difference `a - b` over paired questions, with its 95 % interval.

    `better` and `worse` count the pairs where a scores above and below b. `p` is two-sided.
    `method` says in ASCII how the interval was made: "bootstrap", "t" or "questions".
    """

    mean: float
    low: float
    high: float
    p: float
    n: int
    n_clusters: int
    method: str
    better: int
    worse: int
    n_unscored: int = 0

    @property
    def largest_loss(self) -> float:
        """The largest loss (>= 0) of a against b that the interval does not exclude."""
        return max(0.0, -self.low)

    @property
    def discordance(self) -> float:
        """The share of pairs on which a and b differ, with one pair more that does and one that
        does not: two arms that never differed may yet."""
        return (self.better + self.worse + 1) / (self.n + 2)


@dataclass(frozen=True, slots=True)
class _Spread:
    """Standard error of a mean over questions, and its degrees of freedom."""

    error: float
    df: float
    n_clusters: int


def mean_interval(scores: Scores, clusters: Sequence[Hashable]) -> Interval:
    """Mean of scores in [0, 1] with a 95 % interval; None is unscored and left out.

    Wilson's interval; where questions of one document stand or fall together, with the sample
    size divided by the design effect and a t quantile (Wilson 1927; Korn and Graubard 1998). No
    score at all gives (0, 0, 1).
    """
    kept = [(score, key) for score, key in zip(scores, clusters, strict=True) if score is not None]
    unscored = len(scores) - len(kept)
    if not kept:
        return Interval(mean=0.0, low=0.0, high=1.0, n=0, n_unscored=unscored)
    values = np.array([score for score, _ in kept], dtype=np.float64)
    mean = float(values.mean())
    size, quantile = _effective_size(mean, len(kept), _cluster_spread(values, [k for _, k in kept]))
    low, high = _wilson(mean, size, quantile)
    return Interval(mean=mean, low=low, high=high, n=len(kept), n_unscored=unscored)


def paired_difference(
    a: Scores,
    b: Scores,
    clusters: Sequence[Hashable],
    *,
    seed: int = 0,
    repeats: int = BOOTSTRAP_REPEATS,
) -> Contrast:
    """Mean of `a - b` over the questions where both are scored (scores in [0, 1]).

    The interval, by the number of documents (`clusters`):
    40 and more: percentile bootstrap that resamples documents ("bootstrap");
    3 to 39: t interval from document totals with the small-sample correction CR2 and its
    degrees of freedom, exact for equal documents (Bell and McCaffrey 2002; Imbens and Kolesar
    2016) ("t");
    fewer: paired interval over questions, adjusted by one success and one failure (Bonett and
    Price 2012), which knows nothing of documents ("questions").
    It is never narrower than that last one where the documents do not differ at all.
    `p` is the exact McNemar (sign) test over questions.
    """
    kept = _differences(a, b, clusters)
    values = np.array([difference for difference, _ in kept], dtype=np.float64)
    better, worse = int((values > 0).sum()), int((values < 0).sum())
    keys = [key for _, key in kept]
    method, (low, high) = _difference_interval(values, keys, seed, repeats)
    return Contrast(
        mean=float(values.mean()) if kept else 0.0,
        low=max(low, -1.0),
        high=min(high, 1.0),
        p=mcnemar_p(better, worse),
        n=len(kept),
        n_clusters=len(set(keys)),
        method=method,
        better=better,
        worse=worse,
        n_unscored=len(a) - len(kept),
    )


def _differences(
    a: Scores, b: Scores, clusters: Sequence[Hashable]
) -> list[tuple[float, Hashable]]:
    return [
        (one - other, key)
        for one, other, key in zip(a, b, clusters, strict=True)
        if one is not None and other is not None
    ]


def mcnemar_p(better: int, worse: int) -> float:
    """Exact two-sided McNemar test: a binomial test of the discordant pairs at one half."""
    n = better + worse
    tail = sum(math.comb(n, k) for k in range(min(better, worse) + 1))
    return min(1.0, 2 * tail / (1 << n))


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Holm's adjusted p values (Holm 1979), under the names they came with."""
    adjusted: dict[str, float] = {}
    running = 0.0
    for rank, (name, p) in enumerate(sorted(p_values.items(), key=lambda item: item[1])):
        running = max(running, min(1.0, p * (len(p_values) - rank)))
        adjusted[name] = running
    return {name: adjusted[name] for name in p_values}


def power_line(n: int, *, discordant: float = EXPECTED_DISCORDANCE) -> float:
    """The difference in means (0 to 1) that n paired questions show with 80 % power at 5 %.

    `discordant` is the share of the questions on which the arms differ (`Contrast.discordance`),
    or the difference itself where that is more: arms cannot differ by more than the questions on
    which they do. It is the least difference that can be seen; questions of one document that
    stand and fall together see less. What resolves nothing gives 1.0.
    """
    if n < 1:
        return 1.0
    normal = NormalDist()
    reach = normal.inv_cdf(0.5 + CONFIDENCE / 2) + normal.inv_cdf(POWER)
    return min(1.0, max(reach * math.sqrt(discordant / n), reach**2 / n))


def _effective_size(mean: float, n: int, spread: _Spread) -> tuple[float, float]:
    """(how many independent questions the n are worth, the quantile that goes with them).

    Documents that differ no more than chance has it leave the questions independent: to take
    the t quantile for them as well covers 98 to 99 % at 8 documents.
    """
    worth = mean * (1 - mean) / spread.error**2 if spread.error > 0 else float(n)
    if spread.n_clusters < FEWEST_DOCUMENTS_FOR_T or worth > n:
        return float(n), NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)
    return worth, student_t.quantile(0.5 + CONFIDENCE / 2, spread.df)


def _wilson(mean: float, size: float, quantile: float) -> tuple[float, float]:
    shrink = 1 + quantile**2 / size
    middle = (mean + quantile**2 / (2 * size)) / shrink
    half = quantile / shrink * math.sqrt(mean * (1 - mean) / size + (quantile / size) ** 2 / 4)
    # At the borders rounding must not push the mean out of its own interval.
    return max(0.0, min(mean, middle - half)), min(1.0, max(mean, middle + half))


def _difference_interval(
    values: Floats, keys: Sequence[Hashable], seed: int, repeats: int
) -> tuple[str, tuple[float, float]]:
    n_clusters = len(set(keys))
    if n_clusters < FEWEST_DOCUMENTS_FOR_T:
        return "questions", _question_interval(values)
    spread = _cluster_spread(values, keys)
    many = n_clusters >= FEWEST_DOCUMENTS_FOR_BOOTSTRAP
    method = "bootstrap" if many else "t"
    if spread.error < 1e-12:
        return method, _question_interval(values)
    if many:
        return method, _bootstrap_interval(values, keys, seed, repeats)
    half = student_t.quantile(0.5 + CONFIDENCE / 2, spread.df) * spread.error
    mean = float(values.mean())
    return method, (mean - half, mean + half)


def _question_interval(values: Floats) -> tuple[float, float]:
    if len(values) == 0:
        return -1.0, 1.0
    padded = np.append(values, (1.0, -1.0))
    half = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2) * float(padded.std() / math.sqrt(len(padded)))
    mean, centre = float(values.mean()), float(padded.mean())
    return min(mean, centre - half), max(mean, centre + half)


def _totals(values: Floats, keys: Sequence[Hashable]) -> tuple[Floats, Floats]:
    """Sum of the values and number of questions of each cluster, shapes (k,) and (k,)."""
    index = {key: i for i, key in enumerate(dict.fromkeys(keys))}
    codes = np.array([index[key] for key in keys], dtype=np.int64)
    sums = np.bincount(codes, weights=values).astype(np.float64)
    return sums, np.bincount(codes).astype(np.float64)


def cluster_covariance(values: Floats, keys: Sequence[Hashable]) -> tuple[Floats, float]:
    """CR2 covariance (d, d) of the means of `values` (n, d), and Bell and McCaffrey's degrees of
    freedom. For means alone both have closed forms in the clusters' shares w of the questions.

    There must be two clusters or more.
    """
    columns = [_totals(column, keys) for column in values.T]
    sizes = columns[0][1]
    shares = sizes / sizes.sum()
    residuals = np.stack([sums for sums, _ in columns]) - np.outer(values.mean(axis=0), sizes)
    covariance = (residuals / (1 - shares)) @ residuals.T / len(values) ** 2
    ratio = shares**2 / (1 - shares)
    off_diagonal = float(ratio.sum() ** 2 - (ratio**2).sum())
    return covariance, 1 / (float((shares**2).sum()) + off_diagonal)


def _cluster_spread(values: Floats, keys: Sequence[Hashable]) -> _Spread:
    n_clusters = len(set(keys))
    if n_clusters < FEWEST_DOCUMENTS_FOR_T:
        return _Spread(0.0, math.inf, n_clusters)
    covariance, df = cluster_covariance(values[:, None], keys)
    return _Spread(math.sqrt(float(covariance[0, 0])), df, n_clusters)


def _bootstrap_interval(
    values: Floats, keys: Sequence[Hashable], seed: int, repeats: int
) -> tuple[float, float]:
    sums, sizes = _totals(values, keys)
    rng = np.random.default_rng(seed)
    even = np.full(len(sums), 1 / len(sums))
    means = []
    for start in range(0, repeats, _CHUNK):
        counts = rng.multinomial(len(sums), even, size=min(_CHUNK, repeats - start))
        means.append((counts @ sums) / (counts @ sizes))
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(np.concatenate(means), (tail, 1 - tail))
    return float(low), float(high)
