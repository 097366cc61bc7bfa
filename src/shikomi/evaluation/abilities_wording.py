"""What the figures on abilities allow to be said, and the fixed texts of their tables."""

import dataclasses
from typing import Any

from shikomi.evaluation.abilities import MARGIN, Abilities, Finding, finding
from shikomi.evaluation.figures import arms_json, contrasts_json
from shikomi.evaluation.margins import questions_for
from shikomi.evaluation.wording import Headline, counts, interval_text, points
from shikomi.types import Lang

TEXTS: dict[Lang, dict[str, str]] = {
    "en": {
        "abilities": "Abilities kept, and the specification applied",
        "kind": "Kind",
        "tasks": "Tasks",
        "kind_instructions": "instructions",
        "kind_code": "code",
        "kind_everyday": "everyday questions",
        "kind_all": "all of these",
        "kind_en": "of these in English",
        "kind_ja": "of these in Japanese",
        "kind_specification": "code from the specification",
        "kind_violations": "violations found",
        "difference": "tuned − base",
        "exact_p": "p (exact)",
        "changed": "Where tuned and base differ",
        "abilities_note": "The first kinds are built into Shikomi and have nothing to do with "
        "these documents: base and tuned model are asked without search. The last two are the "
        "project's own tasks, to be done from the documents. Programs mark all replies; code is "
        "run in a sandbox. p is the exact McNemar test, not adjusted over the kinds: the row for "
        "all of them is the one that was planned.",
    },
    "ja": {
        "abilities": "保たれた能力と、仕様の応用",
        "kind": "種類",
        "tasks": "課題数",
        "kind_instructions": "指示に従う",
        "kind_code": "コード",
        "kind_everyday": "日常の質問",
        "kind_all": "以上のすべて",
        "kind_en": "うち英語",
        "kind_ja": "うち日本語",
        "kind_specification": "仕様からコードを書く",
        "kind_violations": "違反を見つける",
        "difference": "tuned − base",
        "exact_p": "p（正確検定）",
        "changed": "tunedとbaseで正誤が分かれた課題",
        "abilities_note": "はじめの種類はShikomiに備え付けの課題で、この文書とは関係がありません。"
        "baseとtunedに検索なしで尋ねます。あとの二つはプロジェクト自身の課題で、文書をもとに"
        "解くものです。採点はすべてプログラムが行い、コードはサンドボックスで実行します。pは"
        "マクネマーの正確検定によるもので、種類の数については補正していません。予定していた比較は、"
        "すべてを合わせた行です。",
    },
}
_SENTENCES: dict[Lang, dict[Finding, str]] = {
    "en": {
        "kept": "General abilities are kept: {figures}. A loss of {margin} points is excluded.",
        "lost": "Fine-tuning cost general abilities: {figures}.",
        "not_shown": "It is not shown that general abilities are kept to within {margin} points: "
        "{figures}. {bound}",
        "not_measured": "General abilities were not measured: no task was done by both models.",
    },
    "ja": {
        "kept": "一般的な能力は保たれています。{figures}。{margin}ポイントの低下は否定されました。",
        "lost": "学習によって一般的な能力が下がりました。{figures}。",
        "not_shown": "一般的な能力が{margin}ポイントの幅で保たれているとまでは言えません。"
        "{figures}。{bound}",
        "not_measured": "一般的な能力は測定されていません。両方のモデルが解いた課題がありません。",
    },
}
_FIGURES: dict[Lang, str] = {
    "en": "the tuned model does {ours} of {n} tasks, the base model {theirs} ({interval})",
    "ja": "学習後のモデルは{n}題のうち{ours}題、元のモデルは{theirs}に正答しました（{interval}）",
}
_BOUND: dict[Lang, str] = {
    "en": "The largest loss that is not excluded is {loss} points.",
    "ja": "否定できない最大の低下は{loss}ポイントです。",
}
_NEEDED: dict[Lang, str] = {
    "en": "With as many replies that change sides as here, it would take about {n} tasks to "
    "exclude a loss of {margin} points (80 % power).",
    "ja": "正誤が入れ替わる割合がここと同じなら、{margin}ポイントの低下を否定するには約{n}題が"
    "必要です（検出力80%）。",
}


def headline(found: Abilities, lang: Lang) -> Headline[Finding]:
    """Say whether general abilities are kept; what cannot be told is said as a bound."""
    shown = finding(found)
    every = found.group("all")
    result = every.contrast("tuned-base") if every else None
    tuned, base = (every.arm(name) if every else None for name in ("tuned", "base"))
    margin = points(MARGIN, signed=False)
    if result is None or tuned is None or base is None or shown == "not_measured":
        return Headline(finding=shown, sentence=_SENTENCES[lang]["not_measured"], lines=())
    figures = _FIGURES[lang].format(
        **counts(tuned, base, lang, unit="題"), interval=interval_text(result, lang)
    )
    bound = _BOUND[lang].format(loss=points(result.contrast.largest_loss, signed=False))
    needed = questions_for(MARGIN, discordant=result.contrast.discordance)
    lines = (_NEEDED[lang].format(n=f"{needed:,}", margin=margin),) if shown == "not_shown" else ()
    sentence = _SENTENCES[lang][shown].format(figures=figures, margin=margin, bound=bound)
    return Headline(finding=shown, sentence=sentence, lines=lines)


def to_json(found: Abilities, lang: Lang) -> dict[str, Any]:
    """Shares and differences are 0 to 1."""
    head = headline(found, lang)
    return {
        "finding": head.finding,
        "sentence": head.sentence,
        "lines": list(head.lines),
        "margin": MARGIN,
        "groups": {
            name: {"arms": arms_json(each), "contrasts": contrasts_json(each)}
            for name, each in found.groups
        },
        "items": [dataclasses.asdict(item) for item in found.items],
    }
