"""outline.md: the tree as a nested Markdown list that a person reads and edits.

<!-- a note -->
# Name of the root

- [Title](path.md)
  - [Title below it](folder/page.md)
  - A group without a page
"""

import re
from dataclasses import dataclass, field

from shikomi.corpus.outline import Node, Outline, walk
from shikomi.errors import ConfigError

_ITEM = re.compile(r"(?P<indent> *)[-*+] +(?P<text>\S.*?)\s*$")
_LINK = re.compile(
    r"\[(?P<title>(?:[^\[\]\\]|\\.|\[(?:[^\[\]\\]|\\.)*\])*)\]\((?:<(?P<angle>[^<>]*)>|(?P<bare>[^\s<>]*))\)$"
)
_COMMENT = re.compile(r"\s*<!--.*-->\s*$")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_SPECIAL = re.compile(r"([\\\[\]])")


def render(outline: Outline, *, note: str = "") -> str:
    """The text of outline.md; `parse` reads it back equal. `note` is a comment above it."""
    lines = [f"<!-- {_one_line(note).replace('--', '- -')} -->", ""] if note else []
    lines += [f"# {_one_line(outline.root)}", ""] if outline.root else []
    for above, node in walk(outline):
        title = _SPECIAL.sub(r"\\\1", _one_line(node.title)) or "-"
        text = title if node.path is None else f"[{title}]({_destination(node.path)})"
        lines.append("  " * len(above) + "- " + text)
    return "\n".join(lines) + "\n"


def parse(text: str, *, name: str = "outline.md") -> Outline:
    """The tree that `text` says.

    Raises:
        ConfigError: A line cannot be read, or names a page a second time; it says which line.
    """
    reader = _Reader(name)
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        if line.strip() and not _COMMENT.match(line):
            reader.line(number, line)
    return Outline(reader.root, tuple(_frozen(item) for item in reader.top))


@dataclass(slots=True)
class _Item:
    indent: int
    title: str
    path: str | None
    below: list["_Item"] = field(default_factory=list)


class _Reader:
    def __init__(self, name: str) -> None:
        self._name = name
        self.root: str | None = None
        self.top: list[_Item] = []
        self._open: list[_Item] = []
        self._lines: dict[str, int] = {}

    def line(self, number: int, line: str) -> None:
        if line.startswith("# "):
            self._heading(number, line)
            return
        match = _ITEM.match(line)
        if match is None:
            raise self._error(number, "expected `- [Title](path.md)`, indented by spaces")
        item = self._item(number, len(match["indent"]), match["text"])
        self._place(number, item)

    def _heading(self, number: int, line: str) -> None:
        if self.root is not None or self.top:
            raise self._error(number, "the root's name is one heading above the list")
        self.root = line[2:].strip()

    def _item(self, number: int, indent: int, text: str) -> _Item:
        link = _LINK.match(text)
        if link is None:
            if re.search(r"(?<!\\)\]\(", text):
                raise self._error(number, "this link is not `[Title](path.md)`")
            return _Item(indent, _ESCAPE.sub(r"\1", text), None)
        path = link["angle"] if link["angle"] is not None else link["bare"]
        title = _ESCAPE.sub(r"\1", link["title"]).strip()
        if not path or not title:
            raise self._error(number, "this link has no " + ("title" if path else "path"))
        if path in self._lines:
            raise self._error(number, f"{path} is already on line {self._lines[path]}")
        self._lines[path] = number
        return _Item(indent, title, path)

    def _place(self, number: int, item: _Item) -> None:
        while self._open and self._open[-1].indent >= item.indent:
            self._open.pop()
        level = self._open[-1].below if self._open else self.top
        if (level and level[0].indent != item.indent) or (
            not level and not self._open and item.indent
        ):
            raise self._error(number, "its indent is that of no line above")
        level.append(item)
        self._open.append(item)

    def _error(self, number: int, what: str) -> ConfigError:
        return ConfigError(f"{self._name} line {number}: {what}")


def _frozen(item: _Item) -> Node:
    return Node(item.title, item.path, tuple(_frozen(each) for each in item.below))


def _destination(path: str) -> str:
    return f"<{path}>" if re.search(r"[\s()]", path) else path


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())
