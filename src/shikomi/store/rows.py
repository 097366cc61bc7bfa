"""Rows and nouns: tuples and nested nouns are kept as JSON."""

import json
import sqlite3
from dataclasses import asdict
from functools import lru_cache
from typing import Any

from shikomi.types import (
    Capsule,
    Fact,
    Message,
    Phrasing,
    Question,
    Response,
    Sample,
    Section,
)


def dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def section(row: sqlite3.Row) -> Section:
    stored = json.loads(row["capsule"])
    capsule = Capsule(
        breadcrumb=tuple(stored["breadcrumb"]),
        system=stored["system"],
        aliases=tuple(stored["aliases"]),
        parent=stored["parent"],
        linked_titles=tuple(stored["linked_titles"]),
    )
    values: dict[str, Any] = dict(row)
    return Section(**{**values, "headings": tuple(json.loads(row["headings"])), "capsule": capsule})


def section_row(item: Section) -> tuple[Any, ...]:
    return (
        item.id,
        item.document_id,
        item.path,
        dump(item.headings),
        item.start,
        item.end,
        item.text,
        item.lang,
        dump(asdict(item.capsule)),
    )


def fact(row: sqlite3.Row) -> Fact:
    return Fact(**dict(row))


def sample(row: sqlite3.Row) -> Sample:
    """Of any row that has a sample's columns, others beside them or not."""
    return Sample(
        id=row["id"],
        view=row["view"],
        lang=row["lang"],
        messages=tuple(Message(**message) for message in json.loads(row["messages"])),
        section_ids=_ids(row["section_ids"]),
        fact_ids=_ids(row["fact_ids"]),
        call_id=row["call_id"],
        phrasing=_phrasing(row["phrasing"]),
    )


@lru_cache(maxsize=1024)
def _phrasing(text: str) -> Phrasing:
    return Phrasing(**json.loads(text))


@lru_cache(maxsize=1024)  # samples of one section, and wordings of one fact, follow one another
def _ids(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


def sample_row(item: Sample) -> tuple[Any, ...]:
    return (
        item.id,
        item.view,
        item.lang,
        dump([asdict(message) for message in item.messages]),
        dump(item.section_ids),
        dump(item.fact_ids),
        item.call_id,
        dump(asdict(item.phrasing)),
    )


def question(row: sqlite3.Row) -> Question:
    values = dict(row) | {"accept": tuple(tuple(group) for group in json.loads(row["accept"]))}
    return Question(**values)


def response(row: sqlite3.Row) -> Response:
    return Response(**{**dict(row), "section_ids": tuple(json.loads(row["section_ids"]))})
