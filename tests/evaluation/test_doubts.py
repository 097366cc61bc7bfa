"""What stands below the headline, so that nobody believes more than was measured."""

import dataclasses

import pytest
from made_up import report_data

from shikomi.evaluation.comparison import compare
from shikomi.evaluation.report import to_html, to_json
from shikomi.evaluation.report_data import CoverageRow


def measured(lang, pages, **arms):
    """A report on these pages' questions; each arm has so many right, then wrong, declined and
    unscored."""
    values = ("CORRECT", "INCORRECT", "NOT_ATTEMPTED", None)
    verdicts = {
        arm: [value for value, n in zip(values, counts, strict=True) for _ in range(n)]
        for arm, counts in arms.items()
    }
    return dataclasses.replace(
        report_data(lang), comparison=compare(verdicts, pages), questions=(), coverage=()
    )


def lines(data):
    return " ".join(to_json(data)["lines"])


SIX = [i % 6 for i in range(30)]


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "12 answers of the tuned model, 1 of the base model. The difference is over the 18 "
         "questions with both scored; were all others to the tuned model's disadvantage, it would "
         "be +40 points over all 30."),
        ("ja", "学習後のモデルが12件、元のモデルが1件です。差は、どちらも採点できた18問による"
         "ものです。残りがすべて学習後のモデルに不利だったとすると、30問での差は+40ポイント"),
    ],
)  # fmt: skip
def test_unscored_answers_are_counted_with_the_worst_that_they_may_hide(lang, said):
    data = measured(lang, SIX, base=(2, 27, 0, 1), tuned=(15, 3, 0, 12))
    assert said in lines(data)
    assert said in to_html(data).replace("&#39;", "'")


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "the tuned model gives a wrong one to 9 questions and says to 1 that it does not "
         "know; the base model to 3 and 25."),
        ("ja", "学習後のモデルは9問に誤って答え、1問で答えを控えました。元のモデルはそれぞれ3問と"
         "25問です。"),
    ],
)  # fmt: skip
def test_it_is_said_whether_a_model_declines_or_answers_wrongly(lang, said):
    assert said in lines(measured(lang, SIX, base=(2, 3, 25, 0), tuned=(20, 9, 1, 0)))


def test_nothing_is_said_of_what_does_not_occur():
    said = lines(measured("en", SIX, base=(2, 20, 8, 0), tuned=(30, 0, 0, 0)))
    said += lines(measured("en", SIX, base=(2, 28, 0, 0), tuned=(20, 10, 0, 0)))
    assert "Not scored" not in said
    assert "not right" not in said
    assert "pages" not in said


def test_questions_about_few_pages_tell_nothing_of_the_others():
    data = report_data("en")
    asked = sorted({row.page for row in data.questions})
    more = [*asked, *(f"more-{n}.md" for n in range(len(asked) + 1))]
    rows = tuple(CoverageRow(page=page, section="", pairs=1) for page in more)
    said = f"These questions are about {len(asked)} of the {len(more)} pages"
    assert said in lines(dataclasses.replace(data, coverage=rows))
    assert "These questions are about" not in lines(dataclasses.replace(data, coverage=rows[:-1]))


@pytest.mark.parametrize(("pages", "is_said"), [(1, True), (2, True), (3, False)])
def test_intervals_that_know_nothing_of_pages_are_said_to_be_too_narrow(pages, is_said):
    data = measured("en", [i % pages for i in range(30)], base=(2, 28, 0, 0), tuned=(20, 10, 0, 0))
    assert ("likely too narrow" in lines(data)) == is_said


def test_caveats_come_first():
    data = dataclasses.replace(report_data("en"), caveats=("Some were aimed at.",))
    assert to_json(data)["lines"][0] == "Some were aimed at."


def rows(data, **fields):
    """The report's questions, every second one with these fields."""
    changed = tuple(
        dataclasses.replace(row, **fields) if i % 2 else row for i, row in enumerate(data.questions)
    )
    return dataclasses.replace(data, questions=changed)


def test_questions_of_two_origins_or_languages_are_counted_apart():
    data = report_data("en")
    every = tuple(dataclasses.replace(row, kind="user", lang="en") for row in data.questions)
    data = dataclasses.replace(data, questions=every)
    mixed = to_html(rows(data, kind="self-made", lang="ja"))
    for title in ("By who wrote the question", "By language of the question"):
        assert title in mixed
        assert title not in to_html(data)
    table = mixed.partition("By who wrote the question")[2].partition("</table>")[0]
    right = [
        sum(a.verdict == "CORRECT" for row in data.questions[1::2] for a in row.answers
            if a.arm == arm)
        for arm in ("base", "tuned")
    ]  # fmt: skip
    made = table.partition(">self-made<")[2]
    figures = "".join(f'<td class="num">{n}</td>' for n in (24, *right))
    assert made.partition("</tr>")[0].replace("\n", "").removeprefix("/th>").startswith(figures)


def test_questions_that_name_no_page_stand_in_the_table_of_pages_in_the_report_s_language():
    page = to_html(rows(report_data("ja"), page=""))
    assert "（ページの指定なし）" in page.partition("ページ別")[2].partition("</table>")[0]


def test_questions_are_found_by_who_wrote_them_and_by_answers_without_a_score():
    data = report_data("en")
    every = tuple(dataclasses.replace(row, kind="user") for row in data.questions)
    data = rows(dataclasses.replace(data, questions=every), kind="self-made")
    first = data.questions[0]
    unscored = dataclasses.replace(first.answers[0], verdict=None)
    first = dataclasses.replace(first, answers=(unscored, *first.answers[1:]))
    page = to_html(dataclasses.replace(data, questions=(first, *data.questions[1:])))
    bar = page.partition('class="filter"')[2].partition("</div>")[0]
    assert "Unscored 1<" in bar and "self-made 24<" in bar and "written by a person 24<" in bar
    assert page.count('self-made"><h3>'.replace("><", ">\n<")) == 24
    assert 'data-tag="user"' in bar and 'data-tag="user"' not in to_html(report_data("en"))


def test_what_warns_stands_apart_before_the_other_lines():
    page = to_html(dataclasses.replace(report_data("ja"), caveats=("気をつけてください。",)))
    assert page.index('class="lede warned"') < page.index("気をつけて") < page.index('class="lede"')
    assert 'class="lede warned"' not in to_html(report_data("ja"))
