"""Questions and answers about a table's rows, worded by the prompts' files."""

from collections.abc import Sequence
from pathlib import Path

from shikomi import prompts
from shikomi.corpus import capsule as capsules
from shikomi.dataset.lookups import Lookup, find
from shikomi.types import Fact, Message, Section

_JOINED = {
    "en": ("{column} - {value}", "; "),
    "ja": ("「{column}」が「{value}」", "、"),
}


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
