"""What the estimates of quality will ask, as if no pair were dropped before."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from shikomi.stages import filters, grounds, judge, quality, round_trip
from shikomi.stages.context import Context
from shikomi.stages.estimate.size import Size, measured
from shikomi.store import calls
from shikomi.types import Request, Sample

_UNSURE = 0.5  # of the answers that a section gives again: no program can tell whether they agree
_ANSWERED, _GRADED, _PLACED = 0.1, 0.5, 0.5  # of the most that may be written


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    part: str
    ledger: str
    size: Size
    written_share: float
    has_schema: bool = True


def sizes(ctx: Context, coming: Sequence[Sample], scale: float) -> Iterator[Sizes]:
    """`coming` are pairs such as those that are not written yet, and `scale` how many times as
    many there will be."""
    share = ctx.config.quality_sample
    if not share:
        return
    step = max(1, round(1 / share))
    some, scale = coming[::step], scale * share * step
    new = [each for each in unchecked(ctx) if quality.is_chosen(ctx, each)]
    answered = new + quality.open_samples(ctx, quality.ROUND_TRIP)
    placed = new + quality.open_samples(ctx, quality.STANDALONE)

    def size(there: Iterable[Request], to_come: Iterable[Request]) -> Size:
        is_hosted = ctx.config.models.judge.is_hosted
        found = measured(calls.unpaid(ctx.store, there), is_hosted=is_hosted)
        return found + measured(to_come, is_hosted=is_hosted).times(scale)

    again = size(_again(ctx, answered), _again(ctx, some))
    yield Sizes(part=quality.ROUND_TRIP, ledger=quality.ROUND_TRIP, size=again,
                written_share=_ANSWERED, has_schema=False)  # fmt: skip
    compared = size(_compared(ctx, answered), _compared(ctx, some)).times(_UNSURE)
    yield Sizes(part=f"{quality.ROUND_TRIP}, compared", ledger=quality.ROUND_TRIP, size=compared,
                written_share=_GRADED)  # fmt: skip
    alone = size(_alone(ctx, placed), _alone(ctx, some))
    yield Sizes(part=quality.STANDALONE, ledger=quality.STANDALONE, size=alone,
                written_share=_PLACED)  # fmt: skip


def unchecked(ctx: Context) -> list[Sample]:
    """The pairs that are there and that filters or judge have not seen yet."""
    return [*judge.pending(ctx), *filters.lint_pending(ctx)]


def _again(ctx: Context, found: Iterable[Sample]) -> Iterator[Request]:
    for ground, several in grounds.grouped(ctx, found).items():
        yield from (round_trip.request(ctx, ground, each) for each in several)


def _compared(ctx: Context, found: Iterable[Sample]) -> Iterator[Request]:
    return (round_trip.compare_request(ctx, each, each.answer) for each in found)


def _alone(ctx: Context, found: Iterable[Sample]) -> Iterator[Request]:
    for lane in quality.standalone_groups(ctx, found):
        yield from (group.request(group.members) for group in lane)
