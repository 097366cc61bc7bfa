"""Markdown pipe tables, as far as facts need them: rows with the names of their columns."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shikomi.text import plain

_RULE_ROW = re.compile(r"^\s*\|?[\s:|-]+\|[\s:|-]*$")
_BAR = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True, slots=True)
class Row:
    """Line `line` of a table (0: its first), as plain text.

    `columns` are the names above the cells; empty where the table has no header or the row is
    longer or shorter than it.
    """

    line: int
    columns: tuple[str, ...]
    cells: tuple[str, ...]


def is_row(line: str) -> bool:
    return line.lstrip().startswith("|")


def rows(lines: Sequence[str]) -> Iterator[Row]:
    """The rows of one table below its header and the rule under it."""
    has_header = len(lines) > 1 and _RULE_ROW.match(lines[1]) is not None
    header = cells(lines[0]) if has_header else ()
    first = 2 if has_header else 0
    for number, line in enumerate(lines[first:], start=first):
        found = cells(line)
        yield Row(number, header if len(header) == len(found) else (), found)


def cells(line: str) -> tuple[str, ...]:
    """As plain text. A bar of a cell's own is escaped there, in code, too."""
    found = _BAR.split(line.strip().strip("|"))
    return tuple(plain(cell.replace(r"\|", "|")) for cell in found)
