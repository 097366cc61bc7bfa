"""What can be asked of a Japanese statement: values, names and terms, as whole nouns.

Japanese writes no spaces, but a noun is mostly one run of kanji, katakana, letters and digits, and
the hiragana behind it says whether it is one. A part of a run ("12王" of 第12王朝) is no answer,
and a small generator that is told to ask for it writes a question that nobody understands.
"""

import re
from collections.abc import Iterator

_KANJI = "々〆一-鿿"
_KATAKANA = "ァ-ヺー"
_START = rf"[{_KANJI}{_KATAKANA}A-Za-z0-9]"
_RUN = re.compile(
    rf"(?:\d+(?:[.,:]\d+)*(?:\s?[%℃°A-Za-z]+)?|[A-Za-z]+(?:-[A-Za-z0-9]+)*"
    rf"|[{_KANJI}{_KATAKANA}ヵヶ]|か(?=月)|・(?={_START}))+"
)
_ERA = "紀元前|西暦|明治|大正|昭和|平成|令和"
_BEFORE_NUMBER = re.compile(
    rf"(?:{_ERA}|午[前後]|毎[時分秒日週月年]|最[大小高低長短]|摂氏|[第約前計全各毎同])$"
)
_OF_A_NAME = re.compile(r"^\d+[世号型版]")
_COUNTED = re.compile(
    rf"^\d[\d,.:]*\s?(?:[%℃°A-Za-z]+|[{_KATAKANA}]+[秒時]?"
    rf"|(?:時間|分間|秒間|日間|週間|[かヵヶ]月|カ月|年間|世紀|番目|回目|年代|時\d+分|[{_KANJI}])"
    rf"(?:以[内上下]|目|頃|前|後)?)?"
)
_FEW = re.compile(r"^[2-9]つ")
_NAME = re.compile(rf"[{_KATAKANA}]{{3}}|[{_KATAKANA}A-Za-z]・[{_KATAKANA}]")
_TERM = re.compile(rf"^[{_KANJI}]{{5,}}$")  # shorter ones are mostly of no subject in particular
_BEHIND_A_NOUN = re.compile(
    r"$|[^ぁ-ん]|[はがをにへとでのやもだ]|から|まで|より|など|ほど|くらい|ぐらい|ごと|おき|ずつ|だけ|しか"
)
_BEFORE_A_NAME = re.compile(
    r"^(?:当時|現在|今日|近年|最近|通常|一般|最終的|以[後降前]|同時|今回|結果)+"
)
_LISTED = re.compile(rf"[や、,・](?={_START})|など")
_LIST_BEFORE = re.compile(rf"{_START}[や、,・]$")
_LONGEST = 24


def values(text: str) -> Iterator[tuple[int, str]]:
    """Where each number with what it counts begins in `text`, and its words: 紀元前2040年頃."""
    yield from (found for found in _numbers(text) if not _is_ordinal(found[1]))


def names(text: str) -> Iterator[str]:
    """Names and words of katakana in the order of the text; then what has a number in a row, as
    第12王朝; then terms of five kanji or more."""
    nouns = [_noun(match) for match in _RUN.finditer(text) if _is_noun(text, match)]
    yield from (noun for noun in nouns if _NAME.search(noun))
    yield from (number for _, number in _numbers(text) if _is_ordinal(number))
    yield from (noun for noun in nouns if _TERM.match(noun))


def _is_ordinal(number: str) -> bool:
    return number.startswith("第")


def _numbers(text: str) -> Iterator[tuple[int, str]]:
    for match in _RUN.finditer(text):
        digit = re.search(r"(?<![A-Za-z_-])\d", match[0])
        if digit and not _is_listed(text, match):
            yield from _value(text, match, digit.start())


def _value(text: str, run: re.Match[str], at: int) -> Iterator[tuple[int, str]]:
    rest, behind = run[0][at:], text[run.end() :]
    if at and _OF_A_NAME.match(rest) and _NAME.search(run[0][:at]):
        yield run.start(), run[0]  # the second of a name is not a number
        return
    before = _BEFORE_NUMBER.search(run[0][:at])
    at = before.start() if before else at
    if rest.isdigit() and behind.startswith("つ"):
        few = _FEW.match(text, run.start() + at)
        if few:
            yield few.start(), few[0]
    elif _BEHIND_A_NOUN.match(behind):
        yield run.start() + at, run[0][at:]
    elif counted := _COUNTED.match(rest):
        yield run.start() + at, (before[0] if before else "") + counted[0].strip()


def _is_noun(text: str, run: re.Match[str]) -> bool:
    return (
        not re.search(r"\d", run[0])
        and len(run[0]) <= _LONGEST
        and _BEHIND_A_NOUN.match(text[run.end() :]) is not None
        and not _is_listed(text, run)
    )


def _noun(run: re.Match[str]) -> str:
    return _BEFORE_A_NAME.sub("", run[0])


def _is_listed(text: str, run: re.Match[str]) -> bool:
    """Whether it is one of several that are named side by side: none of them is the answer."""
    before = text[max(0, run.start() - 2) : run.start()]
    return bool(_LISTED.match(text, run.end()) or _LIST_BEFORE.search(before))
