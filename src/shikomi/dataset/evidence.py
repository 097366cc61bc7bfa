"""Is an answer supported by its source? What a program can tell: numbers and identifiers."""

from collections.abc import Iterable, Sequence

from shikomi.dataset.naming import without_names
from shikomi.text import grams, identifiers, numbers, squeeze

_MIN_OVERLAP = 0.16  # right answers, freely worded: 0.17 and more (benchmarks/planted.py)
_FOREIGN = 0.12  # so little of a question in its own statement and answer, and
_ASTRAY = 0.55  # so much more of it in another statement: it asks about that one (docs/log.md)


def check(question: str, answer: str, *, evidence: str, section: str) -> str | None:
    """Why an answer is not supported, or None.

    Every number of the answer stands in the section, as a whole number and not inside another;
    every identifier does, as spelled but for case and width. The answer shares grams with its
    evidence: a generator that has lost count writes about another statement.
    """
    if reason := foreign(answer, section, question):
        return reason
    if overlap(answer, evidence) < _MIN_OVERLAP:
        return "not about its statement"
    return None


def astray(question: str, own: Sequence[str], others: Iterable[str], names: Sequence[str]) -> bool:
    """Whether the question asks about one of the other statements: a generator that took the
    wrong one. The system's `names`, which every question has, are left out."""
    asked = without_names(question, names)
    known = max(overlap(asked, text) for text in own)
    return known < _FOREIGN and any(overlap(asked, text) - known > _ASTRAY for text in others)


def foreign(text: str, *sources: str) -> str | None:
    """The first number or identifier of the text that none of the sources has, as a reason."""
    known = {number for source in sources for number in numbers(source)}
    strange = [number for number in numbers(text) if number not in known]
    if strange:
        return f"a number that is not in the source: {strange[0]}"
    squeezed = " ".join(map(squeeze, sources))
    unknown = [name for name in identifiers(text) if squeeze(name) not in squeezed]
    if unknown:
        return f"an identifier that is not in the source: {unknown[0]}"
    return None


def overlap(text: str, evidence: str) -> float:
    """Share of the text's distinct character 3-grams that the evidence holds, 0 to 1."""
    mine = grams(text).keys()
    return len(mine & grams(evidence).keys()) / len(mine) if mine else 0.0
