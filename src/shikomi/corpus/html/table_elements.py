"""What tables do: those of data become Markdown's, the others their content."""

import re
from collections.abc import Mapping

from shikomi.corpus.html import escape, tables
from shikomi.corpus.html.blocks import Block, indented, joined, with_anchor, with_label
from shikomi.corpus.html.element import Element
from shikomi.corpus.html.renderer import Handler, Renderer
from shikomi.corpus.html.table_header import is_headed_by_tags, n_header_rows
from shikomi.corpus.html.tree import text_of

_ANCHOR = re.compile(r'<a id="[^"]*"></a>')
_Place = tuple[Element, ...]  # the cells that stand under one another there


def _table(to: Renderer, element: Element) -> None:
    grid = tables.rows(element)
    to.flush()
    if to.joint or not grid:
        to.children(element)
        to.flush()
        return
    for caption in element.findall("caption"):
        to.children(caption)
        to.flush()
    for part in tables.parts(grid):
        if tables.is_layout(element, part):
            _cells_in_turn(to, part)
        elif tables.is_complex(part):
            _labelled_rows(to, part)
        else:
            to.add("table", _pipe_table(to, part))


def _cells_in_turn(to: Renderer, grid: list[list[Element]]) -> None:
    for row in grid:
        for cell in row:
            if anchors := _anchors(to, cell):
                to.raw(anchors)
            to.children(cell)
            to.flush()


def _labelled_rows(to: Renderer, grid: list[list[Element]]) -> None:
    """Rows whose cells hold blocks: each an item, its first cell the label if it is short."""
    to.settle_anchors()
    lines: list[str] = []
    names = _column_names(grid)
    for row in grid[1:] if names else grid:
        cells = [found for cell in row if (found := _cell_blocks(to, cell, names.get(cell, "")))]
        if not cells:
            continue
        labelled = len(cells) > 1 and cells[0][0].kind == "text" and len(cells[0]) == 1
        for i, blocks in enumerate(cells):
            first = "- " if labelled and i == 0 else "  " if labelled else ""
            lines += ["", *indented(joined(blocks), first)]
    to.add_below("list", lines[1:])


def _column_names(grid: list[list[Element]]) -> dict[Element, str]:
    """For each cell the name of its column, where there are more than two: the order alone says
    too little then. {} where the row of names holds what would be lost with it."""
    if len(grid[0]) < 3 or not is_headed_by_tags(grid) or not all(map(_is_plain, grid[0])):
        return {}
    header, *rows = tables.places(grid)
    named = [
        (name, cell)
        for line in rows
        for name, cell in zip(header, line, strict=False)
        if name is not None and cell is not None and text_of(cell).strip()
    ]
    found = {cell: " ".join(text_of(name).split()) for name, cell in named}
    return found if {name for name, _ in named} == set(grid[0]) else {}


def _is_plain(cell: Element) -> bool:
    ids = (cell.get("id"), cell.getparent().get("id"))
    return ids == (None, None) and next(cell.iter("a", "img", "table"), None) is None


def _cell_blocks(to: Renderer, cell: Element, name: str) -> list[Block]:
    blocks = with_anchor(_anchors(to, cell), to.container(cell))
    return with_label(escape.text(f"{name}:") if name else "", blocks)


def _pipe_table(to: Renderer, grid: list[list[Element]]) -> list[str]:
    texts = {
        cell: escape.cell(_anchors(to, cell) + to.one_line(cell, "<br>"))
        for row in grid
        for cell in row
    }
    n_headers = n_header_rows(grid)
    places = tables.places(grid, n_headers=n_headers if n_headers > 1 else 0)
    filled: list[list[_Place]] = [
        [() if cell is None else (cell,) for cell in line] for line in places
    ]
    width = max(map(len, filled))
    filled = [line + [()] * (width - len(line)) for line in filled]
    filled[:n_headers] = [_header(filled[:n_headers], width, texts)]
    lines = _written(filled, texts)
    shown = [f"| {' | '.join(line)} |" for line in lines if any(line) or line is lines[0]]
    return [shown[0], f"|{' --- |' * width}", *shown[1:]] if any(map(any, lines)) else []


def _written(filled: list[list[_Place]], texts: Mapping[Element, str]) -> list[list[str]]:
    """The places' texts; a cell that stands in several has its anchors in the first alone."""
    seen: set[Element] = set()

    def text(cell: Element) -> str:
        is_again = cell in seen
        seen.add(cell)
        return _ANCHOR.sub("", texts[cell]) if is_again else texts[cell]

    return [["<br>".join(filter(None, map(text, place))) for place in line] for line in filled]


def _anchors(to: Renderer, cell: Element) -> str:
    """Its own, and those of the row and the group of rows that it begins."""
    line = cell.getparent()
    begun = [line.getparent(), line] if next(line.iterchildren("td", "th"), None) is cell else []
    return "".join(to.anchor_text(each.get("id")) for each in (*begun, cell))


def _header(lines: list[list[_Place]], width: int, texts: Mapping[Element, str]) -> list[_Place]:
    """One line of the names of the columns, those of several lines under one another."""
    columns = zip(*lines, strict=True) if lines else [()] * width
    named = ({texts[cell]: cell for place in column for cell in place} for column in columns)
    return [tuple(found.values()) for found in named]


HANDLERS: dict[str, Handler] = {"table": _table}
