"""The report's notes, by language: what its reader has to know beside the figures."""

from shikomi.types import Lang

AIMED: dict[Lang, str] = {
    "en": "After an earlier evaluation, more pairs were written about the facts behind {n} of these"
    " {of} questions. On those, the tuned model's answers are no blind measure: questions that are"
    " new would be one.",
    "ja": "前回の評価のあと、{of}問のうち{n}問の答えとなる事実について、質問と答えの組を追加"
    "しました。その{n}問では、学習後のモデルの成績は公平な測定とは言えません。公平に測るには、新しい"
    "質問が必要です。",
}
NOT_ASKED: dict[Lang, str] = {
    "en": "{n} of the questions could not be asked of {arms}, naming no page of these documents; "
    "this counts as unscored there.",
    "ja": "{n}問は、どのページについての質問かが書かれていないため、{arms}では尋ねていません"
    "（採点不能に数えます）。",
}
BELOW_SEARCH: dict[Lang, str] = {
    "en": "What the tuned model reads before it answers (search results, sections), it reads with "
    "{percent} % of its adapter (evaluate.adapter_below_search): {arms} are not quite the model "
    "that answers without.",
    "ja": "検索結果などの文書を読んで答えるとき、学習後のモデルはアダプターを{percent}%の強さに"
    "しています（evaluate.adapter_below_search）。{arms}は、文書なしで答えるモデルと完全には同じ"
    "ではありません。",
}
REFUSED: dict[Lang, str] = {
    "en": "The endpoint refused {n} requests in two runs: {who}. They count as unscored and are "
    "asked again only by shikomi run --retry-failed. The last reason: {reason}",
    "ja": "エンドポイントが二度の実行とも拒んだリクエストが{n}件あります（{who}）。採点不能に数え、"
    "shikomi run --retry-failed のときだけ改めて尋ねます。最後の理由：{reason}",
}
JUDGED: dict[Lang, str] = {
    "en": "{n} of the {of} questions have no accepted strings: the judge ({model}) marks their "
    "answers against the reference, without being told which arm gave them. What it cannot say in "
    "the form that is asked for is unscored. Label some of its answers (shikomi review answers) to "
    "see how far it can be trusted.",
    "ja": "{of}問のうち{n}問は、正解の文字列がないため、判定モデル（{model}）が、どの条件の回答かを"
    "知らされずに、参照解答と比べて採点しています。求めた形式で答えなかったものは採点不能に"
    "数えます。どこまで信頼できるかは、人が正誤を付ければ（shikomi review answers）分かります。",
}
JUDGED_BY_STUDENT: dict[Lang, str] = {
    "en": "The judge is the model that learns here, as it was before. It marks its own kind of "
    "answers: choose another one as [models.judge].",
    "ja": "判定モデルは、ここで学習させたモデルの学習前のものです。自分と同類の回答を採点している"
    "ことになるので、[models.judge]に別のモデルを選んでください。",
}
STALE_LABELS: dict[Lang, str] = {
    "en": "{n} labels are of answers that no arm gives any more; they were left out.",
    "ja": "正誤を付けた回答のうち{n}件は、どの条件からも返らなくなったため、除きました。",
}
CUT_OFF: dict[Lang, str] = {
    "en": "{n} of the {of} answers had not ended at {key} = {tokens} and were cut off there: "
    "{arms}. What they would have gone on to say is not marked.",
    "ja": "{of}件の回答のうち{n}件は、{key} = {tokens}に達しても終わらず、そこで打ち切られて"
    "います（{arms}）。その先に書かれたはずの内容は採点されていません。",
}
CUT_OFF_TASKS: dict[Lang, str] = {
    "en": "{n} of the {of} replies to tasks had not ended at {key} = {tokens} and were cut off"
    " there: {arms}. What they would have gone on to say is not marked.",
    "ja": "課題への{of}件の返答のうち{n}件は、{key} = {tokens}に達しても終わらず、"
    "そこで打ち切られています（{arms}）。その先に書かれたはずの内容は採点されていません。",
}
