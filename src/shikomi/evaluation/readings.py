"""The ways to write a value: numerals, years of eras, number words, full dates, ranges.

Each reading stands beside the text as it is, never in its place: an answer and an accepted string
are only ever compared in the same one, and nothing that matched before is lost.
"""

import re
import unicodedata

_DIGIT_OF = {char: value for value, char in enumerate("〇一二三四五六七八九")}
_SMALL = {"十": 10, "百": 100, "千": 1000}
_LARGE = {"万": 10**4, "億": 10**8, "兆": 10**12}
_NUMERAL = "".join((*_DIGIT_OF, *_SMALL, *_LARGE))
# What is counted, where no usual word begins so: 十分, 一時, 一度 and 一番 are words.
_COUNTED = (
    r"(?:秒|時間|年|世紀|週|回|個|件|文字|行|章|版|節|円|倍|種類|枚|段|桁|巻|条|項目|歳|か月|ヶ月"
    r"|バイト|ビット|ページ|文字|パーセント|%|つ)"
)
_KANJI = re.compile(
    rf"第(?P<ordinal>[{_NUMERAL}]++)|(?<![{_NUMERAL}\d数何幾])(?P<digits>[{_NUMERAL}]++)"
    rf"(?:(?={_COUNTED})|(?![\u3400-\u4dbf\u4e00-\u9fff])|(?=[日月分時名人本台点度号番位割階]))"
)
_MONTH_DAY = re.compile(
    r"(?<![一-九十])([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})日(?!本)"
)
_MIXED = re.compile(rf"(?<![\d.,兆億万])(?:\d+(?:\.\d+)?[兆億万])++\d*+(?![{_NUMERAL}\d.])")
_MOST_MIXED = 60  # characters; what is longer is no number that anybody writes
_PART = re.compile(r"(\d+)(?:\.(\d+))?([兆億万]|\Z)")
_THOUSANDS = re.compile(r"(?<=\d)(?<!\.\d),(?=\d{3}(?!\d))")
_YEAR = 4  # digits, one by one: 二〇二一年
_ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}
_ERA = re.compile(rf"({'|'.join(_ERAS)})\s*(元|\d{{1,2}}(?!\d))\s*年")

