"""The part of a passage that shows why it was found."""

from shikomi.corpus.inline import plain
from shikomi.retrieval.tokens import question, words

_CHARACTERS = 160
_STEP = 20


def snippet(text: str, query: str) -> str:
    """One line of about 160 characters of `text`, those with most of the words of `query`."""
    line = plain(" ".join(text.split("\n")))
    wanted = {term.strip("~") for term in question(words(query))}
    starts = range(0, max(1, len(line) - _CHARACTERS + _STEP), _STEP)
    start = max(starts, key=lambda at: _weight(line[at : at + _CHARACTERS], wanted))
    return _cut(line, start)


def _weight(part: str, wanted: set[str]) -> int:
    folded = part.lower()
    return sum(len(term) for term in wanted if term in folded)


def _cut(line: str, start: int) -> str:
    """The part from `start` on, whole words where there are spaces nearby."""
    end = start + _CHARACTERS
    if start:
        start = max(start, line.find(" ", start, start + _STEP) + 1)
    if end < len(line):
        space = line.rfind(" ", end - _STEP, end)
        end = space if space > 0 else end
    before, after = ("…" if start else ""), ("…" if end < len(line) else "")
    return f"{before}{line[start:end].strip()}{after}"
