import dataclasses
import itertools
import json
import re

import pytest
from made_up import SHARE_RIGHT, report_data
from page_tree import HOSTILE, Tree

from shikomi.evaluation.breakdown import asked_for
from shikomi.evaluation.comparison import compare
from shikomi.evaluation.counted import counted
from shikomi.evaluation.counted_wording import COUNTED
from shikomi.evaluation.labels import LABELS, METHOD
from shikomi.evaluation.plots import curve_svg
from shikomi.evaluation.rendering import percent
from shikomi.evaluation.report import to_html, to_json
from shikomi.evaluation.report_data import (
    CurvePoint,
    QualityRow,
    Rejection,
    SettingGroup,
    StageSeconds,
)
from shikomi.evaluation.wording import headline, points
from shikomi.types import Interval


def arms(tuned, base, n=48, documents=12):
    """A comparison where the arms are right on their first questions."""
    verdicts = right_first({"base": base, "tuned": tuned}, n)
    return compare(verdicts, [i % documents for i in range(n)])


def right_first(counts, n=48):
    """Verdicts of arms that are right on their first questions."""
    return {
        name: ["CORRECT"] * right + ["INCORRECT"] * (n - right) for name, right in counts.items()
    }


@pytest.fixture(scope="module", params=["ja", "en"])
def html(request):
    return to_html(report_data(request.param))


def test_the_html_nests_and_its_ids_are_unique(html):
    ids = [attrs["id"] for _, attrs in Tree(html).tags if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_tables_name_their_headers_scope_and_headings_skip_no_level(html):
    tags = Tree(html).tags
    assert {attrs.get("scope") for tag, attrs in tags if tag == "th"} == {"col", "row"}
    levels = [int(tag[1]) for tag, _ in tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))


@pytest.mark.parametrize(
    ("lang", "texts"),
    [("en", ["0.5 s", "6 min 14 s", "1 h 4 min"]), ("ja", ["0.5秒", "6分14秒", "1時間4分"])],
)
def test_times_have_units(lang, texts):
    seconds = {"lint": 0.5, "generate": 374.0, "finetune": 3883.0}
    rows = tuple(StageSeconds(stage=name, seconds=value) for name, value in seconds.items())
    html = to_html(report_data(lang, seconds=rows))
    assert all(f">{text}</td>" in html for text in texts)


def test_the_html_refers_to_nothing_outside_itself(html):
    assert "http://" not in html
    assert "https://" not in html
    assert "@import" not in html
    for tag, attrs in Tree(html).tags:
        assert "src" not in attrs, tag
        assert attrs.get("href", "#").startswith("#")
    links = set(re.findall(r'href="#([^"]+)"', html))
    assert links <= set(re.findall(r'id="([^"]+)"', html))


def test_only_the_report_s_own_markup_is_markup(html):
    assert "&lt;" not in html.replace("p &lt; 0.001", "").replace("&lt; 0.001", "")
    assert '<span class="keep">' in html


def test_the_html_speaks_the_language_of_the_project():
    japanese, english = to_html(report_data("ja")), to_html(report_data("en"))
    assert '<html lang="ja">' in japanese
    assert "回答の比較" in japanese
    assert "Answers side by side" in english
    assert not re.search(r"[ぁ-んァ-ヶ一-龠]", re.sub(r"<style>.*?</style>", "", english))


def test_every_text_of_the_user_is_escaped():
    data = report_data("en")
    row = data.questions[0]
    answers = tuple(
        dataclasses.replace(answer, text=HOSTILE, sources=(HOSTILE,)) for answer in row.answers
    )
    row = dataclasses.replace(
        row, question=HOSTILE, reference=HOSTILE, id=HOSTILE, page=HOSTILE, answers=answers
    )
    hostile = to_html(
        dataclasses.replace(data, project=HOSTILE, questions=(row,), notes=(HOSTILE,))
    )
    tags = [tag for tag, _ in Tree(hostile).tags]
    assert tags.count("script") == 1
    assert "img" not in tags
    assert "{{ 7*7 }}" in hostile


