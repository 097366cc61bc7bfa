"""Is a text that a generator wrote about a section fit to be taught? What a program can tell."""

import re
from collections.abc import Sequence

from shikomi.dataset import evidence, lint
from shikomi.sentences import spans
from shikomi.text import identifiers, numbers, plain, squeeze
from shikomi.types import Lang

VERSION = 3
_SHORTEST, _SHORTEST_OF_LONG = 24, 200  # characters
_SHARE_OF_SECTION = 0.25
_LONGEST_TIMES, _LONGEST_MORE = 3, 400
_MOST_COPIED = 0.8  # of the characters, in whole sentences
_LEAST_COPY = 12  # characters; shorter sentences are alike by chance
_MOST_REPEATED = 0.15  # of the characters, in sentences that the text has said already
_FEW_VALUES, _LEAST_OF_VALUES = 3, 0.25  # of the section's numbers and identifiers
_ECHO = {"en": 30, "ja": 15}  # characters without spaces in one run
_LEAST_OF_ANSWER = 0.5  # of its distinct 3-grams
_ITEM_NUMBER = re.compile(r"^[ \t]*(?:[-*] )?\d{1,2}[.)．][ \t]", re.MULTILINE)
_SPEAKER = re.compile(r"^\W*[^\W\d_]{1,12}\W*[:：]\W*")
_OWN_LINK = re.compile(r"\[([^\]\n]+)\]\((?![a-z]+:)[^)\s]*\)", re.IGNORECASE)
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_PREFACE = {
    "en": re.compile(
        r"\W*((sure|certainly|of course|here (is|are|'s)|here’s|below is)\b|document>)", re.I
    ),
    "ja": re.compile(r"\W*(以下(は|に|の|が)|はい、|承知|もちろん|了解|document>)"),
}


def check(
    text: str, *, lang: Lang, section: str, known: Sequence[str], form: str = ""
) -> str | None:
    """Why a text about a section must go: length, language, a preface, speaking of a document,
    a number or identifier that is foreign to it, the section's own sentences once more, its own
    ones again and again, or words of the `form` that it was asked for in.

    `known` are other texts that a number or name may be from: the capsule, the request.
    """
    if reason := _form(text, lang, section):
        return reason
    if reason := evidence.foreign(_ITEM_NUMBER.sub("", text), section, *known):
        return reason
    if copied(text, section) >= _MOST_COPIED:
        return "copies the section"
    if repeated(text) >= _MOST_REPEATED:
        return "repeats itself"
    if _echoes(text, form, _ECHO[lang]):
        return "repeats its instructions"
    return None


def says_little(text: str, section: str) -> bool:
    """Whether a text that is to say all of a section has next to none of its values: its numbers
    and identifiers. What has few of them is not judged by these."""
    own, said = _values(section), _values(text)
    return len(own) >= _FEW_VALUES and len(own & said) < _LEAST_OF_VALUES * len(own)


def _values(text: str) -> set[str]:
    bare = plain(_ITEM_NUMBER.sub("", text))
    return {*numbers(bare), *map(squeeze, identifiers(bare))}


def unlinked(text: str) -> str:
    """Without links to other pages of the documents, which lead nowhere from an answer; their
    words stay. Code is left alone."""
    parts, at = [], 0
    for code in _FENCED.finditer(text):
        parts += [_OWN_LINK.sub(r"\1", text[at : code.start()]), code[0]]
        at = code.end()
    return "".join([*parts, _OWN_LINK.sub(r"\1", text[at:])])


def _echoes(text: str, form: str, least: int) -> bool:
    """Whether a run of so many characters of the form stands in the text."""
    asked, said = squeeze(form), squeeze(text)
    return any(asked[i : i + least] in said for i in range(len(asked) - least + 1))


def _form(text: str, lang: Lang, section: str) -> str | None:
    size, of_section = len(squeeze(text)), len(squeeze(section))
    least = min(_SHORTEST_OF_LONG, max(_SHORTEST, _SHARE_OF_SECTION * of_section))
    if size < least:
        return "too short" if size else "empty"
    if size > _LONGEST_TIMES * of_section + _LONGEST_MORE:
        return "too long"
    if lint.wrong_language(text, lang) and not lint.wrong_language(section, lang):
        return "wrong language"
    if _PREFACE[lang].match(text):
        return "begins with a preface"
    own = squeeze(section)
    if any(squeeze(words) not in own for words in lint.pointing(text, lang, section)):
        return "points at the document"
    return None


def copied(text: str, section: str) -> float:
    """The share of the text, 0 to 1, that is in sentences which the section has word for word;
    fenced code, which must be copied, is left out."""
    prose, own = _FENCED.sub("", text), squeeze(section)
    lines = (line for part in prose.splitlines() for line in _sentences(part))
    sizes = [(len(line), len(line) >= _LEAST_COPY and line in own) for line in lines]
    total = sum(size for size, _ in sizes)
    return sum(size for size, is_copy in sizes if is_copy) / total if total else 0.0


def repeated(text: str) -> float:
    """The share of the text, 0 to 1, that is in sentences which it has said before; fenced code
    is left out."""
    lines = (line for part in _FENCED.sub("", text).splitlines() for line in _sentences(part))
    said, again, total = set[str](), 0, 0
    for line in lines:
        total += len(line)
        again += len(line) if len(line) >= _LEAST_COPY and line in said else 0
        said.add(line)
    return again / total if total else 0.0


def _sentences(line: str) -> list[str]:
    return [squeeze(line[start:end]) for start, end in spans(line)]


def answers(text: str, answer: str) -> bool:
    """Whether the text holds most of what an answer says."""
    return evidence.overlap(answer, text) >= _LEAST_OF_ANSWER


def questions(text: str) -> list[str]:
    """The sentences of the text that ask something, without the names of those who speak."""
    lines = (_SPEAKER.sub("", line) for line in text.splitlines())
    found = [line[start:end] for line in lines for start, end in spans(line)]
    return [sentence for sentence in found if sentence.rstrip("\"'”’」』*_ ").endswith(("?", "？"))]
