"""What the report says of questions beside the headline's: paraphrases and the study."""

import dataclasses
from html import unescape

import pytest
from made_up import report_data
from page_tree import HOSTILE, Tree

from shikomi.evaluation.report import to_html, to_json
from shikomi.evaluation.report_data import Answer, QuestionRow, StudyData
from shikomi.evaluation.study_wording import TEXTS

RIGHT = {"H0": (6, 1), "H1": (4, 0), "H2": (3, 0), "H4": (1, 2)}  # of eight: study, base


def question(level, n, arms):
    answers = tuple(
        Answer(arm=arm, text="", verdict="CORRECT" if n < right else "INCORRECT")
        for arm, right in arms.items()
    )
    return QuestionRow(id=f"{level}-{n}", question=f"{level}, {n}?", reference="r",
                       page=f"p{n}.md", answers=answers, kind=level, level=level)  # fmt: skip


def data(lang, **changes):
    rows = tuple(
        question(level, n, {"study": study, "base": base})
        for level, (study, base) in RIGHT.items()
        for n in range(8)
    )
    taught = tuple(question("H0", n, {"tuned": 5}) for n in range(8))
    study = StudyData(model="ft:x:study", samples=80, of_samples=100, facts_only_read=8,
                      pages_never_seen=("away.md",), questions=rows)  # fmt: skip
    beside = tuple(row for row in rows if row.level != "H1")
    fields = {"beside": (*taught, *beside[8:]), "study": study}
    return report_data(lang, **(fields | changes))


def test_both_languages_have_the_same_texts():
    assert TEXTS["en"].keys() == TEXTS["ja"].keys()


def test_each_level_is_compared_with_the_base_by_itself_and_corrected_together():
    found = to_json(data("en"))["study"]
    assert {level: each["n"] for level, each in found["levels"].items()} == {
        "H0": 8, "H1": 8, "H2": 8, "H3": 0, "H4": 8,
    }  # fmt: skip
    gains = {k: each["difference"]["mean"] for k, each in found["levels"].items() if each["n"]}
    assert gains == {"H0": 5 / 8, "H1": 4 / 8, "H2": 3 / 8, "H4": -1 / 8}
    first = found["levels"]["H0"]["difference"]
    assert first["p_holm"] == pytest.approx(4 * first["p"])
    assert found["levels"]["H3"]["difference"] is None
    assert (found["samples"], found["of_samples"]) == (80, 100)


def test_paraphrases_are_the_tuned_model_s_alone():
    found = to_json(data("en"))["paraphrases"]
    assert (found["n"], found["correct"]) == (8, 5)
    assert to_json(report_data("en"))["paraphrases"] is None


def test_the_headline_and_its_figures_are_the_same_without_them():
    mine, without = to_json(data("en")), to_json(report_data("en"))
    own = {"study", "paraphrases", "questions_beside"}
    assert {k: v for k, v in mine.items() if k not in own} == {
        k: v for k, v in without.items() if k not in own
    }


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_every_question_shows_its_level_and_can_be_filtered_by_it(lang):
    html = unescape(to_html(data(lang)))
    ids = [attrs["id"] for _, attrs in Tree(html).tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    n_counted = len(data(lang).questions)
    for level, n in {"H0": 8, "H1": n_counted, "H2": 8, "H4": 8}.items():
        name = TEXTS[lang][f"short_{level}"]
        assert f'data-tag="{level}" aria-pressed="false">{name} {n}</button>' in html
        if level != "H1":
            assert html.count(f"· {name} · {TEXTS[lang][f'kind_{level}']}<") == n


def test_what_is_named_in_the_study_is_escaped():
    given = data("en")
    hostile = dataclasses.replace(given.study, model=HOSTILE, pages_never_seen=(HOSTILE,))
    tags = [tag for tag, _ in Tree(to_html(data("en", study=hostile))).tags]
    assert tags.count("script") == 1
    assert "img" not in tags
