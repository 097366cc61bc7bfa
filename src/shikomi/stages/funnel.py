"""From what was asked for to what is taught: how many are left after each step, and why the others
are not."""

from collections import Counter
from itertools import chain

from shikomi.evaluation.report_data import FunnelRow, Rejection
from shikomi.stages import (
    filters,
    freeze,
    generate,
    judge,
    quality,
    replay,
    review,
    rolling,
    views,
    written,
)
from shikomi.stages.context import Context

SAID_TWICE = "the words of another wording"


def steps(ctx: Context) -> tuple[FunnelRow, ...]:
    """How many are left after each step, from the first to the last."""
    generated = generate.generated(ctx)
    found = review.reviewed(ctx).pairs
    counts = {
        "asked": generate.n_asked(ctx),
        "parsed": len(generated),
        "distinct": len(filters.distinct(generated)),
        "linted": len(filters.linted(ctx)),
        "deduplicated": len(filters.unique(ctx)),
        **({"judged": len(judge.kept(ctx))} if ctx.config.quality.drops else {}),
        "kept": len(quality.kept(ctx)),
        **({"reviewed": sum(s.view != "lookup" for s in found)} if review.counts(ctx) else {}),
        **written.funnel(ctx),
        "taught": freeze.count(ctx),
    }
    return tuple(FunnelRow(step=step, count=count) for step, count in counts.items())


def rejections(ctx: Context) -> tuple[Rejection, ...]:
    """How many were lost in a step, and why; by step, in order."""
    current = {sample.id for sample in generate.generated(ctx)}
    reasons = Counter(
        score.explanation.split(":")[0]
        for score in filters.lint_scores(ctx).values()
        if score.value == 0.0 and score.subject_id in current
    )
    linted = [Rejection(step="lint", reason=r, count=n) for r, n in reasons.most_common()]
    if rolling.is_chosen(ctx):
        unwritten = rolling.rejected(ctx).most_common()
        linted[:0] = [Rejection(step=generate.STAGE, reason=r, count=n) for r, n in unwritten]
    twins = len(filters.linted(ctx)) - len(filters.unique(ctx))
    repeats = len(generate.generated(ctx)) - len(current)
    others = [("parsed", SAID_TWICE, generate.n_said_twice(ctx))]
    others += [("distinct", "exact repeat", repeats), ("deduplicate", "near-duplicate", twins)]
    others += [(judge.STAGE, reason, n) for reason, n in judge.rejected(ctx).most_common()]
    others += [(quality.STAGE, reason, n) for reason, n in quality.rejected(ctx).most_common()]
    others += [(replay.STAGE, replay.CUT_OFF, replay.n_cut_off(ctx))]
    others += [(review.STAGE, reason, n) for reason, n in _reviewed_out(ctx).items()]
    others += written.rejected(ctx)
    return (*linted, *(Rejection(step=s, reason=r, count=n) for s, r, n in others if n))


def _reviewed_out(ctx: Context) -> Counter[str]:
    """Why pairs that the filters kept are left out after people's reviews."""
    dropped = review.reviewed(ctx).dropped
    kept = chain(quality.kept(ctx), views.lookups(ctx)) if dropped else ()
    return Counter(dropped[sample.id] for sample in kept if sample.id in dropped)
