"""Two runs side by side: which questions are compared, and what is said of them."""

import dataclasses
import json

import pytest
from made_up import report_data
from page_tree import HOSTILE, Tree

from shikomi.errors import UserError
from shikomi.evaluation import report_file
from shikomi.evaluation.report import to_json as report_json
from shikomi.evaluation.report_data import Answer, CoverageRow, QuestionRow
from shikomi.evaluation.report_file import ArmFigures, SavedReport
from shikomi.evaluation.two_runs import Run, compare_runs
from shikomi.evaluation.two_runs_labels import TWO_RUNS
from shikomi.evaluation.two_runs_report import to_html, to_json
from shikomi.evaluation.two_runs_wording import headline

WORD = {"+": "CORRECT", "-": "INCORRECT", "0": "NOT_ATTEMPTED", "?": None}


def row(i, marks, **over):
    """Question `i`, with one answer for each arm; a space is an arm that did not answer."""
    answers = tuple(
        Answer(arm=arm, text=f"{arm} says {mark}", verdict=WORD[mark])
        for arm, mark in marks.items()
        if mark != " "
    )
    fields = {"id": f"q{i}", "question": f"What is {i}?", "reference": f"It is {i}.",
              "page": f"{i % 5}.md", "answers": answers}  # fmt: skip
    return QuestionRow(**fields | over)


def run(name="run", *, rows=None, lang="en", settings=None, pages=(), **marks):
    """A run whose arms answer in the order of `marks`, such as tuned="++-?"."""
    if rows is None:
        n = len(next(iter(marks.values())))
        rows = [row(i, {arm: found[i] for arm, found in marks.items()}) for i in range(n)]
    arms = {answer.arm for each in rows for answer in each.answers}
    report = SavedReport(
        project="Lamp", lang=lang, created="2026-11-27", question_source="user",
        arms={arm: ArmFigures(n=9, correct=1, mean=0.1, low=0.0, high=0.4) for arm in arms},
        questions=tuple(rows), funnel={"kept": len(rows)}, settings=settings or {},
        coverage=tuple(CoverageRow(page=page, section="s", pairs=1) for page in pages),
    )  # fmt: skip
    return Run(name=name, report=report)


def test_b_is_set_against_a_question_by_question():
    found = compare_runs(run(tuned="+++-------"), run(tuned="++---+++++")).arm("tuned")
    contrast = found.difference.contrast
    assert (found.correct_a, found.correct_b, contrast.n, contrast.n_clusters) == (3, 7, 10, 5)
    assert (contrast.better, contrast.worse) == (5, 1)
    assert contrast.mean == pytest.approx(0.4)
    assert contrast.p == pytest.approx(2 * (1 + 6) / 2**6)
    assert [each.question.id for each in found.newly_wrong] == ["q2"]
    assert [each.question.id for each in found.newly_right] == ["q5", "q6", "q7", "q8", "q9"]


def test_only_questions_that_both_answered_count_and_no_answer_is_not_right():
    found = compare_runs(run(tuned="++?+ +0"), run(tuned="+-+?++0")).arm("tuned")
    assert found.difference.contrast.n == 4
    assert (found.correct_a, found.correct_b) == (3, 2)
    assert [each.question.id for each in found.newly_wrong] == ["q1"]


def test_p_is_adjusted_over_the_arms_that_both_have():
    a = run(base="-" * 10, tuned="-" * 10, old="+" * 10)
    b = run(base="-" * 10, tuned="+" * 10, new="+" * 10)
    found = compare_runs(a, b)
    assert {arm.name for arm in found.arms} == {"base", "tuned"}
    tuned = found.arm("tuned").difference
    assert tuned.p_holm == pytest.approx(2 * tuned.contrast.p)
    lines = headline(found, "en").lines
    assert "In A alone: old." in lines
    assert "In B alone: new." in lines


def test_an_id_that_now_asks_something_else_is_no_pair_and_is_counted():
    a = run(rows=[row(0, {"tuned": "+"}), row(1, {"tuned": "+"})])
    b = run(rows=[row(0, {"tuned": "-"}, question="Quite another?"), row(1, {"tuned": "+"})])
    found = compare_runs(a, b)
    assert (found.n_shared, found.reworded) == (1, 1)
    assert found.arm("tuned").newly_wrong == ()
    assert any(
        "1 ids stand for different questions" in line for line in headline(found, "en").lines
    )


