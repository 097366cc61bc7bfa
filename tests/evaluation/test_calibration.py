"""Markers held against people's labels."""

from html import unescape

import pytest
from made_up import report_data

from shikomi.evaluation.calibration import Mark, calibrate
from shikomi.evaluation.report import to_html, to_json

RIGHT, WRONG, NONE = "CORRECT", "INCORRECT", "NOT_ATTEMPTED"


def marks(*groups):
    """Of (label, verdict, how many), each about a question of its own."""
    pairs = [(label, verdict) for label, verdict, n in groups for _ in range(n)]
    return [Mark(question=i, label=one, verdict=other) for i, (one, other) in enumerate(pairs)]


def test_the_table_the_kappas_and_what_could_not_be_read_are_those_of_the_marks():
    found = calibrate("judge", marks(
        (RIGHT, RIGHT, 20), (RIGHT, WRONG, 5), (WRONG, RIGHT, 10), (WRONG, WRONG, 10),
        (NONE, WRONG, 5), (RIGHT, None, 3),
    ))  # fmt: skip
    assert (found.verdicts.same, found.right.same) == (30, 35)
    assert (found.right.share.n, found.right.share.n_unscored) == (50, 3)
    assert found.right.kappa == pytest.approx(0.4)
    assert found.right.low < 0.4 < found.right.high
    # Chance .5 of right or not: the ends are those of the share, stretched.
    assert found.right.low == pytest.approx((found.right.share.low - 0.5) / 0.5)
    assert (RIGHT, None, 3) in found.table and (NONE, WRONG, 5) in found.table


@pytest.mark.parametrize(
    ("groups", "reliability"),
    [
        ([(RIGHT, RIGHT, 45), (WRONG, WRONG, 45), (RIGHT, WRONG, 5)], "reliable"),
        ([(RIGHT, RIGHT, 9), (WRONG, WRONG, 9), (RIGHT, WRONG, 2)], "not_shown"),
        ([(RIGHT, RIGHT, 30), (WRONG, RIGHT, 20)], "not_reliable"),
        ([(RIGHT, RIGHT, 30)], "not_shown"),
        ([(RIGHT, None, 4)], "not_measured"),
    ],
)
def test_a_marker_is_reliable_only_if_the_whole_interval_of_kappa_is_high_enough(
    groups, reliability
):
    assert calibrate("judge", marks(*groups)).reliability == reliability


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_a_judge_that_is_not_good_enough_is_named_at_the_top_of_the_report(lang):
    bad = calibrate("judge", marks((RIGHT, RIGHT, 30), (WRONG, RIGHT, 20)))
    good = calibrate("program", marks((RIGHT, RIGHT, 45), (WRONG, WRONG, 45)))
    data = report_data(lang, calibrations=(good, bad))
    lines = [line for line in to_json(data)["lines"] if "McHugh" in line]
    assert len(lines) == 1
    html = unescape(to_html(data))
    assert html.index(lines[0]) < html.index('id="arms"')
    assert html.count("κ = 1.00") == html.count("κ = 0.00") == 1
    assert [each["reliability"] for each in to_json(data)["calibration"]] == [
        "reliable", "not_reliable",
    ]  # fmt: skip
    assert "McHugh" not in to_html(report_data(lang))