def test_a_report_with_arms_alone_still_renders():
    data = report_data(
        "en", questions=(), funnel=(), rejections=(), curve=(), usage=(), seconds=(),
        coverage=(), settings=(), notes=(), agreement=None, samples=(),
        comparison=compare({"base": ["CORRECT"]}, ["a"]),
    )  # fmt: skip
    assert "Nothing was measured" in to_html(data)
    assert to_json(data)["contrasts"] == {}


def test_the_questions_are_marked_for_the_filter():
    data = report_data("en")
    html = to_html(data)
    right = {row.id: {a.arm: a.verdict == "CORRECT" for a in row.answers} for row in data.questions}
    newly = sum(by["tuned"] and not by["base"] for by in right.values())
    assert html.count('class="q" data-tag="newly_right"') == newly > 0
    none = sum(not any(by.values()) for by in right.values())
    assert html.count('class="q" data-tag="wrong_in_all"') == none


def test_on_paper_the_answers_are_one_row_a_question():
    page = to_html(report_data("en"))
    paper = page[page.index('class="paper"') :].split("</table>")[0]
    assert paper.count("<tr>") == 1 + 48
    marks = re.findall(r'<td class="num">(.)</td>', paper)
    assert marks.count("✓") == sum(right(report_data("en").questions, arm) for arm in SHARE_RIGHT)
    assert len(marks) == 48 * len(SHARE_RIGHT)
    assert re.search(r"@media print.*\.q,[^}]*display: none", page, re.DOTALL)


def test_the_json_holds_the_figures_and_can_be_written():
    data = json.loads(json.dumps(to_json(report_data("ja"))))
    assert set(data["arms"]) == {"base", "tuned", "base+rag", "tuned+rag"}
    assert {"n", "correct", "mean", "low", "high"} <= set(data["arms"]["tuned"])
    assert set(data["contrasts"]) == {"tuned-base", "tuned+rag-base+rag", "tuned-base+rag"}
    assert {"mean", "low", "high", "p", "p_holm"} <= set(data["contrasts"]["tuned-base"])
    assert data["funnel"]["kept"] == 941
    assert data["seconds"]["finetune"] == 4210
    assert data["totals"]["cost_nanousd"] == 412_300_000
    assert len(data["tokens"]) == 3


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_estimates_of_quality_stand_below_the_funnel_with_their_intervals(lang):
    share = Interval(mean=0.94, low=0.84, high=0.98, n=50, n_unscored=3)
    rows = (
        QualityRow(check="round-trip", share=share),
        QualityRow(check="standalone", share=share),
    )
    data = report_data(lang, quality=rows)
    html = to_html(data)
    for name in ("round-trip", "standalone"):
        said = html.partition(LABELS[lang][f"check_{name}"])[2].partition("</tr>")[0]
        percent = "%" if lang == "ja" else " %"
        shares = [f"94{percent}", f"84 – 98{percent}"]
        assert re.findall(r"[\d/ %–]+(?=</td>)", said) == ["47 / 50", *shares, "3"]
    assert to_json(data)["quality"]["standalone"]["n_unscored"] == 3
    assert LABELS[lang]["quality"] not in to_html(report_data(lang))


def test_an_unknown_price_makes_the_total_unknown_not_zero():
    data = report_data("en")
    usage = (dataclasses.replace(data.usage[0], cost_nanousd=None), *data.usage[1:])
    data = dataclasses.replace(data, usage=usage)
    assert to_json(data)["totals"]["cost_nanousd"] is None
    assert to_html(data).count("unknown") >= 2


