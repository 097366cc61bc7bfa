"""sections and taught pairs -> what a generator writes of them beside pairs: rewrites in several
forms, rewrites around a question, and questions across two pages."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from shikomi import answering
from shikomi.dataset import rewrites
from shikomi.stages import filters
from shikomi.stages.context import Context, StageReport
from shikomi.stages.remembered import remembered
from shikomi.stages.written import asking, cross, texts
from shikomi.stages.written.items import STAGE, Item, Try, View, attempts_at, failures, tries
from shikomi.store import samples
from shikomi.terms import TERMS
from shikomi.types import Sample

__all__ = ["STAGE", "failed", "funnel", "kept", "pending", "prompt_names", "rejected", "run"]

_REPEAT = "exact repeat"
_CHECKED = tuple(step.reason for step in cross.LEAVE_ONE_OUT)


@remembered
def items(ctx: Context) -> Mapping[View, tuple[Item, ...]]:
    """Every text that is wanted, in the order in which views are written."""
    return {
        "rewrite": texts.strategy_items(ctx),
        "cross": cross.items(ctx),
        "focal": texts.focal_items(ctx),
    }


def pending(ctx: Context) -> list[Try]:
    """What is neither kept, nor given up after its tries, nor failed."""
    return [each for found in items(ctx).values() for each in tries(ctx, found)]


def failed(ctx: Context) -> list[str]:
    """The reasons of what failed and is not tried again by itself."""
    return [reason for found in items(ctx).values() for reason in failures(ctx, found)]


def run(ctx: Context) -> StageReport:
    if not pending(ctx):
        return StageReport()
    found, before = items(ctx), len(made(ctx))
    endpoint = ctx.endpoints.open("generator", can_wait=True)
    errors = asking.write(ctx, endpoint, found["rewrite"])
    errors += asking.cross_write(ctx, endpoint, found["cross"])
    errors += asking.write(ctx, endpoint, found["focal"])
    counts = Counter(sample.view for sample in kept(ctx))
    said = (
        f"{counts[view]} of {len(wanted)} {TERMS['en'][view]}"
        for view, wanted in found.items()
        if wanted
    )
    return StageReport(
        done=len(made(ctx)) - before, failures=tuple(errors), summary=f"kept {', '.join(said)}"
    )


@remembered
def made(ctx: Context) -> tuple[Sample, ...]:
    """What the checks let through, view by view; repeats of one text included."""
    return tuple(sample for found in items(ctx).values() for sample in _of(ctx, found))


def _of(ctx: Context, found: Sequence[Item]) -> Iterator[Sample]:
    by_print: dict[str, list[str]] = {}
    for each in found:
        by_print.setdefault(each.print_id, []).append(each.id)
    for print_id, ids in by_print.items():
        yield from samples.of_batches(ctx.store, print_id, ids)


@remembered
def kept(ctx: Context) -> tuple[Sample, ...]:
    """What is taught: each text once, and none that asks what a held-out question asks."""
    guard = filters.leak_guard(ctx)
    return tuple(
        sample
        for sample in filters.distinct(made(ctx))
        if not any(map(guard.twin, _questions(sample)))
    )


def _questions(sample: Sample) -> Iterator[str]:
    """All that the sample asks: a dialogue asks much."""
    yield sample.question
    yield from rewrites.questions(sample.question)
    yield from rewrites.questions(sample.answer)


def funnel(ctx: Context) -> dict[str, int]:
    """By view: texts wanted, replies judged, questions across pages that were checked by leaving
    a page out, and texts that are taught. Nothing of a view that is not wanted."""
    counts = Counter(sample.view for sample in kept(ctx))
    found: dict[str, int] = {}
    for view, wanted in items(ctx).items():
        if not wanted:
            continue
        reasons = _reasons(ctx, wanted)
        found |= {f"{view} wanted": len(wanted), f"{view} asked": reasons.total()}
        if view == "cross":
            found["cross checked"] = sum(reasons[each] for each in (*_CHECKED, ""))
        found[f"{view} kept"] = counts[view]
    return found


def rejected(ctx: Context) -> Iterator[tuple[View, str, int]]:
    """(view, reason, how many replies). With those kept they are all that were judged."""
    there, left = Counter(s.view for s in made(ctx)), Counter(s.view for s in kept(ctx))
    once = Counter(sample.view for sample in filters.distinct(made(ctx)))
    for view, wanted in items(ctx).items():
        reasons = _reasons(ctx, wanted)
        del reasons[""]
        reasons[_REPEAT] += there[view] - once[view]
        reasons[filters.LEAK] += once[view] - left[view]
        yield from ((view, reason, n) for reason, n in reasons.most_common() if n)


def _reasons(ctx: Context, wanted: Sequence[Item]) -> Counter[str]:
    """Why replies were not kept, "" for those that were."""
    return Counter(each.reason.split(":")[0] for each in attempts_at(ctx, wanted))


def prompt_names(ctx: Context) -> list[str]:
    """The prompts that the views which are wanted are written by."""
    wanted = ctx.config.written
    names = [*texts.prompt_names("rewrite")] if wanted.rewrites else []
    names += texts.prompt_names("focal") if wanted.focal else []
    return names + (["cross", answering.WITH_CONTEXT] if wanted.cross else [])
