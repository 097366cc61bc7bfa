"""Names and terms of a Japanese text, as whole nouns.

Japanese writes no spaces, but a noun is mostly one run of kanji, katakana, letters and digits, and
the hiragana behind it says whether it is one. A part of a run is no name, and one of several that
are named side by side is no answer.
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


def find(text: str) -> Iterator[str]:
    """Names and words of katakana in the order of the text, then terms of five kanji or more."""
    nouns = [_noun(match) for match in _RUN.finditer(text) if _is_noun(text, match)]
    yield from (noun for noun in nouns if _NAME.search(noun))
    yield from (noun for noun in nouns if _TERM.match(noun))


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
    before = text[max(0, run.start() - 2) : run.start()]
    return bool(_LISTED.match(text, run.end()) or _LIST_BEFORE.search(before))
