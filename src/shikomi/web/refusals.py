"""Why the page's server does not do what it was asked, in the language of the page."""

from collections.abc import Mapping

from shikomi.errors import UserError
from shikomi.types import Lang

_EN = {
    "filter_changed": "the filter gives {now} pairs now, not {then}",
    "gone": "this pair is not among the current ones any more: load the page again",
    "one_at_a_time": "new words are for one pair at a time: find and replace changes many",
    "decided_elsewhere": "nothing was saved: somebody else has decided on some of these since",
    "nothing_to_undo": "there is nothing to undo",
    "old_preview": "this preview is an old one: preview again",
    "find_nothing": "say what to find",
    "slow_pattern": "this pattern takes more than {seconds} seconds on these pairs, or too much"
    " memory: make it simpler, or choose fewer pairs",
    "wrong_pattern": "{reason}",
    "cannot_change": "pair {number} cannot be changed so: {reason}",
}
_JA = {
    "filter_changed": "絞り込みの結果が{then}組から{now}組に変わっています",
    "gone": "この組は今の一覧にありません。ページを読み込み直してください",
    "one_at_a_time": "一度に修正できるのは一組です。多くの組は「まとめて置換」で修正できます",
    "decided_elsewhere": "ほかの人が先に決定した組が含まれているため、何も保存しませんでした",
    "nothing_to_undo": "元に戻せるものがありません",
    "old_preview": "表示中の変更内容は古くなっています。もう一度「変更を確認」を押してください",
    "find_nothing": "検索する文字列を入力してください",
    "slow_pattern": "この正規表現は、対象の組では{seconds}秒を超えるか、メモリが足りません。"
    "簡単にするか、対象の組を減らしてください",
    "wrong_pattern": "正規表現か置き換える文字列が正しくありません（{reason}）",
    "cannot_change": "{number}番の組は、このようには修正できません（{reason}）",
}
REFUSALS: Mapping[Lang, Mapping[str, str]] = {"en": _EN, "ja": _JA}
_FROM_BELOW_JA = {  # what the reading of decisions says
    'nothing is edited: change question or answer, or write "accept"': "変更がありません",
    'an edited pair needs a question and an answer; "reject" leaves it out': "質問か答えが空です。"
    "教えない組は不採用にしてください",
}


class Refused(UserError):
    """`key` is one of `REFUSALS`, the values are what stands in it."""

    def __init__(self, key: str, /, **values: int | str | UserError) -> None:
        super().__init__(_EN[key].format(**values))
        self._key, self._values = key, values

    def said(self, lang: Lang) -> str:
        values = {
            name: said(each, lang) if isinstance(each, UserError) else each
            for name, each in self._values.items()
        }
        return REFUSALS[lang][self._key].format(**values)


def said(error: UserError, lang: Lang) -> str:
    """What is not known here (a full disk, say) is told as it stands."""
    if isinstance(error, Refused):
        return error.said(lang)
    return _FROM_BELOW_JA.get(str(error), str(error)) if lang == "ja" else str(error)
