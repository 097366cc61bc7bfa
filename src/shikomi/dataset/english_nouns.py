"""Values and proper names of English sentences, whole: a part of a name asks for nothing.

1206 of "by 1206 Temüjin", 227 of "article 227 contains", "Court of Justice" and "European People's
Party" and none of their words.
"""

import re
from collections.abc import Iterator, Sequence

from shikomi.dataset.keywords import FUNCTION_WORDS
from shikomi.text import squeeze

_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
)
_NUMBER = re.compile(rf"\d{{1,2}} {_MONTH}(?: \d{{4}})?|(?:{_MONTH}\s)?(?:\d[\d,.:]*\d|\d)")
_DATED = re.compile(_MONTH)
_WORD = r"[^\W\d_]+"
_UNIT = re.compile(rf"\s?%|\s?°?{_WORD}(?:\s[a-z]+s\b)?|\s?°")
_ORDINAL = re.compile(r"(?:st|nd|rd|th)\b(?:[ -][a-z]+)?")
_YEAR = re.compile(r"1\d{3}|20\d{2}")
_NO_UNIT = re.compile(r"\s(?:[A-Z][^\W\d_]{4,}|report\b).*")  # a name that follows by chance
_SECOND_WORD = re.compile(r"[\s-]([a-z]+)\b.*")
_LABELLED = re.compile(  # what follows is a number of its own: article 227, ports 80 and 443
    r"\b(?:articles?|sections?|chapters?|paragraphs?|clauses?|rules?|ports?|versions?|pages?|figures?"
    r"|tables?|steps?|levels?|lines?|codes?|errors?|numbers?|no\.|rfc|parts?|rows?|columns?)"
    r" (?:\d[\w.]*(?:,? (?:and|or|to) |, ))*$",
    re.IGNORECASE,
)
_TOKEN = re.compile(rf"{_WORD}(?:[-'’]\w+)*")
_JOINS = re.compile(r" (?:(?:of|de|du|von|van)(?: the)? )?")
_POSSESSIVE = re.compile(r"['’]s?$")
_STARTS = re.compile(r"(?:^|[.!?:;•]|^[-*])[\s\"“'‘(\[]*$")
_ADJECTIVE = re.compile(r"(?:an|ese|ish|ic)$")
_LONGEST = 6  # words of a name


def values(text: str) -> Iterator[tuple[int, str]]:
    """Each number with its unit or what it counts, dates as they stand, and its offset."""
    for match in _NUMBER.finditer(text):
        before = text[match.start() - 1 : match.start()]
        if not (before.isalnum() or before == "-"):  # the tail of a name such as RV-88
            value = match[0] + _unit(text, match)
            yield match.start(), value.strip(" .,:")


def _unit(text: str, number: re.Match[str]) -> str:
    rest = text[number.end() :]
    if ordinal := _ORDINAL.match(rest):
        return _before_function_word(ordinal[0])
    found = _UNIT.match(rest)
    if not found or _DATED.search(number[0]) or _LABELLED.search(text[: number.start()]):
        return ""
    unit = _before_function_word(_NO_UNIT.sub("", found[0]))
    is_name = _YEAR.fullmatch(number[0]) and unit[1:2].isupper()
    return "" if is_name else unit


def _before_function_word(unit: str) -> str:
    for word in _SECOND_WORD.finditer(unit):
        if word[1] in FUNCTION_WORDS:
            return unit[: word.start()]
    words = unit.split()
    return unit[: unit.index(words[1])] if len(words) > 1 and words[1] in FUNCTION_WORDS else unit


def names(text: str, known: Sequence[str]) -> list[str]:
    """Proper names in the order of the text, none of them a part of those that are `known`.

    A word that begins a sentence is part of a name only where it stands elsewhere, too; a single
    one that describes the noun behind it ("Mongolian script") is none.
    """
    tokens = list(_TOKEN.finditer(text))
    given = [squeeze(name) for name in known]
    runs = (_run(text, run, known) for run in _runs(text, tokens))
    return [name for name in runs if name and not any(squeeze(name) in each for each in given)]


def _runs(text: str, tokens: Sequence[re.Match[str]]) -> Iterator[list[re.Match[str]]]:
    """Capitalised words that follow one another."""
    run: list[re.Match[str]] = []
    for token in tokens:
        if not token[0][0].isupper():
            continue
        if run and not _goes_on(text, run, token):
            yield run
            run = []
        run.append(token)
    if run:
        yield run


def _goes_on(text: str, run: Sequence[re.Match[str]], token: re.Match[str]) -> bool:
    """Whose something is stands apart, but within a name: European People's Party."""
    is_joined = _JOINS.fullmatch(text[run[-1].end() : token.start()]) is not None
    return is_joined and (len(run) > 1 or not _POSSESSIVE.search(run[0][0]))


def _run(text: str, run: Sequence[re.Match[str]], known: Sequence[str]) -> str | None:
    if _STARTS.search(text[: run[0].start()]) and not _is_elsewhere(text, run[0], known):
        run = run[1:]
    if not run or len(run) > _LONGEST:
        return None
    name = _POSSESSIVE.sub("", text[run[0].start() : run[-1].end()])
    behind = re.match(r" ([a-z]+)", text[run[-1].end() :])
    describes = behind and behind[1] not in FUNCTION_WORDS and _ADJECTIVE.search(name)
    if len(run) == 1 and describes:
        return None
    return name


def _is_elsewhere(text: str, first: re.Match[str], known: Sequence[str]) -> bool:
    """Whether a word that begins a sentence is a name for all that."""
    word = _POSSESSIVE.sub("", first[0])
    if word.casefold() in FUNCTION_WORDS:
        return False
    found = re.search(rf"[\w,;)] {re.escape(word)}\b", text)
    return found is not None or any(word in name.split() for name in known)
