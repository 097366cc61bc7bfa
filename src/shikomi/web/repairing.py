"""Find and replace in many pairs: first every change is shown, then all are saved, or none."""

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from shikomi import isolation
from shikomi.dataset import replacing
from shikomi.dataset.replacing import Piece
from shikomi.errors import SourceError, UserError
from shikomi.isolation import Limits, OverLimits
from shikomi.server.edge import Edge
from shikomi.types import Review
from shikomi.web import choosing
from shikomi.web.book import Entry
from shikomi.web.deciding import Selection, edited
from shikomi.web.desk import Table
from shikomi.web.refusals import Refused

_SECONDS = 3  # of the processor
_FIELDS = {"both": ("question", "answer"), "question": ("question",), "answer": ("answer",)}


class Repair(Edge):
    """`with_dropped`: in pairs, too, that checks dropped. What a person rejected stays."""

    selection: Selection
    find: str
    replace: str
    where: Literal["both", "question", "answer"] = "both"
    is_regex: bool = False
    ignores_case: bool = False
    with_dropped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`pieces` are by "question" and "answer", those alone that change."""

    entry: Entry
    pieces: Mapping[str, Sequence[Piece]]
    review: Review


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`expected` is what held of the pairs when it was made."""

    id: str
    changes: Sequence[Change]
    n_aside: int
    expected: Mapping[str, Review | None]

    @property
    def reviews(self) -> list[Review]:
        return [change.review for change in self.changes]


def plan(table: Table, asked: Repair) -> Plan:
    """
    Raises:
        UserError: the pattern is wrong or takes too long, or a pair would have no words left.
    """
    if not asked.find:
        raise Refused("find_nothing")
    selected = asked.selection.entries(table)
    entries = [entry for entry in selected if _is_open(table, entry, asked.with_dropped)]
    changes = [
        Change(entry=entry, pieces=pieces, review=_review(table, entry, pieces))
        for entry, pieces in _changed(table, entries, asked)
    ]
    ids = [change.entry.sample.id for change in changes]
    return Plan(
        id=secrets.token_hex(8),
        changes=changes,
        n_aside=len(selected) - len(entries),
        expected={each: table.reviews.get(each) for each in ids},
    )


def _is_open(table: Table, entry: Entry, with_dropped: bool) -> bool:
    if held := table.reviews.get(entry.sample.id):
        return held.decision != "reject"
    return with_dropped or entry.checked.is_kept


def _changed(
    table: Table, entries: Sequence[Entry], asked: Repair
) -> Iterable[tuple[Entry, dict[str, Sequence[Piece]]]]:
    fields = _FIELDS[asked.where]
    places = [(entry, field) for entry in entries for field in fields]
    found: dict[str, tuple[Entry, dict[str, Sequence[Piece]]]] = {}
    for place, pieces in _replaced([_text(table, *each) for each in places], asked):
        entry, field = places[place]
        found.setdefault(entry.sample.id, (entry, {}))[1][field] = pieces
    return found.values()


def _text(table: Table, entry: Entry, field: str) -> str:
    question, answer = choosing.words(entry.sample, table.reviews.get(entry.sample.id))
    return question if field == "question" else answer


def _replaced(texts: Sequence[str], asked: Repair) -> list[tuple[int, list[Piece]]]:
    """In a process that can be ended: a pattern may take for ever."""
    options = asked.model_dump(include={"find", "replace", "is_regex", "ignores_case"})
    data = json.dumps({"texts": texts, **options}).encode()
    function = f"{replacing.__name__}:{replacing.replaced.__name__}"
    try:
        found = isolation.call(function, data, limits=Limits(cpu_seconds=_SECONDS))
    except OverLimits:
        raise Refused("slow_pattern", seconds=_SECONDS) from None
    except SourceError as error:
        raise Refused("wrong_pattern", reason=str(error)) from None
    return [(place, [(kind, text) for kind, text in pieces]) for place, pieces in found]


def _review(table: Table, entry: Entry, pieces: Mapping[str, Sequence[Piece]]) -> Review:
    new = {field: replacing.text_of(found) for field, found in pieces.items()}
    try:
        return edited(table, entry, question=new.get("question"), answer=new.get("answer"))
    except UserError as error:
        number = table.book.places[entry.sample.id] + 1
        raise Refused("cannot_change", number=number, reason=error) from None
