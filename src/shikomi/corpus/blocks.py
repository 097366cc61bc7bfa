"""The block structure of Markdown with offsets, as far as cutting a page needs it.

CommonMark 0.31 with these differences, each for pages written by hand or converted from text:
a setext heading has one line, at least two marks, and may begin with a number (`1. Start`);
lists and block quotes are read as text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from shikomi.corpus.inline import plain

Kind = Literal["heading", "fence", "indented", "table", "html", "text"]

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_FENCE = re.compile(r"\s*(?:[-*+]\s+|\d{1,9}[.)]\s+)?(?:(`{3,})[^`]*|(~{3,}).*)$")
_ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_SETEXT = re.compile(r" {0,3}(={2,}|-{2,})[ \t]*$")
_NO_TITLE = re.compile(r"\s*(?:[-*+>|]|={2,}|<!--)")
_DELIMITER = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_HTML = re.compile(r" {0,3}(?:<(table|pre|script|style)\b|(<!--))", re.IGNORECASE)
_TITLE_MAX_CHARS = 1000
_SELF_LINK = re.compile(r"\s*[¶🔗]$")
_INDENTED = re.compile(r"(?: {4}| {0,3}\t)")


@dataclass(frozen=True, slots=True)
class Block:
    """`markdown[start:end]`, whole lines. `level` and `title` belong to headings."""

    kind: Kind
    start: int
    end: int
    level: int = 0
    title: str = ""


def scan(markdown: str) -> list[Block]:
    """The blocks in order; blank lines belong to none. An unclosed fence runs to the end."""
    return list(_Scanner(markdown).blocks())


def headings(markdown: str) -> list[Block]:
    """The headings in order, with `level` 1-6 and `title` free of markup."""
    return [block for block in scan(markdown) if block.kind == "heading"]


def _title(text: str) -> str:
    """Without markup, and without the link to itself that generators put behind headings."""
    title = plain(text[:_TITLE_MAX_CHARS])
    return _SELF_LINK.sub("", title) or title


class _Scanner:
    def __init__(self, markdown: str) -> None:
        self._text = markdown
        self._spans = [match.span() for match in _LINE.finditer(markdown)]
        self._lines = [markdown[a:b].rstrip("\r\n").removeprefix("\ufeff") for a, b in self._spans]
        self._unclosed: set[str] = set()

    def blocks(self) -> Iterator[Block]:
        at = 0
        while at < len(self._lines):
            if not self._lines[at].strip():
                at += 1
                continue
            kind, after, level, title = self._block(at)
            yield Block(kind, self._spans[at][0], self._spans[after - 1][1], level, title)
            at = after

    def _block(self, at: int) -> tuple[Kind, int, int, str]:
        line = self._lines[at]
        if _INDENTED.match(line) and not _FENCE.match(line):
            return "indented", self._indented_end(at), 0, ""
        if special := self._special(at):
            return special
        if atx := _ATX.match(line):
            return "heading", at + 1, len(atx[1]), _title(atx[2] or "")
        if underline := self._underline(at):
            return "heading", at + 2, 1 if underline == "=" else 2, _title(line)
        return "text", self._text_end(at), 0, ""

    def _special(self, at: int) -> tuple[Kind, int, int, str] | None:
        """A block whose lines are not prose, if one starts at this line."""
        if _FENCE.match(self._lines[at]):
            return "fence", self._fence_end(at), 0, ""
        if self._is_table(at):
            return "table", self._table_end(at), 0, ""
        if end := self._html_end(at):
            return "html", end, 0, ""
        return None

    def _fence_end(self, at: int) -> int:
        match = _FENCE.match(self._lines[at])
        mark = (match[1] or match[2]) if match else "```"
        close = re.compile(rf"\s*{re.escape(mark[0])}{{{len(mark)},}}[ \t]*$")
        inner = range(at + 1, len(self._lines))
        return next((n + 1 for n in inner if close.match(self._lines[n])), len(self._lines))

    def _is_table(self, at: int) -> bool:
        line = self._lines[at].lstrip()
        if line.startswith("|") and line.rstrip().endswith("|") and len(line) > 1:
            return True
        following = self._lines[at + 1] if at + 1 < len(self._lines) else ""
        return "|" in line and "|" in following and bool(_DELIMITER.match(following))

    def _table_end(self, at: int) -> int:
        end = at + 1
        while end < len(self._lines) and "|" in self._lines[end] and self._lines[end].strip():
            end += 1
        return end

    def _html_end(self, at: int) -> int | None:
        match = _HTML.match(self._lines[at])
        if match is None:
            return None
        close = "-->" if match[2] else f"</{match[1].lower()}"
        if close in self._unclosed:
            return None
        for n in range(at, len(self._lines)):
            if close in self._lines[n].lower():
                return n + 1
        self._unclosed.add(close)
        return None

    def _indented_end(self, at: int) -> int:
        end = n = at + 1
        while n < len(self._lines):
            if _INDENTED.match(self._lines[n]) and not _FENCE.match(self._lines[n]):
                end = n + 1
            elif self._lines[n].strip():
                break
            n += 1
        return end

    def _underline(self, at: int) -> str | None:
        if at + 1 >= len(self._lines) or _NO_TITLE.match(self._lines[at]):
            return None
        match = _SETEXT.match(self._lines[at + 1])
        return match[1][0] if match else None

    def _text_end(self, at: int) -> int:
        end = at + 1
        while end < len(self._lines) and self._lines[end].strip():
            if _ATX.match(self._lines[end]) or self._special(end):
                break
            end += 1
        return end
