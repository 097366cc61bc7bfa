"""Tables of reStructuredText as tables of Markdown: grids, simple tables, and the directives
`list-table` and `csv-table`. What spans several rows stands in each; a table with cells that span
columns is not read."""

import csv
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from textwrap import dedent

from shikomi.text import is_wide

_GRID = re.compile(r"\+(?:-+\+)+$")
_GRID_BORDER = re.compile(r"\+(?:[-=]+\+)+$")
_SIMPLE = re.compile(r"=+(?: +=+)+$")
_ROW = re.compile(r"\* - ?(.*)$")
_CELL = re.compile(r"  - ?(.*)$")
_HEADER_ROWS = re.compile(r"\s*:header-rows:\s*(\d+)")
_HEADER = re.compile(r"\s*:header:\s*(.*)$")
_ITEM = re.compile(r"(?:[-*•]|\d+[.)])\s")
_PAD = "\0"  # behind a wide character, which takes two columns

Rows = list[list[str]]
Cuts = list[tuple[int, int]]


def drawn(lines: Sequence[str], at: int) -> tuple[list[str], int] | None:
    """(the table that begins there, where the next line is); None where there is none that can
    be read."""
    margin = lines[at][: len(lines[at]) - len(lines[at].lstrip(" "))]
    first = lines[at].strip()
    if not (_GRID.match(first) or _SIMPLE.match(first)):
        return None
    end = _grid_end(lines, at) if first[0] == "+" else _simple_end(lines, at)
    block = [_padded(line[len(margin) :].rstrip()) for line in lines[at:end]]
    rows = _grid(block) if first[0] == "+" else _simple(block)
    if rows is None:
        return None
    heads, bodies = ([[_joined(cell) for cell in row] for row in part] for part in rows)
    return [margin + line for line in table(heads, bodies)], end


def _padded(line: str) -> str:
    return "".join(char + _PAD * is_wide(char) for char in line)


def _grid_end(lines: Sequence[str], at: int) -> int:
    behind = (n for n in range(at, len(lines)) if lines[n].strip()[:1] not in ("+", "|"))
    return next(behind, len(lines))


def _simple_end(lines: Sequence[str], at: int) -> int:
    """Behind the last border: an empty line follows it, and it is not the one below the names."""
    borders = [n for n in range(at, len(lines)) if _SIMPLE.match(lines[n].strip())]
    last = (n for n in borders[1:] if not "".join(lines[n + 1 : n + 2]).strip())
    return next(last, at) + 1


_Parts = tuple[list[list[list[str]]], list[list[list[str]]]]


def _grid(block: Sequence[str]) -> _Parts | None:
    """(rows above the border of `=`, rows below it), each cell by its lines."""
    edges = [n for n, char in enumerate(block[0]) if char == "+"]
    cuts = [(left + 1, right) for left, right in pairwise(edges)]
    parts: _Parts = ([], [])
    rows: list[list[list[str]]] = []
    for line in block[1:]:
        if _GRID_BORDER.match(line):
            if [n for n, char in enumerate(line) if char == "+"] != edges or not rows:
                return None
            parts[1].extend(rows)
            rows = []
            if "=" in line:
                parts[0].extend(parts[1])
                parts[1].clear()
        elif len(line) <= edges[-1] or any(line[n] not in "|+" for n in edges):
            return None
        elif rows and any(ends := [not line[slice(*cut)].strip("-") for cut in cuts]):
            row = zip(rows[-1], ends, strict=True)  # a cell that goes on stands in both rows
            rows.append([[] if is_end else cell for cell, is_end in row])
        else:
            rows = rows or [[[] for _ in cuts]]
            _add(rows[-1], line, cuts)
    return parts if parts[1] and not rows else None


def _simple(block: Sequence[str]) -> _Parts | None:
    """The same of a simple table: a line without its first cell goes on with the row before."""
    cuts = [match.span() for match in re.finditer("=+", block[0])]
    cuts[-1] = (cuts[-1][0], 10_000)  # the last column may be longer than its border
    gaps = [n for (_, left), (right, _) in pairwise(cuts)
            for n in range(left, right)]  # fmt: skip
    parts: _Parts = ([], [])
    for line in block[1:-1]:
        if _SIMPLE.match(line):
            if parts[0]:
                return None
            parts[0].extend(parts[1])
            parts[1].clear()
            continue
        if any(line[n : n + 1].strip() for n in gaps):
            return None  # a cell across columns, or a border below such cells
        if line[slice(*cuts[0])].strip():
            parts[1].append([[] for _ in cuts])
        if parts[1]:
            _add(parts[1][-1], line, cuts)
    return parts if parts[1] else None


def _add(row: list[list[str]], line: str, cuts: Cuts) -> None:
    for cell, cut in zip(row, cuts, strict=True):
        cell.append(line[slice(*cut)].replace(_PAD, ""))


def list_table(body: Sequence[str]) -> list[str] | None:
    """`* - cell` begins a row, `  - cell` a further cell; None where it is written otherwise."""
    n_heads = next((int(m[1]) for m in map(_HEADER_ROWS.match, body) if m), 0)
    content = _dedented(body)
    rows: list[list[list[str]]] = []
    for line in content:
        if found := _ROW.match(line):
            rows.append([[found[1]]])
        elif (found := _CELL.match(line)) and rows:
            rows[-1].append([found[1]])
        elif rows:
            rows[-1][-1].append(line.strip())
        elif line.strip():
            return None
    texts = [[_joined(cell) for cell in row] for row in rows]
    return table(texts[:n_heads], texts[n_heads:]) if texts else None


def csv_table(body: Sequence[str]) -> list[str] | None:
    """The values that stand below the directive; None where they are in a file."""
    header = next((m[1] for m in map(_HEADER.match, body) if m), "")
    n_heads = next((int(m[1]) for m in map(_HEADER_ROWS.match, body) if m), 0)
    lines = [*([header] if header else []), *_dedented(body)]
    read = csv.reader([line for line in lines if line.strip()], skipinitialspace=True)
    try:
        rows = [[_joined(value.split("\n")) for value in row] for row in read]
    except csv.Error:
        return None
    n_heads += bool(header)
    return table(rows[:n_heads], rows[n_heads:]) if len(rows) > n_heads else None


def _dedented(body: Sequence[str]) -> list[str]:
    """What stands behind the options, from the first empty line on."""
    begin = next((n for n, line in enumerate(body) if not line.strip()), len(body))
    return dedent("\n".join(body[begin:])).split("\n")


def _joined(lines: Sequence[str]) -> str:
    """A cell's lines as one; its paragraphs and items stay apart."""
    return "<br>".join(" ".join(each) for each in _paragraphs(lines)).replace("|", "\\|")


def _paragraphs(lines: Sequence[str]) -> Iterator[list[str]]:
    found: list[str] = []
    for line in (each.strip() for each in lines):
        if found and (not line or _ITEM.match(line)):
            yield found
            found = []
        found += [line] if line else []
    if found:
        yield found


def table(heads: Rows, bodies: Rows) -> list[str]:
    """A table of Markdown; several lines of names are put into one."""
    width = max(map(len, [*heads, *bodies]))
    full = [row + [""] * (width - len(row)) for row in bodies]
    columns = zip(*(row + [""] * (width - len(row)) for row in heads), strict=True)
    names = [" ".join(filter(None, column)) for column in columns] or [""] * width
    rows = [f"| {' | '.join(row)} |" for row in (names, *full)]
    return [rows[0], f"|{' --- |' * width}", *rows[1:]]
