"""What a run will take before it is started: calls, tokens, money and time, stage by stage.

Input is counted by the fixed character estimate in the texts of the requests themselves. What is
written is a share of the most that may be: that of the project's own calls where there are enough
of them. Cached input counts at the full price, as in the ledger, so that money is never too low.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from shikomi.engine import hardware
from shikomi.stages import finetune, study, training_bill
from shikomi.stages.context import Context, RoleName
from shikomi.stages.estimate import asks, training
from shikomi.stages.estimate.asks import Asks
from shikomi.stages.estimate.speed import CPU, GPU, answering_seconds, training_seconds
from shikomi.store import calls
from shikomi.store.calls import Taken
from shikomi.types import Price

_FEWEST_OWN_CALLS = 20
_TRAINED = (finetune.STAGE, study.STAGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Pending work of one kind. `cost_nanousd` is None where the price is unknown, `seconds` where
    the work is not the embedded engine's. Of a training run, `input_tokens` are those trained on.

    `n_own_calls` of the project say how much is written; 0: it is assumed.
    """

    stage: str
    part: str
    role: RoleName
    model: str
    calls: int
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    cost_nanousd: int | None
    seconds: float | None
    price: Price | None
    n_own_calls: int = 0
    is_batched: bool = False

    @property
    def priced_as(self) -> str:
        """What its price is for: one model may have two."""
        return f"{self.model} in batches" if self.is_batched else self.model


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    lines: tuple[Line, ...]

    @property
    def cost_nanousd(self) -> int:
        """Of what has a price; see `unpriced`."""
        return sum(line.cost_nanousd or 0 for line in self.lines)

    @property
    def unpriced(self) -> tuple[str, ...]:
        """What has no known price: the sum is at least that of the others."""
        names = (
            f"training {each.model}" if each.stage in _TRAINED else each.priced_as
            for each in self.lines
            if each.cost_nanousd is None
        )
        return tuple(dict.fromkeys(names))

    @property
    def seconds(self) -> float:
        """Of the embedded engine."""
        return sum(line.seconds or 0.0 for line in self.lines)

    def of(self, stages: Collection[str]) -> "Estimate":
        return Estimate(lines=tuple(line for line in self.lines if line.stage in stages))


def estimate(ctx: Context, *, sampled: str | None = None) -> Estimate:
    """All that is pending from the held-out questions on; pages must have their sections.

    `sampled` is a stage whose own calls count however few they are.
    """
    found = (*_lines(ctx, sampled), *_training(ctx), *_lines(ctx, sampled, after=True))
    return Estimate(lines=found)


def _lines(ctx: Context, sampled: str | None, *, after: bool = False) -> Iterator[Line]:
    """The calls before training, or those after it."""
    for each in asks.answering(ctx) if after else asks.making(ctx):
        if each.size.calls:
            fewest = 1 if each.stage == sampled else _FEWEST_OWN_CALLS
            yield _line(ctx, each, _taken(ctx, each, fewest))


def _taken(ctx: Context, each: Asks, fewest: int) -> Taken | None:
    """What calls of this kind took: to the same model, else to the one that it is tuned from."""
    for model in dict.fromkeys((each.model, ctx.config.role(each.role).model)):
        found = calls.taken(ctx.store, each.ledger or each.stage, model, has_schema=each.has_schema)
        if found.calls >= fewest:
            return found
    return None


def _line(ctx: Context, each: Asks, taken: Taken | None) -> Line:
    size, role = each.size, ctx.config.role(each.role)
    price = ctx.endpoints.price(each.role, model=each.model, can_wait=each.can_wait)
    written, cached = size.max_tokens * each.written_share, size.cached_tokens
    if taken is not None:
        written = size.max_tokens * taken.output_tokens / max(taken.max_tokens, 1)
        cached = size.input_tokens * taken.cached_tokens / max(taken.input_tokens, 1)
    seconds = None
    if not role.is_hosted:
        server = ctx.config.server
        slots = hardware.slots(server.parallel, server.runtime)
        seconds = answering_seconds(
            role,
            reads=size.input_tokens - cached,
            writes=written,
            parallel=min(slots, round(size.calls)),
            speed=GPU if hardware.answers_on_gpu(server.runtime) else CPU,
        )
    cost = None
    if price is not None:
        cost = round(size.input_tokens * price.input_nanousd + written * price.output_nanousd)
    return Line(
        stage=each.stage,
        part=each.part,
        role=each.role,
        model=each.model,
        calls=round(size.calls),
        input_tokens=round(size.input_tokens),
        cached_tokens=round(cached),
        output_tokens=round(written),
        cost_nanousd=cost,
        seconds=seconds,
        price=price,
        n_own_calls=taken.calls if taken else 0,
        is_batched=each.can_wait and role.is_batched,
    )


def _training(ctx: Context) -> Iterator[Line]:
    wanted = (training.pending(ctx), training.of_study(ctx))
    for stage, found in zip(_TRAINED, wanted, strict=True):
        if found is not None:
            yield _trained(ctx, stage, found)


def _trained(ctx: Context, stage: str, found: training.Training) -> Line:
    role, price = ctx.config.models.student, ctx.endpoints.price("student")
    tokens = round(found.tokens * found.epochs)
    seconds = training_seconds(role, tokens, speed=GPU if hardware.has_cuda() else CPU)
    return Line(
        stage=stage,
        part=f"{found.samples:,} samples, {found.epochs} epochs",
        role="student",
        model=role.model,
        calls=1,
        input_tokens=tokens,
        cached_tokens=0,
        output_tokens=0,
        cost_nanousd=training_bill.cost_nanousd(price, tokens),
        seconds=None if finetune.is_hosted(ctx) else seconds,
        price=price,
    )
