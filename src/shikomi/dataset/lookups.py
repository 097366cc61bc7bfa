"""Questions that a table answers by itself: no model is asked, every cell is exact.

Of each row: the row as a whole, each cell by the row's first one, and the row's first cell by each
of the others. The first cell is taken for the row's name, which is how people write tables.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Literal

from shikomi.dataset import tables
from shikomi.dataset.tables import Row
from shikomi.text import squeeze
from shikomi.types import Direction, Fact, Section

Kind = Literal["row", "cell", "reverse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """One question of a table's row. `key` names the row, under `key_column`.

    "row" asks for all `cells`, each with its column; "cell" for the one that it holds, "reverse"
    for the key of the one that it holds.
    """

    kind: Kind
    fact: Fact
    key_column: str
    key: str
    cells: tuple[tuple[str, str], ...]

    @property
    def direction(self) -> Direction:
        return "reverse" if self.kind == "reverse" else "forward"


def find(section: Section, facts: Sequence[Fact], *, per_row: int) -> Iterator[Lookup]:
    """At most `per_row` lookups of each row of the section's tables that have a header."""
    by_start = {fact.start: fact for fact in facts if fact.kind == "row"}
    for table in runs(section.text):
        lines = [line for _, line in table]
        found = [row for row in tables.rows(lines) if row.columns and squeeze(row.cells[0])]
        values = Counter((i, squeeze(cell)) for row in found for i, cell in enumerate(row.cells))
        for row in found:
            fact = by_start.get(table[row.line][0])
            if fact is not None:
                yield from islice(_of_row(row, fact, values), per_row)


def _of_row(row: Row, fact: Fact, values: Counter[tuple[int, str]]) -> Iterator[Lookup]:
    """Keys and values that stand in several rows answer nothing on their own: left out."""
    filled = [i for i in range(1, len(row.cells)) if squeeze(row.cells[i]) and row.columns[i]]
    pairs = {i: (row.columns[i], row.cells[i]) for i in filled}

    def lookup(kind: Kind, *chosen: int) -> Lookup:
        cells = tuple(pairs[i] for i in chosen)
        return Lookup(
            kind=kind, fact=fact, key_column=row.columns[0], key=row.cells[0], cells=cells
        )

    named = values[0, squeeze(row.cells[0])] == 1
    yield from chain(
        [lookup("row", *filled)] if named and len(filled) > 1 else [],
        (lookup("cell", i) for i in filled if named),
        (lookup("reverse", i) for i in filled if values[i, squeeze(row.cells[i])] == 1),
    )


def runs(text: str) -> Iterator[list[tuple[int, str]]]:
    """Runs of table lines, each line with its offset."""
    table: list[tuple[int, str]] = []
    start = 0
    for raw in text.splitlines(keepends=True):
        if tables.is_row(raw):
            table.append((start, raw.rstrip("\r\n")))
        elif table:
            yield table
            table = []
        start += len(raw)
    if table:
        yield table
