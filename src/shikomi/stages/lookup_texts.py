"""Questions and answers about a table's rows, worded by the prompts' files."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from zlib import crc32

from shikomi import prompts
from shikomi.corpus import capsule as capsules
from shikomi.dataset.lookups import Lookup, find
from shikomi.dataset.properties import Property
from shikomi.prompts import Wording
from shikomi.types import Fact, Section

_LONGEST_ROW = 240  # characters; a longer row answers no question about one of its cells
_JOINED = {
    "en": ("{column} - {value}", "; "),
    "ja": ("「{column}」が「{value}」", "、"),
}


def pairs(
    section: Section, facts: Sequence[Fact], overrides: Path | None, *, per_row: int
) -> Iterator[tuple[Lookup, str, str]]:
    """Each lookup of the section with its question and answer. A short row is answered as a
    whole, whichever cell is asked for: questions of one answer strengthen one another."""
    rows = row_answers(section, facts, overrides)
    for n, lookup in enumerate(find(section, facts, per_row=per_row)):
        question, answer = worded(section, lookup, n, overrides)
        row = rows[lookup.fact.id]
        text = row if len(row) <= _LONGEST_ROW else answer.content
        yield lookup, question.content, text


def of_properties(
    section: Section, found: Sequence[Property], overrides: Path | None
) -> Iterator[tuple[Fact, str, str]]:
    """The fact of each property, with the question and answer about it. In which wording the
    first is asked is the section's own: most sections have the same properties in one order."""
    first = crc32(section.id.encode())
    for n, each in enumerate(found, start=first):
        pairs = prompts.wordings(
            "lookup_property",
            section.lang,
            overrides,
            system=capsules.system_name(section.capsule),
            subject=each.subject,
            property=each.name,
            value=each.value,
        )
        question, answer = pairs[n % len(pairs)]
        yield each.fact, question.content, answer.content


def row_answers(
    section: Section,
    facts: Sequence[Fact],
    overrides: Path | None,
    properties: Sequence[Property] = (),
) -> dict[str, str]:
    """For each row that has a header, or is a property, by its fact's id, what answers any
    question about it."""
    known = of_properties(section, properties, overrides)
    firsts: dict[str, str] = {fact.id: answer for fact, _, answer in known}
    for lookup in find(section, facts, per_row=1):
        firsts[lookup.fact.id] = worded(section, lookup, 0, overrides)[1].content
    return firsts


def worded(section: Section, lookup: Lookup, n: int, overrides: Path | None) -> Wording:
    """Question and answer in the `n`-th of the wordings that the prompt's file has."""
    values = {
        "system": capsules.system_name(section.capsule),
        "topic": section.headings[-1] if section.headings else section.capsule.breadcrumb[-1],
        "key_column": lookup.key_column,
        "key": lookup.key,
    }
    if lookup.kind == "row":
        pattern, joint = _JOINED[section.lang]
        pairs = [pattern.format(column=column, value=value) for column, value in lookup.cells]
        values["cells"] = joint.join(pairs)
    else:
        ((values["column"], values["value"]),) = lookup.cells
    found = prompts.wordings(f"lookup_{lookup.kind}", section.lang, overrides, **values)
    return found[n % len(found)]