def test_the_same_words_are_the_same_question_whatever_its_id():
    a = run(rows=[row(0, {"tuned": "+"}, question="What is Ｌ 7?")])
    b = run(rows=[row(5, {"tuned": "-"}, question=" What is  L 7?")])
    assert [each.question.id for each in compare_runs(a, b).arm("tuned").newly_wrong] == ["q0"]


def test_a_question_that_stands_twice_is_paired_by_its_id():
    def twice(first, second):
        same = {"question": "What is it?"}
        return run(rows=[row(0, {"tuned": first}, **same), row(1, {"tuned": second}, **same)])

    found = compare_runs(twice("+", "-"), twice("+", "+")).arm("tuned")
    assert [each.question.id for each in found.newly_right] == ["q1"]


def test_another_reference_answer_is_told():
    a = run(rows=[row(0, {"tuned": "+"})])
    b = run(rows=[row(0, {"tuned": "-"}, reference="It is 99.")])
    found = compare_runs(a, b)
    assert found.other_reference == 1
    assert any("another reference answer" in line for line in headline(found, "en").lines)


def test_runs_without_a_common_question_or_arm_are_refused_in_one_line():
    other = run("B", rows=[row(0, {"tuned": "+"}, question="Else?")])
    with pytest.raises(UserError, match=r"^A and B have no question in common"):
        compare_runs(run("A", tuned="+"), other)
    with pytest.raises(UserError, match=r"^A and B have no arm in common"):
        compare_runs(run("A", tuned="+"), run("B", base="+"))


def test_what_changed_in_settings_pairs_and_pages_is_listed_and_nothing_else():
    a = run(tuned="++", settings={"models": {"student": "s", "judge": "j"}}, pages=["a", "b"])
    b = run(tuned="++", settings={"models": {"student": "t", "judge": "j"}, "run": {"turns": "2"}},
            pages=["a", "a"])  # fmt: skip
    changes = [dataclasses.astuple(change) for change in compare_runs(a, b).changes]
    assert changes == [
        ("models", "student", "s", "t"),
        ("sections of a page", "a", "1", "2"),
        ("sections of a page", "b", "1", None),
        ("run", "turns", None, "2"),
    ]
    assert compare_runs(a, a).changes == ()


@pytest.mark.parametrize(
    ("a", "b", "finding", "opening"),
    [
        ("-" * 20, "+" * 15 + "-" * 5, "better", "The tuned model of B answers more questions"),
        ("+" * 20, "-" * 15 + "+" * 5, "worse", "The tuned model of B answers fewer questions"),
        ("+-" * 10, "-+" * 10, "not_shown", "It is not shown that the tuned models"),
        ("?" * 20, "+" * 20, "not_measured", "There are no answers of both tuned models"),
    ],
)
def test_the_sentence_says_what_the_paired_difference_allows(a, b, finding, opening):
    found = headline(compare_runs(run(tuned=a), run(tuned=b)), "en")
    assert found.finding == finding
    assert found.sentence.startswith(opening)


def saved(**over):
    """A report as its file has it, read back."""
    data = json.dumps(report_json(report_data(**over)), ensure_ascii=False)
    return Run(name="out/report.json", report=report_file.parse(data.encode(), name="report.json"))


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_reports_that_were_written_can_be_compared(lang):
    a, b = saved(lang=lang, seed=4), saved(lang=lang, seed=5)
    table = json.loads(json.dumps(to_json(compare_runs(a, b))))
    assert table["shared_questions"] == table["a"]["questions"] == 48
    assert set(table["arms"]) == {"base", "tuned", "base+rag", "tuned+rag"}
    for name, arm in table["arms"].items():
        assert arm["a"]["correct"] == arm["correct_a"] == a.report.arms[name].correct
        assert arm["difference"]["better"] == len(arm["newly_right"])
        assert arm["difference"]["worse"] == len(arm["newly_wrong"])
        assert {"low", "high", "p", "p_holm", "n"} <= arm["difference"].keys()
    gain = table["arms"]["tuned"]["correct_b"] - table["arms"]["tuned"]["correct_a"]
    assert table["arms"]["tuned"]["difference"]["mean"] == pytest.approx(gain / 48)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_page_nests_needs_nothing_else_and_shows_every_switched_answer(lang):
    runs = compare_runs(saved(lang=lang, seed=4), saved(lang=lang, seed=5))
    html = to_html(runs)
    tags = Tree(html).tags
    assert f'<html lang="{lang}">' in html
    assert "http" not in html
    ids = {attrs["id"] for _, attrs in tags if "id" in attrs}
    links = {attrs["href"] for tag, attrs in tags if tag == "a"}
    assert links == {f"#{name}" for name in ids & {"differences", "changes", "switched"}}
    n_right = sum(len(arm.newly_right) for arm in runs.arms)
    n_wrong = sum(len(arm.newly_wrong) for arm in runs.arms)
    assert html.count('class="q" data-tag="newly_right"') == n_right > 0
    assert html.count('class="q" data-tag="newly_wrong"') == n_wrong > 0


