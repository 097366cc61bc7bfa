"""The requests that `generate` sends next, without sending them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from shikomi.stages import generate, rolling
from shikomi.stages.context import Context
from shikomi.stages.estimate.size import Size, measured
from shikomi.stages.rolling import requests
from shikomi.stages.rolling.talks import talks, unfinished
from shikomi.types import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Previewed:
    """A request, where in docs/ it is about, and its size by the fixed estimate."""

    place: str
    request: Request
    size: Size


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Some of the `n_pending` requests, or conversations, that the generator at `base_url` (None:
    it is embedded) is asked next."""

    some: tuple[Previewed, ...]
    n_pending: int
    base_url: str | None


def preview(ctx: Context, n: int) -> Preview:
    """At most `n` of them, evenly chosen."""
    role, pending = ctx.config.models.generator, _pending(ctx)
    chosen = pending[:: max(1, len(pending) // n)][:n]
    some = [(place, make()) for place, make in chosen]
    return Preview(
        some=tuple(
            Previewed(
                place=place,
                request=request,
                size=measured([request], is_hosted=role.is_hosted),
            )
            for place, request in some
        ),
        n_pending=len(pending),
        base_url=role.base_url,
    )


def _pending(ctx: Context) -> list[tuple[str, Callable[[], Request]]]:
    if rolling.is_chosen(ctx):
        return [
            (talk.page.sections[0].path, partial(requests.question, ctx, talk.page, talk.attempts))
            for talk in unfinished(ctx, talks(ctx))
        ]
    return [
        (batch.section.place, partial(generate.request, ctx, batch))
        for batch in generate.pending_batches(ctx)
    ]
