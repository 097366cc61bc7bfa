"""What the figures allow to be said, in a sentence. It never says more than they do."""

from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from shikomi.evaluation.comparison import ArmResult, Comparison, ContrastResult
from shikomi.evaluation.margins import GainShare
from shikomi.evaluation.report_data import QuestionSource
from shikomi.evaluation.stats import power_line
from shikomi.rounding import rounded, whole_percent
from shikomi.types import Lang

Finding = Literal[
    "learnt",
    "learnt_part",
    "not_shown",
    "did_not_learn",
    "worse",
    "known_before",
    "not_measured",
]
SIGNIFICANCE = 0.05
# A gain below this (5 points) does not count as having learnt.
_SMALLEST_GAIN = 0.05
_HALF = 0.5
# A base model that answers so many questions leaves training hardly any to show itself in.
_MOST = 0.9


FindingT = TypeVar("FindingT", bound=str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline(Generic[FindingT]):
    """The finding, its sentence for everybody, the sentence of the figures behind it ("" where
    there are none of their own), and the lines that belong under both."""

    finding: FindingT
    sentence: str
    lines: tuple[str, ...]
    statistics: str = ""


_SENTENCES: dict[Lang, dict[Finding, str]] = {
    "en": {
        "learnt": "The model learnt these documents: {counts}.",
        "learnt_part": "The model learnt part of these documents: {counts}.",
        "not_shown": "It is not shown that the model learnt these documents: {counts}.",
        "did_not_learn": "The model did not learn these documents: {counts}.",
        "worse": "The model knows less of these documents than before training: {counts}.",
        "known_before": "These questions cannot show what the model learnt, because it answered "
        "most of them before: {counts}.",
        "not_measured": "Nothing was measured: there is no question on which answers of both the "
        "tuned and the base model were scored.",
    },
    "ja": {
        "learnt": "モデルはこの文書を覚えました。{counts}。",
        "learnt_part": "モデルはこの文書の一部を覚えました。{counts}。",
        "not_shown": "モデルがこの文書を覚えたとは言えません。{counts}。",
        "did_not_learn": "モデルはこの文書を覚えませんでした。{counts}。",
        "worse": "モデルは学習前よりもこの文書について答えられません。{counts}。",
        "known_before": "学習前からほとんどの質問に答えられるため、この質問では何を覚えたかが"
        "分かりません。{counts}。",
        "not_measured": "測定されていません。学習後のモデルと元のモデルの回答がともに採点された"
        "質問がないため、比べられません。",
    },
}
_COUNTS: dict[Lang, str] = {
    "en": "it answers {ours} of {n} new questions correctly, against {theirs} before training",
    "ja": "新しい質問{n}問のうち{ours}問に正答し、学習前は{theirs}でした",
}
# What the questions were, of all of them and of those that are like no training question.
_STATISTICS: dict[Lang, str] = {
    "en": "The difference is {mean} ({certain}), measured on unseen {kind}.",
    "ja": "差は{mean}（{certain}）です。学習に使っていない{kind}で測りました。",
}
_STATISTICS_APART: dict[Lang, str] = {
    "en": "The difference is {mean} ({certain}), measured on unseen {kind} that are like no "
    "training question.",
    "ja": "差は{mean}（{certain}）です。学習に使っておらず、学習用のどの質問とも似ていない{kind}で"
    "測りました。",
}
_KINDS: dict[Lang, dict[QuestionSource, str]] = {
    "en": {
        "user": "questions",
        "self-made": "self-made questions",
        "mixed": "questions (partly self-made)",
    },
    "ja": {"user": "質問", "self-made": "自動作成の質問", "mixed": "質問（一部は自動作成）"},
}
_SEARCH: dict[Lang, str] = {
    "en": "With search, the tuned model answers {ours} of {n}, the base model {theirs} "
    "({interval}). {loss}",
    "ja": "検索と合わせると、学習後のモデルは{n}問のうち{ours}問、元のモデルは{theirs}に"
    "正答します（{interval}）。{loss}",
}
_WITH_SEARCH_NOW: dict[Lang, tuple[str, str]] = {
    "en": ("Training made the answers with search worse. ", "Training helps search, too. "),
    "ja": (
        "検索と合わせた回答は、学習によって悪くなりました。",
        "検索と合わせた回答も、学習によって良くなりました。",
    ),
}
_CLOSED_BOOK: dict[Lang, str] = {
    "en": "The tuned model without search, set against the base model with search: {interval}.",
    "ja": "検索なしの学習後のモデルを、検索ありの元のモデルと比べた差は{interval}です。",
}
_RECOVERED: dict[Lang, dict[str, str]] = {
    "en": {
        "some": "Of what search gives the base model, training alone recovers {share} % "
        "({interval}).",
        "none": "Of what search gives the base model, training alone recovers nothing ({share} %, "
        "{interval}).",
        "unsure": "What search alone gives the base model is too uncertain here to say which share "
        "of it training recovers.",
    },
    "ja": {
        "some": "検索によって元のモデルが伸びる分の{share}%を、学習だけで得ています"
        "（{interval}）。",
        "none": "検索によって元のモデルが伸びる分を、学習だけではまったく得ていません"
        "（{share}%、{interval}）。",
        "unsure": "検索だけで元のモデルが伸びる分が不確かなため、学習がその何割を得たかは"
        "言えません。",
    },
}
_PLACEBO: dict[Lang, str] = {
    "en": "Trained alike on other documents, the model answers {ours} of {n}; the gain over this "
    "placebo: {interval}.",
    "ja": "ほかの文書で同じように学習させたモデル（プラセボ）の正答は{n}問のうち{ours}問で、"
    "それに対する向上は{interval}です。",
}
_SHARE_INTERVAL: dict[Lang, tuple[str, str]] = {
    "en": ("95 % interval {low} to {high} %", "too few pages to give an interval"),
    "ja": ("95%信頼区間 {low}〜{high}%", "ページが少なく、信頼区間は求められません"),
}
_LOSS: dict[Lang, tuple[str, str]] = {
    "en": (
        "The largest loss that is not excluded is {loss} points.",
        "No loss lies within the interval.",
    ),
    "ja": (
        "否定できない最大の低下は{loss}ポイントです。",
        "区間に低下は含まれません。",
    ),
}
_RESOLVES: dict[Lang, tuple[str, str]] = {
    "en": (
        "{n} questions can resolve a difference of about {points} points (80 % power); "
        "smaller ones may go unseen.",
        "So few questions ({n}) can hide even a large difference.",
    ),
    "ja": (
        "{n}問で見分けられる差は、約{points}ポイントからです（検出力80%）。"
        "それより小さい差は見落とすことがあります。",
        "{n}問では、大きな差でも見落とすことがあります。",
    ),
}


def headline(
    comparison: Comparison, source: QuestionSource, lang: Lang, *, is_apart: bool = False
) -> Headline[Finding]:
    """Say whether the tuned model learnt the documents.

    `is_apart` says that the questions are those that are like no training question.

    "Learnt" needs both an interval above zero and Holm's p below 0.05, and at least half of the
    questions right; "did not learn" needs an interval that excludes a gain of 5 points. Where
    neither gain nor loss is shown and the base model has nine of ten right, the questions are
    said to be unfit.
    """
    found = finding(comparison)
    result = comparison.contrast("tuned-base")
    counted = _figures(_COUNTS[lang], comparison, result, lang) if result else ""
    measured = found != "not_measured"
    text = (_STATISTICS_APART if is_apart else _STATISTICS)[lang]
    lines = [
        _search_line(comparison, lang),
        _closed_book_line(comparison, lang),
        _recovered_line(comparison.recovered, lang),
        _placebo_line(comparison, lang),
    ]
    if result and result.contrast.n:
        lines.append(resolves_line(result.contrast.n, lang))
    return Headline(
        finding=found,
        sentence=_SENTENCES[lang][found].format(counts=counted),
        lines=tuple(line for line in lines if line),
        statistics=_statistics(text, result, _KINDS[lang][source], lang) if measured else "",
    )


def _statistics(text: str, result: ContrastResult | None, kind: str, lang: Lang) -> str:
    if result is None:
        return ""
    mean, certain = difference_texts(result, lang)
    return text.format(mean=mean, certain=certain, kind=kind)


def finding(comparison: Comparison) -> Finding:
    """What the contrast tuned-base shows; see `headline`."""
    result, tuned = comparison.contrast("tuned-base"), comparison.arm("tuned")
    if result is None or tuned is None or result.contrast.n == 0:
        return "not_measured"
    shown = result.p_holm < SIGNIFICANCE
    if result.contrast.low > 0 and shown:
        return "learnt" if tuned.interval.mean >= _HALF else "learnt_part"
    if result.contrast.high < 0 and shown:
        return "worse"
    base = comparison.arm("base")
    if base is not None and base.interval.mean >= _MOST:
        return "known_before"
    return "did_not_learn" if result.contrast.high < _SMALLEST_GAIN else "not_shown"


def points(difference: float, *, signed: bool = True) -> str:
    """A difference (0.6) in points ("+60"); one decimal where a whole number would say 0."""
    value = 100 * difference
    text = rounded(abs(value), 1 if 0.05 <= abs(value) < 1 else 0)
    if not signed or float(text) == 0:
        return text
    return ("+" if value > 0 else "\u2212") + text


def p_text(p: float) -> str:
    """A p value for people."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _figures(text: str, comparison: Comparison, result: ContrastResult, lang: Lang) -> str:
    tuned, base = comparison.arm("tuned"), comparison.arm("base")
    if tuned is None or base is None:
        return ""
    return text.format(**counts(tuned, base, lang), interval=interval_text(result, lang))


def counts(tuned: ArmResult, base: ArmResult, lang: Lang, *, unit: str = "問") -> dict[str, str]:
    """How many both answer, and of how many where that differs; `unit` is the Japanese counter."""
    theirs = str(base.correct)
    if lang == "ja":
        theirs += unit
    if base.interval.n != tuned.interval.n:
        of = {
            "en": f"{base.correct} of {base.interval.n}",
            "ja": f"{base.interval.n}{unit}のうち{theirs}",
        }
        theirs = of[lang]
    return {"ours": str(tuned.correct), "n": str(tuned.interval.n), "theirs": theirs}


def interval_text(result: ContrastResult, lang: Lang) -> str:
    """A difference with its interval, and with the exact test where that is not as sure."""
    return {"en": ", ", "ja": "、"}[lang].join(difference_texts(result, lang))


def difference_texts(result: ContrastResult, lang: Lang) -> tuple[str, str]:
    """A difference, and how certain it is."""
    contrast = result.contrast
    mean, low, high = (points(value) for value in (contrast.mean, contrast.low, contrast.high))
    text = {"en": f"95 % interval {low} to {high}", "ja": f"95%信頼区間 {low}〜{high}"}[lang]
    # Where the exact test does not bear the interval out, the reader must see both.
    excludes_zero = contrast.low > 0 or contrast.high < 0
    if excludes_zero and result.p_holm >= SIGNIFICANCE:
        text += {"en": "; exact test p = ", "ja": "、正確検定 p = "}[lang] + p_text(result.p_holm)
    return {"en": f"{mean} points", "ja": f"{mean}ポイント"}[lang], text


def _search_line(comparison: Comparison, lang: Lang) -> str:
    result = comparison.contrast("tuned+rag-base+rag")
    tuned, base = comparison.arm("tuned+rag"), comparison.arm("base+rag")
    if result is None or tuned is None or base is None or result.contrast.n == 0:
        return ""
    loss, none = _LOSS[lang]
    lost = result.contrast.largest_loss
    said = loss.format(loss=points(lost, signed=False)) if lost > 0 else none
    interval = interval_text(result, lang)
    text = _SEARCH[lang].format(**counts(tuned, base, lang), interval=interval, loss=said)
    return _with_search_now(result, lang) + text


def _with_search_now(result: ContrastResult, lang: Lang) -> str:
    """In words, where interval and exact test agree on a difference."""
    worse, better = _WITH_SEARCH_NOW[lang]
    if result.p_holm >= SIGNIFICANCE:
        return ""
    return worse if result.contrast.high < 0 else better if result.contrast.low > 0 else ""


def _closed_book_line(comparison: Comparison, lang: Lang) -> str:
    result = comparison.contrast("tuned-base+rag")
    if result is None or result.contrast.n == 0:
        return ""
    return _CLOSED_BOOK[lang].format(interval=interval_text(result, lang))


def _recovered_line(found: GainShare | None, lang: Lang) -> str:
    if found is None or found.share is None:
        return ""
    texts = _RECOVERED[lang]
    if found.is_unsure:
        return texts["unsure"]
    known, unknown = _SHARE_INTERVAL[lang]
    ends = (found.low, found.high)
    interval = unknown if None in ends else known.format(low=_whole(ends[0]), high=_whole(ends[1]))
    text = texts["some" if found.share > 0 else "none"]
    return text.format(share=_whole(found.share), interval=interval)


def _placebo_line(comparison: Comparison, lang: Lang) -> str:
    result, placebo = comparison.contrast("tuned-placebo"), comparison.arm("placebo")
    if result is None or placebo is None or result.contrast.n == 0:
        return ""
    return _PLACEBO[lang].format(
        ours=placebo.correct, n=placebo.interval.n, interval=interval_text(result, lang)
    )


def _whole(share: float | None) -> str:
    """A share (0.61) in percent ("61"), with a true minus sign."""
    return whole_percent(share or 0.0).replace("-", "\u2212")


def resolves_line(n: int, lang: Lang) -> str:
    """What `n` questions can show at all."""
    some, none = _RESOLVES[lang]
    least = power_line(n)
    return (some if least < 1 else none).format(n=n, points=points(least, signed=False))
