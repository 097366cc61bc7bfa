"""What a reader has to know before believing the headline, in lines below it."""

from collections.abc import Iterator, Sequence

from shikomi.evaluation.comparison import ArmResult, Comparison
from shikomi.evaluation.report_data import QuestionRow
from shikomi.evaluation.stats import FEWEST_DOCUMENTS_FOR_T
from shikomi.evaluation.wording import points
from shikomi.types import Lang

_TEXTS: dict[Lang, dict[str, str]] = {
    "en": {
        "unscored": "Not scored: {ours} answers of the tuned model, {theirs} of the base model. "
        "The difference is over the {n} questions with both scored; were all others to the tuned "
        "model's disadvantage, it would be {worst} points over all {of}.",
        "not_right": "Where the answer is not right, the tuned model gives a wrong one to {wrong} "
        "questions and says to {declined} that it does not know; the base model to {base_wrong} "
        "and {base_declined}.",
        "few_pages": "These questions are about {n} of the {of} pages; they tell nothing of the "
        "others.",
        "one_page": "With questions about fewer than three pages nobody can tell how much pages "
        "differ: the intervals take every question as independent, and are likely too narrow.",
    },
    "ja": {
        "unscored": "採点できなかった回答は、学習後のモデルが{ours}件、元のモデルが{theirs}件です。"
        "差は、どちらも採点できた{n}問によるものです。残りがすべて学習後のモデルに不利だったと"
        "すると、{of}問での差は{worst}ポイントになります。",
        "not_right": "正答しなかった質問のうち、学習後のモデルは{wrong}問に誤って答え、{declined}問"
        "で答えを控えました。元のモデルはそれぞれ{base_wrong}問と{base_declined}問です。",
        "few_pages": "質問の対象は{of}ページのうち{n}ページで、ほかのページについては何も分かりま"
        "せん。",
        "one_page": "質問の対象が三ページに満たず、ページによる違いを見積もれません。信頼区間は"
        "質問を互いに独立とみなしたもので、狭すぎるおそれがあります。",
    },
}


def lines(
    counted: Comparison, rows: Sequence[QuestionRow], pages: frozenset[str], lang: Lang
) -> list[str]:
    """`counted` is what the headline counts, `rows` all held-out questions, and `pages` those of
    the project, as far as they are known."""
    tuned, base = counted.arm("tuned"), counted.arm("base")
    result = counted.contrast("tuned-base")
    if tuned is None or base is None or result is None or result.contrast.n == 0:
        return []
    said = [*_arm_lines(tuned, base, result.contrast.n, lang), *_page_lines(rows, pages, lang)]
    if result.contrast.n_clusters < FEWEST_DOCUMENTS_FOR_T:
        said.append(_TEXTS[lang]["one_page"])
    return said


def _arm_lines(tuned: ArmResult, base: ArmResult, n_both: int, lang: Lang) -> Iterator[str]:
    """`n_both` questions have a scored answer of both."""
    texts, n_unscored = _TEXTS[lang], (tuned.interval.n_unscored, base.interval.n_unscored)
    if any(n_unscored):
        n = tuned.interval.n + n_unscored[0]
        worst = (tuned.correct - base.correct - n_unscored[1]) / n
        yield texts["unscored"].format(
            ours=n_unscored[0], theirs=n_unscored[1], n=n_both, of=n, worst=points(worst)
        )
    if tuned.not_attempted + base.not_attempted and tuned.interval.mean < 1:
        yield texts["not_right"].format(
            wrong=tuned.incorrect,
            declined=tuned.not_attempted,
            base_wrong=base.incorrect,
            base_declined=base.not_attempted,
        )


def _page_lines(rows: Sequence[QuestionRow], pages: frozenset[str], lang: Lang) -> Iterator[str]:
    """Where they are about fewer than half of the pages."""
    asked = {row.page for row in rows} & pages
    if asked and 2 * len(asked) < len(pages):
        yield _TEXTS[lang]["few_pages"].format(n=len(asked), of=len(pages))