@pytest.mark.parametrize(
    ("tuned", "base", "n", "finding", "opening"),
    [
        (31, 2, 48, "learnt", "The model learnt these documents: it answers 31 of 48"),
        (20, 2, 48, "learnt_part", "The model learnt part of these documents"),
        (6, 3, 48, "not_shown", "It is not shown that the model learnt"),
        (100, 100, 800, "did_not_learn", "The model did not learn these documents"),
        (2, 31, 48, "worse", "The model knows less of these documents"),
        (48, 48, 48, "known_before", "These questions cannot show what the model learnt"),
        (800, 800, 800, "known_before", "These questions cannot show what the model learnt"),
        (2, 48, 48, "worse", "The model knows less of these documents"),
    ],
)
def test_the_sentence_says_what_the_figures_allow(tuned, base, n, finding, opening):
    found = headline(arms(tuned, base, n), "user", "en")
    assert found.finding == finding
    assert found.sentence.startswith(opening)


def test_an_interval_above_zero_without_a_small_p_is_not_enough():
    found = headline(arms(5, 0, n=5, documents=5), "user", "en")
    assert found.finding == "not_shown"
    assert "exact test p = 0.062" in found.statistics


def test_self_made_questions_are_called_so_in_the_statistics():
    assert "unseen self-made questions" in headline(arms(31, 2), "self-made", "en").statistics
    assert "自動作成の質問で測りました" in headline(arms(31, 2), "self-made", "ja").statistics


@pytest.mark.parametrize(
    ("lang", "sentence", "statistics"),
    [
        (
            "en",
            "The model learnt these documents: it answers 31 of 48 new questions correctly,"
            " against 2 before training.",
            "The difference is +60 points (95 % interval",
        ),
        (
            "ja",
            "モデルはこの文書を覚えました。新しい質問48問のうち31問に正答し、学習前は2問でした。",
            "差は+60ポイント（95%信頼区間",
        ),
    ],
)
def test_the_first_sentence_is_for_everybody_and_the_second_has_the_statistics(
    lang, sentence, statistics
):
    found = headline(arms(31, 2), "user", lang)
    assert found.sentence == sentence
    assert found.statistics.startswith(statistics)
    page = to_html(report_data(lang))
    figures = to_json(report_data(lang))
    assert len(figures["sentence"]) < 110
    assert page.index("<h1>") < page.index('<p class="statistics">') < page.index('class="lede"')
    assert page.count("95 % interval" if lang == "en" else "95%信頼区間") > 0


def test_nothing_measured_has_no_statistics():
    found = headline(compare({"base": ["CORRECT"]}, ["a"]), "user", "en")
    assert (found.finding, found.statistics) == ("not_measured", "")


def test_the_largest_loss_not_excluded_and_what_n_resolves_are_always_said():
    data = report_data("en")
    lines = " ".join(headline(data.comparison, "user", "en").lines)
    loss = data.comparison.contrast("tuned+rag-base+rag").contrast.largest_loss
    assert f"The largest loss that is not excluded is {100 * loss:.0f} points" in lines
    assert "48 questions can resolve a difference of about 20 points" in lines


@pytest.mark.parametrize(
    ("lang", "line"),
    [
        ("en", "training alone recovers 83 % (95 % interval 59 to 112 %)."),
        ("ja", "伸びる分の83%を、学習だけで得ています（95%信頼区間 58〜113%）。"),
    ],
)
def test_the_share_of_what_search_gives_is_said_with_its_interval(lang, line):
    data = report_data(lang)
    assert any(each.endswith(line) for each in headline(data.comparison, "user", lang).lines)
    assert to_json(data)["share_of_search_gain"]["share"] == pytest.approx(29 / 35)


def test_no_share_is_told_where_search_gives_nothing_or_was_not_measured():
    right, wrong = ["CORRECT"] * 8, ["INCORRECT"] * 8
    pages = list("aabbccdd")
    for verdicts in (
        {"base": right, "tuned": right, "base+rag": right},
        {"base": wrong, "tuned": right},
    ):
        lines = headline(compare(verdicts, pages), "user", "en").lines
        assert not any("search gives" in line for line in lines)


def test_a_share_without_an_interval_says_so():
    verdicts = {
        "base": ["INCORRECT"] * 4,
        "tuned": ["CORRECT", "INCORRECT"] * 2,
        "base+rag": ["CORRECT"] * 4,
    }
    lines = headline(compare(verdicts, ["one"] * 4), "user", "en").lines
    assert any("recovers 50 % (too few pages to give an interval)" in line for line in lines)


