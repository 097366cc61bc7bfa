"""What tables do: those of data become Markdown's, the others their content."""

from shikomi.corpus.html import escape, tables
from shikomi.corpus.html.blocks import Block, indented, joined, with_anchor
from shikomi.corpus.html.element import Element
from shikomi.corpus.html.renderer import Handler, Renderer


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
            to.add("table", _pipe_table(to, element, part))


def _cells_in_turn(to: Renderer, grid: list[list[Element]]) -> None:
    for row in grid:
        for cell in row:
            to.anchor(cell.get("id"))
            to.children(cell)
            to.flush()


def _labelled_rows(to: Renderer, grid: list[list[Element]]) -> None:
    """Rows whose cells hold blocks: each an item, its first cell the label if it is short."""
    to.settle_anchors()
    lines: list[str] = []
    for row in grid:
        cells = [found for cell in row if (found := _cell_blocks(to, cell))]
        if not cells:
            continue
        labelled = len(cells) > 1 and cells[0][0].kind == "text" and len(cells[0]) == 1
        for i, blocks in enumerate(cells):
            first = "- " if labelled and i == 0 else "  " if labelled else ""
            lines += ["", *indented(joined(blocks), first)]
    to.add_below("list", lines[1:])


def _cell_blocks(to: Renderer, cell: Element) -> list[Block]:
    return with_anchor(to.anchor_text(cell.get("id")), to.container(cell))


def _pipe_table(to: Renderer, element: Element, grid: list[list[Element]]) -> list[str]:
    texts = {
        cell: escape.cell(to.anchor_text(cell.get("id")) + to.one_line(cell, "<br>"))
        for row in grid
        for cell in row
    }
    lines = [["" if cell is None else texts[cell] for cell in line] for line in tables.places(grid)]
    width = max(map(len, lines))
    lines = [line + [""] * (width - len(line)) for line in lines]
    if not tables.has_header(element, grid):
        lines.insert(0, [""] * width)
    shown = [f"| {' | '.join(line)} |" for line in lines if any(line) or line is lines[0]]
    return [shown[0], f"|{' --- |' * width}", *shown[1:]] if any(map(any, lines)) else []


HANDLERS: dict[str, Handler] = {"table": _table}
