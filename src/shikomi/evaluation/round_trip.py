"""A question asked once more of its own section: is the answer the one that was kept?"""

from shikomi.evaluation.answers import exact_match, matches
from shikomi.evaluation.refusals import refuses
from shikomi.text import identifiers, numbers, squeeze

_SHORT = 40  # characters: a value, not a sentence


def agrees(question: str, kept: str, given: str) -> bool | None:
    """What a program can tell; None: a judge has to.

    Yes where `given` has the words of a short kept answer, or both have the same numbers and
    names beside those of the question. No where it declines to answer. That they differ may be
    other words, units or detail.
    """
    if exact_match(given, kept):
        return True
    if refuses(kept):
        return None
    if refuses(given):
        return False
    if len(kept) <= _SHORT and matches(given, ((kept,),)):
        return True
    known = _values(kept, question)
    return True if known and known == _values(given, question) else None


def _values(text: str, question: str) -> set[str]:
    """The numbers and names that the question does not have."""
    asked = squeeze(question)
    names = {squeeze(name) for name in identifiers(text)}
    return set(numbers(text)) - set(numbers(question)) | {n for n in names if n not in asked}
