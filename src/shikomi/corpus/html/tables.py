"""Which tables hold data, and the grid of those that do."""

from collections.abc import Iterator
from itertools import takewhile

from shikomi.corpus.html.element import Element
from shikomi.corpus.html.table_header import is_headed_by_tags
from shikomi.corpus.html.tree import HEADINGS, text_of

_COMPLEX = frozenset({
    "blockquote", "dl", "form", "frameset", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "listing",
    "pre", "table", "xmp",
})  # fmt: skip
_PARAGRAPHS = frozenset({"p", "li"})
_MAX_PARAGRAPHS = 3
_MAX_PARAGRAPHS_NAMED = 20
_MAX_SPAN = 1000  # HTML's own limit for colspan
_MAX_CELLS = 200_000  # of one table, spans expanded


def rows(table: Element) -> list[list[Element]]:
    """The cells of the table's own rows, none of them empty, in the order that a browser shows:
    the foot last, which HTML 4 has before the body."""
    own = [row for row in table.iter("tr") if next(row.iterancestors("table"), None) is table]
    own.sort(key=lambda row: row.getparent().tag == "tfoot")
    found = ([cell for cell in row if cell.tag in ("td", "th")] for row in own)
    return [row for row in found if row]


def parts(grid: list[list[Element]]) -> list[list[list[Element]]]:
    """The rows, cut where one is a single cell of blocks, such as a heading over the next rows,
    and below a first one that names the whole table."""
    found: list[list[list[Element]]] = []
    alone = True
    for row in grid:
        before, alone = alone, _is_alone(row) and (is_complex([row]) or _is_title(row, grid))
        if alone or before:
            found.append([row])
        else:
            found[-1].append(row)
    return found


def _is_alone(row: list[Element]) -> bool:
    return len(row) == 1 and spans(row[0])[1] == 1


def _is_title(row: list[Element], grid: list[list[Element]]) -> bool:
    return row is grid[0] and spans(row[0])[0] > 1 and max(map(len, grid)) > 1


def is_complex(grid: list[list[Element]]) -> bool:
    """Whether a cell holds what no pipe table can: blocks, or more than a few paragraphs; some
    more where columns are named, as a cell is told by its column then."""
    named = len(grid[0]) > 2 and is_headed_by_tags(grid)
    most = _MAX_PARAGRAPHS_NAMED if named else _MAX_PARAGRAPHS
    for row in grid:
        for cell in row:
            n_paragraphs = 0
            for each in cell.iterdescendants():
                n_paragraphs += each.tag in _PARAGRAPHS
                if each.tag in _COMPLEX or n_paragraphs > most:
                    return True
    return False


def is_layout(table: Element, grid: list[list[Element]]) -> bool:
    """Whether the cells are places on the page, not data: no row of data holds a heading, alone
    holds blocks, or stands beside a picture for all rows; a table may be in one of data whose
    columns are named."""
    if table.get("role") == "presentation" or max(map(len, grid)) == 1:
        return True
    if len(grid) == 1 and is_complex(grid):
        return True
    blocks = HEADINGS if is_headed_by_tags(grid) else ("table", *HEADINGS)
    if next(table.iterdescendants(*blocks), None) is not None and any(
        next(cell.iter(*blocks), None) is not None for row in grid for cell in row
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


def places(grid: list[list[Element]], *, n_headers: int = 0) -> Iterator[list[Element | None]]:
    """The rows with every place filled: a cell of several rows stands in each of them, in its
    first column; None where a cell of several columns goes on, or where nothing is. In the first
    `n_headers` rows a cell stands in each of its columns."""
    below: dict[int, tuple[Element | None, int]] = {}  # column -> (cell, rows to go)
    left = _MAX_CELLS
    for n, row in enumerate(grid):
        line: list[Element | None] = []
        for cell in row:
            _fill(line, below)
            n_columns, n_rows = spans(cell)
            n_columns = min(n_columns, max(left, 1))
            for i in range(n_columns):
                stands = cell if i == 0 or n < n_headers else None
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
