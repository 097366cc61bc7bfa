"""Is an answer right? Matching against short accepted strings, by program.

The normal form keeps letters, digits and marks of every script, and of the punctuation only
what changes a value: the decimal point, the minus sign, a range between two numbers, and the
signs of names such as C++ and C#. Full and half width, case, Markdown and spacing fall away.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass

from shikomi.evaluation.denials import is_denied
from shikomi.evaluation.readings import raised, readings
from shikomi.evaluation.refusals import refuses
from shikomi.types import VerdictValue

_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−﹣", "-"))
_WAVES = str.maketrans(dict.fromkeys("〜~∼˜", "~"))
_THOUSANDS = re.compile(r"(?<=\d)(?<!\.\d)[,\u00a0\u2009\u202f](?=\d{3}(?!\d))")
_BARE_POINT = re.compile(r"(?<![\w.])\.(?=\d+(?![a-z\d.]))")
_MINUS_WORD = re.compile(r"(?:マイナス|\bminus\b)[^\S\n]*(?=\d)")
_RANGE = re.compile(r"(?<=\d)[^\S\n]*[-~][^\S\n]*(?=\d)")
_MINUS = re.compile(r"(?<![a-z\d~\-\u30a0-\u30ff\u3400-\u9fff])-(?=\d)")
_NAME_SIGN = re.compile(r"(?<=[a-z])(?:\+\+|#)(?![a-z\d])")
_DIGITS = frozenset("0123456789")
_NUMERALS = _DIGITS | frozenset("〇零一二三四五六七八九十百千万億兆")
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")
_WORD = _LETTERS | _DIGITS
_GLUE = frozenset("-~.")
_TAIL = re.compile(r"[a-z\d]+\Z")
_PLURAL = re.compile(r"e?s(?![a-z\d])")
_INFLECTION = re.compile(r"(?:e?d|ing)(?![a-z\d])")
_SHORTEST_PLURAL, _SHORTEST_INFLECTION = 3, 4
_EXPONENT = re.compile(r"(?<=\de)-(?=\d)")
# From a root, a drive or a scheme on; a date with slashes is none.
_PATH = re.compile(r"(?:~|\.{1,2}|[a-z]:|[a-z][a-z\d+.-]*:/)?/\S*[a-z]\S*")
_HOST = re.compile(r"(?<![a-z\d+.-])[a-z][a-z\d+.-]*://[^/\s]+(?=/)")
_NEGATION = re.compile(r"(?<![有皆是過])[未非不無]\Z")
_KANJI = re.compile(r"[\u3400-\u9fff]")
_NEAR = 300  # characters around a value, which tell whether it is denied
_Counts = Callable[[str, str], bool]  # of what stands before and after an accepted string


@dataclass(frozen=True, slots=True)
class _Folded:
    """`text` in normal form; before each index in `gaps` (sorted) something was removed. Its
    characters stand at `places` of `whole`, from which nothing was."""

    text: str
    gaps: tuple[int, ...]
    whole: str
    places: tuple[int, ...]

    def has_gap(self, index: int) -> bool:
        at = bisect_left(self.gaps, index)
        return at < len(self.gaps) and self.gaps[at] == index

    def around(self, start: int, end: int) -> tuple[str, str]:
        """What stands just before and after `text[start:end]`, with nothing removed."""
        return _around(self.whole, self.places[start], self.places[end - 1] + 1)


def normalise(text: str) -> str:
    """The normal form: NFKC, casefold, only letters, marks and digits.

    Kept besides: `.` between digits, `-` as a minus sign, `~` for any range between two
    numbers (3-5, 3〜5), `++` and `#` after an ASCII letter, and one space where something else
    parted two digits (so that "1 3" is not 13). A comma before three digits is dropped. A dash
    after an ASCII letter, a katakana or a kanji is a hyphen (E-44, 図-5), not a minus.
    """
    return _fold(text).text


def exact_match(answer: str, reference: str) -> bool:
    """Whether both have the same normal form."""
    return normalise(answer) == normalise(reference)


def matches(answer: str, accept: tuple[tuple[str, ...], ...]) -> bool:
    """Whether `answer` contains all strings of one inner tuple.

    A number must stand alone: 3 is not in 13, 1.3, -3, 3〜5, 3万 or E3. An ASCII word must start
    where a word starts and end where one ends, but may be inflected (-s, -ed, -ing), and a unit
    after a number may go on ("52 h" is in "52 hours"). Japanese has no such borders.
    An empty inner tuple, and one with an empty string, accepts nothing.
    """
    folded = _fold(answer)
    return any(
        bool(strings) and all(_contains(folded, answer, string, _is_named) for string in strings)
        for strings in accept
    )


def is_right(answer: str, accept: tuple[tuple[str, ...], ...], *, reference: str = "") -> bool:
    """Whether `answer` says all strings of one inner tuple, in any of the ways of `readings`.

    What it names only to deny ("not 5 but 7") it does not say, unless the `reference` answer,
    which is right, does so as well. A path has to be the whole path.
    """
    denies = _holds(reference, accept, _is_named) and not _holds(reference, accept, _is_said)
    return _holds(answer, accept, _is_named if denies else _is_said)


def verdict(
    answer: str, accept: tuple[tuple[str, ...], ...], *, reference: str = ""
) -> VerdictValue:
    """CORRECT if it is right; else NOT_ATTEMPTED if it is empty or declines (`refusals`).

    An answer that lists many candidates is not told from one that is sure: only a judge can.
    """
    if is_right(answer, accept, reference=reference):
        return "CORRECT"
    declined = not normalise(answer) or refuses(answer)
    return "NOT_ATTEMPTED" if declined else "INCORRECT"


def _fold(text: str) -> _Folded:
    out: list[str] = []
    gaps: list[int] = []
    places: list[int] = []
    gap = False
    marked = _mark_values(text)
    for place, char in enumerate(marked):
        if not _is_kept(char):
            gap = True
            continue
        if gap and out:
            if char in _DIGITS and out[-1] in _DIGITS:
                out.append(" ")
                places.append(place)
            gaps.append(len(out))
        out.append(char)
        places.append(place)
        gap = False
    whole = "".join(char or " " for char in marked)
    return _Folded("".join(out), tuple(gaps), whole, tuple(places))


# Private-use stand-ins: what the rules below decided to keep, apart from the same character
# where it is mere punctuation.
_KEEP = {"\ue000": ".", "\ue001": "-", "\ue002": "~", "\ue003": "+", "\ue004": "#"}
_POINT, _SIGN, _SPAN, _PLUS, _SHARP = _KEEP


def _mark_values(text: str) -> list[str]:
    text = "".join(" " if char in _KEEP else char for char in text)
    # Thin and no-break spaces part thousands; NFKC would make them plain spaces.
    text = raised(_THOUSANDS.sub("", text))
    text = unicodedata.normalize("NFKC", text).casefold().translate(_DASHES).translate(_WAVES)
    text = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
    text = _MINUS_WORD.sub("-", _THOUSANDS.sub("", text))
    text = _BARE_POINT.sub("0.", text)
    text = _RANGE.sub(_SPAN, text)
    text = _EXPONENT.sub(_SIGN, _MINUS.sub(_SIGN, text))
    text = re.sub(r"(?<=\d)\.(?=\d)", _POINT, text)
    text = _NAME_SIGN.sub(lambda m: _SHARP if m[0] == "#" else _PLUS * 2, text)
    return [_KEEP.get(char, "" if char in _KEEP.values() else char) for char in text]


def _is_kept(char: str) -> bool:
    return char in _KEEP.values() or (char != "" and unicodedata.category(char)[0] in "LNM")


def _is_named(before: str, after: str) -> bool:
    return True


def _is_said(before: str, after: str) -> bool:
    return not is_denied(before, after)


def _holds(answer: str, accept: tuple[tuple[str, ...], ...], counts: _Counts) -> bool:
    ways = [(way, _fold(way)) for way in readings(answer)]
    return any(
        bool(strings)
        and all(
            any(
                _has(folded, way, wanted, counts)
                for (way, folded), wanted in zip(ways, readings(string), strict=True)
            )
            for string in strings
        )
        for strings in accept
    )


def _has(answer: _Folded, raw: str, string: str, counts: _Counts) -> bool:
    path = _squeeze(string).replace("\\", "/")
    if not _PATH.fullmatch(path):
        return _contains(answer, raw, string, counts)
    text = unicodedata.normalize("NFKC", raw).casefold().replace("\\", "/")
    if path.startswith("/"):
        text = _HOST.sub(" ", text)
    whole = re.compile(
        rf"(?<![a-z\d_.~/-]){re.escape(path.rstrip('/'))}/?(?![a-z\d_/~-]|\.[a-z\d_])"
    )
    return any(counts(*_around(text, m.start(), m.end())) for m in whole.finditer(text))


def _around(text: str, start: int, end: int) -> tuple[str, str]:
    return text[max(0, start - _NEAR) : start], text[end : end + _NEAR]


def _contains(answer: _Folded, raw: str, string: str, counts: _Counts) -> bool:
    needle = normalise(string)
    if not needle:
        # Signs alone, such as "=>": compared as they stand.
        sign = _squeeze(string)
        return bool(sign) and sign in _squeeze(raw)
    start = answer.text.find(needle)
    while start >= 0:
        end = start + len(needle)
        stands = _starts(answer, start) and _ends(answer, end, needle)
        if stands and counts(*answer.around(start, end)):
            return True
        start = answer.text.find(needle, start + 1)
    return False


def _squeeze(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _is_negated(answer: _Folded, start: int) -> bool:
    place = answer.places[start]
    return bool(_NEGATION.search(answer.whole, max(0, place - 1), place))


def _starts(answer: _Folded, start: int) -> bool:
    if start == 0:
        return True
    before, first = answer.text[start - 1], answer.text[start]
    if first in _DIGITS and before in _GLUE:
        return False
    if _KANJI.match(first) and _is_negated(answer, start):
        return False  # 対応 is not in 未対応
    if answer.has_gap(start):
        return True
    if first in _NUMERALS and before in _NUMERALS:
        return False
    if first in _DIGITS:
        return before not in _LETTERS
    return not (first in _LETTERS and before in _LETTERS)


def _ends(answer: _Folded, end: int, needle: str) -> bool:
    rest = answer.text[end:]
    if not rest or answer.has_gap(end):
        return not rest.startswith("~")
    last, after = needle[-1], rest[0]
    if last in _NUMERALS and (after in _NUMERALS or after in _GLUE):
        return False
    if last not in _WORD or after not in _WORD | {"+", "#"}:
        return True
    return _word_may_go_on(needle, rest)


def _word_may_go_on(needle: str, rest: str) -> bool:
    found = _TAIL.search(needle)
    tail = found[0] if found else ""
    if tail.isdigit() or re.fullmatch(r"\d+[a-z]+", tail):
        return rest[0] in _LETTERS  # a unit: 13 in 13sec, 13sec in 13seconds
    if not tail.isalpha():
        return False  # an identifier: 0x2 is not in 0x2e
    return bool(
        (len(tail) >= _SHORTEST_PLURAL and _PLURAL.match(rest))
        or (len(tail) >= _SHORTEST_INFLECTION and _INFLECTION.match(rest))
    )
