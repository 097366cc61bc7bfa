"""Questions that take two facts of one section: each is taught, the two together are not."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from shikomi import prompts
from shikomi.corpus import capsule as capsules
from shikomi.dataset import withholding
from shikomi.dataset.lookups import Lookup, find
from shikomi.evaluation.answers import matches
from shikomi.hashing import content_id
from shikomi.stages import planning
from shikomi.stages.askable import Askable
from shikomi.stages.context import Context
from shikomi.store import corpus
from shikomi.text import plain
from shikomi.types import Question, Section

PROMPTS = ("compose_rows", "compose_both")
_LONGEST_VALUE = 40  # characters; who words a longer one otherwise is marked wrong
_PER_ROW = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """`wordings` are the pairs whose questions it is made of, none where it is of a table."""

    question: Question
    section: Section
    wordings: tuple[Askable, ...] = ()


def of_rows(ctx: Context, is_taught: Callable[[str], bool]) -> list[Composition]:
    """One column of two rows of a table; `is_taught` tells of a fact's id. Evenly over pages."""
    facts = planning.facts_by_section(ctx)
    found: list[Composition] = []
    for section in corpus.current_sections(ctx.store):
        cells = [
            each
            for each in find(section, facts.get(section.id, []), per_row=_PER_ROW)
            if each.kind == "cell" and is_taught(each.fact.id) and _is_short(each)
        ]
        found += _in_columns(ctx, section, cells)
    return _evenly(found)


def _is_short(cell: Lookup) -> bool:
    return len(plain(cell.cells[0][1])) <= _LONGEST_VALUE


def _in_columns(ctx: Context, section: Section, cells: Iterable[Lookup]) -> Iterator[Composition]:
    def column(cell: Lookup) -> str:
        return cell.cells[0][0]

    for _, group in groupby(sorted(cells, key=column), key=column):
        mixed = sorted(group, key=lambda each: content_id(each.fact.id))
        for one, other in zip(mixed[::2], mixed[1::2], strict=False):
            values = (plain(one.cells[0][1]), plain(other.cells[0][1]))
            if not _are_one(*values):
                yield _of_cells(ctx, section, one, other, values)


def _of_cells(
    ctx: Context, section: Section, one: Lookup, other: Lookup, values: tuple[str, str]
) -> Composition:
    said = prompts.load("compose_rows", section.lang, ctx.prompts).render(
        system=capsules.system_name(section.capsule),
        topic=section.headings[-1] if section.headings else section.capsule.breadcrumb[-1],
        key_column=one.key_column,
        key=one.key,
        other_key=other.key,
        column=one.cells[0][0],
    )
    answer = f"{one.key}: {values[0]} / {other.key}: {values[1]}"
    question = _question(section, said[-1].content, answer, values)
    return Composition(question=question, section=section)


def of_pairs(ctx: Context, wordings: Sequence[Askable]) -> list[Composition]:
    """Two questions in one, of one section; each wording is in one composition at most."""
    ordered = sorted(wordings, key=lambda each: (each.section.id, content_id(each.fact.id)))
    found: list[Composition] = []
    for _, group in groupby(ordered, key=attrgetter("section.id")):
        mixed = list(group)
        for one, other in zip(mixed[::2], mixed[1::2], strict=False):
            if _stand_apart(one, other):
                found.append(_of_both(ctx, one, other))
    return _evenly(found)


def _stand_apart(one: Askable, other: Askable) -> bool:
    """Whether what is taught of the one does not tell the other."""
    return not (
        matches(f"{one.fact.statement}\n{one.pair.question}", ((other.target,),))
        or matches(f"{other.fact.statement}\n{other.pair.question}", ((one.target,),))
    )


def _of_both(ctx: Context, one: Askable, other: Askable) -> Composition:
    section = one.section
    said = prompts.load("compose_both", section.lang, ctx.prompts).render(
        first=one.pair.question, second=other.pair.question
    )
    answer = f"{one.pair.answer} / {other.pair.answer}"
    question = _question(section, said[-1].content, answer, (one.target, other.target))
    return Composition(question=question, section=section, wordings=(one, other))


def _question(section: Section, text: str, answer: str, values: tuple[str, str]) -> Question:
    return Question(
        id=content_id(["H3", section.id, text]),
        question=text,
        answer=answer,
        accept=(values,),
        section=section.place,
        kind="H3",
        lang=section.lang,
    )


def _are_one(one: str, other: str) -> bool:
    return matches(one, ((other,),)) or matches(other, ((one,),))


def _evenly(found: Iterable[Composition]) -> list[Composition]:
    return withholding.stratified(
        found, stratum=attrgetter("section.path"), key=attrgetter("question.id")
    )
