"""The report's fixed texts, by language. Both languages have the same keys (tested)."""

from shikomi.types import Lang

_EN = {
    "title": "Evaluation report",
    "arms": "How many questions each arm answers",
    "contents": "Contents",
    "who": "base is the model before training, tuned the model after it; with +rag it also reads "
    "what search finds in the documents.",
    "arms_axis": "Correct answers in %, with 95 % interval",
    "curve_axis": "Learning curve, by training step: loss (above) and token accuracy in % (below)",
    "curve_smoothed": "; bold: running mean",
    "curve_axis_loss": "Learning curve: loss by training step",
    "arms_plot": "Share of correct answers of each arm, with its 95 % interval",
    "arm": "Arm",
    "correct": "Correct",
    "incorrect": "Wrong",
    "not_attempted": "No answer",
    "unscored": "Unscored",
    "share": "Share",
    "interval": "95 % interval",
    "contrasts": "Differences between arms",
    "contrast": "Difference",
    "points": "Points",
    "better": "Newly right",
    "worse": "Newly wrong",
    "p": "p (Holm)",
    "loss": "Largest loss not excluded",
    "curve_plot": "Training loss and token accuracy by step",
    "by_page": "By page",
    "no_page": "(no page named)",
    "by_origin": "By who wrote the question",
    "origin": "Written",
    "by_language": "By language of the question",
    "language": "Language",
    "lang_en": "English",
    "lang_ja": "Japanese",
    "by_kind": "By what is asked for",
    "by_nearness": "By likeness to the nearest training question",
    "likeness": "Likeness",
    "asked_for": "Asked for",
    "asks_number": "a number",
    "asks_code": "a code or name with digits or signs",
    "asks_words": "words",
    "near_far": "below 0.2",
    "near_some": "0.2 to 0.4",
    "near_close": "0.4 and more",
    "nearest": "Nearest training question",
    "kind_user": "written by a person",
    "is_judged": "marked by the judge",
    "kind_self-made": "self-made",
    "page": "Page",
    "questions": "Questions",
    "answers": "Answers side by side",
    "question": "Question",
    "on_paper": "✓ correct, ✕ wrong, – no answer, ? unscored. The answers themselves stand in the "
    "page on screen.",
    "reference": "Reference",
    "sources": "Sources",
    "all": "All",
    "newly_right": "Newly right",
    "newly_wrong": "Newly wrong",
    "wrong_in_all": "Wrong in all",
    "none_here": "No question of this kind.",
    "filter": "Show",
    "filter_note": "Newly right and newly wrong compare the tuned model with the base model.",
    "funnel": "From request to training pair",
    "step": "Step",
    "left": "Left",
    "rejections": "Why samples were rejected",
    "reason": "Reason",
    "count": "Count",
    "usage": "Where the tokens and the time went",
    "stage": "Stage",
    "model": "Model",
    "earlier_models": "models tuned earlier",
    "calls": "Calls",
    "input": "Input tokens",
    "cached": "of these cached",
    "output": "Output tokens",
    "cost": "Cost (US$)",
    "unknown": "unknown",
    "total": "Total",
    "time": "Time",
    "coverage": "What the training pairs cover",
    "sections": "Sections covered",
    "pairs": "Pairs",
    "texts": "Other texts",
    "bare": "Sections without a pair",
    "samples": "Some training pairs, as they are",
    "method": "How this was measured",
    "settings": "Settings",
    "notes": "Notes",
    "empty": "(empty)",
    "cut_off": "… (cut off)",
    "step_asked": "asked for",
    "step_parsed": "readable",
    "step_distinct": "asked once",
    "step_linted": "well formed",
    "step_deduplicated": "not a duplicate",
    "step_judged": "accepted by the judge",
    "step_leak_free": "apart from held-out questions",
    "step_kept": "kept for training",
    "step_reviewed": "after people's review",
    "step_taught": "In the training set, with rows made by program",
    "step_lint": "form and evidence",
    "step_judge": "the judge, claim by claim",
    "step_quality": "quality checks",
    "quality": "How good the kept pairs are, estimated on a sample",
    "quality_note": "By the judge's model, on pairs chosen by chance. The interval is Wilson's, for"
    " pairs that lie in pages.",
    "check": "Check",
    "check_round-trip": "Asked again, its section gives the same answer",
    "check_standalone": "The question can be understood alone",
    "passed": "Passed",
    "pass_rate": "Share",
    "step_deduplicate": "near-duplicates",
}
_JA = {
    "title": "評価レポート",
    "arms": "条件ごとの正答数",
    "contents": "目次",
    "who": "base は学習前、tuned は学習後のモデルです。+rag は、文書を検索して見つけた箇所も"
    "読ませた場合です。",
    "arms_axis": "正答率（%）と95%信頼区間",
    "curve_axis": "学習曲線：学習ステップごとの損失（上）とトークン正解率（下、%）",
    "curve_smoothed": "。太線は移動平均",
    "curve_axis_loss": "学習曲線：学習ステップごとの損失",
    "arms_plot": "条件ごとの正答率と95%信頼区間",
    "arm": "条件",
    "correct": "正答",
    "incorrect": "誤答",
    "not_attempted": "無回答",
    "unscored": "採点不能",
    "share": "正答率",
    "interval": "95%信頼区間",
    "contrasts": "条件どうしの差",
    "contrast": "差",
    "points": "ポイント",
    "better": "新たに正答",
    "worse": "新たに誤答",
    "p": "p（Holm）",
    "loss": "否定できない最大の低下",
    "curve_plot": "学習ステップごとの損失とトークン正解率",
    "by_page": "ページ別",
    "no_page": "（ページの指定なし）",
    "by_origin": "質問の書き手別",
    "origin": "書き手",
    "by_language": "質問の言語別",
    "language": "言語",
    "lang_en": "英語",
    "lang_ja": "日本語",
    "by_kind": "尋ねる内容別",
    "by_nearness": "最も近い学習用の質問との類似度別",
    "likeness": "類似度",
    "asked_for": "尋ねる内容",
    "asks_number": "数値",
    "asks_code": "コードや、数字・記号の入った名前",
    "asks_words": "言葉",
    "near_far": "0.2未満",
    "near_some": "0.2〜0.4",
    "near_close": "0.4以上",
    "nearest": "最も近い学習用の質問",
    "kind_user": "人が書いた質問",
    "is_judged": "判定モデルが採点",
    "kind_self-made": "自動作成の質問",
    "page": "ページ",
    "questions": "質問数",
    "answers": "回答の比較",
    "question": "質問",
    "on_paper": "✓ 正答、✕ 誤答、– 無回答、? 採点不能。回答そのものは画面で見られます。",
    "reference": "参照解答",
    "sources": "出典",
    "all": "すべて",
    "newly_right": "新たに正答",
    "newly_wrong": "新たに誤答",
    "wrong_in_all": "すべて誤答",
    "none_here": "該当する質問はありません。",
    "filter": "表示",
    "filter_note": "「新たに正答」「新たに誤答」は、学習後のモデルを元のモデルと比べたものです。",
    "funnel": "生成依頼から学習データまで",
    "step": "工程",
    "left": "残数",
    "rejections": "除外の理由",
    "reason": "理由",
    "count": "件数",
    "usage": "トークン数と時間の内訳",
    "stage": "段階",
    "model": "モデル",
    "earlier_models": "以前に学習したモデル",
    "calls": "呼び出し",
    "input": "入力トークン",
    "cached": "うちキャッシュ",
    "output": "出力トークン",
    "cost": "費用（米ドル）",
    "unknown": "不明",
    "total": "合計",
    "time": "時間",
    "coverage": "学習データが文書のどこまでを扱っているか",
    "sections": "扱っている節",
    "pairs": "質問と答えの組",
    "texts": "そのほかの文章",
    "bare": "質問と答えのない節",
    "samples": "学習データの見本（原文のまま）",
    "method": "測定の方法",
    "settings": "設定",
    "notes": "注記",
    "empty": "（空）",
    "cut_off": "…（ここで打ち切り）",
    "step_asked": "生成を依頼",
    "step_parsed": "読み取れた",
    "step_distinct": "同じ質問を除く",
    "step_linted": "検査に合格",
    "step_deduplicated": "ほぼ同じ質問を除く",
    "step_judged": "判定で採用",
    "step_leak_free": "評価用の質問と重ならない",
    "step_kept": "学習に使用",
    "step_reviewed": "人による確認の後",
    "step_taught": "プログラムで作った行も含む学習データ全体",
    "step_lint": "形式と根拠の検査",
    "step_judge": "主張ごとの判定",
    "step_quality": "品質の検査",
    "quality": "採用した組の品質（一部を調べた推定）",
    "quality_note": "無作為に選んだ組を判定モデルで調べたものです。区間は、組がページごとに"
    "まとまっていることを考慮したウィルソンの信頼区間です。",
    "check": "検査",
    "check_round-trip": "節だけを見て答え直しても同じ答えになる",
    "check_standalone": "質問だけで意味が分かる",
    "passed": "合格",
    "pass_rate": "合格率",
    "step_deduplicate": "ほぼ同じ質問の検査",
}
LABELS: dict[Lang, dict[str, str]] = {"en": _EN, "ja": _JA}

