import numpy as np
import pytest
import scipy.optimize
import scipy.stats

from shikomi.evaluation.margins import gain_share, questions_for, retention
from shikomi.evaluation.stats import paired_difference, power_line

KEYS = [n // 6 for n in range(120)]


def arms(seed, *rates):
    rng = np.random.default_rng(seed)
    return [(rng.random(len(KEYS)) < rate).astype(float).tolist() for rate in rates]


def test_the_share_of_a_gain_is_the_ratio_of_the_two_gains():
    base, tuned, searched = arms(1, 0.1, 0.5, 0.8)
    found = gain_share(tuned, searched, base, KEYS)
    ours, theirs = np.mean(tuned) - np.mean(base), np.mean(searched) - np.mean(base)
    assert found.share == pytest.approx(ours / theirs)
    assert found.low < found.share < found.high
    assert found.n == 120


def test_its_ends_are_where_a_t_test_on_documents_turns():
    base, tuned, searched = arms(2, 0.2, 0.5, 0.7)
    found = gain_share(tuned, searched, base, KEYS)
    by_document = [np.reshape(x, (20, 6)).mean(axis=1) for x in (tuned, searched, base)]

    def p(ratio):
        gain, reference = by_document[0] - by_document[2], by_document[1] - by_document[2]
        return scipy.stats.ttest_1samp(gain - ratio * reference, 0).pvalue - 0.05

    low = scipy.optimize.brentq(p, -3, found.share)
    high = scipy.optimize.brentq(p, found.share, 5)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-6)


def test_a_reference_that_gains_nothing_for_sure_bounds_nothing():
    base, tuned, searched = arms(3, 0.5, 0.6, 0.5)
    found = gain_share(tuned, searched, base, KEYS)
    assert (found.low, found.high) == (None, None)
    nothing = gain_share([None], [1.0], [0.0], ["a"])
    assert (nothing.share, nothing.low, nothing.n) == (None, None, 0)


def test_a_share_of_few_documents_has_no_interval():
    found = gain_share([1.0, 0.0] * 5, [1.0] * 10, [0.0] * 10, ["a", "b"] * 5)
    assert (found.share, found.low, found.high) == (0.5, None, None)


def test_a_question_that_any_arm_has_no_score_for_is_left_out():
    found = gain_share([1.0, None, 1.0], [1.0, 1.0, 1.0], [0.0, 0.0, None], list("abc"))
    assert (found.n, found.share) == (1, 1.0)


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [(0.8, 0.8, "kept"), (0.8, 0.5, "lost"), (0.8, 0.77, "not_shown")],
)
def test_retention_is_kept_lost_or_not_shown(before, after, verdict):
    n = 4000
    b = [float(i % 100 < 100 * before) for i in range(n)]
    a = [float((i * 7 + 3) % 100 < 100 * after) for i in range(n)]
    found = paired_difference(a, b, [i // 100 for i in range(n)], repeats=1000)
    assert retention(found, margin=0.029) == verdict


def test_as_many_questions_as_are_planned_resolve_the_difference():
    assert [round(questions_for(x), -1) for x in (0.2, 0.1, 0.05)] == [50, 190, 750]
    assert questions_for(0.02) == pytest.approx(4700, rel=0.01)
    for difference in (0.02, 0.07, 0.3):
        n = questions_for(difference, discordant=0.31)
        assert power_line(n, discordant=0.31) <= difference < power_line(n - 1, discordant=0.31)
