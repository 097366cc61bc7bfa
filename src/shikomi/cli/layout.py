"""Text and tables in the width of the terminal; Japanese letters count twice."""

import io
import shutil
from collections.abc import Sequence
from typing import Literal

from rich.cells import cell_len
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

Row = Sequence[str]
_LEFT: Literal["left"] = "left"
_SHORTEST_NAME = 13
_RIGHT: Literal["right"] = "right"


def terminal_width() -> int:
    """Columns; 80 where nothing tells."""
    return shutil.get_terminal_size().columns


def table(head: Row, rows: Sequence[Row], *, texts: int, width: int) -> list[str]:
    """Lines with aligned columns. The first `texts` columns are words, which are broken over
    lines where all does not fit into `width`; the others are figures."""
    made = _made(head, rows, texts)
    return _printed(made, width)


def needed(head: Row, rows: Sequence[Row], *, texts: int) -> int:
    """The width in which no cell is broken."""
    console = _console(1_000)
    return Measurement.get(console, console.options, _made(head, rows, texts)).maximum


def fitted(text: str, width: int) -> str:
    """Lines of any length, each broken where it is longer; what follows stands below its text."""
    return "\n".join(
        part
        for line in text.splitlines()
        for part in wrapped(line, width, indent=len(line) - len(line.lstrip()) + 2) or [""]
    )


def with_names(rows: Sequence[Row], column: int, *, texts: int, width: int) -> list[Row]:
    """The rows, heads first, with the names in one column shortened in the middle as far as it
    takes: models that were tuned differ in the last letters."""
    longest = max(cell_len(row[column]) for row in rows)
    room = longest - max(0, needed(rows[0], rows[1:], texts=texts) - width)
    return [
        (*row[:column], _ends(row[column], max(room, _SHORTEST_NAME)), *row[column + 1 :])
        for row in rows
    ]


def _ends(name: str, most: int) -> str:
    if len(name) <= most:
        return name
    tail = most // 2
    return f"{name[: most - tail - 1]}…{name[-tail:]}"


def wrapped(text: str, width: int, *, indent: int = 0) -> list[str]:
    """One text over as many lines as it takes; all but the first begin with the indent."""
    lines = _printed(Text(text), width - indent)
    return [line if not n else " " * indent + line for n, line in enumerate(lines)]


def cut(text: str, width: int) -> str:
    """One line, with an ellipsis where it is longer."""
    line = " ".join(text.split())
    if cell_len(line) <= width:
        return line
    shortened = Text(line)
    shortened.truncate(width, overflow="ellipsis")
    return shortened.plain


def _made(head: Row, rows: Sequence[Row], texts: int) -> Table:
    made = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for n, title in enumerate(head):
        is_text = n < texts
        made.add_column(
            Text(title),
            justify=_LEFT if is_text else _RIGHT,
            no_wrap=not is_text,
            overflow="fold",
        )
    for row in rows:
        made.add_row(*map(Text, row))
    return made


def _printed(shown: Table | Text, width: int) -> list[str]:
    console = _console(width)
    console.print(shown)
    file = console.file
    assert isinstance(file, io.StringIO)
    return [line.rstrip() for line in file.getvalue().splitlines()]


def _console(width: int) -> Console:
    return Console(file=io.StringIO(), width=width, color_system=None)
