"""Tables of reStructuredText as tables of Markdown: grids, simple tables, and the directives
`list-table` and `csv-table`. What spans several rows stands in each; what spans several columns
stands in the first, and in each where it names them."""

import csv
import re
from collections.abc import Iterator, Sequence
from textwrap import dedent

from shikomi.text import is_wide

_GRID = re.compile(r"\+(?:-+\+)+$")
_SIMPLE = re.compile(r"=+(?: +=+)+$")
_SPANS = re.compile(r"-+(?: +-+)*$")
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


_Cell = list[str]  # its lines
_Parts = tuple[list[list[_Cell]], list[list[_Cell]]]
Box = tuple[int, int, int, int]  # first and last row, first and last column


def _grid(block: Sequence[str]) -> _Parts | None:
    """(rows above the border of `=`, rows below it), each cell by its lines."""
    width = len(block[0])
    lines = [line.ljust(width) for line in block]
    corners = [(n, at) for n, line in enumerate(lines) for at in _corners(lines, n, line)]
    edges = sorted({at for _, at in corners})
    borders = sorted({n for n, _ in corners})
    if any(len(line) > width for line in lines) or borders[-1:] != [len(lines) - 1]:
        return None
    boxes = _boxes(lines, borders, edges)
    if not boxes:
        return None
    n_heads = next((n for n, at in enumerate(borders) if "=" in lines[at][:2]), 0)
    n_columns = len(edges) - 1
    rows: list[list[_Cell]] = [[[] for _ in range(n_columns)] for _ in borders[1:]]
    for top, bottom, left, right in boxes:
        within = lines[borders[top] + 1 : borders[bottom + 1]]
        cell = [line[edges[left] + 1 : edges[right + 1]].replace(_PAD, "") for line in within]
        for n in range(top, bottom + 1):
            last = right if n < n_heads else left
            rows[n][left : last + 1] = [cell] * (last + 1 - left)
    return (rows[:n_heads], rows[n_heads:]) if rows[n_heads:] else None


def _corners(lines: Sequence[str], n: int, line: str) -> Iterator[int]:
    """Where borders meet in that line."""
    around = ["".join(lines[max(0, n - 1) : n]), "".join(lines[n + 1 : n + 2])]
    for match in re.finditer(r"\+(?=[-=])|(?<=[-=])\+", line):
        at = match.start()
        if any(other[at : at + 1] in ("|", "+") for other in around):
            yield at


def _boxes(lines: Sequence[str], borders: Sequence[int], edges: Sequence[int]) -> list[Box]:
    """The cells; [] where they are no rectangles that fill the table."""
    n_rows, n_columns = len(borders) - 1, len(edges) - 1
    taken: set[tuple[int, int]] = set()
    found: list[Box] = []
    for top in range(n_rows):
        for left in range(n_columns):
            if (top, left) in taken:
                continue
            right, bottom = left, top
            while right + 1 < n_columns and not _wall(lines, borders, edges[right + 1], top):
                right += 1
            while bottom + 1 < n_rows and not _floor(lines, edges, borders[bottom + 1], left):
                bottom += 1
            rows, columns = range(top, bottom + 1), range(left, right + 1)
            places = {(n, m) for n in rows for m in columns}
            closed = all(_wall(lines, borders, edges[right + 1], n) for n in rows) and all(
                _floor(lines, edges, borders[bottom + 1], m) for m in columns
            )
            if places & taken or not closed:
                return []
            taken |= places
            found.append((top, bottom, left, right))
    return found


def _wall(lines: Sequence[str], borders: Sequence[int], edge: int, row: int) -> bool:
    """Whether a line stands at that edge all through the row."""
    return all(line[edge] in "|+" for line in lines[borders[row] + 1 : borders[row + 1]])


def _floor(lines: Sequence[str], edges: Sequence[int], border: int, column: int) -> bool:
    """Whether a line lies below that column in that border."""
    return not lines[border][edges[column] + 1 : edges[column + 1]].strip("-=+")


def _simple(block: Sequence[str]) -> _Parts | None:
    """The same of a simple table: a line without its first cell goes on with the row before. A
    cell that reaches into the next column, or has a line of hyphens below it, spans both."""
    cuts = [match.span() for match in re.finditer("=+", block[0])]
    cuts[-1] = (cuts[-1][0], 10_000)  # the last column may be longer than its border
    n_heads = 0
    rows: list[tuple[list[str], str]] = []  # each with the line of marks below it, or ""
    row: list[str] = []
    for line in [*block[1:-1], block[0]]:
        border, spans = bool(_SIMPLE.match(line)), bool(_SPANS.match(line))
        if (border or spans or line[slice(*cuts[0])].strip()) and row:
            rows.append((row, line if border or spans else ""))
            row = []
        if border and line is not block[0]:
            if n_heads:
                return None
            n_heads = len(rows)
        elif not border and not spans and (row or line.strip()):
            row.append(line)
    made = [_cells(each, cuts, is_named=n < n_heads) for n, each in enumerate(rows)]
    return (made[:n_heads], made[n_heads:]) if made[n_heads:] else None


def _cells(marked: tuple[Sequence[str], str], cuts: Cuts, *, is_named: bool) -> list[_Cell]:
    """A row's cells; one that spans several columns stands in each where it names them."""
    row, under = marked
    cells: list[_Cell] = []
    left = 0
    for n, (_, end) in enumerate(cuts):
        after = cuts[n + 1][0] if n + 1 < len(cuts) else None
        crossed = after is not None and any(line[end:after].strip() for line in (*row, under))
        if crossed:
            continue
        last = None if after is None else end
        cell = [line[cuts[left][0] : last].replace(_PAD, "") for line in row]
        cells += [cell, *([cell] if is_named else [[]]) * (n - left)]
        left = n + 1
    return cells


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
    names = [" ".join(dict.fromkeys(filter(None, column))) for column in columns] or [""] * width
    rows = [f"| {' | '.join(row)} |" for row in (names, *full)]
    return [rows[0], f"|{' --- |' * width}", *rows[1:]]
