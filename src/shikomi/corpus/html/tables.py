"""Which tables hold data, and the grid of those that do."""

from collections.abc import Iterator
from itertools import takewhile

from shikomi.corpus.html.element import Element
from shikomi.corpus.html.tree import HEADINGS, text_of

_COMPLEX = frozenset({
    "blockquote", "dl", "form", "frameset", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "listing",
    "pre", "table", "xmp",
})  # fmt: skip
_PARAGRAPHS = frozenset({"p", "li"})
_MAX_PARAGRAPHS = 3
_MAX_SPAN = 1000  # HTML's own limit for colspan
_MAX_CELLS = 200_000  # of one table, spans expanded


def rows(table: Element) -> list[list[Element]]:
    """The cells of the table's own rows, none of them empty."""
    found = [
        [cell for cell in row if cell.tag in ("td", "th")]
        for row in table.iter("tr")
        if next(row.iterancestors("table"), None) is table
    ]
    return [row for row in found if row]


def parts(grid: list[list[Element]]) -> list[list[list[Element]]]:
    """The rows, cut where one is a single cell of blocks, such as a heading over the next rows."""
    found: list[list[list[Element]]] = []
    alone = True
    for row in grid:
        before, alone = alone, len(row) == 1 and spans(row[0])[1] == 1 and is_complex([row])
        if alone or before:
            found.append([row])
        else:
            found[-1].append(row)
    return found


def is_complex(grid: list[list[Element]]) -> bool:
    """Whether a cell holds what no pipe table can: blocks, or more than a few paragraphs."""
    for row in grid:
        for cell in row:
            n_paragraphs = 0
            for each in cell.iterdescendants():
                n_paragraphs += each.tag in _PARAGRAPHS
                if each.tag in _COMPLEX or n_paragraphs > _MAX_PARAGRAPHS:
                    return True
    return False


def is_layout(table: Element, grid: list[list[Element]]) -> bool:
    """Whether the cells are places on the page, not data: no row of data holds a heading, alone
    holds blocks, or stands beside a picture for all rows."""
    if table.get("role") == "presentation" or max(map(len, grid)) == 1:
        return True
    if len(grid) == 1 and is_complex(grid):
        return True
    if next(table.iterdescendants("table", *HEADINGS), None) is not None and any(
        next(cell.iter("table", *HEADINGS), None) is not None for row in grid for cell in row
    ):
        return True
    return _is_beside_picture(grid)


def _is_beside_picture(grid: list[list[Element]]) -> bool:
    """A picture as high as the table, and one cell a row beside it."""
    first = grid[0][0]
    if spans(first)[1] < max(len(grid), 2) or first.find(".//img") is None:
        return False
    return max(map(len, grid)) == 2 and len(grid[0]) == 2 and not text_of(first).strip()


def spans(cell: Element) -> tuple[int, int]:
    """(columns, rows) that the cell takes."""
    return _span(cell.get("colspan")), _span(cell.get("rowspan"))


def _span(value: str | None) -> int:
    digits = "".join(takewhile(str.isdigit, (value or "").strip()))
    return min(max(int(digits), 1), _MAX_SPAN) if digits.isascii() and digits else 1


def places(grid: list[list[Element]]) -> Iterator[list[Element | None]]:
    """The rows with every place filled: a cell of several rows stands in each of them, in its
    first column; None where a cell of several columns goes on, or where nothing is."""
    below: dict[int, tuple[Element | None, int]] = {}  # column -> (cell, rows to go)
    left = _MAX_CELLS
    for row in grid:
        line: list[Element | None] = []
        for cell in row:
            _fill(line, below)
            n_columns, n_rows = spans(cell)
            n_columns = min(n_columns, max(left, 1))
            for i in range(n_columns):
                stands = cell if i == 0 else None
                if n_rows > 1:
                    below[len(line)] = (stands, n_rows - 1)
                line.append(stands)
            left -= n_columns
        _fill(line, below)
        yield line


def _fill(line: list[Element | None], below: dict[int, tuple[Element | None, int]]) -> None:
    while len(line) in below:
        column = len(line)
        cell, n_rows = below[column]
        line.append(cell)
        if n_rows > 1:
            below[column] = (cell, n_rows - 1)
        else:
            del below[column]


def has_header(table: Element, grid: list[list[Element]]) -> bool:
    """Whether the first row names the columns: by its tags, or set in bold over plain rows."""
    if len(grid) < 2:
        return False
    if all(cell.tag == "th" for cell in grid[0]) or table.find("thead") is not None:
        return True
    return all(_is_bold(cell) for cell in grid[0]) and not any(_is_bold(c) for c in grid[1])


def _is_bold(cell: Element) -> bool:
    if cell.tag == "th":
        return True
    if (cell.text or "").strip() or len(cell) != 1:
        return False
    inner = cell[0]
    while inner.tag in ("font", "p", "span", "center", "div") and len(inner) == 1:
        if (inner.text or "").strip() or (inner.tail or "").strip():
            return False
        inner = inner[0]
    return inner.tag in ("b", "strong") and not (inner.tail or "").strip()
