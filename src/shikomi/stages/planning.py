"""What generation asks for, all in all: sections and facts -> batches of goals."""

from collections.abc import Sequence
from itertools import chain

from shikomi.dataset import plan
from shikomi.dataset.plan import Batch, Goal
from shikomi.stages.context import Context
from shikomi.stages.remembered import remembered
from shikomi.store import aims, corpus
from shikomi.types import Fact, Section

_MANY_PLACES = 5


@remembered
def all_batches(ctx: Context) -> tuple[Batch, ...]:
    """Every batch of the plan for the current sections, in reading order, turn by turn; facts
    that evaluations missed have further turns, whatever else says the same."""
    sections, facts = corpus.current_sections(ctx.store), facts_by_section(ctx)
    size, n_turns = ctx.config.goals_per_call, ctx.config.generate.turns
    goals, missed = _goals(ctx, sections, facts), aims.rounds(ctx.store)
    found: list[Batch] = []
    for section in sections:
        found += plan.batches(section, goals[section.id], size=size, turns=n_turns)
        for turns in missed:
            found += plan.aimed(section, facts.get(section.id, []), turns, size=size)
    # a turn that was aimed at is one of the plan's own where `turns` was raised since
    return tuple({batch.id: batch for batch in found}.values())


def _goals(
    ctx: Context, sections: Sequence[Section], facts: dict[str, list[Fact]]
) -> dict[str, list[Goal]]:
    """Those of each section: as many as `generate.pairs` allows for."""
    settings = ctx.config.generate
    again = said_again(ctx, sections, [*chain.from_iterable(facts.values())])
    found = {
        section.id: plan.planned(
            section,
            [fact for fact in facts.get(section.id, []) if fact.id not in again],
            per_fact=settings.goals_per_fact,
            per_row=settings.goals_per_row,
        )
        for section in sections
    }
    if settings.pairs == "all":
        return found
    most = max(1, settings.pairs // (settings.wordings * settings.turns))
    chosen = set(plan.some([*chain.from_iterable(found.values())], most))
    return {key: [goal for goal in goals if goal in chosen] for key, goals in found.items()}


def said_again(ctx: Context, sections: Sequence[Section], facts: Sequence[Fact]) -> frozenset[str]:
    """The statements that are word for word on many pages (copyrights, notes on a translation), but
    the first of each: asked about once, they are asked about wherever they stand. So are rows of
    tables that are in many sections ("Status: Extension"), where a program asks of each."""
    pages = {section.id: section.path for section in sections}
    rows = ("row",) if ctx.config.generate.lookups_per_row else ()
    by_text: dict[tuple[str, str], list[Fact]] = {}
    for fact in facts:
        if fact.kind in ("statement", *rows) and fact.section_id in pages:
            by_text.setdefault((fact.kind, fact.statement), []).append(fact)
    return frozenset(
        fact.id
        for (kind, _), same in by_text.items()
        for places in [{f.section_id if kind == "row" else pages[f.section_id] for f in same}]
        if len(places) >= _MANY_PLACES
        for fact in same[1:]
    )


def facts_by_section(ctx: Context) -> dict[str, list[Fact]]:
    """The current facts under the ids of their sections, in reading order."""
    found: dict[str, list[Fact]] = {}
    for fact in corpus.current_facts(ctx.store):
        found.setdefault(fact.section_id, []).append(fact)
    return found
