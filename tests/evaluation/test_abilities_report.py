"""What is said of abilities, and that both languages say it."""

import json

import pytest
from made_up import report_data

from shikomi.cli.comparing import lines
from shikomi.evaluation import report, report_file, two_runs_report
from shikomi.evaluation.abilities import finding, measured
from shikomi.evaluation.abilities_wording import TEXTS, headline, to_json
from shikomi.evaluation.report_data import AbilityItem, Answer, QuestionRow
from shikomi.evaluation.two_runs import Run, compare_runs


def item(number, base, tuned, *, kind="everyday", lang="en", about="", **others):
    verdicts = {"base": base, "tuned": tuned, **others}
    answers = tuple(
        Answer(arm=arm, text=f"reply {arm}", verdict="CORRECT" if right else "INCORRECT")
        for arm, right in verdicts.items()
    )
    row = QuestionRow(id=f"t{number}", question=f"<b>Task</b> {number}", reference="r",
                      page=about or kind, answers=answers)  # fmt: skip
    return AbilityItem(kind=kind, lang=lang, about=about, row=row)


def items(n, *, lost=0, won=0):
    """`n` tasks that the base does but for those that are won."""
    return [item(i, base=i >= won, tuned=i < n - lost) for i in range(n)]


def own(kind):
    return item(
        kind, False, True, kind=kind, about="index.md", **{"base+rag": True, "tuned+rag": True}
    )


MIXED = [
    *(item(i, True, i % 4 > 0, kind=kind, lang=lang)
      for i, (kind, lang) in enumerate((k, g) for k in ("instructions", "code", "everyday")
                                       for g in ("en", "ja") for _ in range(6))),
    own("specification"), own("violations"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (items(600), "kept"),
        (items(88), "not_shown"),
        (items(88, lost=4, won=4), "not_shown"),
        (items(88, lost=30), "lost"),
        ([own("violations")], "not_measured"),
    ],
)
def test_abilities_are_called_kept_or_lost_only_where_the_interval_excludes_the_other(found, said):
    assert finding(measured(found)) == said


def test_where_nothing_is_shown_the_largest_loss_is_named_and_how_many_tasks_it_takes():
    head = headline(measured(items(88, lost=6, won=2)), "en")
    assert "of 88 tasks, the base model 86" in head.sentence
    assert "The largest loss that is not excluded is 11 points." in head.sentence
    assert "tasks to exclude a loss of 2 points" in head.lines[0]


def test_each_kind_has_its_arms_and_the_built_in_ones_a_sum():
    groups = to_json(measured(MIXED), "en")["groups"]
    assert list(groups) == ["instructions", "code", "everyday", "all", "en", "ja",
                            "specification", "violations"]  # fmt: skip
    assert groups["all"]["arms"]["base"]["n"] == 36
    assert groups["all"]["arms"].keys() == {"base", "tuned"}
    assert groups["violations"]["arms"].keys() == {"base", "tuned", "base+rag", "tuned+rag"}
    assert groups["violations"]["contrasts"].keys() >= {"tuned-base", "tuned+rag-base+rag"}


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_the_report_shows_the_table_and_the_replies_that_changed_sides(lang):
    html = report.to_html(report_data(lang, abilities=tuple(MIXED)))
    texts = TEXTS[lang]
    for key in ("abilities", "kind_code", "kind_ja", "kind_specification", "changed"):
        assert texts[key] in html
    assert "&lt;b&gt;Task&lt;/b&gt; 0<" in html
    assert "&lt;b&gt;Task&lt;/b&gt; 1<" not in html
    assert "<b>Task" not in html


def test_a_report_without_tasks_says_nothing_of_them():
    data = report_data("en")
    assert report.to_json(data)["abilities"] is None
    assert TEXTS["en"]["abilities"] not in report.to_html(data)


def test_both_languages_have_the_same_texts():
    assert TEXTS["en"].keys() == TEXTS["ja"].keys()


def saved(name, **changes):
    data = json.dumps(report.to_json(report_data("en", **changes))).encode()
    return Run(name=name, report=report_file.parse(data, name=name))


def test_two_runs_that_have_tasks_are_compared_on_those_that_both_did():
    before, after = items(20, lost=8), [*items(20, lost=3), item(99, True, True)]
    runs = compare_runs(saved("a", abilities=tuple(before)), saved("b", abilities=tuple(after)))
    found = two_runs_report.to_json(runs)["abilities"]["everyday"]
    assert (found["correct_a"], found["correct_b"], found["difference"]["n"]) == (12, 17, 20)
    assert TEXTS["en"]["kind_everyday"] in lines(runs, width=80)
    assert TEXTS["en"]["kind_everyday"] in two_runs_report.to_html(runs)


def test_two_runs_of_which_one_has_no_tasks_are_compared_without():
    runs = compare_runs(saved("a"), saved("b", abilities=tuple(items(20))))
    assert runs.abilities == ()
