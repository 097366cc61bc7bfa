"""The lines of text of a PDF's pages, where they stand and how large their type is."""

import ctypes
import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from pypdfium2 import PdfTextPage, raw

from shikomi.text import is_wide

_LINE_ENDS = (0x0A, 0x0D)
_HYPHENS = (0x02, 0xFFFE)  # what PDFium makes of a hyphen at a line's end; it drops the line end
_NARROW = frozenset("ijlrtf.,:;|!'()[]I")
_MONOSPACE_SAMPLE = 24
_MONOSPACE_TOLERANCE = 0.02
_MAX_COLUMNS = 1000
_FONT_NAME_BYTES = 200
_BOLD_NAME = re.compile(rb"bold|heavy|black|\bcmbx|\+cmbx|-w[6-9]\b", re.IGNORECASE)
_CODE_SHARE = 0.8  # of a line is ASCII: Japanese sentences name code in such type
# Ligatures and the radicals that fonts have for plain kanji are how the letters look, not what
# they are.
_FORMS = {
    code: unicodedata.normalize("NFKC", chr(code))
    for code in (*range(0x2F00, 0x2FD6), *range(0xFB00, 0xFB07))
}


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A line of text. Lengths are in points; `left` and `right` grow in reading direction, `y`
    upwards.

    `hyphen`: a word goes on in the next line. `width` is that of a character where all have the
    same (and 0.0 where they have not); then `columns` is the text with its spaces as they look,
    and `monospaced` says that narrow letters are among them.
    `vertical`: lines follow each other from right to left; positions are those of the page
    turned by a quarter. `bold`: its first and last letter are.
    """

    text: str
    page: int
    left: float
    right: float
    y: float
    size: float
    hyphen: bool = False
    width: float = 0.0
    columns: str = ""
    monospaced: bool = False
    vertical: bool = False
    bold: bool = False


def lines(page: PdfTextPage, number: int) -> list[Line]:
    """The lines of a page in PDFium's order. `number` counts from 0."""
    found = [_line(page, number, chars, hyphen) for chars, hyphen in _runs(page)]
    return _from_the_right([line for line in found if line is not None])


def _from_the_right(lines: list[Line]) -> list[Line]:
    """PDFium takes vertical lines from the left, they are read from the right."""
    ordered: list[Line] = []
    run: list[Line] = []
    for line in lines:
        if run and not (line.vertical and line.y > run[-1].y):
            ordered += reversed(run)
            run = []
        if line.vertical:
            run.append(line)
        else:
            ordered.append(line)
    return ordered + run[::-1]


_Chars = list[tuple[int, str]]  # (index on the page, character)


def _runs(page: PdfTextPage) -> Iterator[tuple[_Chars, bool]]:
    """(characters, whether a hyphen ends them) of each line."""
    chars: _Chars = []
    for index in range(raw.FPDFText_CountChars(page)):
        code = raw.FPDFText_GetUnicode(page, index)
        if code in _LINE_ENDS or code in _HYPHENS:
            yield chars, code in _HYPHENS
            chars = []
        elif code:
            chars.append((index, chr(code)))
    yield chars, False


def _line(page: PdfTextPage, number: int, chars: _Chars, hyphen: bool) -> Line | None:
    seen = [pair for pair in chars if not pair[1].isspace()]
    if not seen:
        return None
    matrix = raw.FS_MATRIX()
    middle = seen[len(seen) // 2][0]
    raw.FPDFText_GetMatrix(page, middle, matrix)
    angle = math.atan2(matrix.b, matrix.a)
    vertical = angle == 0 and _is_vertical(page, seen)
    left, right, y = _place(page, seen, -math.pi / 2 if vertical else angle)
    level = angle == 0 and not vertical
    width, monospaced = _fixed_width(page, seen) if level else (0.0, False)
    return Line(
        text="".join(char for _, char in chars).translate(_FORMS).strip(),
        page=number,
        left=left,
        right=right,
        y=y,
        size=raw.FPDFText_GetFontSize(page, middle) * math.hypot(matrix.c, matrix.d),
        hyphen=hyphen,
        width=width,
        columns=_columns(page, chars, left, width) if width else "",
        monospaced=monospaced,
        vertical=vertical,
        bold=_is_bold(page, seen[0][0]) and _is_bold(page, seen[-1][0]),
    )


def _is_bold(page: PdfTextPage, index: int) -> bool:
    """By the font's name: what PDFium says of its weight is a guess."""
    name = ctypes.create_string_buffer(_FONT_NAME_BYTES)
    raw.FPDFText_GetFontInfo(page, index, name, _FONT_NAME_BYTES, None)
    return bool(_BOLD_NAME.search(name.value))


def _is_vertical(page: PdfTextPage, seen: _Chars) -> bool:
    """Whether the second character stands below the first, as in Japanese books."""
    if len(seen) < 2:
        return False
    (x, y), (next_x, next_y) = (_origin(page, index) for index, _ in seen[:2])
    return y - next_y > abs(next_x - x)


def _origin(page: PdfTextPage, index: int) -> tuple[float, float]:
    x, y = ctypes.c_double(), ctypes.c_double()
    raw.FPDFText_GetCharOrigin(page, index, x, y)
    return x.value, y.value


def _box(page: PdfTextPage, index: int) -> tuple[float, float, float, float]:
    """(left, bottom, right, top) of the place that a character takes."""
    box = raw.FS_RECTF()
    raw.FPDFText_GetLooseCharBox(page, index, box)
    return box.left, box.bottom, box.right, box.top


def _place(page: PdfTextPage, seen: _Chars, angle: float) -> tuple[float, float, float]:
    """(left, right, y) of a line on paper turned so that the line is level."""
    cos, sin = math.cos(angle), math.sin(angle)
    first, last = seen[0][0], seen[-1][0]
    x, y = _origin(page, first)
    edges = [_level_edges(_box(page, index), cos, sin) for index in (first, last)]
    return edges[0][0], edges[1][1], y * cos - x * sin


def _level_edges(
    box: tuple[float, float, float, float], cos: float, sin: float
) -> tuple[float, float]:
    left, bottom, right, top = box
    edges = [x * cos + y * sin for x in (left, right) for y in (bottom, top)]
    return min(edges), max(edges)


def _fixed_width(page: PdfTextPage, seen: _Chars) -> tuple[float, bool]:
    """(the width that all characters have, else 0.0; whether narrow letters are among them)."""
    plain = [pair for pair in seen if pair[1].isascii()]
    if len(plain) * 2 < len(seen):
        return 0.0, False
    sample = plain[:: len(plain) // _MONOSPACE_SAMPLE + 1]
    boxes = [_box(page, index) for index, _ in sample]
    widths = [right - left for left, _, right, _ in boxes]
    if max(widths) - min(widths) > _MONOSPACE_TOLERANCE * max(widths):
        return 0.0, False
    narrow = sum(char in _NARROW for _, char in sample)
    told = len(plain) >= _CODE_SHARE * len(seen) and 0 < narrow < len(sample)
    return max(widths), told


def _columns(page: PdfTextPage, chars: _Chars, left: float, width: float) -> str:
    """The line as a terminal shows it: each character in its column."""
    parts: list[str] = []
    at, spaces = 0, 0
    for index, char in chars:
        if char.isspace():
            spaces = 1 if parts else 0
            continue
        column = min(round((_box(page, index)[0] - left) / width), _MAX_COLUMNS)
        parts.append(" " * max(spaces, column - at) + char)
        at, spaces = max(at + spaces, column) + 1 + is_wide(char), 0
    return "".join(parts)
