"""The texts of what is asked beside the held-out questions. Both languages have the same keys."""

from shikomi.types import Lang

_EN = {
    "beside": "Beside the headline: how far what was taught goes",
    "paraphrases": "Asked in other words than in training",
    "paraphrases_said": "Of {n} questions that training asked in other words, the tuned model "
    "answers {correct} ({share}, 95 % interval {low} to {high}). These words were kept out of "
    "training; the facts were not. They say whether what was taught is there at all, and count "
    "to no other figure of this report.",
    "study": "Study: a second model that was taught less",
    "study_said": "The model {model} is not the one to use: it was trained on {samples} of the "
    "dataset's {of} rows, and only asked, without search. {facts} facts stood in texts that it "
    "read, but in no question or answer; {pages} pages were in nothing that it was taught. What "
    "other pages say of them was left in.",
    "study_pages": "Pages that it never saw",
    "study_model": "Study's model",
    "level": "Questions",
    "level_H0": "H0: taught, asked in other words",
    "level_H1": "H1: held-out questions about what it was taught",
    "level_H2": "H2: the fact only read, never asked about",
    "level_H3": "H3: two facts taught, never asked together",
    "level_H4": "H4: the page never seen",
    "short_H0": "taught in other words",
    "short_H1": "held out",
    "short_H2": "only read",
    "short_H3": "never combined",
    "short_H4": "page never seen",
    "kind_H0": "a wording kept out of training",
    "kind_H2": "a pair kept from the study's model",
    "kind_H3": "made of two facts",
    "kind_H4": "a pair kept from the study's model",
}
_JA = {
    "beside": "冒頭の結論とは別に：学習したことはどこまで使えるか",
    "paraphrases": "学習とは別の言い回しで尋ねた質問",
    "paraphrases_said": "学習では別の言い回しで尋ねた{n}問のうち、学習後のモデルは{correct}問に正答"
    "しました（{share}、95%信頼区間 {low}〜{high}）。この言い回しは学習から除きましたが、事実は"
    "学習させています。教えたことが身についたかどうかを見るもので、このレポートのほかの数値には"
    "数えません。",
    "study": "スタディ：教える内容を減らした二つ目のモデル",
    "study_said": "モデル {model} は使うためのものではありません。学習データ{of}件のうち{samples}件"
    "で学習させ、検索なしで質問しました。{facts}件の事実は、読ませた文章にはありますが、"
    "どの質問にも答えにもありません。{pages}ページは、学習データのどこにも入れていません。ほかの"
    "ページにある、これらについての記述は残しています。",
    "study_pages": "一度も見せていないページ",
    "study_model": "スタディのモデル",
    "level": "質問",
    "level_H0": "H0：教えたことを別の言い回しで尋ねる",
    "level_H1": "H1：教えた内容についての評価用の質問",
    "level_H2": "H2：読ませただけで、尋ねたことのない事実",
    "level_H3": "H3：別々に教えた二つの事実を組み合わせる",
    "level_H4": "H4：一度も見せていないページ",
    "short_H0": "別の言い回し",
    "short_H1": "評価用",
    "short_H2": "読ませただけ",
    "short_H3": "組み合わせ",
    "short_H4": "未見のページ",
    "kind_H0": "学習から除いた言い回し",
    "kind_H2": "スタディのモデルに教えなかった質問と答え",
    "kind_H3": "二つの事実を組み合わせた質問",
    "kind_H4": "スタディのモデルに教えなかった質問と答え",
}
TEXTS: dict[Lang, dict[str, str]] = {"en": _EN, "ja": _JA}
