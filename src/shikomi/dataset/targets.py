"""What can be asked of a fact: its values, names and codes, found by program.

A generator that is told the answer asks about every value of a fact; told only the fact, a
small one asks about its first words again and again.
"""

import re
from collections.abc import Iterator, Sequence

from shikomi.dataset import english_nouns, japanese_names, tables
from shikomi.dataset.values import VALUE
from shikomi.text import plain, squeeze
from shikomi.types import Fact

MAX_TARGETS = 6
_MAX_CHARACTERS = 60
_CODE = re.compile(r"`([^`\n]+)`")
_QUOTED = re.compile(
    r"[「『]([^」』\n]{2,30})[」』]|(?<!\w)\"(?=\S)([^\"\n]{2,40})(?<=\S)\"(?!\w)"
    r"|(?<!\*)\*([^*\n]{2,40})\*(?!\*)"
)
_NAME = re.compile(  # ASCII: it ends where kana begin
    r"\b(?:[A-Z][a-z0-9]+[A-Z-]\w*|[A-Z]{2,}[A-Z0-9-]*\d*|[A-Z]+-\d+)\b", re.ASCII
)
_JAPANESE = re.compile(r"[\u3041-\u3096\u30a1-\u30fa]")


def find(fact: Fact, names: Sequence[str] = ()) -> list[str]:
    """At most MAX_TARGETS answers that a question about the fact may ask for, the shortest
    sensible spans, in the order of the text; then English proper names, which say less as they
    are often what the fact is about. Empty where nothing stands out. `names` are those that every
    question gives: no answers."""
    if fact.kind == "row":
        found = _cells(fact)
    elif fact.kind == "example":
        return []
    else:
        found = [text for _, text in sorted(_spans(fact))]
        if not is_japanese(fact.evidence):
            found += english_nouns.names(plain(fact.evidence), names)
    return _distinct(_without(names, found))


def nouns(fact: Fact, names: Sequence[str], *, context: str) -> list[str]:
    """What stands in a Japanese statement: its values, codes and quoted words, then names and
    terms, those first of which `context` speaks least."""
    others = sorted(japanese_names.find(plain(fact.evidence)), key=context.count)
    return _distinct(_without(names, [*find(fact, names), *others]))


def is_japanese(text: str) -> bool:
    return _JAPANESE.search(text) is not None


def _without(names: Sequence[str], found: Sequence[str]) -> list[str]:
    return [text for text in found if text not in names]


def _cells(fact: Fact) -> list[str]:
    """The cells after the first, which names the row; the first where another describes it."""
    cells = tables.cells(fact.evidence)
    rest = [cell for cell in cells[1:] if squeeze(cell)]
    described = any(len(cell.encode()) > 12 for cell in rest)
    return [*rest, *(cells[:1] if described else [])]


def _spans(fact: Fact) -> Iterator[tuple[int, str]]:
    text = fact.evidence
    for match in _CODE.finditer(text):
        yield match.start(), match[1]
    for match in _QUOTED.finditer(text):
        yield match.start(), next(group for group in match.groups() if group)
    bare = _CODE.sub(lambda match: " " * len(match[0]), text)
    yield from _values(bare)
    for match in _NAME.finditer(bare):
        yield match.start(), match[0]


def _values(text: str) -> Iterator[tuple[int, str]]:
    if is_japanese(text):
        yield from ((match.start(), match[0]) for match in VALUE.finditer(text))
        return
    yield from english_nouns.values(text)


def _distinct(found: Sequence[str]) -> list[str]:
    kept: list[str] = []
    for text in found:
        squeezed = squeeze(text)
        if not squeezed or len(text) > _MAX_CHARACTERS:
            continue
        if not any(squeezed in squeeze(other) for other in kept):
            kept.append(text)
    return kept[:MAX_TARGETS]
