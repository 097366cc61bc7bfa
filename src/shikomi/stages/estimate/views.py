"""What written views will ask, as if no text were refused and every question across two pages
came so far that both pages are left out in turn."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shikomi.corpus.units import units
from shikomi.dataset.crossing import Draft
from shikomi.stages import generate, written
from shikomi.stages.context import Context
from shikomi.stages.estimate.size import TOKENS_PER_MESSAGE, Size, measured
from shikomi.stages.written import cross, texts
from shikomi.stages.written.items import STAGE, Item, Try, View, tries
from shikomi.store import calls
from shikomi.types import Request

__all__ = ["STAGE", "Sizes", "sizes", "to_come"]

_MOST_ITEMS = 2000  # of a large project some are measured, and stand for all
_REWRITTEN, _DRAFTED, _CHECKED = 0.5, 0.35, 0.25  # of the most that may be written
_QUESTION_CHARACTERS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Of the calls that the ledger calls `ledger`."""

    ledger: str
    size: Size
    written_share: float
    has_schema: bool = False


def sizes(ctx: Context) -> Iterator[Sizes]:
    """Of the calls that are still to come, view by view, each as if asked once."""
    found = _to_come(ctx)
    views: tuple[View, ...] = ("rewrite", "focal")
    for view in views:
        requests = [texts.request(ctx, each.item, each.n) for each in _some(found[view])]
        size = _measured(ctx, requests, scale=_scale(found[view]))
        yield Sizes(ledger=view, size=size, written_share=_REWRITTEN)
    some, scale = _some(found["cross"]), _scale(found["cross"])
    drafts = [cross.request(ctx, each.item, each.n) for each in some]
    size = _measured(ctx, drafts, scale=scale)
    yield Sizes(ledger="cross", size=size, written_share=_DRAFTED, has_schema=True)
    checks = [
        cross.check_request(ctx, each.item, _stand_in(each.item), step)
        for step in cross.LEAVE_ONE_OUT
        for each in some
    ]
    size = _measured(ctx, checks, scale=scale)
    yield Sizes(ledger=cross.CHECKS, size=size, written_share=_CHECKED)


def to_come(ctx: Context) -> tuple[int, float]:
    """How many texts there will be to train on, as if none were refused, and their tokens: those
    that are there, and for others the size of their section."""
    kept = written.kept(ctx)
    there = sum(units(m.content) + TOKENS_PER_MESSAGE for each in kept for m in each.messages)
    open_items = [each for found in _to_come(ctx).values() for each in found]
    coming = sum(_tokens(each.item) for each in open_items)
    return len(kept) + len(open_items), there + coming


def _to_come(ctx: Context) -> dict[View, list[Try]]:
    """What is open; focal rewrites of questions that are not written yet, too."""
    found = {view: tries(ctx, wanted) for view, wanted in written.items(ctx).items()}
    if generate.pending(ctx):
        found["focal"] += [Try(each, 0) for each in texts.focal_items_to_come(ctx)]
    return found


def _some(found: Sequence[Try]) -> list[Try]:
    return list(found[:: _step(found)])


def _scale(found: Sequence[Try]) -> float:
    return len(found) / len(_some(found)) if found else 0.0


def _step(found: Sequence[Try]) -> int:
    return max(1, len(found) // _MOST_ITEMS)


def _measured(ctx: Context, requests: Sequence[Request], *, scale: float) -> Size:
    is_hosted = ctx.config.models.generator.is_hosted
    return measured(calls.unpaid(ctx.store, requests), is_hosted=is_hosted).times(scale)


def _stand_in(item: Item) -> Draft:
    """A question that is not written yet."""
    asked = item.sections[0].text[:_QUESTION_CHARACTERS]
    return Draft(question=asked, answer="", evidence_a="", evidence_b="", keys=())


def _tokens(item: Item) -> float:
    """A question across pages is about as long as two short sentences."""
    size = _QUESTION_CHARACTERS * 2 if item.view == "cross" else units(item.sections[0].text)
    return size + 2 * TOKENS_PER_MESSAGE
