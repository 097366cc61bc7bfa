"""Samples made by program, of the sections and of the pairs that were kept: no model is asked."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from shikomi import answering, prompts
from shikomi.corpus import capsule as capsules
from shikomi.dataset import chat, keywords
from shikomi.stages import filters, generate, lookup_texts, made
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


def keyword_queries(ctx: Context, pairs: Sequence[Sample]) -> Iterator[Sample]:
    """Each fact that a pair asks about, by some of its answer's words, less those that repeat a
    held-out question. A fact with several answers gives one after the other."""
    n = ctx.config.generate.keyword_queries
    if not n:
        return
    sections = {section.id: section for section in corpus.current_sections(ctx.store)}
    guard = filters.leak_guard(ctx)
    for fact_ids, asked in _by_facts(pairs).items():
        for i in range(n):
            pair = asked[i % len(asked)]
            system = capsules.system_name(sections[pair.section_ids[0]].capsule)
            text = keywords.query(pair.answer, system, lang=pair.lang, seed=f"{fact_ids} {i}")
            if text is None or guard.twin(text):
                continue
            prompt = answering.messages(text, (), lang=pair.lang, overrides=ctx.prompts)
            yield chat.asked_as(pair, prompt, view="keywords")


def _by_facts(pairs: Sequence[Sample]) -> dict[tuple[str, ...], list[Sample]]:
    """The generated pairs by the facts that they ask about, one of each answer."""
    found: dict[tuple[str, ...], dict[str, Sample]] = {}
    for pair in pairs:
        if pair.view == "qa" and pair.fact_ids:
            found.setdefault(pair.fact_ids, {}).setdefault(pair.answer, pair)
    return {facts: list(answers.values()) for facts, answers in found.items()}


def keyword_recipe(ctx: Context) -> list[object]:
    """All that decides `keyword_queries` beside the pairs; nothing where there are none."""
    n = ctx.config.generate.keyword_queries
    if not n:
        return []
    texts = made.prompt_ids(ctx, [answering.NO_CONTEXT])
    return [n, keywords.VERSION, texts, made.held_out_ids(ctx), ctx.config.holdout.leak_jaccard]
