"""What is not in the documents, or not so: for questions whose answer says it.

Each is checked against all of the texts: a made-up name stands nowhere in them, in no range of
numbers and under no wildcard; no statement holds an entry together with the value that it is
wrongly said to have; none of the words that tell of a subject occurs. A wrong claim has a right
one beside it, asked in the same words: else the words alone would tell the answer.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shikomi.dataset import lookups, made_up, tables
from shikomi.dataset.lookups import Lookup
from shikomi.hashing import content_id
from shikomi.text import numbers, squeeze
from shikomi.types import Fact, Section

_LONGEST_KEY, _LONGEST_VALUE = 40, 60  # characters
_MOST_LISTED = 12
_RANGE = re.compile(r"(\d+)\s*(?:[-–—~〜]|to|through|から)\s*[A-Za-z-]{0,4}(\d+)")
_WILDCARD = re.compile(r"[A-Za-z-]{0,6}\d{1,3}(?:[xX]{1,3}|\*)(?![A-Za-z0-9])")
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """No `key` is there; `keys` are those that are, all of them or, with `more`, some."""

    section: Section
    key_column: str
    key: str
    keys: tuple[str, ...]
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """The cell of `right` is not what `other` has in the same column."""

    section: Section
    right: Lookup
    other: Lookup


class Texts:
    """All that the documents say."""

    def __init__(self, sections: Sequence[Section], facts: Sequence[Fact]) -> None:
        whole = "\n".join(
            "\n".join([*section.capsule.breadcrumb, *section.headings, section.text])
            for section in sections
        )
        folded = unicodedata.normalize("NFKC", whole)
        self._squeezed = "\n".join(map(squeeze, whole.split("\n")))
        self._ranges = {(int(low), int(high)) for low, high in _RANGE.findall(folded)}
        self._wildcards = set(_WILDCARD.findall(folded))
        self._statements = [squeeze(fact.statement) for fact in facts]

    def has(self, name: str) -> bool:
        return squeeze(name) in self._squeezed

    def may_mean(self, name: str) -> bool:
        """Whether the name stands there, or in a range or under a wildcard of theirs."""
        found = [int(number) for number in numbers(name) if number.isdigit()]
        return (
            self.has(name)
            or any(low <= number <= high for number in found for low, high in self._ranges)
            or any(_covers(wildcard, name) for wildcard in self._wildcards)
        )

    def go_together(self, a: str, b: str) -> bool:
        """Whether one statement holds both."""
        first, second = squeeze(a), squeeze(b)
        return any(first in text and second in text for text in self._statements)


def _covers(wildcard: str, name: str) -> bool:
    pattern = re.sub(r"[xX*]+", r"\\d*", wildcard)
    return re.fullmatch(pattern, name, re.IGNORECASE) is not None


def missing(sections: Sequence[Section], facts: Sequence[Fact], texts: Texts) -> Iterator[Missing]:
    """A made-up entry of each table whose entries have names to make others from."""
    for section, group in _shuffled(_entries(sections, facts), "missing"):
        keys = tuple(dict.fromkeys(lookup.key for lookup in group))
        made = made_up.siblings(keys, seed=content_id([section.id, keys]))
        key = next((each for each in made if not texts.may_mean(each)), None)
        if key is not None:
            more = len(keys) > _MOST_LISTED or len(group) < _n_rows(section, group[0].key_column)
            yield Missing(section=section, key_column=group[0].key_column, key=key,
                          keys=keys[:_MOST_LISTED], more=more)  # fmt: skip


def wrong(sections: Sequence[Section], facts: Sequence[Fact], texts: Texts) -> Iterator[Wrong]:
    """A cell of each column with what another row has there."""
    for section, group in _shuffled(_columns(sections, facts), "wrong"):
        for right in sorted(group, key=_order):
            others = (each for each in _alike(right, group) if _is_wrong(right, each, texts))
            if other := next(others, None):
                yield Wrong(section=section, right=right, other=other)
                break


def _entries(
    sections: Sequence[Section], facts: Sequence[Fact]
) -> Iterator[tuple[Section, list[Lookup]]]:
    """The named rows of each table that ends within its section; two tables under equal headers
    are taken for one."""
    by_section = _by_section(facts)
    for n, section in enumerate(sections):
        if _goes_on(section, sections[n + 1 : n + 2]):
            continue
        found: dict[str, list[Lookup]] = {}
        for lookup in lookups.find(section, by_section.get(section.id, ()), per_row=1):
            if lookup.kind != "reverse":
                found.setdefault(lookup.key_column, []).append(lookup)
        for group in found.values():
            if len(group) > 1 and group[0].key_column:
                yield section, group


def _n_rows(section: Section, key_column: str) -> int:
    """How many stand under it: rows of one name, or with next to nothing in them, are no
    entries."""
    runs = ([line for _, line in run] for run in lookups.runs(section.text))
    rows = (row for run in runs for row in tables.rows(run))
    return sum(row.columns[:1] == (key_column,) for row in rows)


def _goes_on(section: Section, after: Sequence[Section]) -> bool:
    """Whether a long table was cut where the section ends."""
    return any(each.path == section.path and each.text.startswith("|") for each in after)


def _columns(
    sections: Sequence[Section], facts: Sequence[Fact]
) -> Iterator[tuple[Section, list[Lookup]]]:
    """The cells of each column that no other row of the table has, each row named by itself."""
    by_section = _by_section(facts)
    for section in sections:
        found = list(lookups.find(section, by_section.get(section.id, ()), per_row=99))
        single = {(each.fact.id, each.cells) for each in found if each.kind == "reverse"}
        columns: dict[tuple[str, str], list[Lookup]] = {}
        for each in found:
            if each.kind == "cell" and (each.fact.id, each.cells) in single:
                columns.setdefault((each.key_column, each.cells[0][0]), []).append(each)
        for group in columns.values():
            if kept := list(_plain(group)):
                yield section, kept


def _plain(group: Sequence[Lookup]) -> Iterator[Lookup]:
    """Those short enough, of keys and values that stand once in tables under equal headers."""
    keys = Counter(squeeze(each.key) for each in group)
    values = Counter(squeeze(each.cells[0][1]) for each in group)
    for each in group:
        value = each.cells[0][1]
        is_single = keys[squeeze(each.key)] == 1 and values[squeeze(value)] == 1
        if is_single and len(each.key) <= _LONGEST_KEY and len(value) <= _LONGEST_VALUE:
            yield each


def _alike(right: Lookup, group: Sequence[Lookup]) -> list[Lookup]:
    """The other rows, first those whose value differs in its numbers alone."""
    own = _DIGITS.sub("", right.cells[0][1])
    return sorted(
        (each for each in group if each is not right),
        key=lambda each: (_DIGITS.sub("", each.cells[0][1]) != own, _order(right, each)),
    )


def _is_wrong(right: Lookup, other: Lookup, texts: Texts) -> bool:
    """Whether nothing that is said makes the other row's value this row's, too."""
    value, claimed = squeeze(right.cells[0][1]), squeeze(other.cells[0][1])
    row = squeeze(right.fact.statement)
    if claimed in row or value in claimed or squeeze(right.key) in claimed:
        return False
    return not texts.go_together(right.key, other.cells[0][1])


def _by_section(facts: Sequence[Fact]) -> dict[str, list[Fact]]:
    found: dict[str, list[Fact]] = {}
    for fact in facts:
        found.setdefault(fact.section_id, []).append(fact)
    return found


def _shuffled(
    found: Iterator[tuple[Section, list[Lookup]]], kind: str
) -> list[tuple[Section, list[Lookup]]]:
    """In an order that hangs on each one alone, so that new pages change no others' turn."""
    return [
        (section, sorted(group, key=lambda each: each.fact.start))
        for section, group in sorted(
            found, key=lambda each: content_id([kind, each[0].id, [x.fact.id for x in each[1]]])
        )
    ]


def _order(*lookup: Lookup) -> str:
    return content_id([[each.fact.id, each.cells] for each in lookup])
