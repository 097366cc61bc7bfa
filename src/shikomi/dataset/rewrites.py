"""Is a text that a generator wrote about a section fit to be taught? What a program can tell."""

import re
from collections.abc import Sequence

from shikomi.dataset import evidence, lint
from shikomi.sentences import spans
from shikomi.text import squeeze
from shikomi.types import Lang

VERSION = 2
_SHORTEST, _SHORTEST_OF_LONG = 24, 200  # characters
_SHARE_OF_SECTION = 0.25
_LONGEST_TIMES, _LONGEST_MORE = 3, 400
_MOST_COPIED = 0.8  # of the characters, in whole sentences
_LEAST_COPY = 12  # characters; shorter sentences are alike by chance
_LEAST_OF_ANSWER = 0.5  # of its distinct 3-grams
_ITEM_NUMBER = re.compile(r"^[ \t]*(?:[-*] )?\d{1,2}[.)．][ \t]", re.MULTILINE)
_SPEAKER = re.compile(r"^\W*[^\W\d_]{1,12}\W*[:：]\W*")
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_PREFACE = {
    "en": re.compile(r"\W*(sure|certainly|of course|here (is|are|'s)|here’s|below is)\b", re.I),
    "ja": re.compile(r"\W*(以下(は|に|の|が)|はい、|承知|もちろん|了解)"),
}


def check(text: str, *, lang: Lang, section: str, known: Sequence[str]) -> str | None:
    """Why a text about a section must go: length, language, a preface, speaking of a document,
    a number or identifier that is foreign to it, or the section's own sentences once more.

    `known` are other texts that a number or name may be from: the capsule, the request.
    """
    if reason := _form(text, lang, section):
        return reason
    if reason := evidence.foreign(_ITEM_NUMBER.sub("", text), section, *known):
        return reason
    if copied(text, section) >= _MOST_COPIED:
        return "copies the section"
    return None


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
