"""Everything that a project knows about one pair, fact, section, page or held-out question."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from shikomi.errors import UserError
from shikomi.hashing import PREFIX
from shikomi.stages import evaluate, holdout, review
from shikomi.stages.arms import side_by_side
from shikomi.stages.context import Context
from shikomi.stages.review import Checked
from shikomi.store import calls, corpus, pages
from shikomi.types import Fact, Question, Section, VerdictValue

_FEWEST = 4  # characters of an id that stand for all of it
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutPair:
    """`made_by` is None where no model has written it, but a program has."""

    pair: Checked
    made_by: str | None
    call_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutFact:
    fact: Fact
    section: Section
    pairs: tuple[Checked, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutSection:
    section: Section
    facts: tuple[Fact, ...]
    pairs: tuple[Checked, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutPage:
    """`source` is the file that it was converted from; None where a person wrote it."""

    path: str
    source: str | None
    sections: tuple[AboutSection, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenAnswer:
    arm: str
    text: str
    verdict: VerdictValue | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutQuestion:
    question: Question
    answers: tuple[GivenAnswer, ...]


About = AboutPair | AboutFact | AboutSection | AboutPage | AboutQuestion


def about(ctx: Context, what: str) -> About:
    """`what` is an id, or the first characters of one, or a page's path.

    Raises:
        UserError: nothing is called so, or several things are.
    """
    sections = corpus.current_sections(ctx.store)
    path = what.removeprefix("docs/")
    if any(section.path == path for section in sections):
        return _page(ctx, path, sections)
    found = list(_found(ctx, what, sections))
    if len(found) == 1:
        return found[0]()
    if found:
        raise UserError(f"{len(found)} ids begin with {what}: give more of its characters")
    raise UserError(
        f"no page, section, fact, pair or held-out question here is called {what}: `shikomi review"
        " export FILE --all` lists pairs, and report.json the questions"
    )


def _found(ctx: Context, what: str, sections: list[Section]) -> Iterator[Callable[[], About]]:
    """What tells about each thing whose id begins so, or is this."""
    facts = corpus.current_facts(ctx.store)
    for section in _called(what, sections, lambda each: each.id):
        yield partial(_section, ctx, section, facts)
    for fact in _called(what, facts, lambda each: each.id):
        yield partial(_fact, ctx, fact, sections)
    for pair in _called(what, review.checked(ctx), lambda each: each.sample.id):
        yield partial(_pair, ctx, pair)
    for question in _called(what, holdout.held_out(ctx), lambda each: each.id):
        yield partial(_question, ctx, question)


def _called(what: str, among: Iterable[T], key: Callable[[T], str]) -> list[T]:
    every = list(among)
    if same := [each for each in every if key(each) in (what, PREFIX + what)]:
        return same
    if len(what.removeprefix(PREFIX)) < _FEWEST:
        return []
    beginning = PREFIX + what.removeprefix(PREFIX)
    return [each for each in every if key(each).startswith(beginning)]


def _pair(ctx: Context, pair: Checked) -> AboutPair:
    call_id = pair.sample.call_id
    call = calls.read_call(ctx.store, call_id) if call_id is not None else None
    return AboutPair(pair=pair, made_by=call.model if call else None, call_id=call_id)


def _fact(ctx: Context, fact: Fact, sections: Iterable[Section]) -> AboutFact:
    section = next(each for each in sections if each.id == fact.section_id)
    pairs = (each for each in review.checked(ctx) if fact.id in each.sample.fact_ids)
    return AboutFact(fact=fact, section=section, pairs=tuple(pairs))


def _section(ctx: Context, section: Section, facts: Iterable[Fact]) -> AboutSection:
    return AboutSection(
        section=section,
        facts=tuple(fact for fact in facts if fact.section_id == section.id),
        pairs=tuple(each for each in review.checked(ctx) if each.section.id == section.id),
    )


def _page(ctx: Context, path: str, sections: Iterable[Section]) -> AboutPage:
    facts, pairs = corpus.current_facts(ctx.store), list(review.checked(ctx))
    made = pages.conversions(ctx.store).get(path)
    return AboutPage(
        path=path,
        source=made.source_path if made else None,
        sections=tuple(
            AboutSection(
                section=section,
                facts=tuple(fact for fact in facts if fact.section_id == section.id),
                pairs=tuple(each for each in pairs if each.section.id == section.id),
            )
            for section in sections
            if section.path == path
        ),
    )


def _question(ctx: Context, question: Question) -> AboutQuestion:
    marks: Mapping[str, VerdictValue | None] = evaluate.marks(ctx)
    given = ((arm.name, evaluate.given(ctx, arm).get(question.id)) for arm in side_by_side(ctx))
    return AboutQuestion(
        question=question,
        answers=tuple(
            GivenAnswer(arm=arm, text=found.text, verdict=marks.get(found.id))
            for arm, found in given
            if found
        ),
    )
