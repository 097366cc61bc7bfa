"""Fixed texts of a comparison of two runs, beside the report's own."""

from shikomi.types import Lang

TWO_RUNS: dict[Lang, dict[str, str]] = {
    "en": {
        "title": "Comparison of two runs",
        "differences": "B against A, arm by arm",
        "share_a": "A",
        "share_b": "B",
        "both": "Answered in both",
        "both_note": "The shares are over all questions of each run. The difference, B less A, is "
        "over the questions that both answered: its interval is by page, p is the exact McNemar "
        "test, adjusted over the arms.",
        "apart": "Of these, like no training question of either run",
        "right_a": "A right",
        "right_b": "B right",
        "tuned_abilities": "Abilities of the two tuned models",
        "tuned_abilities_note": "Tasks that both did; the difference is B less A, p the exact "
        "McNemar test, not adjusted.",
        "changes": "What else is different",
        "no_changes": "Settings, models and training pairs are told alike.",
        "group": "Part",
        "value": "Value",
        "absent": "–",
        "switched": "Answers that changed sides",
        "switched_note": "Right in one run and wrong in the other, arm by arm.",
        "none_switched": "No answer changed sides.",
    },
    "ja": {
        "title": "二つの実行の比較",
        "differences": "条件ごとに見たAとBの差",
        "share_a": "A",
        "share_b": "B",
        "both": "両方が回答",
        "both_note": "正答率は、それぞれの実行のすべての質問によるものです。差（BからAを引いた"
        "もの）は、両方が答えた質問によるもので、区間はページを単位とし、pはマクネマーの正確検定を条件の数に"
        "ついて補正したものです。",
        "apart": "うち、どちらの学習用の質問とも似ていない質問",
        "right_a": "Aの正答",
        "right_b": "Bの正答",
        "tuned_abilities": "学習後のモデルの能力",
        "tuned_abilities_note": "両方が解いた課題によるものです。差はBからAを引いたもの、pは"
        "補正なしのマクネマーの正確検定です。",
        "changes": "そのほかの違い",
        "no_changes": "設定、モデル、学習用の質問と答えに違いは記録されていません。",
        "group": "区分",
        "value": "項目",
        "absent": "–",
        "switched": "正誤が入れ替わった回答",
        "switched_note": "一方では正答、もう一方では誤答か無回答だったものを、条件ごとに示します。",
        "none_switched": "正誤が入れ替わった回答はありません。",
    },
}
