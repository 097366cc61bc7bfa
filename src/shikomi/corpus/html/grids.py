"""Tables that a page lays out in divisions: of Javadoc (since JDK 16), whose class says how many
columns there are, and those that say by their roles what they are (WAI-ARIA)."""

import re

from shikomi.corpus.html.element import Element

_SUMMARY = re.compile(r"\b(two|three|four|five)-column-summary\b")
_COLUMNS = {"two": 2, "three": 3, "four": 4, "five": 5}
_FIND = ".//div[contains(@class, '-column-summary')]"
_BY_ROLE = ".//*[@role='table' or @role='grid'][not(self::table)]"
_TAGS = {"row": "tr", "cell": "td", "gridcell": "td", "rowheader": "th", "columnheader": "th"}


def mend(root: Element) -> None:
    """Changes the tree: they are tables."""
    for grid in root.xpath(_FIND):
        named = _SUMMARY.search(grid.get("class"))
        n_columns = _COLUMNS[named[1]] if named else 0
        cells = list(grid)
        if n_columns and len(cells) % n_columns == 0 and all(c.tag == "div" for c in cells):
            _rows(grid, cells, n_columns)
    for grid in root.xpath(_BY_ROLE):
        if grid.xpath(".//*[@role='row']") and not grid.xpath(".//table"):
            grid.tag = "table"
            for each in grid.xpath(".//*[@role]"):
                each.tag = _TAGS.get(each.get("role"), each.tag)


def _rows(grid: Element, cells: list[Element], n_columns: int) -> None:
    grid.tag = "table"
    for n in range(0, len(cells), n_columns):
        row = grid.makeelement("tr")
        grid.append(row)
        for cell in cells[n : n + n_columns]:
            cell.tag = "th" if "table-header" in (cell.get("class") or "") else "td"
            row.append(cell)