def test_every_text_of_the_page_is_escaped():
    marks = {"question": HOSTILE, "reference": HOSTILE, "id": HOSTILE, "page": HOSTILE}
    a = run(HOSTILE, rows=[row(0, {"tuned": "+"}, **marks)], settings={HOSTILE: {HOSTILE: "a"}})
    b = run(HOSTILE, rows=[row(0, {"tuned": "-"}, **marks)], settings={HOSTILE: {HOSTILE: HOSTILE}})
    tags = [tag for tag, _ in Tree(to_html(compare_runs(a, b))).tags]
    assert tags.count("script") == 1
    assert "img" not in tags


def test_a_page_of_two_equal_runs_says_that_nothing_differs():
    html = to_html(compare_runs(run(tuned="+-+-"), run(tuned="+-+-")))
    assert TWO_RUNS["en"]["no_changes"] in html
    assert TWO_RUNS["en"]["none_switched"] in html


def near(marks, values):
    """A run whose questions are that like training questions."""
    return run(rows=[
        row(i, {"tuned": mark}, nearness=values[i]) for i, mark in enumerate(marks)
    ])  # fmt: skip


def test_the_sentence_counts_what_is_like_no_training_question_of_either_run():
    a = near("-" * 30, [0.1] * 28 + [0.5, 0.1])
    b = near("+" * 10 + "-" * 15 + "+" * 5, [0.5] * 2 + [0.1] * 28)
    found = compare_runs(a, b)
    head = headline(found, "en")
    assert "of 27 questions that both answered and that are like no training" in head.sentence
    assert "B has 12 right, A 0" in head.sentence
    assert head.lines[0].startswith("Of all 30 questions that both answered")
    assert "B has 15 right, A 0" in head.lines[0]
    apart = to_json(found)["low_overlap"]
    assert (apart["n"], apart["is_counted"], apart["arms"]["tuned"]["correct_b"]) == (27, True, 12)
    assert to_json(found)["arms"]["tuned"]["correct_b"] == 15
    assert TWO_RUNS["en"]["apart"] in to_html(found)


def test_too_few_questions_apart_are_not_counted_alone():
    found = compare_runs(near("-" * 30, [0.1] * 19 + [0.5] * 11), near("+" * 30, [0.1] * 30))
    head = headline(found, "en")
    assert "of 30 questions that both answered, B has 30 right, A 0" in head.sentence
    assert head.lines[0].startswith("19 of the shared questions are like no training question")


def test_a_report_that_does_not_tell_likeness_is_compared_over_all_questions():
    found = compare_runs(near("-" * 30, [0.1] * 30), run(tuned="+" * 30))
    assert "does not tell how like" in headline(found, "en").lines[0]
    assert to_json(found)["low_overlap"] is None


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"\xff\xfe", b'{"arms": {}}', b'{"project": "p", "lang": "xx"}']
)
def test_a_file_that_is_no_report_is_refused_in_one_line(data):
    with pytest.raises(UserError, match=r"other\.json is no report of Shikomi's") as caught:
        report_file.parse(data, name="other.json")
    assert "\n" not in str(caught.value)


def test_both_languages_have_the_same_texts_of_two_runs():
    assert TWO_RUNS["ja"].keys() == TWO_RUNS["en"].keys()
