"""Which sections support an answer, and whether they speak of what is asked: by program.

A model's own word for either is worth little: a small one cites at random. A program can tell
whether the numbers, names and words that a sentence adds to its question stand in a section; not
that they stand there in the same relation.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from shikomi.answering import excerpt
from shikomi.dataset.keywords import FUNCTION_WORDS
from shikomi.evaluation.refusals import refuses
from shikomi.text import identifiers, numbers, plain, squeeze
from shikomi.types import Section

# Both measured by benchmarks/support.py.
_SUPPORTED = 0.6  # so much of what a sentence adds stands in the sections that support it
_KNOWN = 0.5  # so much of a question does, or they are about something else
_NAME_DIGITS = 3  # a shorter number in a question is the asker's own amount
_KANJI, _KANA = "々〆一-鿿", "ァ-ヺー"
_WORD = re.compile(
    f"(?P<wide>[{_KANJI}]+|[{_KANA}]{{2,}})|(?P<narrow>[^\\W\\d_ぁ-ゖ{_KANA}{_KANJI}]{{2,}})"
)
_STEM = 5  # letters
_PROPER = re.compile(r"(?<=[^.!?:\s] )[A-Z][a-z]{2,}")


@dataclass(frozen=True, slots=True)
class _Said:
    """What a text says. `names` are its numbers and identifiers, squeezed, by their spelling;
    `words` the beginnings of its others, Japanese ones as pairs of neighbours."""

    names: dict[str, str]
    words: frozenset[str]
    squeezed: str

    @property
    def items(self) -> frozenset[str]:
        return frozenset({*self.words, *self.names})

    def has(self, item: str) -> bool:
        """Whether it says so: a number as a whole one, a name also as part of another."""
        return item in self.items or (not item.isdecimal() and item in self.squeezed)


class Support:
    """The sections that stand before `question`, in their order."""

    def __init__(self, question: str, sections: Sequence[Section]) -> None:
        self._texts = [section.text for section in sections]
        self._sections = [_said(excerpt(section)) for section in sections]
        self._asked = _said(question)
        self._proper = _PROPER.findall(unicodedata.normalize("NFKC", question))
        systems = {name for section in sections for name in section.capsule.names}
        self._subject = self._asked.words - _said("\n".join(systems)).words

    @property
    def unknown(self) -> tuple[str, ...]:
        """The names, codes and longer numbers of the question that no section has."""
        proper = {name[:_STEM].lower(): name for name in self._proper}
        names = (self._asked.names | proper).items()
        return tuple(spelled for name, spelled in names if _is_name(name) and not self._has(name))

    @property
    def known(self) -> float:
        """Share of the question's words that the sections have, the system's names left out."""
        found = [word for word in self._subject if self._has(word)]
        return len(found) / len(self._subject) if self._subject else 1.0

    def is_documented(self, *, marked: bool) -> bool:
        """Whether the sections speak of what is asked: of all its names and codes, and of most
        of its words, unless one of them supports the answer (`marked`)."""
        return not self.unknown and (marked or self.known >= _KNOWN)

    def quotes(self, text: str) -> bool:
        """Whether a section has it letter by letter."""
        return any(text in each for each in self._texts)

    def adds(self, sentence: str) -> bool:
        """Whether the sentence says what could be looked up and is not in the question."""
        return bool(_said(sentence).items - self._asked.items) and not refuses(sentence)

    def marks(self, sentence: str) -> tuple[int, ...]:
        """The numbers, from 1, of the sections that support the sentence, the fewest that do:
        what it adds to the question stands in them, all of the names and most of the words."""
        said = _said(sentence)
        added = (said.items - self._asked.items) or said.items
        if refuses(sentence) or any(squeeze(name) in said.squeezed for name in self.unknown):
            return ()
        chosen, left = self._chosen(said, added)
        if not chosen or left & said.names.keys() or len(left) > (1 - _SUPPORTED) * len(added):
            return ()
        return tuple(sorted(n + 1 for n in chosen))

    def _chosen(self, said: _Said, added: frozenset[str]) -> tuple[list[int], frozenset[str]]:
        """Sections, each the one that has most of what those before it leave open, names first;
        and what all of them leave open."""
        chosen: list[int] = []
        left = added
        while left:
            best = max(range(len(self._sections)), key=lambda n: self._worth(n, said, left))
            held = frozenset(item for item in left if self._sections[best].has(item))
            enough = chosen and not left & said.names.keys()
            if not held or (enough and len(left) <= (1 - _SUPPORTED) * len(added)):
                break
            chosen.append(best)
            left -= held
        return chosen, left

    def _worth(self, n: int, said: _Said, left: frozenset[str]) -> tuple[int, int, int]:
        section = self._sections[n]
        return (
            sum(section.has(name) for name in left & said.names.keys()),
            sum(map(section.has, left)),
            sum(map(section.has, said.items | self._asked.items)),
        )

    def _has(self, item: str) -> bool:
        return any(section.has(item) for section in self._sections)


def _is_name(item: str) -> bool:
    return not item.isdecimal() or len(item) >= _NAME_DIGITS


def _said(text: str) -> _Said:
    shown = unicodedata.normalize("NFKC", plain(text))
    names = {squeeze(name): name for name in identifiers(shown)}
    return _Said(
        names=names | {number: number for number in numbers(shown)},
        words=frozenset(_words(shown)),
        squeezed=squeeze(shown),
    )


def _words(text: str) -> Iterator[str]:
    for match in _WORD.finditer(text.casefold()):
        if word := match["narrow"]:
            if word not in FUNCTION_WORDS and word != "yes":
                yield word[:_STEM]
        elif len(match["wide"]) == 1:
            yield match["wide"]
        else:
            yield from map("".join, pairwise(match["wide"]))
