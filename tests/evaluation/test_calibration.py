"""Markers held against people's labels."""

from dataclasses import replace
from html import unescape

import pytest
from made_up import report_data

from shikomi.evaluation import markers
from shikomi.evaluation.calibration import Mark, calibrate
from shikomi.evaluation.labels import METHOD
from shikomi.evaluation.report import to_html, to_json
from shikomi.evaluation.verdicts import Agreement

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


def judged(lang, n, **changes):
    """The first n questions have no accepted strings."""
    data = report_data(lang, **changes)
    rows = [replace(row, is_judged=i < n) for i, row in enumerate(data.questions)]
    return to_json(replace(data, questions=tuple(rows)))["lines"]


BAD = calibrate("judge", marks((RIGHT, RIGHT, 30), (WRONG, RIGHT, 20)))
UNSURE = calibrate("judge", marks((RIGHT, RIGHT, 9), (WRONG, WRONG, 9), (RIGHT, WRONG, 2)))
GOOD = calibrate("judge", marks((RIGHT, RIGHT, 45), (WRONG, WRONG, 45)))


@pytest.mark.parametrize(
    ("n", "found", "said"),
    [
        (0, BAD, "No figure here hangs on it."),
        (6, BAD, "The judge marks the answers to 6 of the 48 questions."),
        (6, UNSURE, "6 of the 48 questions. It is not shown to be reliable"),
        (6, None, "6 of the 48 questions. Nobody has labelled its answers"),
        (6, GOOD, None),
        (0, None, None),
    ],
)
def test_the_top_says_what_hangs_on_a_judge_that_is_not_shown_to_be_reliable(n, found, said):
    lines = judged("en", n, calibrations=(found,) if found else ())
    about = [line for line in lines if "judge" in line or "hangs" in line]
    assert len(about) == (said is not None)
    assert said is None or said in about[0]


def test_a_judge_that_nobody_labelled_and_that_differs_from_the_program_is_told_at_the_top():
    lines = judged("en", 6, agreement=Agreement(n=24, same=12, share=0.5, kappa=0.1))
    assert "the program and the judge mark 12 alike (50 %, κ = 0.10)." in lines[0]
    assert "alike" not in judged("en", 6)[0]


@pytest.mark.parametrize(
    ("n", "said"), [(8, "So few answers do not tell"), (24, "one of the two is not reliable")]
)
def test_a_few_answers_do_not_tell_that_a_marker_is_not_reliable(n, said):
    agreement = Agreement(n=n, same=n - 1, share=1 - 1 / n, kappa=0.0)
    (line,) = markers.lines(report_data("en", agreement=agreement), METHOD["en"])
    assert said in line
