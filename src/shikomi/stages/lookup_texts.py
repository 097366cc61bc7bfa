"""Questions and answers about a table's rows, worded by the prompts' files."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from shikomi import prompts
from shikomi.corpus import capsule as capsules
from shikomi.dataset.lookups import Lookup, find
from shikomi.types import Fact, Message, Section

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


def row_answers(section: Section, facts: Sequence[Fact], overrides: Path | None) -> dict[str, str]:
    """For each row under a header, by its fact's id, what answers any question about it."""
    firsts: dict[str, str] = {}
    for lookup in find(section, facts, per_row=1):
        firsts[lookup.fact.id] = worded(section, lookup, 0, overrides)[1].content
    return firsts


def worded(section: Section, lookup: Lookup, n: int, overrides: Path | None) -> tuple[Message, ...]:
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
    found = prompts.load(f"lookup_{lookup.kind}", section.lang, overrides).render(**values)
    start = 2 * (n % (len(found) // 2))
    return found[start : start + 2]
