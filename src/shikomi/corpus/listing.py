"""Which pages a page lists: links that stand as items, not in the middle of prose.

A list says who stands under whom by its nesting; a table, a heading or a line of its own that is
nothing but a link lists one page. Where most of a page is such a list (a table of contents), the
headings and the lines above its lists name groups.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from shikomi.corpus.blocks import Block, scan
from shikomi.corpus.inline import plain
from shikomi.corpus.links import resolve

_TEXT = r"\[(?P<text>(?:[^\[\]\\\n]|\\.|\[[^\[\]\n]*\])*)\]"
_TARGET = r"\(\s*(?:<(?P<angle>[^<>\n]*)>|(?P<bare>(?:[^()\s<>\\]|\\.|\([^()\s]*\))*))"
_LINK = re.compile(r"(?<!!)" + _TEXT + _TARGET + r"(?:\s+(?:\"[^\"\n]*\"|'[^'\n]*'))?\s*\)")
_ITEM = re.compile(r"(?P<indent>[ \t]*)(?:[-*+]|\d{1,9}[.)])[ \t]+(?P<text>\S.*)$")
_BEFORE = re.compile(
    r"(?:<a id=\"[^\"<>]*\"></a>|!\[[^\[\]]*\]\([^()\s]*\)|[*_~\s#]|\d+(?:\.\d+)*[.)]?\s"
    r"|[・●■◆○□◇►▶※→»])*"
)
_AFTER = re.compile(r"[*_~]*(?:\s*$|\s*\\$|\s*[-–—:：(（、,.。…|]|\s\s)")
_MAX_LINE_CHARS = 2000
_MAX_GROUP_CHARS = 80
_MAX_GROUPS = 4
_MAX_LABEL_CHARS = 40
_SENTENCE_END = re.compile(r"[。.,、!！?？]\s*$")
_IMAGE = re.compile(r"!\[[^\[\]]*\]\([^()\s]*\)")
_WORD = re.compile(r"\w")
_BAR_LEAST = 5  # fewer are "previous", "up", "next"
_CONTENTS_SHARE = 0.5
_CONTENTS_LEAST = 5


class Listed(NamedTuple):
    """A page that is named in a list: `under` is the page of the item it is nested in (None: the
    listing page itself), `groups` the names without a page on the way, outermost first. `part`:
    the link goes to an anchor, as those of an alphabetical index do."""

    path: str
    under: str | None = None
    groups: tuple[str, ...] = ()
    part: bool = False


def listing(markdown: str, *, path: str) -> tuple[Listed, ...]:
    """The pages that the page at `path` lists, in order, each once. Paths are those that the
    links resolve to; whether there are such pages is for the caller to know."""
    reader = _Reader(path)
    for block in scan(markdown):
        reader.block(block, markdown)
    return reader.result()


class _Open(NamedTuple):
    indent: int
    page: str | None
    group: str | None


class _Row(NamedTuple):
    listed: Listed
    headings: tuple[tuple[int, str], ...]
    anchor: bool


@dataclass(slots=True)
class _Reader:
    path: str
    rows: list[_Row] = field(default_factory=list)
    lines: int = 0
    levels: Counter[int] = field(default_factory=Counter)
    _seen: set[str] = field(default_factory=set)
    _stack: list[_Open] = field(default_factory=list)
    _headings: list[tuple[int, str]] = field(default_factory=list)
    _label: str = ""

    def block(self, block: Block, markdown: str) -> None:
        if block.kind == "heading":
            self._heading(block, markdown[block.start : block.end])
        elif block.kind == "table":
            for line in markdown[block.start : block.end].split("\n"):
                self._cells(line)
        elif block.kind in ("text", "indented"):
            for line in markdown[block.start : block.end].expandtabs(4).split("\n"):
                self._line(line[:_MAX_LINE_CHARS])
        else:
            self.lines += 1
            self._stack, self._label = [], ""

    def result(self) -> tuple[Listed, ...]:
        anchored = Counter(row.listed.path for row in self.rows if row.anchor)
        plainly = {row.listed.path for row in self.rows if not row.anchor}
        kept = [
            row
            for row in self.rows
            if not row.anchor or (anchored[row.listed.path] == 1 and row.listed.path not in plainly)
        ]
        contents = len(kept) >= max(_CONTENTS_LEAST, self.lines * _CONTENTS_SHARE)
        found: dict[str, Listed] = {}
        for row in kept:
            above = row.headings if contents and row.listed.under is None else ()
            groups = self._names(above) + row.listed.groups
            named = row.listed._replace(groups=groups, part=row.anchor)
            before = found.setdefault(row.listed.path, named)
            if before.under is None and named.under is not None:
                found[row.listed.path] = named  # a nested list says more than a line of links
        return tuple(_without_only_group(list(found.values())))

    def _names(self, headings: tuple[tuple[int, str], ...]) -> tuple[str, ...]:
        """The names of the headings above, without the page's own title."""
        top = min(self.levels, default=0)
        single = self.levels[top] == 1
        return tuple(name for level, name in headings if not (single and level == top))

    def _heading(self, block: Block, text: str) -> None:
        self.levels[block.level] += 1
        above = [each for each in self._headings if each[0] < block.level]
        self._headings, self._stack, self._label = above, [], ""
        if match := _only_link(text.strip().strip("#=- \t\n")):
            self._add(match)
        if block.title:
            self._headings.append((block.level, block.title[:_MAX_GROUP_CHARS]))

    def _cells(self, line: str) -> None:
        self.lines += 1
        self._stack = []
        for cell in line.split("|"):
            if match := _only_link(cell):
                self._add(match)

    def _line(self, line: str) -> None:
        if not line.strip():
            return
        item = _ITEM.match(line)
        if item is None:
            self._prose(line)
            return
        self.lines += 1
        indent = len(item["indent"])
        while self._stack and self._stack[-1].indent >= indent:
            self._stack.pop()
        match = _leading_link(item["text"])
        page, part = self._add(match) if match else (None, True)
        group = _name(match["text"] if match else item["text"]) if part else None
        self._stack.append(_Open(indent, page, group))

    def _prose(self, line: str) -> None:
        indent = len(line) - len(line.lstrip())
        while self._stack and self._stack[-1].indent >= indent:
            self._stack.pop()
        self._label = ""
        if self._bar(line):
            self.lines += 1
            return
        match = _only_link(line)
        if match is None or self._add(match)[0] is None:
            self._label = "" if self._stack else _label(line)
            self.lines += not self._label
        else:
            self.lines += 1

    def _bar(self, line: str) -> bool:
        """Whether the line is a row of links and nothing else, such as a menu; they are added."""
        links = list(_LINK.finditer(line)) if line.count("](") >= _BAR_LEAST else []
        if len(links) < _BAR_LEAST or _WORD.search(_IMAGE.sub("", _LINK.sub("", line))):
            return False
        for match in links:
            self._add(match)
        return True

    def _add(self, match: re.Match[str]) -> tuple[str | None, bool]:
        """(the page that the link goes to, or None; whether it is but a part of a page that is
        listed already)."""
        url = match["angle"] if match["angle"] is not None else match["bare"]
        target, anchor = resolve(url, self.path)
        if not target or target == self.path:
            return None, True
        part = bool(anchor) and target in self._seen
        self._seen.add(target)
        under, groups = self._place()
        headings = [(level, name) for level, name in self._headings]
        headings += [(0, self._label)] if self._label else []
        if under != target:
            self.rows.append(_Row(Listed(target, under, groups), tuple(headings), bool(anchor)))
        return target, part

    def _place(self) -> tuple[str | None, tuple[str, ...]]:
        under: str | None = None
        groups: list[str] = []
        for item in self._stack:
            if item.page is not None:
                under, groups = item.page, []
            if item.group:
                groups.append(item.group)
        return under, tuple(groups[-_MAX_GROUPS:])


def _without_only_group(items: list[Listed]) -> Iterator[Listed]:
    """A group that all of a list stands in says no more than the page that has the list."""
    top = {item.groups for item in items if item.under is None}
    for item in items:
        yield item._replace(groups=()) if item.under is None and len(top) == 1 else item


def _leading_link(text: str) -> re.Match[str] | None:
    """The link that an item begins with, where what follows it is no sentence that goes on."""
    start = _BEFORE.match(text)
    match = _LINK.match(text, start.end() if start else 0)
    return match if match and _AFTER.match(text, match.end()) else None


def _only_link(text: str) -> re.Match[str] | None:
    start = _BEFORE.match(text)
    match = _LINK.match(text, start.end() if start else 0)
    return match if match and not text[match.end() :].strip("*_~ \t\\.。:：\r\n") else None


def _name(text: str) -> str:
    name = plain(text)
    return name if 0 < len(name) <= _MAX_GROUP_CHARS else ""


def _label(line: str) -> str:
    """A line that names the list below it, "" where it is a sentence."""
    name = _name(line).rstrip("/:：")
    return "" if len(name) > _MAX_LABEL_CHARS or _SENTENCE_END.search(name) else name
