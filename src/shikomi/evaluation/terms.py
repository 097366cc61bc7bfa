"""What the stages say in English, in the report's language: reasons, and names of settings.

What is not listed is shown as it stands: names of keys, files and commands, and what a person or
a host has said.
"""

from collections.abc import Mapping

from shikomi.types import Lang

_JA = {
    # why samples are rejected
    "the question gives the answer away": "質問に答えが含まれている",
    "the answer does not say what is asked": "尋ねられたことに答えていない",
    "points at the document": "「この文書」などと文書を指している",
    "does not name the system": "何についての質問かがわからない",
    "wrong language": "言語が違う",
    "too long": "長すぎる",
    "too short": "短すぎる",
    "empty": "空、または短すぎる",
    "not about its statement": "もとの記述についての問答ではない",
    "a number that is not in the source": "原文にない数値がある",
    "an identifier that is not in the source": "原文にない識別子がある",
    "repeats a held-out question": "評価用の質問と重なる",
    "not supported": "文書に裏付けがない",
    "contradicted": "文書と食い違う",
    "answers another question": "別の質問への答えになっている",
    "its section does not answer it": "節からは答えられない",
    "its section gives another answer": "節からは別の答えになる",
    "does not say what it asks about": "何についての質問かが書かれていない",
    "refers to something that is not there": "質問にないものを指している",
    "exact repeat": "同じものの繰り返し",
    "near-duplicate": "ほぼ同じ質問がある",
    "near-duplicate of an edited pair": "人が直した問答とほぼ同じ",
    "rejected by a person": "人が不採用にした",
    "kept to be asked in the evaluation": "評価で尋ねるために除いた",
    "copies the section": "原文の写しになっている",
    "begins with a preface": "前置きで始まっている",
    "does not answer its question": "質問に答えていない",
    # how the run was made
    "models": "モデル",
    "dataset": "データセット",
    "training": "学習",
    "run": "実行環境",
    "settings of your own": "変更した設定",
    "generator": "生成モデル",
    "student": "学習させるモデル",
    "judge": "判定モデル",
    "tuned model": "学習後のモデル",
    "pages": "ページ数",
    "sections": "節の数",
    "model": "モデル",
    "seed": "乱数の種",
    "samples": "学習データの件数",
    "batch_size": "バッチサイズ",
    "learning_rate": "学習率",
    "learning_rate_multiplier": "学習率の倍率",
    "n_epochs": "エポック数",
    "n_layers": "学習させる層の数",
    "lora_rank": "LoRAの階数",
    "lora_alpha": "LoRAのα",
    "max_length": "最大長（トークン）",
    "machine": "計算機",
    "python": "Python",
    "strategy": "生成の方式",
    "questions": "質問数",
    "conversation": "会話の保持",
    "goals a call": "1回に頼む問答の目標数",
    "turns": "繰り返しの回数",
    "sections retrieved": "検索で添える節の数",
    "other texts a section": "節ごとのほかの文章",
    "sandbox": "コードの隔離",
}
TERMS: dict[Lang, Mapping[str, str]] = {"en": {}, "ja": _JA}
