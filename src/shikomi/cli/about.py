"""`shikomi show`: everything about one pair, fact, section, page or held-out question."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from functools import singledispatch
from pathlib import Path
from typing import Any

from shikomi import app
from shikomi.app.endpoints import Machine
from shikomi.cli.layout import cut, wrapped
from shikomi.stages import about
from shikomi.stages.about import (
    About,
    AboutFact,
    AboutPage,
    AboutPair,
    AboutQuestion,
    AboutSection,
)
from shikomi.stages.review import Checked

_LABEL = 12  # columns of the names on the left
_DECIDED = {"accept": "accepted", "edit": "edited", "reject": "rejected"}
_KINDS = {
    AboutPair: "pair",
    AboutFact: "fact",
    AboutSection: "section",
    AboutPage: "page",
    AboutQuestion: "question",
}
Said = Iterator[tuple[str, str]]  # a label, and what stands beside it


def found(folder: Path, what: str) -> About:
    """Raises UserError: nothing is called so."""
    with app.open_project(folder, Machine.here()) as ctx:
        return about.about(ctx, what)


def table(known: About) -> dict[str, Any]:
    return {"kind": _KINDS[type(known)], **asdict(known)}


def lines(known: About, *, width: int) -> str:
    return "\n".join(
        line
        for label, text in _said(known)
        for part in (text.splitlines() or [""])
        for line in wrapped(f"{label:<{_LABEL}}{part}", width, indent=_LABEL)
    )


@singledispatch
def _said(known: Any) -> Said:
    raise TypeError(type(known).__name__)


@_said.register
def _(known: AboutPair) -> Said:
    pair = known.pair
    yield "pair", pair.sample.id
    yield "question", pair.sample.question
    yield "answer", pair.sample.answer
    yield "page", f"docs/{pair.section.place}"
    yield "evidence", pair.evidence
    by = "a program" if known.call_id is None else f"{known.made_by} (call {known.call_id})"
    yield "written by", by
    yield from pair.verdicts.items()
    yield from _reviewed(pair)
    yield "taught", "yes" if pair.is_taught else "no"


def _reviewed(pair: Checked) -> Said:
    if (review := pair.review) is None:
        return
    note = f": {review.note}" if review.note else ""
    yield "reviewed", f"{_DECIDED[review.decision]}{note}"
    if review.decision == "edit":
        yield "", review.question
        yield "", review.answer


@_said.register
def _(known: AboutFact) -> Said:
    yield "fact", known.fact.id
    yield "page", f"docs/{known.section.place}"
    yield "statement", known.fact.statement
    if known.fact.evidence.strip() != known.fact.statement:
        yield "as written", known.fact.evidence
    yield from _pairs(known.pairs)


@_said.register
def _(known: AboutSection) -> Said:
    section = known.section
    yield "section", section.id
    yield "page", f"docs/{section.place}"
    yield "stands in", " > ".join(section.capsule.breadcrumb)
    yield "text", cut(section.text, 300)
    for n, fact in enumerate(known.facts):
        yield ("" if n else "facts"), f"{_short(fact.id)}  {fact.statement}"
    yield from _pairs(known.pairs)


@_said.register
def _(known: AboutPage) -> Said:
    yield "page", f"docs/{known.path}"
    yield "made from", known.source or "nothing: it was written in docs/"
    for n, each in enumerate(known.sections):
        heading = each.section.headings[-1] if each.section.headings else known.path
        taught = sum(pair.is_taught for pair in each.pairs)
        counts = f"{len(each.facts)} facts, {taught} of {len(each.pairs)} pairs taught"
        yield ("" if n else "sections"), f"{_short(each.section.id)}  {heading}: {counts}"


@_said.register
def _(known: AboutQuestion) -> Said:
    question = known.question
    yield "question", f"{question.id} (held out, never taught)"
    yield "", question.question
    yield "reference", question.answer
    if question.accept:
        yield "accepted", "; ".join(" and ".join(all_of) for all_of in question.accept)
    if question.section:
        yield "page", f"docs/{question.section}"
    for each in known.answers:
        yield each.arm, f"[{(each.verdict or 'unmarked').lower()}] {' '.join(each.text.split())}"


def _pairs(pairs: Iterable[Checked]) -> Said:
    every = list(pairs)
    taught = sum(pair.is_taught for pair in every)
    yield "pairs", f"{len(every)}, {taught} of them taught"
    for pair in every:
        mark = "+" if pair.is_taught else "-"
        yield "", f"{mark} {_short(pair.sample.id)}  {pair.sample.question}"


def _short(key: str) -> str:
    """As much of an id as `shikomi show` needs."""
    return key.partition(":")[2][:10] or key
