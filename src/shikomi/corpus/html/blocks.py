"""Blocks of Markdown, and how they stand in each other."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from shikomi.corpus.html import escape

_MARKER = re.compile(r"(\d*)([-*.)])(?= )")  # of an item that is in no other
_FENCE = re.compile(r"`{3,}")
_OTHER_MARK = {"-": "*", "*": "-", ".": ")", ")": "."}


@dataclass(slots=True)
class Block:
    """Lines without a blank one at either end. `kind` decides what may follow without one."""

    kind: str
    lines: list[str]


def joined(blocks: Sequence[Block]) -> list[str]:
    """The lines of blocks, a blank line between any two but a text and the list that it leads.
    Of two lists that meet the second has other marks, as equal ones would make them one."""
    lines: list[str] = []
    before: Block | None = None
    for block in blocks:
        if before is not None and before.kind == block.kind == "list":
            block = _apart(before, block)
        bullets = block.kind == "list" and block.lines[0].startswith("- ")
        if before is not None and not (before.kind == "text" and bullets):
            lines.append("")
        lines += block.lines
        before = block
    return lines


def _apart(before: Block, block: Block) -> Block:
    known = {mark[2] for line in before.lines if (mark := _MARKER.match(line))}
    lines: list[str] = []
    fence = ""
    for line in block.lines:
        mark = _FENCE.match(line)
        lines.append(line if fence else _other_marker(line, known))
        if mark and not fence:
            fence = mark[0]
        elif fence and line == fence:
            fence = ""
    return Block(block.kind, lines)


def _other_marker(line: str, known: set[str]) -> str:
    mark = _MARKER.match(line)
    if mark is None or mark[2] not in known:
        return line
    body = line[mark.end() :]
    if body == " **":  # with another star before it, a rule
        body = " \\**"
    return mark[1] + _OTHER_MARK[mark[2]] + body


def heading(level: int, text: str) -> Block:
    """A heading; `text` is one line of Markdown."""
    return Block("heading", [f"{'#' * level} {escape.heading(text)}"])


def indented(lines: Sequence[str], marker: str) -> list[str]:
    """`lines` as one item: the marker, and as much space before each line after the first."""
    space = " " * len(marker)
    return [marker + lines[0], *(space + line if line else "" for line in lines[1:])]


def spaced(items: Sequence[list[str]]) -> list[str]:
    """Items one after the other; those of several blocks stand apart."""
    lines: list[str] = []
    for item in items:
        if lines and ("" in item or lines[-1] == ""):
            lines += [""] if lines[-1] else []
        lines += item
        if "" in item:
            lines.append("")
    while lines and not lines[-1]:
        lines.pop()
    return lines


def with_anchor(anchors: str, blocks: list[Block]) -> list[Block]:
    """`anchors` at the beginning of the first text, or before all."""
    if not anchors:
        return blocks
    if blocks and blocks[0].kind == "text":
        first = blocks[0].lines
        return [Block("text", [anchors + first[0], *first[1:]]), *blocks[1:]]
    return [Block("text", [anchors]), *blocks]


def with_label(label: str, blocks: list[Block]) -> list[Block]:
    """A few words before the first text, or in a line of their own before all."""
    if not label or not blocks:
        return blocks
    if blocks[0].kind == "text":
        return with_anchor(f"{label} ", blocks)
    return [Block("text", [label]), *blocks]
