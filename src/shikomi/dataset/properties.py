"""Properties: rows of the small tables without a header that reference manuals have below the
heading of each entry, a name and a value in a line. What a row is about its heading says.

Names that stand in several such tables alone are properties: of other tables without a header
nobody can tell what their first column is.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from shikomi.dataset import tables
from shikomi.dataset.lookups import runs
from shikomi.text import squeeze
from shikomi.types import Fact, Section

_FEWEST_TABLES = 5
_LONGEST_NAME = 40  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading in a section's text, at its offset."""

    start: int
    level: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """What `fact`, a row, says: the property `name` of `subject` is `value`."""

    fact: Fact
    subject: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class _Row:
    fact: Fact
    table: int  # its offset
    name: str
    value: str


def find(
    sections: Sequence[Section],
    facts: Mapping[str, Sequence[Fact]],
    headings: Mapping[str, Sequence[Heading]],
) -> dict[str, tuple[Property, ...]]:
    """Those of each section, by its id, in reading order; `facts` and `headings` are by the same
    ids. Left out is what stands below no heading that the documents have but once."""
    rows = {section.id: list(_rows(section, facts.get(section.id, ()))) for section in sections}
    n_tables = Counter(
        squeeze(name)
        for found in rows.values()
        for _, name in {(row.table, row.name) for row in found}
    )
    n_titles = Counter(squeeze(each.title) for found in headings.values() for each in found)
    return {
        section.id: tuple(
            Property(fact=row.fact, subject=subject, name=row.name, value=row.value)
            for row in rows[section.id]
            if n_tables[squeeze(row.name)] >= _FEWEST_TABLES
            and (subject := _subject(section, headings[section.id], row.table, n_titles))
        )
        for section in sections
    }


def _rows(section: Section, facts: Sequence[Fact]) -> Iterator[_Row]:
    by_start = {fact.start: fact for fact in facts if fact.kind == "row"}
    for table in runs(section.text):
        found = list(tables.rows([line for _, line in table]))
        if any(len(row.cells) != 2 or any(row.columns) for row in found):
            continue
        for row in found:
            name, value = row.cells[0].rstrip(" \xa0:："), row.cells[1]
            fact = by_start.get(table[row.line][0])
            if fact and squeeze(name) and len(name) <= _LONGEST_NAME and squeeze(value):
                yield _Row(fact, table[0][0], " ".join(name.split()), value)


def _subject(
    section: Section, headings: Sequence[Heading], table: int, n_titles: Counter[str]
) -> str | None:
    """The innermost heading above a table that no other is called like."""
    above: list[Heading] = []
    for heading in headings:
        if heading.start < table:
            above = [each for each in above if each.level < heading.level] + [heading]
    titles = [*section.headings, *(each.title for each in above)]
    return next((title for title in reversed(titles) if n_titles[squeeze(title)] == 1), None)