def test_no_share_is_told_of_what_search_gives_where_that_is_not_sure():
    verdicts = right_first({"base": 1, "tuned": 16, "base+rag": 2})
    lines = headline(compare(verdicts, [i % 6 for i in range(48)]), "user", "en").lines
    assert any("too uncertain here to say which share" in line for line in lines)
    assert not any("1500" in line for line in lines)


def test_a_model_that_lost_recovers_nothing_of_what_search_gives():
    verdicts = right_first({"base": 5, "tuned": 3, "base+rag": 30})
    lines = headline(compare(verdicts, [i % 6 for i in range(48)]), "user", "en").lines
    assert any("training alone recovers nothing (−8 %, 95 % interval" in line for line in lines)


@pytest.mark.parametrize(
    ("lang", "line"),
    [("en", "So few questions (5) can hide even a large"), ("ja", "5問では、大きな差でも見落とす")],
)
def test_questions_that_resolve_nothing_are_said_to(lang, line):
    found = headline(arms(5, 0, n=5, documents=5), "user", lang)
    assert found.lines[-1].startswith(line)


def test_points_have_a_sign_and_never_round_a_difference_away():
    assert [points(value) for value in (0.6, -0.231, 0.004, 0.0)] == ["+60", "−23", "+0.4", "0"]


def test_halves_are_rounded_up_everywhere():
    eighth = compare({"tuned": ["CORRECT"] + ["INCORRECT"] * 7}, list("abcdefgh"))
    html = to_html(dataclasses.replace(report_data("en"), comparison=eighth, questions=()))
    assert ">13 %<" in html
    assert points(0.125) == "+13"
    assert points(-0.125) == "−13"
    assert percent(0.875) == "88 %"
    assert percent(0.145) == "15 %"


def test_models_that_were_tuned_earlier_are_one_row_a_stage():
    data = report_data("en")
    row = dataclasses.replace(data.usage[0], model=None, stage="evaluate")
    data = dataclasses.replace(data, usage=(*data.usage, row))
    assert to_html(data).count("models tuned earlier") == 1
    assert to_json(data)["totals"]["calls"] == sum(each.calls for each in data.usage)


def test_both_languages_have_the_same_texts():
    assert LABELS["ja"].keys() == LABELS["en"].keys()
    assert METHOD["ja"].keys() == METHOD["en"].keys()
    assert COUNTED["ja"].keys() == COUNTED["en"].keys()


def near(data, values):
    """The report's questions with these nearnesses, over and over."""
    rows = tuple(
        dataclasses.replace(row, nearest=f"near {row.id}?", nearness=values[i % len(values)])
        for i, row in enumerate(data.questions)
    )
    return dataclasses.replace(data, questions=rows)


def right(rows, arm):
    return sum(each.verdict == "CORRECT" for row in rows for each in row.answers if each.arm == arm)


def test_the_headline_counts_the_questions_that_are_like_no_training_question():
    data = near(report_data("en"), [0.1, 0.3, 0.59])
    apart = [row for row in data.questions if row.nearness < 0.4]
    figures, n = to_json(data), right(apart, "tuned")
    assert f"it answers {n} of 32 new questions" in figures["sentence"]
    assert "on unseen questions that are like no training question" in figures["statistics"]
    assert figures["lines"][0].startswith("The other 16 of the 48 questions are like training")
    assert f"it answers {right(data.questions, 'tuned')} of 48" in figures["lines"][0]
    search = f"the tuned model answers {right(apart, 'tuned+rag')} of 32"
    assert any(search in line for line in figures["lines"])
    head = figures["headline"]
    assert (head["counts"], head["n"], head["of"]) == ("low_overlap", 32, 48)
    assert head["arms"] == figures["low_overlap"]["arms"]
    assert head["arms"]["tuned"]["correct"] == n
    assert figures["low_overlap"]["contrasts"]["tuned-base"]["n"] == 32
    assert figures["arms"]["tuned"]["n"] == figures["contrasts"]["tuned-base"]["n"] == 48
    page = to_html(data)
    assert "Counted are the 32 of the 48 questions" in page
    assert page.index(f">{n} / 32<") < page.index("All 48 questions") < page.index(" / 48<")
    assert "below 0.2" in page
    assert "0.4 and more" in page
    assert "near en-01?" in page