_UNITS = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
# "one" alone is rarely a number ("the one that"); what goes on is not read at all.
_WORDS = re.compile(
    r"(?<![\w-])(?<!hundred )(?<!thousand )(?<!d and )"
    rf"(?:({'|'.join(_TENS)})(?:[- ]({'|'.join(_UNITS[1:10])}))?"
    rf"|({'|'.join(word for word in _UNITS if word != 'one')}))"
    r"(?!\w|[- ](?:and|point|hundred|thousand|million|billion|dozen|one|two)\b)"
)

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = (
    r"\b(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_DAY = r"(\d{1,2})(?:st|nd|rd|th)?"
_YEAR_FIRST = re.compile(r"(?<![\d/.~-])(\d{4})([-/])(\d{1,2})\2(\d{1,2})(?![\d/~-]|\.\d)")
_JAPANESE = re.compile(r"(?<!\d)(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日")
_MONTH_FIRST = re.compile(rf"{_MONTH}\s+{_DAY},?\s+(\d{{4}})(?!\d)")
_DAY_FIRST = re.compile(rf"(?<!\d){_DAY}\s+(?:of\s+)?{_MONTH},?\s+(\d{{4}})(?!\d)")

_SUPERSCRIPT = re.compile(r"(?<=\d)(?=[⁰¹²³⁴-⁹⁺⁻])")
_VERSION = re.compile(r"(?<![a-z\d])v(?:er(?:sion)?)?\.?[^\S\n]?(?=\d+\.\d)")
_PERCENT = re.compile(r"(?<=\d)[^\S\n]*(?:%|per ?cent\b|パーセント)")
_NUMBER = r"(?<![\d.])(\d+(?:\.\d+)?)"
_BETWEEN = re.compile(rf"\bbetween\s+{_NUMBER}\s+and\s+(?=\d)")
_TO = re.compile(rf"{_NUMBER}[^\S\n]*(?:\bto\b|\bthrough\b|から)[^\S\n]*(?=\d)")


def readings(text: str) -> tuple[str, ...]:
    """`text` as it is; with its numbers and their ranges written alike; and with its full dates
    as one word each, so that no part of a date stands for a number."""
    numbers = _numbers(unicodedata.normalize("NFKC", raised(text)).casefold())
    return (text, _TO.sub(r"\1~", _BETWEEN.sub(r"\1~", numbers)), _dates(numbers))


def raised(text: str) -> str:
    """With a sign before superscript digits, so that no other form makes 102 of 10²."""
    return _SUPERSCRIPT.sub("^", text)


def _numbers(text: str) -> str:
    text = _KANJI.sub(_kanji, _MONTH_DAY.sub(_month_day, text))
    text = _MIXED.sub(_mixed, _THOUSANDS.sub("", text))
    text = _ERA.sub(_era, text)
    text = _WORDS.sub(_word, text)
    return _VERSION.sub("", _PERCENT.sub(" percent", text))


def _kanji(found: re.Match[str]) -> str:
    """A numeral by itself only where it counts something, or is an ordinal: 三角 is a word."""
    digits, ordinal = found["digits"] or "", found["ordinal"]
    rest = found.string[found.end() :]
    if len(digits) == _YEAR and set(digits) <= _DIGIT_OF.keys() and rest.startswith("年"):
        return "".join(str(_DIGIT_OF[char]) for char in digits)
    value = _value(ordinal or digits)
    if value is None or not (len(digits) > 1 or ordinal or re.match(_COUNTED, rest)):
        return found[0]
    return f"第{value}" if ordinal else str(value)


def _month_day(found: re.Match[str]) -> str:
    month, day = _value(found[1]), _value(found[2])
    return found[0] if month is None or day is None else f"{month}月{day}日"


def _value(digits: str) -> int | None:
    """What a numeral of tens and hundreds is worth; None for what is none (二三, 百千)."""
    if len(digits) > 1 and not set(digits) & (_SMALL.keys() | _LARGE.keys()):
        return None
    total = part = 0
    last_small, last_large, unit = 10**4, 10**16, -1
    for char in digits:
        if char in _DIGIT_OF:
            if unit >= 0:
                return None
            unit = _DIGIT_OF[char]
        elif char in _SMALL:
            if _SMALL[char] >= last_small or unit == 0:
                return None
            last_small = _SMALL[char]
            part, unit = part + (1 if unit < 0 else unit) * last_small, -1
        else:
            part += max(unit, 0)
            if _LARGE[char] >= last_large or part == 0:
                return None
            last_large = _LARGE[char]
            total, part, unit, last_small = total + part * last_large, 0, -1, 10**4
    return total + part + max(unit, 0)


def _mixed(found: re.Match[str]) -> str:
    """As it is where the parts do not go down (1万2億), or no whole number comes of them."""
    if len(found[0]) > _MOST_MIXED:
        return found[0]
    total, least = 0, 10**16
    for whole, rest, sign in _PART.findall(found[0]):
        unit = _LARGE.get(sign, 1)
        value = int(whole + rest) * unit
        if unit >= least or value % 10 ** len(rest):
            return found[0]
        total, least = total + value // 10 ** len(rest), unit
    return str(total)


def _era(found: re.Match[str]) -> str:
    year = 1 if found[2] == "元" else int(found[2])
    return f"{_ERAS[found[1]] + year}年"


def _word(found: re.Match[str]) -> str:
    tens, unit, alone = found.groups()
    if alone:
        return str(_UNITS.index(alone))
    return str(10 * (_TENS.index(tens) + 2) + (_UNITS.index(unit) if unit else 0))


def _dates(text: str) -> str:
    text = _YEAR_FIRST.sub(lambda m: _date(m, m[1], m[3], m[4]), text)
    text = _JAPANESE.sub(lambda m: _date(m, m[1], m[2], m[3]), text)
    text = _MONTH_FIRST.sub(lambda m: _date(m, m[3], _month(m[1]), m[2]), text)
    return _DAY_FIRST.sub(lambda m: _date(m, m[3], _month(m[2]), m[1]), text)


def _month(name: str) -> str:
    return str(_MONTHS.index(name[:3]) + 1)


def _date(found: re.Match[str], year: str, month: str, day: str) -> str:
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return found[0]
    return f" date{year}{int(month):02}{int(day):02} "
