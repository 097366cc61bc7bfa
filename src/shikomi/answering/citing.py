"""An answer with its marks: `[1]` behind each sentence that the first section supports."""

import re
from dataclasses import dataclass

from shikomi.answering.support import Support
from shikomi.sentences import ends
from shikomi.types import Lang

# White space, behind which a mark of ours would come too late, and what may be one of the model's.
_WAITING = re.compile(r"\s*(?:\[\d{0,2}\]?)?\Z")
_MARK = re.compile(r"[ \t]*(\[\d{1,2}\])(?!\()")
_NAME_BEFORE = re.compile(r"\w+\Z")
_BLOCK = re.compile(r"(?:```|\|)\Z")  # a mark on such a line would break it


@dataclass(frozen=True, slots=True)
class _Notes:
    unknown: str
    unmentioned: str
    undocumented: str
    memory: str
    comma: str
    space: str


_NOTES: dict[Lang, _Notes] = {
    "en": _Notes(
        unknown="Not documented in these pages: {}.",
        unmentioned="The sections that were found do not mention {}.",
        undocumented="Not documented in these pages.",
        memory="No section supports this answer: it is from the model's memory.",
        comma=", ",
        space=" ",
    ),
    "ja": _Notes(
        unknown="これらのページには「{}」についての記載がありません。",
        unmentioned="見つかった節には「{}」が出てきません。",
        undocumented="これらのページには記載がありません。",
        memory="この答えを裏づける節はなく、モデルの記憶によるものです。",
        comma="」「",
        space="",
    ),
}


@dataclass(frozen=True, slots=True)
class Citation:
    """The mark of section `number`, from 1, stands at `text[start:end]`."""

    number: int
    start: int
    end: int


class Cited:
    """Takes an answer piece by piece and gives it back with marks.

    They are set by `support` alone; those that the model wrote are taken out. Nothing is held
    back but white space and what may become a mark. `citations` are those set so far.
    """

    def __init__(self, support: Support, lang: Lang) -> None:
        self.citations: list[Citation] = []
        self._support = support
        self._words = _NOTES[lang]
        self._open = ""  # the sentence that is being said
        self._given = 0  # so many of its characters were given back
        self._length = 0  # of all that was given back
        self._adds = False

    def feed(self, piece: str) -> str:
        """What can be shown now."""
        self._open += piece
        self._open = self._unmarked()
        shown = ""
        while end := self._end():
            shown += self._closed(end)
        waiting = _WAITING.search(self._open, self._given)
        return shown + self._give(waiting.start() if waiting else len(self._open))

    def end(self) -> str:
        """The rest, and what there is to say about the whole."""
        if not self._length and not self._open.strip():
            return self._open
        self._open = self._unmarked(final=True)
        shown = self._closed(len(self._open))
        note = self._note()
        return f"{shown}\n\n{note}" if note else shown

    def _unmarked(self, *, final: bool = False) -> str:
        """The sentence without the model's own marks. What only looks like one stays: in code, or
        behind a name as the sections have it (`args[1]`)."""
        kept, at = "", 0
        for match in _MARK.finditer(self._open):
            before = self._open[: match.start()]
            undecided = match.end() == len(self._open) and not final
            if match.start() < self._given or undecided or before.count("`") % 2:
                continue
            name = _NAME_BEFORE.search(before)
            if name and self._support.quotes(f"{name[0]}{match[0]}"):
                continue
            kept += self._open[at : match.start()]
            at = match.end()
        return kept + self._open[at:]

    def _end(self) -> int:
        """Where the first sentence ends, once something follows it; else 0. Code has no ends."""
        for end in ends(self._open):
            before, after = self._open[:end], self._open[end:]
            if before.strip() and after.strip() and before.count("`") % 2 == 0:
                return end
        return 0

    def _closed(self, end: int) -> str:
        """The rest of the sentence up to `end`, and its marks."""
        sentence = self._open[:end].rstrip()
        shown = self._give(len(sentence))
        self._adds = self._adds or self._support.adds(sentence)
        numbers = self._support.marks(sentence)
        glue = "\n\n" if _BLOCK.search(sentence) else " " if sentence[-1:].isascii() else ""
        marks = "".join(f"[{number}]" for number in numbers)
        at = self._length + len(glue)
        for number in numbers:
            self.citations.append(Citation(number, at, at := at + len(f"[{number}]")))
        self._open, self._given = self._open[len(sentence) :], 0
        self._length += len(glue + marks) if marks else 0
        return shown + (glue + marks if marks else "")

    def _give(self, end: int) -> str:
        text = self._open[self._given : end]
        self._given = max(self._given, end)
        self._length += len(text)
        return text

    def _note(self) -> str:
        words, unknown, marked = self._words, self._support.unknown, bool(self.citations)
        found = []
        if unknown:
            text = words.unmentioned if marked else words.unknown
            found.append(text.format(words.comma.join(unknown)))
        elif not self._support.is_documented(marked=marked):
            found.append(words.undocumented)
        if self._adds and not marked:
            found.append(words.memory)
        return words.space.join(found)
