"""What a comparison of two runs allows to be said, in a sentence and the lines under it."""

from typing import Literal

from shikomi.evaluation.two_runs import ArmPair, TwoRuns
from shikomi.evaluation.wording import (
    SIGNIFICANCE,
    Headline,
    difference_texts,
    interval_text,
    resolves_line,
)
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
    "en": "of {n} questions that both answered, B has {b} right, A {a}",
    "ja": "両方が答えた{n}問のうち、Bは{b}問、Aは{a}問に正答しました",
}
_FIGURES_APART: dict[Lang, str] = {
    "en": "of {n} questions that both answered and that are like no training question of either, "
    "B has {b} right, A {a}",
    "ja": "両方が答え、どちらの学習用の質問とも似ていない{n}問のうち、Bは{b}問、Aは{a}問に"
    "正答しました",
}
_STATISTICS: dict[Lang, str] = {
    "en": "The difference is {mean} ({certain}).",
    "ja": "差は{mean}（{certain}）です。",
}
_EVERY: dict[Lang, str] = {
    "en": "Of all {n} questions that both answered, those like training questions included, B has "
    "{b} right, A {a} ({interval}).",
    "ja": "学習用の質問と似たものも含め、両方が答えた{n}問すべてでは、Bは{b}問、Aは{a}問に"
    "正答しました（{interval}）。",
}
_LIKE: dict[Lang, dict[str, str]] = {
    "en": {
        "unknown": "A or B does not tell how like the questions are to training questions, so all "
        "are counted (`shikomi report` writes a report that does).",
        "few": "{n} of the shared questions are like no training question of either run, too few "
        "to be counted alone.",
    },
    "ja": {
        "unknown": "質問が学習用の質問とどれだけ似ているかがAかBに書かれていないため、すべての"
        "質問を数えています（`shikomi report`で作り直すと書かれます）。",
        "few": "共通の質問のうち、どちらの学習用の質問とも似ていないものは{n}問で、それだけで"
        "数えるには足りません。",
    },
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
        statistics="" if found == "not_measured" else _statistics(runs, lang),
    )


def _finding(runs: TwoRuns) -> Finding:
    pair = runs.counted(ARM)
    if pair is None or pair.difference.contrast.n == 0:
        return "not_measured"
    contrast = pair.difference.contrast
    if pair.difference.p_holm >= SIGNIFICANCE or contrast.low <= 0 <= contrast.high:
        return "not_shown"
    return "better" if contrast.low > 0 else "worse"


def _figures(runs: TwoRuns, lang: Lang) -> str:
    text = _FIGURES_APART if runs.apart else _FIGURES
    return _said(text[lang], runs.counted(ARM), lang)


def _statistics(runs: TwoRuns, lang: Lang) -> str:
    pair = runs.counted(ARM)
    if pair is None:
        return ""
    mean, certain = difference_texts(pair.difference, lang)
    return _STATISTICS[lang].format(mean=mean, certain=certain)


def _said(text: str, pair: ArmPair | None, lang: Lang) -> str:
    if pair is None:
        return ""
    return text.format(
        n=pair.difference.contrast.n,
        a=pair.correct_a,
        b=pair.correct_b,
        interval=interval_text(pair.difference, lang),
    )


def _likeness_line(runs: TwoRuns, lang: Lang) -> str:
    if runs.apart:
        return _said(_EVERY[lang], runs.arm(ARM), lang)
    if runs.n_apart is None:
        return _LIKE[lang]["unknown"]
    return _LIKE[lang]["few"].format(n=runs.n_apart) if runs.n_apart < runs.n_shared else ""


def _lines(runs: TwoRuns, lang: Lang) -> list[str]:
    a, b = runs.a.report, runs.b.report
    likeness = _likeness_line(runs, lang)
    lines = [likeness] if likeness else []
    lines.append(_SHARED[lang].format(n=runs.n_shared, a=len(a.questions), b=len(b.questions)))
    if runs.reworded:
        lines.append(_REWORDED[lang].format(n=runs.reworded))
    if runs.other_reference:
        lines.append(_REFERENCES[lang].format(n=runs.other_reference))
    for run, arms, others in (("A", a.arms, b.arms), ("B", b.arms, a.arms)):
        if alone := [arm for arm in arms if arm not in others]:
            lines.append(_ONE_SIDED[lang].format(run=run, arms=", ".join(alone)))
    pair = runs.counted(ARM)
    if pair and (n := pair.difference.contrast.n):
        lines.append(resolves_line(n, lang))
    return [*lines, _CHANCE[lang]]
