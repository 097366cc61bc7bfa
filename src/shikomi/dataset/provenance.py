"""Where each row of an export is from, beside the rows: strict validators refuse unknown keys."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from shikomi.dataset.splits import validation
from shikomi.types import Fact, Sample, Section


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of docs/ as its front matter speaks of it; None where it does not."""

    path: str
    title: str
    url: str | None = None
    licence: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Origins:
    """What a dataset's ids stand for. `pages` by path, `models` by the id of the call."""

    sections: Mapping[str, Section]
    facts: Mapping[str, Fact]
    pages: Mapping[str, Page]
    models: Mapping[int, str]


def sidecar(samples: Sequence[Sample], origins: Origins, *, in_parts: bool) -> str:
    """A line for each row, in the order of the rows of every format.

    `in_parts`: "parts" says in which of the two files of a format that has two the row stands,
    "train", "validation" or both; in each of them the order is the same.
    """
    split = validation(samples) if in_parts else {}
    parts = {name: {sample.id for sample in part} for name, part in split.items()}
    lines = []
    for n, sample in enumerate(samples, start=1):
        row = {"row": n, **_row(sample, origins)}
        if in_parts:
            row["parts"] = [name for name, ids in parts.items() if sample.id in ids]
        lines.append(json.dumps(row, ensure_ascii=False) + "\n")
    return "".join(lines)


def _row(sample: Sample, origins: Origins) -> dict[str, Any]:
    call = sample.call_id
    return {
        "id": sample.id,
        "view": sample.view,
        "lang": sample.lang,
        "sections": list(_sections(sample, origins)),
        "facts": list(_facts(sample, origins)),
        **asdict(sample.phrasing),
        "call": None if call is None else {"id": call, "model": origins.models.get(call)},
    }


def _sections(sample: Sample, origins: Origins) -> Iterator[dict[str, Any]]:
    for each in sample.section_ids:
        section = origins.sections[each]
        yield {
            "id": each,
            "page": section.path,
            "url": origins.pages[section.path].url,
            "headings": list(section.headings),
        }


def _facts(sample: Sample, origins: Origins) -> Iterator[dict[str, Any]]:
    for each in sample.fact_ids:
        fact = origins.facts[each]
        yield {"id": each, "kind": fact.kind, "evidence": fact.evidence}
