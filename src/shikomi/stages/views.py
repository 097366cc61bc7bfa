"""Samples made by program, of the sections, their tables and their Japanese statements: no model
is asked."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from shikomi import answering, prompts
from shikomi.corpus import capsule as capsules
from shikomi.dataset import chat, in_place, naming, plan, repair
from shikomi.dataset.facts import asked
from shikomi.stages import filters, generate, lookup_texts, planning, properties, quality, rolling
from shikomi.stages.context import Context
from shikomi.stages.remembered import remembered
from shikomi.store import corpus
from shikomi.types import Fact, Phrasing, Sample, Section

_FORWARD = Phrasing(direction="forward")


@remembered
def sections(ctx: Context) -> tuple[Sample, ...]:
    """Each section as the answer to "explain this", with its capsule before it."""
    return tuple(_sections(ctx)) if ctx.config.generate.section_texts else ()


def _sections(ctx: Context) -> Iterator[Sample]:
    for section in corpus.current_sections(ctx.store):
        prompt = prompts.load("explain", section.lang, ctx.prompts)
        capsule = capsules.render(section.capsule, section.lang, section.headings)
        yield chat.sample(
            prompt.render(breadcrumb=capsules.topic(section.capsule, section.headings)),
            f"{capsule}\n\n{section.text.strip()}",
            view="section",
            lang=section.lang,
            section_ids=(section.id,),
        )


@remembered
def lookups(ctx: Context) -> tuple[Sample, ...]:
    """Questions made by program, less those that repeat a held-out one."""
    guard = filters.leak_guard(ctx)
    return tuple(sample for question, sample in all_lookups(ctx) if not guard.twin(question))


@remembered
def all_lookups(ctx: Context) -> tuple[tuple[str, Sample], ...]:
    """Questions that tables answer, and Japanese statements, in reading order, each with its
    sample."""
    return tuple(_lookups(ctx))


def _lookups(ctx: Context) -> Iterator[tuple[str, Sample]]:
    facts = planning.facts_by_section(ctx)
    per_row, left = ctx.config.generate.lookups_per_row, _left(ctx)
    problem = filters.support(ctx) if left else None
    of_sections = properties.by_section(ctx) if per_row else {}
    for section in corpus.current_sections(ctx.store):
        known = facts.get(section.id, [])
        found = lookup_texts.pairs(section, known, ctx.prompts, per_row=per_row)
        for lookup, question, answer in found:
            phrasing = Phrasing(direction=lookup.direction)
            yield question, _asked(ctx, section, lookup.fact, question, answer, phrasing)
        listed = of_sections.get(section.id, ())
        for fact, question, answer in lookup_texts.of_properties(section, listed, ctx.prompts):
            yield question, _asked(ctx, section, fact, question, answer, _FORWARD)
        if problem:
            unasked = [fact for fact in known if fact.id in left]
            yield from _in_place(ctx, section, unasked, problem)


def _left(ctx: Context) -> frozenset[str]:
    """The facts that no pair of the generator is left about, once it has asked about all: its own
    questions teach more (docs/log.md)."""
    if rolling.is_chosen(ctx) or generate.pending(ctx):
        return frozenset()
    facts = corpus.current_facts(ctx.store)
    return frozenset(fact.id for fact in facts) - asked(facts, _kept(ctx))


def _kept(ctx: Context) -> frozenset[str]:
    return frozenset(fact_id for pair in quality.kept(ctx) for fact_id in pair.fact_ids)


def _in_place(
    ctx: Context, section: Section, facts: Sequence[Fact], problem: filters.Check
) -> Iterator[tuple[str, Sample]]:
    """Questions about Japanese statements that pass what pairs by a generator have to pass."""
    per_sentence = ctx.config.generate.lookups_per_sentence
    for n, found in enumerate(in_place.find(section, facts, per_sentence=per_sentence)):
        question = naming.named(found.question, section.capsule, section.lang, n)
        answer = repair.untied(found.goal.fact.statement)
        phrasing = Phrasing(direction=plan.direction(found.goal), target=found.goal.target)
        sample = _asked(ctx, section, found.goal.fact, question, answer, phrasing)
        if problem(sample) is None:
            yield question, sample


def _asked(
    ctx: Context, section: Section, fact: Fact, question: str, answer: str, phrasing: Phrasing
) -> Sample:
    sample = chat.sample(
        answering.messages(question, (), lang=section.lang, overrides=ctx.prompts),
        answer,
        view="lookup",
        lang=section.lang,
        section_ids=(section.id,),
        fact_ids=(fact.id,),
    )
    return replace(sample, phrasing=phrasing)
