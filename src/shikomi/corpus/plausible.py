"""How much a text looks like one that a person wrote, when bytes decode in several ways."""

import re

_HIRAGANA = re.compile("[ぁ-ゖ]")
_KATAKANA = re.compile("[ァ-ヺー]")
_PUNCTUATION = re.compile("[、。「」・（）]")
_KANJI = re.compile("[\u4e00-\u9fff]")
_HALF_WIDTH_KATAKANA = re.compile("[\uff61-\uff9f]")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_JUNK = re.compile("[\u0080-\u009f\ue000-\uf8ff\ufffd]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_SAMPLE_CHARS = 4000
_KOREAN_LEAST_CHARS = 20
_FIRST_RARE_ROW = 48  # JIS X 0208: level 2 kanji, rare in text, begin here
_WEIGHTS = (
    (3.0, _HIRAGANA),
    (1.0, _KATAKANA),
    (2.0, _PUNCTUATION),
    (0.5, _KANJI),
    (-1.5, _HALF_WIDTH_KATAKANA),
    (-5.0, _JUNK),
)


def japanese(text: str) -> float:
    """About 0.5 to 3 for Japanese, negative for mojibake, 0.0 where all is ASCII."""
    sample = "".join(_NOT_ASCII.findall(text)[:_SAMPLE_CHARS])
    if not sample:
        return 0.0
    points = sum(weight * len(pattern.findall(sample)) for weight, pattern in _WEIGHTS)
    return (points - 1.5 * _rare_kanji(sample)) / len(sample)


def korean(text: str) -> float:
    """The same for Korean: 2.2 times the share of Hangul; 0.0 for a text too short to tell, since
    Hangul and kanji share their bytes."""
    sample = "".join(_NOT_ASCII.findall(text)[:_SAMPLE_CHARS])
    if len(sample) < _KOREAN_LEAST_CHARS:
        return 0.0
    return 2.2 * len(_HANGUL.findall(sample)) / len(sample)


def has_kana(text: str) -> bool:
    """Whether hiragana or full-width katakana are in it: in real Japanese prose they are."""
    return bool(_HIRAGANA.search(text) or _KATAKANA.search(text))


def _rare_kanji(text: str) -> int:
    return sum(1 for char in _KANJI.findall(text) if _row(char) >= _FIRST_RARE_ROW)


def _row(char: str) -> int:
    encoded = char.encode("euc_jp", "ignore")
    return encoded[0] - 0xA0 if len(encoded) == 2 else 94
