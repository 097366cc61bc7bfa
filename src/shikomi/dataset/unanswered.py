"""Questions that their answers do not answer, as far as a program can tell."""

import re
from collections.abc import Sequence

from shikomi.dataset import english_answers
from shikomi.dataset.giveaways import asks_when, telling
from shikomi.dataset.values import COUNTER, VALUE
from shikomi.text import squeeze
from shikomi.types import Lang

_WHY = re.compile(r"なぜ|何故|理由(?:は|を)")
_REASONS = re.compile(
    r"ため|為|ので|から|によ[っりる]|よって|より|理由|原因|起因|ゆえ|故に|目的|きっかけ|契機|背景"
    r"|に伴|結果|せい|ことで|もので|影響|わけ"
)
_TIMES = re.compile(
    r"\d|[期時頃間後前代毎曜朝昼夜春夏秋冬暮晩]|まで|とき|ころ|うち|たび|直ち|すぐ|[一二三四五六七八九十]"
)
_HOW_MANY = re.compile(  # 何 of what else is counted asks which: 何色, 何語
    r"何(?:(?P<time>年間?|世紀|か月|ヶ月|カ月|月|週間?|日間?|時間?|分間?|秒間?)"
    r"|種類|文字|ページ|バイト|ビット|パーセント|メートル|[A-Za-z%]+|段階"
    r"|[件台駅桁回本個歳匹頭枚冊階倍割敗隻基棟戸歩票袋箱人つ])(?![々〆一-鿿ァ-ヺー])"
)
_HOW_MUCH = re.compile(r"ど[のれ](?:くらい|ぐらい|だけ|ほど)|いくつ|いくら(?!でも)")
_DATE = re.compile(r"\d+年\d+月\d+日|\d+月\d+日")
_IN_WORDS = re.compile(rf"[〇一二三四五六七八九十百千万億兆両半元数]+{COUNTER}")
_DEGREES = re.compile(
    r"[大小長短高低広狭多少限]|ほど|まで|ほとんど|わずか|十分|ごく|すべて|さまざま|種々"
)
_TIME_UNITS = re.compile(r"[年月日時分秒週紀代頃刻]")
_STRANGE = 0.3  # of a question's telling characters
_GENERAL_TEXT = (
    "名称 名前 意味 方法 理由 場合 場所 種類 位置 内容 目的 由来 概要 特徴 役割 機能 範囲 程度"
    " 説明 年 月 日 時 人 数 大"
)
_GENERAL = frozenset(_GENERAL_TEXT.split())
_HAN = re.compile(r"[々〆一-鿿]")
_ENOUGH = 4  # Han characters of a statement: a name of code shares none with any question
_FEW = 2  # words of a question that its statement has to have something of


def lacks_answer(question: str, answer: str, lang: Lang, names: Sequence[str] = ()) -> bool:
    """Whether it asks why, when or how many, and its answer gives no reason, no time or no such
    value."""
    if lang == "en":
        return english_answers.lacks_answer(question, answer, names)
    if _WHY.search(question) and not _REASONS.search(answer):
        return True
    if asks_when(question, lang) and not _TIMES.search(answer):
        return True
    return _lacks_amount(question, answer)


def _lacks_amount(question: str, answer: str) -> bool:
    """Whether a Japanese question asks how many, how long or in which year, and its answer has no
    such value, or none but those that the question has. A date is no amount."""
    counted, asked = _HOW_MANY.search(question), squeeze(question)
    if not counted and not _HOW_MUCH.search(question):
        return False
    told = answer if counted else _DATE.sub("", answer)
    found = [value for value in VALUE.findall(told) if squeeze(value) not in asked]
    if _IN_WORDS.search(told):
        return False
    if counted and counted["time"]:
        return not any(_TIME_UNITS.search(value) for value in found)
    return not found and (bool(counted) or not _DEGREES.search(told))


def is_strange(
    question: str, own: Sequence[str], *, names: Sequence[str], known: Sequence[str]
) -> bool:
    """Whether much of what a Japanese question says stands neither in its statement nor in words of
    `known`. A writer that rewords freely asks so, too: this is for answers that are the statement
    itself, and a writer that copies it."""
    place, said = (squeeze(" ".join(each)) for each in (known, own))
    words = [word for word in _words(question, names) if word not in _GENERAL]
    chars = [char for word in words for char in word]
    strange = [char for word in words if word not in place for char in word if char not in said]
    return len(strange) > _STRANGE * len(chars)


def is_beside(
    question: str, own: Sequence[str], *, names: Sequence[str], known: Sequence[str], lang: Lang
) -> bool:
    """Whether a Japanese question shares no character that says something with its statement and
    answer, the system's `names` aside. Words of `known`, such as headings, and general ones do
    not tell what it asks about: a question of few others is not told, nor one about code."""
    if lang != "ja":
        return False  # English says the same with words that share no letters to speak of
    place, said = (squeeze(" ".join(each)) for each in (known, own))
    words = _words(question, names)
    strange = [word for word in words if word not in _GENERAL and word not in place]
    if len(strange) < _FEW or any(_is_said(word, said) for word in words):
        return False
    return len(_HAN.findall(said)) >= _ENOUGH


def _words(question: str, names: Sequence[str]) -> list[str]:
    """The telling words of a Japanese question, the system's names and question words aside."""
    named = squeeze(" ".join(names))
    found = telling(question, "ja")
    return [word for word in found if word not in named and not word.startswith("何")]


def _is_said(word: str, said: str) -> bool:
    """Of a word of Han characters one is enough, of others two in a row."""
    if word.isascii():
        return word in said
    if _HAN.search(word):
        return any(char in said for char in word)
    return any(word[i : i + 2] in said for i in range(len(word) - 1))
