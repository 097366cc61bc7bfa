"""Which statements and examples of the documents are asked about, and why others are not."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from shikomi.dataset.facts import asked
from shikomi.dataset.spread import Spread, spread
from shikomi.stages import filters, generate, judge, planning, quality, review, rolling
from shikomi.stages.context import Context
from shikomi.store import corpus
from shikomi.types import Fact, Sample

_UNASKED = "no question came of it"
_UNPLANNED = "left out by generate.pairs"
_NEAR = "near-duplicate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A fact that no pair is about. `place` is its page and heading."""

    place: str
    statement: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Examples are facts, too. A fact is asked about where one that says the same is: of such
    pairs all but one are near-duplicates. `spread` is that of the pairs that are taught."""

    facts: int
    facts_asked: int
    examples: int
    examples_asked: int
    left: tuple[Left, ...]
    spread: Spread


def coverage(ctx: Context) -> Coverage | None:
    """By the pairs that are taught; None while pairs are still to be written or checked."""
    if generate.pending(ctx) or filters.lint_pending(ctx) or quality.undecided(ctx):
        return None
    facts = corpus.current_facts(ctx.store)
    pairs = review.reviewed(ctx).pairs
    known = asked(facts, {fact_id for pair in pairs for fact_id in pair.fact_ids})
    examples = [fact for fact in facts if fact.kind == "example"]
    return Coverage(
        facts=len(facts),
        facts_asked=sum(fact.id in known for fact in facts),
        examples=len(examples),
        examples_asked=sum(fact.id in known for fact in examples),
        left=_left(ctx, known),
        spread=spread(pairs, {fact.id: fact for fact in facts}),
    )


def _left(ctx: Context, known: set[str]) -> tuple[Left, ...]:
    sections = corpus.sections_by_id(ctx.store)
    reasons, planned = _reasons(ctx), _planned(ctx)

    def why(fact: Fact) -> str:
        if fact.id in reasons:
            return reasons[fact.id].most_common(1)[0][0]
        return _UNASKED if planned is None or fact.id in planned else _UNPLANNED

    return tuple(
        Left(
            place=section.place,
            statement=fact.statement,
            why=why(fact),
        )
        for fact in corpus.current_facts(ctx.store)
        if fact.id not in known
        for section in [sections[fact.section_id]]
    )


def _planned(ctx: Context) -> set[str] | None:
    """The ids of the facts that are asked about; None where all are that can be."""
    if ctx.config.generate.pairs == "all" or rolling.is_chosen(ctx):
        return None
    return {goal.fact.id for batch in planning.all_batches(ctx) for goal in batch.goals}


def _reasons(ctx: Context) -> dict[str, Counter[str]]:
    """By fact, why the pairs about it are not taught."""
    taught = {pair.id for pair in review.reviewed(ctx).pairs}
    why = _why(ctx)
    found: dict[str, Counter[str]] = {}
    for sample in review.candidates(ctx):
        if sample.id not in taught:
            for fact_id in sample.fact_ids:
                found.setdefault(fact_id, Counter())[why(sample)] += 1
    return found


def _why(ctx: Context) -> Callable[[Sample], str]:
    scores, twins = filters.lint_scores(ctx), filters.near_duplicates(ctx)
    judged = judge.scores(ctx)
    dropped = {**quality.dropped(ctx), **review.reviewed(ctx).dropped}

    def why(sample: Sample) -> str:
        if sample.id in dropped:
            return dropped[sample.id].split(":")[0]
        if sample.view == "lookup":
            return filters.LEAK
        if sample.id in twins:
            return _NEAR
        for found in (scores, judged):
            score = found.get(sample.id)
            if score is not None and score.value == 0.0:
                return score.explanation.split(":")[0]
        return _UNASKED

    return why
