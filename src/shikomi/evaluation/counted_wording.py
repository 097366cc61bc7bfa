"""What the report says of which questions its headline counts."""

from shikomi.evaluation.breakdown import LOW_OVERLAP
from shikomi.evaluation.counted import FEWEST, Counted
from shikomi.evaluation.wording import counts, interval_text
from shikomi.types import Lang

COUNTED: dict[Lang, dict[str, str]] = {
    "en": {
        "part": "Counted are the {n} of the {of} questions that are like no training question.",
        "every": "All {of} questions",
        "with_every": "The other {like} of the {of} questions are like training questions, so that "
        "they measure memory of the wording, too; with them, it answers {ours} of {n}, the base "
        "model {theirs} ({interval}).",
        "whole": "No question is like a training question.",
        "none": "Every question is like a training question, so this measures memory of the "
        "wording, too.",
        "few": "Only {n} of the {of} questions are like no training question, too few for a "
        "statement of their own: all are counted, and this measures memory of the wording, too.",
        "few_figures": "Of the {n}, it answers {ours}, the base model {theirs} ({interval}).",
        "method": "Likeness is the share of 3-character pieces that two questions have in common "
        "(Jaccard, the names of the documents' system left out): 1 is the same question; questions "
        "are called alike from {low} on. Where the questions that are like no training question "
        "are at least {fewest}, and a quarter of all, the headline counts these alone.",
    },
    "ja": {
        "part": "数えたのは、{of}問のうち、学習用のどの質問とも似ていない{n}問です。",
        "every": "{of}問すべて",
        "with_every": "{of}問のうち残りの{like}問は学習用の質問と似ていて、言い回しの記憶も測る"
        "ことになります。それも含めると、{n}問のうち{ours}問に正答し、元のモデルは{theirs}です（{interval}）。",
        "whole": "学習用の質問と似た質問はありません。",
        "none": "どの質問も学習用の質問と似ているため、言い回しの記憶も測っていることになります。",
        "few": "学習用のどの質問とも似ていない質問は{of}問のうち{n}問だけで、それだけで結論を出す"
        "には足りません。そのためすべての質問を数えていて、言い回しの記憶も測っていることになります。",
        "few_figures": "その{n}問のうち{ours}問に正答し、元のモデルは{theirs}です（{interval}）。",
        "method": "類似度は、二つの質問に共通する3文字の並びの割合です（ジャカード係数。文書の"
        "対象の名前を除いて比べます）。1は同じ質問で、{low}以上を似ているとみなします。学習用の"
        "どの質問とも似ていない質問が{fewest}問以上あり、全体の4分の1以上なら、冒頭の結論はそれだけを数えます。",
    },
}


def line(found: Counted, lang: Lang) -> str:
    """What stands below the headline; nothing where likeness is not known."""
    texts = COUNTED[lang]
    if found.n_apart is None or not found.n_all:
        return ""
    if found.n_apart in (0, found.n_all):
        return texts["whole" if found.n_apart else "none"]
    if found.is_part:
        return _figures(found, texts["with_every"], lang)
    few = texts["few"].format(n=found.n_apart, of=found.n_all)
    figures = _figures(found, texts["few_figures"], lang)
    return ("" if lang == "ja" else " ").join(part for part in (few, figures) if part)


def method_line(lang: Lang) -> str:
    return COUNTED[lang]["method"].format(low=LOW_OVERLAP, fewest=FEWEST)


def _figures(found: Counted, text: str, lang: Lang) -> str:
    """Of the questions that the headline does not count alone: all, or those apart."""
    comparison = found.every if found.is_part else found.apart
    result = comparison.contrast("tuned-base") if comparison else None
    tuned, base = (comparison.arm(name) if comparison else None for name in ("tuned", "base"))
    if result is None or tuned is None or base is None or result.contrast.n == 0:
        return ""
    n_like = found.n_all - (found.n_apart or 0)
    said = counts(tuned, base, lang)
    return text.format(like=n_like, of=found.n_all, interval=interval_text(result, lang), **said)
