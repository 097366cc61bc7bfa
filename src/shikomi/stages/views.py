"""Samples made by program, of the sections and their tables: no model is asked."""

from collections.abc import Iterator
from dataclasses import replace

from shikomi import answering, prompts
from shikomi.corpus import capsule as capsules
from shikomi.dataset import chat
from shikomi.stages import filters, generate, lookup_texts
from shikomi.stages.context import Context
from shikomi.stages.remembered import remembered
from shikomi.store import corpus
from shikomi.types import Phrasing, Sample


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
    """Questions that tables answer, less those that repeat a held-out one."""
    guard = filters.leak_guard(ctx)
    return tuple(sample for question, sample in all_lookups(ctx) if not guard.twin(question))


@remembered
def all_lookups(ctx: Context) -> tuple[tuple[str, Sample], ...]:
    """Questions that tables answer, in reading order, each with its sample."""
    return tuple(_lookups(ctx))


def _lookups(ctx: Context) -> Iterator[tuple[str, Sample]]:
    facts = generate.facts_by_section(ctx)
    per_row = ctx.config.generate.lookups_per_row
    for section in corpus.current_sections(ctx.store):
        found = lookup_texts.pairs(section, facts.get(section.id, []), ctx.prompts, per_row=per_row)
        for lookup, question, answer in found:
            sample = chat.sample(
                answering.messages(question, (), lang=section.lang, overrides=ctx.prompts),
                answer,
                view="lookup",
                lang=section.lang,
                section_ids=(section.id,),
                fact_ids=(lookup.fact.id,),
            )
            yield question, replace(sample, phrasing=Phrasing(direction=lookup.direction))
