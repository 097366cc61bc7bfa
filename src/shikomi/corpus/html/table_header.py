"""Which rows of a table name its columns."""

import re
from itertools import takewhile

from lxml import etree

from shikomi.corpus.html.element import Element
from shikomi.corpus.html.tree import text_of

_MAX_ROWS = 3
_PLAIN_TEXT = etree.XPath(
    ".//text()[normalize-space(translate(., '\u00a0\u3000', '  '))"
    " and not(ancestor::b or ancestor::strong)]"
)
_BACKGROUND = re.compile(r"background(?:-color)?\s*:\s*([^;]+)", re.IGNORECASE)
_NAMES_HEADER = re.compile("head", re.IGNORECASE)
_NO_COLOURS = ("white", "#ffffff", "#fff", "transparent", "none")


def is_headed_by_tags(grid: list[list[Element]]) -> bool:
    """Whether a first row of several header cells stands over one of data."""
    if len(grid) < 2 or len(grid[0]) < 2 or any(cell.tag != "th" for cell in grid[0]):
        return False
    return any(cell.tag == "td" for cell in grid[1])


def n_header_rows(grid: list[list[Element]]) -> int:
    """How many rows name the columns: by their tags, in bold over plain rows, or on a ground
    that no other row has. More than one where cells of the first take several places."""
    if len(grid) < 2:
        return 0
    for is_header in (_is_tagged, _is_bold_row):
        if n := sum(1 for _ in takewhile(is_header, grid[: _MAX_ROWS + 1])):
            grouped = any(map(_takes_several, grid[0])) and n < min(len(grid), _MAX_ROWS + 1)
            n = n if grouped else 1
            return n if is_header is _is_tagged or not any(map(_is_bold, grid[n][1:])) else 0
    return int(_is_shaded(grid))


def _is_tagged(row: list[Element]) -> bool:
    return all(cell.tag == "th" for cell in row) or row[0].getparent().getparent().tag == "thead"


def _is_bold_row(row: list[Element]) -> bool:
    return all(map(_is_bold, row))


def _is_bold(cell: Element) -> bool:
    if cell.tag == "th":
        return True
    return bool(text_of(cell).strip()) and not _PLAIN_TEXT(cell)


def _takes_several(cell: Element) -> bool:
    return any((cell.get(key) or "1").strip() not in ("0", "1") for key in ("colspan", "rowspan"))


def _is_shaded(grid: list[list[Element]]) -> bool:
    first, *others = map(_ground, grid)
    named = len(grid[0]) > 1 and all(text_of(cell).strip() for cell in grid[0][1:])
    return named and first != "" and first not in others and (len(others) > 1 or others == [""])


def _ground(row: list[Element]) -> str:
    """What a row's ground is called, where all its cells have one; "" for the page's own."""
    line = row[0].getparent()
    if line.tag == "tr" and (colour := _colour(line)):
        return colour
    colours = set(map(_colour, row))
    return colours.pop() if len(colours) == 1 else ""


def _colour(element: Element) -> str:
    named = element.get("class") or ""
    if _NAMES_HEADER.search(named):
        return named
    style = _BACKGROUND.search(element.get("style") or "")
    found = (style[1] if style else element.get("bgcolor") or "").strip().lower()
    return "" if found in _NO_COLOURS else found
