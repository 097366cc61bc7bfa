import numpy as np
import pytest
import scipy.stats

from shikomi.evaluation import student_t
from shikomi.evaluation.comparison import compare
from shikomi.evaluation.stats import (
    holm,
    mcnemar_p,
    mean_interval,
    paired_difference,
    power_line,
)

DEGREES = (0.5, 1, 1.5, 2, 3.7, 7, 20, 100, 1e4, 1e8)


@pytest.mark.parametrize("df", DEGREES)
def test_t_agrees_with_scipy(df):
    for p in (0.001, 0.3, 0.5, 0.9, 0.975, 0.9999):
        assert student_t.quantile(p, df) == pytest.approx(
            scipy.stats.t.ppf(p, df), rel=1e-6, abs=1e-9
        )
    for t in (-50, -3, -0.1, 0, 0.5, 10):
        assert student_t.cdf(t, df) == pytest.approx(scipy.stats.t.cdf(t, df), abs=1e-8)


def test_t_refuses_an_impossible_level():
    with pytest.raises(ValueError, match="no t quantile"):
        student_t.quantile(1, 3)


def test_mcnemar_agrees_with_scipy_s_binomial_test():
    for better, worse in [(0, 0), (5, 0), (3, 9), (29, 0), (10, 10), (700, 600)]:
        n = better + worse
        expected = scipy.stats.binomtest(better, n).pvalue if n else 1.0
        assert mcnemar_p(better, worse) == pytest.approx(expected, rel=1e-9)


def test_holm_steps_down_and_stays_monotone():
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03}) == pytest.approx(
        {"a": 0.03, "b": 0.06, "c": 0.06}
    )
    assert holm({"a": 0.6, "b": 0.9}) == {"a": 1.0, "b": 1.0}


@pytest.mark.parametrize("seed", range(5))
def test_mcnemar_agrees_with_statsmodels(seed):
    from statsmodels.stats.contingency_tables import mcnemar

    a, b = np.random.default_rng(seed).integers(0, 2, (2, 60))
    table = [[((a == i) & (b == j)).sum() for j in (0, 1)] for i in (0, 1)]
    found = paired_difference(a.astype(float).tolist(), b.astype(float).tolist(), range(60))
    assert found.p == pytest.approx(mcnemar(table, exact=True).pvalue, rel=1e-9)


@pytest.mark.parametrize("seed", range(2))
def test_holm_agrees_with_statsmodels(seed):
    from statsmodels.stats.multitest import multipletests

    p = np.random.default_rng(seed).random(6) ** 3
    expected = multipletests(p, method="holm")[1]
    assert list(holm(dict(zip("abcdef", p, strict=True))).values()) == pytest.approx(list(expected))


@pytest.mark.parametrize(("right", "n"), [(0, 7), (7, 7), (3, 9), (1, 40)])
def test_wilson_agrees_with_statsmodels(right, n):
    from statsmodels.stats.proportion import proportion_confint

    interval = mean_interval([1.0] * right + [0.0] * (n - right), ["only"] * n)
    expected = proportion_confint(right, n, method="wilson")
    assert (interval.low, interval.high) == pytest.approx(expected, abs=1e-12)


def test_one_question_a_document_gives_wilson_with_a_t_quantile():
    scores = [1.0] * 30 + [0.0] * 10
    interval = mean_interval(scores, range(40))
    quantile = scipy.stats.t.ppf(0.975, 39)
    level = 1 - 2 * scipy.stats.norm.sf(quantile)
    # CR2 divides by n - 1; scipy's Wilson by n.
    wilson = scipy.stats.binomtest(30, 40).proportion_ci(level, method="wilson")
    assert (interval.low, interval.high) == pytest.approx((wilson.low, wilson.high), abs=4e-3)


def test_a_single_document_gives_plain_wilson():
    interval = mean_interval([1.0] * 7 + [0.0] * 3, ["only"] * 10)
    wilson = scipy.stats.binomtest(7, 10).proportion_ci(0.95, method="wilson")
    assert (interval.low, interval.high) == pytest.approx((wilson.low, wilson.high))