@pytest.mark.parametrize(("n_apart", "basis"), [(20, "low_overlap"), (19, "all")])
def test_too_few_questions_apart_are_not_counted_alone_and_that_is_said(n_apart, basis):
    data = near(report_data("en"), [0.1] * n_apart + [0.5] * (48 - n_apart))
    figures = to_json(data)
    assert figures["headline"]["counts"] == basis
    assert ("of 48 new questions" in figures["sentence"]) == (basis == "all")
    few = f"Only {n_apart} of the 48 questions are like no training question, too few"
    assert figures["lines"][0].startswith(few) == (basis == "all")
    assert ("All 48 questions" in to_html(data)) == (basis == "low_overlap")


def test_a_small_share_of_many_questions_is_not_counted_alone():
    rows = near(report_data("en"), [0.5]).questions * 2
    rows += near(report_data("en"), [0.1]).questions[:24]
    every = compare({"base": ["INCORRECT"] * 120, "tuned": ["CORRECT"] * 120}, list(range(120)))
    assert counted(every, rows[24:]).basis == "low_overlap"
    assert counted(every, rows).basis == "all"


@pytest.mark.parametrize(
    ("values", "line"),
    [([0.1], "No question is like a training question."), ([0.5], "Every question is like a")],
)
def test_that_all_or_none_of_the_questions_are_like_training_ones_is_said(values, line):
    figures = to_json(near(report_data("en"), values))
    assert figures["lines"][0].startswith(line)
    assert "of 48 new questions" in figures["sentence"]
    assert figures["headline"]["n"] == 48


def test_nothing_is_said_of_likeness_where_it_is_not_known():
    data = report_data("en")
    assert to_json(data)["low_overlap"] is None
    assert "training question" not in " ".join(to_json(data)["lines"])


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("40 seconds", "number"),
        ("1,340", "number"),
        ("１３秒", "number"),
        ("05:30", "number"),
        ("RV-88", "code"),
        ("loft.dawn", "code"),
        ("seki-ake", "code"),
        ("Port Ellery", "words"),
        ("北浜気送懇話会", "words"),
    ],
)
def test_what_a_question_asks_for_is_told_by_its_accepted_answer(accept, kind):
    assert asked_for(((accept,),)) == kind


def test_answers_are_counted_by_what_is_asked_for():
    data = report_data("en")
    kinds = ("number", "code", "words")
    rows = tuple(
        dataclasses.replace(row, asks_for=kinds[i % 3]) for i, row in enumerate(data.questions)
    )
    page = to_html(dataclasses.replace(data, questions=rows))
    assert "By what is asked for" in page
    assert "By what is asked for" not in to_html(data)


def test_a_japanese_report_gives_reasons_and_settings_in_japanese():
    data = dataclasses.replace(
        report_data("ja"),
        rejections=(Rejection(step="lint", reason="the question gives the answer away", count=3),),
        settings=(SettingGroup(title="training", rows=(("n_epochs", "2"),)),),
    )
    page = to_html(data)
    assert "質問に答えが含まれている" in page
    assert "エポック数" in page
    assert "gives the answer away" not in page


def test_a_loss_below_search_is_said_in_words():
    verdicts = right_first({"base": 0, "tuned": 20, "base+rag": 47, "tuned+rag": 30})
    head = headline(compare(verdicts, [i % 12 for i in range(48)]), "user", "en")
    assert head.lines[0].startswith("Training made the answers with search worse. With search,")


def test_the_steps_of_a_short_training_are_whole_numbers():
    drawn = curve_svg([CurvePoint(step=n, loss=4.0 - n) for n in (1, 2, 3)], "loss")
    assert drawn.count('id="curve-xtick_') == 3
