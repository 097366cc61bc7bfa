"""What a comparison of two runs allows to be said, in a sentence and the lines under it."""

from typing import Literal

from shikomi.evaluation.two_runs import TwoRuns
from shikomi.evaluation.wording import SIGNIFICANCE, Headline, interval_text, resolves_line
from shikomi.types import Lang

Finding = Literal["better", "worse", "not_shown", "not_measured"]
ARM = "tuned"


_SENTENCES: dict[Lang, dict[Finding, str]] = {
    "en": {
        "better": "The tuned model of B answers more questions than that of A: {figures}.",
        "worse": "The tuned model of B answers fewer questions than that of A: {figures}.",
        "not_shown": "It is not shown that the tuned models of A and B differ: {figures}.",
        "not_measured": "There are no answers of both tuned models to compare.",
    },
    "ja": {
        "better": "Bの学習後のモデルは、Aのものより多くの質問に正答します。{figures}。",
        "worse": "Bの学習後のモデルは、Aのものほど多くの質問に正答しません。{figures}。",
        "not_shown": "学習後のモデルがAとBで異なるとは言えません。{figures}。",
        "not_measured": "学習後のモデルの回答が両方にはないため、比べられません。",
    },
}
_FIGURES: dict[Lang, str] = {
    "en": "of {n} questions that both answered, B has {b} right, A {a} ({interval})",
    "ja": "両方が答えた{n}問のうち、Bは{b}問、Aは{a}問に正答しました（{interval}）",
}
_SHARED: dict[Lang, str] = {
    "en": "{n} questions stand in both runs ({a} in A, {b} in B).",
    "ja": "両方にある質問は{n}問です（Aに{a}問、Bに{b}問）。",
}
_REWORDED: dict[Lang, str] = {
    "en": "{n} ids stand for different questions in A and B; those are left out.",
    "ja": "{n}個のidは、AとBで別の質問を指すため、比べていません。",
}
_REFERENCES: dict[Lang, str] = {
    "en": "{n} of the shared questions have another reference answer in B, so that the same "
    "answer may count otherwise.",
    "ja": "共通の質問のうち{n}問は、参照解答がAとBで異なるため、同じ回答でも採点が変わる"
    "ことがあります。",
}
_ONE_SIDED: dict[Lang, str] = {
    "en": "In {run} alone: {arms}.",
    "ja": "{run}だけにある条件: {arms}。",
}
_CHANCE: dict[Lang, str] = {
    "en": "The intervals are about the choice of questions alone: one recipe trained twice "
    "differs, too.",
    "ja": "区間が表すのは質問の選び方による不確かさだけです。同じ手順で学習し直しても結果は"
    "動きます。",
}


def headline(runs: TwoRuns, lang: Lang) -> Headline[Finding]:
    """Say whether B's tuned model does better: that needs an interval which excludes zero, and
    Holm's p below 0.05."""
    found = _finding(runs)
    return Headline(
        finding=found,
        sentence=_SENTENCES[lang][found].format(figures=_figures(runs, lang)),
        lines=tuple(_lines(runs, lang)),
    )


def _finding(runs: TwoRuns) -> Finding:
    pair = runs.arm(ARM)
    if pair is None or pair.difference.contrast.n == 0:
        return "not_measured"
    contrast = pair.difference.contrast
    if pair.difference.p_holm >= SIGNIFICANCE or contrast.low <= 0 <= contrast.high:
        return "not_shown"
    return "better" if contrast.low > 0 else "worse"


def _figures(runs: TwoRuns, lang: Lang) -> str:
    pair = runs.arm(ARM)
    if pair is None:
        return ""
    return _FIGURES[lang].format(
        n=pair.difference.contrast.n,
        a=pair.correct_a,
        b=pair.correct_b,
        interval=interval_text(pair.difference, lang),
    )


def _lines(runs: TwoRuns, lang: Lang) -> list[str]:
    a, b = runs.a.report, runs.b.report
    lines = [_SHARED[lang].format(n=runs.n_shared, a=len(a.questions), b=len(b.questions))]
    if runs.reworded:
        lines.append(_REWORDED[lang].format(n=runs.reworded))
    if runs.other_reference:
        lines.append(_REFERENCES[lang].format(n=runs.other_reference))
    for run, arms, others in (("A", a.arms, b.arms), ("B", b.arms, a.arms)):
        if alone := [arm for arm in arms if arm not in others]:
            lines.append(_ONE_SIDED[lang].format(run=run, arms=", ".join(alone)))
    return [*lines, resolves_line(runs.n_shared, lang), _CHANCE[lang]]