def test_all_right_does_not_pretend_to_be_certain():
    interval = mean_interval([1.0] * 10, [i // 2 for i in range(10)])
    assert interval.mean == interval.high == 1
    assert 0.5 < interval.low < 0.8


def test_an_unscored_question_is_counted_and_left_out():
    interval = mean_interval([1.0, None, 0.0, 1.0, 1.0], list("aabbc"))
    assert (interval.n, interval.n_unscored, interval.mean) == (4, 1, 0.75)
    assert mean_interval([None], ["a"]).high == 1


def test_equal_documents_give_scipy_s_t_interval_on_document_means():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 2, 48).astype(float), rng.integers(0, 2, 48).astype(float)
    found = paired_difference(list(a), list(b), [i // 6 for i in range(48)])
    means = (a - b).reshape(8, 6).mean(axis=1)
    expected = scipy.stats.ttest_1samp(means, 0).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)
    assert (found.method, found.n_clusters, found.mean) == ("t", 8, pytest.approx(means.mean()))


def test_unequal_documents_agree_with_the_matrix_form_of_cr2():
    sizes = [1, 2, 4, 9, 16]
    rng = np.random.default_rng(1)
    d = rng.integers(-1, 2, sum(sizes)).astype(float)
    keys = np.repeat(np.arange(5), sizes)
    n, m = len(d), np.eye(len(d)) - 1 / len(d)
    columns = []
    for k in range(5):
        block = np.flatnonzero(keys == k)
        values, vectors = np.linalg.eigh(m[np.ix_(block, block)])
        root = vectors @ np.diag(values**-0.5) @ vectors.T
        columns.append(m[:, block] @ root @ np.ones(len(block)) / n)
    g = np.array(columns)
    gram = g @ g.T
    df = np.trace(gram) ** 2 / (gram**2).sum()
    half = scipy.stats.t.ppf(0.975, df) * np.sqrt(((g @ d) ** 2).sum())
    found = paired_difference(list(np.maximum(d, 0)), list(np.maximum(-d, 0)), list(keys))
    low, high = max(-1, d.mean() - half), min(1, d.mean() + half)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-8)


def test_forty_documents_are_resampled_and_agree_with_scipy_s_bootstrap():
    rng = np.random.default_rng(2)
    a, b = rng.integers(0, 2, 240).astype(float), rng.integers(0, 2, 240).astype(float)
    found = paired_difference(list(a), list(b), [i // 6 for i in range(240)])
    means = (a - b).reshape(40, 6).mean(axis=1)
    expected = scipy.stats.bootstrap((means,), np.mean, method="percentile", rng=rng)
    interval = expected.confidence_interval
    assert found.method == "bootstrap"
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), abs=0.01)


def test_the_bootstrap_is_repeatable():
    a, b = [1.0, 0.0, 1.0] * 20, [0.0, 0.0, 1.0] * 20
    assert paired_difference(a, b, range(60)) == paired_difference(a, b, range(60))


def test_too_few_documents_fall_back_to_questions_and_say_so():
    found = paired_difference([1.0] * 8 + [0.0] * 2, [0.0] * 10, ["a", "b"] * 5)
    assert found.method == "questions"
    assert -1 < found.low < 0.8 < found.high <= 1


@pytest.mark.parametrize("n_documents", [8, 50])
def test_a_difference_without_spread_still_has_a_width(n_documents):
    keys = [i % n_documents for i in range(100)]
    found = paired_difference([1.0] * 100, [1.0] * 100, keys)
    assert found.low < -0.01
    assert found.largest_loss == -found.low


def test_pairs_with_an_unscored_side_are_left_out():
    found = paired_difference([1.0, None, 1.0, 0.0], [0.0, 0.0, None, 1.0], list("abcd"))
    assert (found.n, found.n_unscored, found.better, found.worse) == (2, 2, 1, 1)
    nothing = paired_difference([None], [1.0], ["a"])
    assert (nothing.low, nothing.high, nothing.p, nothing.n) == (-1, 1, 1, 0)


def test_power_line_gives_the_planned_figures():
    assert [round(100 * power_line(n)) for n in (48, 180, 750)] == [20, 10, 5]
    assert power_line(0) == 1


@pytest.mark.parametrize(("n", "discordant"), [(48, 0.24), (200, 0.4), (750, 0.15)])
def test_a_difference_on_the_power_line_is_found_four_times_in_five(n, discordant):
    rng = np.random.default_rng(n)
    difference = power_line(n, discordant=discordant)
    better = (discordant + difference) / 2
    draws = rng.multinomial(n, (better, discordant - better, 1 - discordant), size=1500)
    found = [mcnemar_p(int(up), int(down)) < 0.05 for up, down, _ in draws]
    # The exact test is careful with few questions, the line with large differences.
    assert 0.74 < np.mean(found) < 0.9


@pytest.mark.parametrize("n", [8, 12, 20, 30])
def test_few_questions_show_the_difference_on_the_power_line_four_times_in_five(n):
    difference = power_line(n)
    discordant = max(difference, 0.24)  # they cannot differ by more than where they do
    up = (discordant + difference) / 2
    shares = (up, discordant - up, 1 - discordant)
    seen = [
        scipy.stats.multinomial.pmf([better, worse, n - better - worse], n, shares)
        for better in range(n + 1)
        for worse in range(n - better + 1)
        if mcnemar_p(better, worse) < 0.05
    ]
    assert sum(seen) > 0.8


def test_no_difference_is_resolved_by_seven_questions():
    assert power_line(7) == 1
    assert power_line(8) < 1


def test_arms_that_never_differed_may_yet_differ():
    found = paired_difference([1.0] * 48, [1.0] * 48, range(48))
    assert found.discordance == pytest.approx(1 / 50)
    half = paired_difference([1.0, 0.0] * 24, [0.0, 0.0] * 24, range(48))
    assert half.discordance == pytest.approx(25 / 50)


@pytest.mark.parametrize(("n_documents", "repeats"), [(8, 600), (20, 600), (60, 300)])
def test_the_intervals_cover_the_truth(n_documents, repeats):
    rng = np.random.default_rng(n_documents)
    covered = 0
    for _ in range(repeats):
        sizes = rng.integers(2, 10, n_documents)
        keys = np.repeat(np.arange(n_documents), sizes)
        base = np.clip(0.3 + rng.normal(0, 0.1, n_documents), 0, 1)
        gain = rng.uniform(0.1, 0.5, n_documents)  # its mean, 0.3, is the truth
        chance = rng.random(len(keys))
        a = (chance < np.minimum(base + gain, 1)[keys]).astype(float)
        b = (rng.random(len(keys)) < base[keys]).astype(float)
        found = paired_difference(a.tolist(), b.tolist(), keys.tolist(), repeats=1000)
        covered += found.low <= 0.3 <= found.high
    # 95 % less about three standard errors of the simulation.
    assert 0.95 - 3 * np.sqrt(0.0475 / repeats) - 0.01 < covered / repeats < 0.99


@pytest.mark.parametrize("spread", [0.0, 0.3])
@pytest.mark.parametrize("n_documents", [8, 20, 60])
def test_an_arm_s_interval_covers_its_rate_and_is_not_too_wide(n_documents, spread):
    rng = np.random.default_rng(n_documents)
    covered = 0
    for _ in range(1000):
        keys = np.repeat(np.arange(n_documents), rng.integers(2, 11, n_documents))
        rate = rng.uniform(0.4 - spread, 0.4 + spread, n_documents)
        found = mean_interval((rng.random(len(keys)) < rate[keys]).astype(float).tolist(), keys)
        covered += found.low <= 0.4 <= found.high
    # 93 to 97 % and three standard errors of the simulation.
    assert 0.93 - 0.01 < covered / 1000 < 0.97 + 0.012


def test_compare_makes_the_planned_contrasts_of_the_arms_it_has():
    right, wrong = ["CORRECT"] * 8, ["INCORRECT"] * 7 + [None]
    found = compare({"base": wrong, "tuned": right, "base+rag": right}, list("aabbccdd"))
    assert [result.name for result in found.contrasts] == ["tuned-base", "tuned-base+rag"]
    assert found.arm("base").interval.n_unscored == 1
    result = found.contrast("tuned-base")
    assert (result.contrast.n, result.p_holm) == (7, 2 * result.contrast.p)