_METHOD_EN = {
    "arms": "Every arm answers the same questions with the same prompts at temperature 0. "
    "base is the model before training, tuned the model after it; +rag adds passages found by "
    "search in the documents.",
    "user": "The questions were written by a person and kept out of the training data; "
    "training pairs too close to one of them were dropped.",
    "self-made": "The questions were made by a model from the same documents and kept out of the "
    "training data. They may resemble the training questions more than a person's would, "
    "so the result is rather too good than too bad.",
    "mixed": "Some questions were written by a person, others made by a model from the same "
    "documents; all were kept out of the training data. Self-made questions may resemble the "
    "training questions more than a person's would.",
    "scoring": "An answer is correct if it contains an accepted string, compared by program "
    "without regard to case, width, spaces, Markdown and the way in which numbers and dates are "
    'written. A value that is named only to be denied ("not 5 but 7") does not count. An answer '
    "that names several candidates, the right one among them, also passes. Unscored answers are "
    "left out.",
    "oracle": "+oracle adds the sections that the question is about, as a search that never fails "
    "would.",
    "placebo": "placebo is the same student, trained by its own project on other documents "
    "({project}): what it answers, any such training would have taught, the form of answers "
    "included. It was trained on {tokens} tokens, each epoch counted, the tuned model on {tuned}.",
    "placebo_unlike": "The placebo was trained on {tokens} tokens ({percent} %), the tuned model "
    "on {tuned}: part of what lies between them may come from the amount of training.",
    "further": "Differences that the project has added are adjusted among themselves, apart from "
    "the planned ones.",
    "bootstrap": "The intervals of the differences resample whole documents "
    "(cluster bootstrap), because questions of one document stand or fall together.",
    "t": "The intervals of the differences are t intervals over documents (CR2), because "
    "questions of one document stand or fall together; with fewer than 40 documents this is more "
    "honest than the bootstrap.",
    "test": "p comes from the exact McNemar test over questions, adjusted for the planned "
    "differences by Holm's method. It treats questions as independent, so the sentence at "
    "the top asks for both: a small p and an interval that excludes zero.",
    "recovered": "The share of what search gives is the tuned model's gain divided by that of the "
    "base model with search; its interval (Fieller's) allows for both being uncertain.",
    "small": "With {n} questions the result is a coarse one: another set of questions of this "
    "size could move it by several points.",
    "agreement": "Of {n} answers, {one} and {other} mark {same} alike ({share} %{kappa}).",
    "unsure": "That is a κ below 0.6: one of the two is not reliable, and labels of your own "
    "(shikomi review answers) would tell which.",
    "few_marked": "So few answers do not tell whether both are reliable.",
    "calibration": "Held against {n} answers that people labelled, {marker} says the same of "
    "{same} as to right or not ({share} %, 95 % interval {low} to {high} %{kappa}); its verdict is "
    "the label in {all}.{unread}",
    "kappa": ", κ = {kappa}",
    "kappa_interval": ", κ = {kappa}, {low} to {high}",
    "unread": " {n} more could not be read.",
    "reliable": "That is reliable: κ is at least 0.6, its whole interval included.",
    "not_shown": "It is not shown to be reliable: κ may be below 0.6. More labels would tell.",
    "not_reliable": "Not reliable here: {marker}. Its κ with people's labels is below 0.6, where "
    "agreement is inadequate (McHugh 2012), so its verdicts bear no conclusion.",
    "hangs_on_judge": "The judge marks the answers to {n} of the {of} questions.",
    "decides_none": "No figure here hangs on it.",
    "decides_all": "Every figure here hangs on it.",
    "decides_others": "The figures hang on it, but for {n} of the {of} questions.",
    "not_labelled": "Nobody has labelled its answers, so that it is not known how far it can be "
    "trusted (shikomi review answers).",
    "program": "the program",
    "judge": "the judge",
}
_METHOD_JA = {
    "arms": "どの条件も、同じ質問に、同じプロンプトと温度0で回答します。base は学習前、tuned は"
    "学習後のモデルです。+rag では、文書を検索して見つけた箇所を添えます。",
    "user": "質問は人が書いたもので、学習データには含めていません。似すぎている学習データも"
    "除いています。",
    "self-made": "質問は同じ文書からモデルが自動作成したもので、学習データには含めていません。"
    "人が書く質問よりも学習データに似やすいため、結果は実力より高めに出ることがあります。",
    "mixed": "質問の一部は人が書き、残りは同じ文書からモデルが自動作成しました。いずれも学習データ"
    "には含めていません。自動作成の質問は、人が書く質問よりも学習データに似やすいものです。",
    "scoring": "回答が正解の文字列を含むかどうかを、プログラムで調べて採点します。大文字と小文字、"
    "全角と半角、空白、Markdown、数値や日付の書き方の違いは問いません。打ち消すために挙げただけの"
    "値（「5ではなく7」の5）は数えません。複数の候補を並べた回答も、正解を含めば"
    "正答になります。採点不能の回答は集計から除きます。",
    "oracle": "+oracle では、間違えることのない検索が見つけるはずの、質問の対象の節そのものを"
    "添えます。",
    "placebo": "placebo は、同じモデルを別のプロジェクトがほかの文書（{project}）で学習させた"
    "ものです。これが答えられる分は、答え方の形も含め、どんな文書の学習でも得られたと言えます。"
    "学習したのは、全エポックを数えて{tokens}トークン、学習後のモデルは{tuned}トークンです。",
    "placebo_unlike": "プラセボが学習したのは{tokens}トークン（{percent}%）、学習後のモデルは"
    "{tuned}トークンです。両者の差の一部は、学習の量によるものかもしれません。",
    "further": "プロジェクトが加えた条件との差は、予定した比較とは別に補正しています。",
    "bootstrap": "同じ文書の質問は結果がそろいやすいため、差の信頼区間は文書単位の再標本化"
    "（クラスターブートストラップ）で求めています。",
    "t": "同じ文書の質問は結果がそろいやすいため、差の信頼区間は文書を単位とするt区間（CR2）で"
    "求めています。文書が40未満のときは、ブートストラップより確かです。",
    "test": "pは質問単位のマクネマーの正確検定によるもので、予定した比較についてHolm法で補正して"
    "います。この検定は質問を独立とみなすため、冒頭の結論には、小さいpと、0を含まない"
    "信頼区間の両方を求めています。",
    "recovered": "検索で伸びる分に対する割合は、学習による伸びを、検索による元のモデルの伸びで"
    "割ったものです。信頼区間（フィラーの方法）は、両方の不確かさを含みます。",
    "small": "{n}問による結果は粗いものです。同じ規模の別の質問では、数ポイント動くことが"
    "あります。",
    "agreement": "{one}と{other}の採点は、{n}件中{same}件で一致しました（{share}%{kappa}）。",
    "unsure": "κが0.6を下回るため、どちらかの採点は信頼できません。どちらなのかは、人が付けた"
    "正誤（shikomi review answers）で確かめられます。",
    "few_marked": "回答がこれほど少ないと、両者の採点が信頼できるかどうかは分かりません。",
    "calibration": "人が正誤を付けた{n}件のうち、{marker}の採点は、正答か否かについて{same}件で"
    "一致しました（{share}%、95%信頼区間 {low}〜{high}%{kappa}）。誤答と無回答の区別も含めると"
    "{all}件です。{unread}",
    "kappa": "、κ = {kappa}",
    "kappa_interval": "、κ = {kappa}、{low}〜{high}",
    "unread": "ほかに{n}件は採点の結果を読み取れませんでした。",
    "reliable": "κは信頼区間も含めて0.6以上で、信頼できます。",
    "not_shown": "κが0.6を下回る可能性があり、信頼できるとはまだ言えません。正誤を付ける件数を"
    "増やせば分かります。",
    "not_reliable": "{marker}の採点は、ここでは信頼できません。人が付けた正誤とのκが0.6を下回り、"
    "一致が不十分なため（McHugh 2012）、結論の根拠になりません。",
    "hangs_on_judge": "{of}問のうち{n}問の回答は、判定モデルが採点しています。",
    "decides_none": "ここに示す数値には使っていません。",
    "decides_all": "ここに示す数値は、すべてこれによるものです。",
    "decides_others": "{of}問のうち{n}問を除き、ここに示す数値はこれによるものです。",
    "not_labelled": "人が正誤を付けていないため、その採点をどこまで信頼できるかは分かっていません"
    "（shikomi review answers）。",
    "program": "プログラム",
    "judge": "判定モデル",
}
METHOD: dict[Lang, dict[str, str]] = {"en": _METHOD_EN, "ja": _METHOD_JA}
