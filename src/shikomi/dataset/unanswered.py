"""Questions that their answers do not answer, as far as a program can tell."""

import re
from collections.abc import Sequence

from shikomi.dataset.giveaways import asks_when, telling
from shikomi.text import squeeze
from shikomi.types import Lang

_WHY = {"en": re.compile(r"\bwhy\b", re.I), "ja": re.compile(r"なぜ|何故|理由(?:は|を)")}
_REASONS = {
    "en": re.compile(
        r"\b(?:because|since|so|due|therefore|thus|hence|as|to|for|by|reasons?)\b", re.I
    ),
    "ja": re.compile(
        r"ため|為|ので|から|によ[っりる]|よって|より|理由|原因|起因|ゆえ|故に|目的|きっかけ|契機|背景"
        r"|に伴|結果|せい|ことで|もので|影響|わけ"
    ),
}
_TIMES = re.compile(
    r"\d|[期時頃間後前代毎曜朝昼夜春夏秋冬暮晩]|まで|とき|ころ|うち|たび|直ち|すぐ|[一二三四五六七八九十]"
)
_GENERAL_TEXT = (
    "名称 名前 意味 方法 理由 場合 場所 種類 位置 内容 目的 由来 概要 特徴 役割 機能 範囲 程度"
    " 説明 年 月 日 時 人 数 大"
)
_GENERAL = frozenset(_GENERAL_TEXT.split())
_HAN = re.compile(r"[々〆一-鿿]")
_ENOUGH = 4  # Han characters of a statement: a name of code shares none with any question
_FEW = 2  # words of a question that its statement has to have something of


def lacks_answer(question: str, answer: str, lang: Lang) -> bool:
    """Whether it asks why, and its answer gives no reason, or in Japanese when, and no time."""
    if _WHY[lang].search(question) and not _REASONS[lang].search(answer):
        return True
    is_when = lang == "ja" and asks_when(question, lang)
    return is_when and not _TIMES.search(answer)


def is_beside(
    question: str, own: Sequence[str], *, names: Sequence[str], known: Sequence[str], lang: Lang
) -> bool:
    """Whether a Japanese question shares no character that says something with its statement and
    answer, the system's `names` aside. Words of `known`, such as headings, and general ones do
    not tell what it asks about: a question of few others is not told, nor one about code."""
    if lang != "ja":
        return False  # English says the same with words that share no letters to speak of
    named, place, said = (squeeze(" ".join(each)) for each in (names, known, own))
    words = [word for word in telling(question, lang) if word not in named]
    words = [word for word in words if not word.startswith("何")]
    strange = [word for word in words if word not in _GENERAL and word not in place]
    if len(strange) < _FEW or any(_is_said(word, said) for word in words):
        return False
    return len(_HAN.findall(said)) >= _ENOUGH


def _is_said(word: str, said: str) -> bool:
    """Of a word of Han characters one is enough, of others two in a row."""
    if word.isascii():
        return word in said
    if _HAN.search(word):
        return any(char in said for char in word)
    return any(word[i : i + 2] in said for i in range(len(word) - 1))
