"""What a hosted fine-tuning job may cost and did cost: in the ledger of the calls."""

from shikomi.errors import BudgetExceeded
from shikomi.hashing import canonical_json
from shikomi.llm.ask import Endpoint
from shikomi.llm.finetune import JobView
from shikomi.llm.money import dollars
from shikomi.stages.context import Context
from shikomi.store import calls
from shikomi.types import FinetuneSpec, Price, Usage

STAGE = "finetune"
HOST_EPOCHS = 3  # what hosts mostly choose for "auto" (OpenAI's guide to fine-tuning data)


def epochs(spec: FinetuneSpec) -> int | None:
    """None: the host chooses."""
    asked = spec.hyperparameters.get("n_epochs")
    return int(asked) if asked is not None else None


def cost_nanousd(price: Price | None, n_tokens: int) -> int | None:
    """What a host charges for so many tokens, each epoch's counted; None: unknown."""
    if price is None or price.training_nanousd is None:
        return None
    return price.training_nanousd * n_tokens


def check(ctx: Context) -> None:
    """Tell what a hosted job would be refused for before anything is paid.

    Raises:
        BudgetExceeded: there is a budget, and what the job may cost cannot be known.
    """
    student = ctx.config.models.student
    if ctx.budget_nanousd is None or not student.is_hosted:
        return
    worst = cost_nanousd(ctx.endpoints.price("student"), 1)
    _check_known(student.model, worst, is_open=ctx.config.finetune.n_epochs == "auto")


def reserve(
    ctx: Context, endpoint: Endpoint, spec: FinetuneSpec, *, key: str, n_tokens: int
) -> None:
    """Book a job that is about to be started, `n_tokens` an epoch.

    Raises:
        BudgetExceeded: the budget does not cover the job, or what it may cost is unknown.
    """
    worst = cost_nanousd(endpoint.price, n_tokens * (epochs(spec) or HOST_EPOCHS))
    booked = calls.Intent(
        request_key=key,
        stage=STAGE,
        model=spec.model,
        host=endpoint.host,
        request=canonical_json(spec),
        reserved_nanousd=worst,
    )
    with ctx.store.transaction():
        if ctx.budget_nanousd is not None:
            left = ctx.budget_nanousd - calls.spent_nanousd(ctx.store)
            _check(spec, worst, left)
        calls.reserve(ctx.store, booked)


def _check(spec: FinetuneSpec, worst: int | None, left: int) -> None:
    worst = _check_known(spec.model, worst, is_open=epochs(spec) is None)
    if worst > left:
        raise BudgetExceeded(
            f"the fine-tuning job could cost {dollars(worst)}, and {dollars(max(left, 0))} of the"
            " budget is left: raise the budget to go on"
        )


def _check_known(model: str, worst: int | None, *, is_open: bool) -> int:
    """`worst`, where it is known; `is_open`: the host would choose how long to train."""
    if worst is None:
        raise BudgetExceeded(
            f"a budget is set but what training {model} costs is unknown: add `training` to"
            " the student's price in shikomi.toml (0 where it is free), or take the budget away"
        )
    if worst and is_open:
        raise BudgetExceeded(
            "a budget is set but the host would choose how long to train: set finetune.n_epochs"
        )
    return worst


def started(ctx: Context, key: str, job_id: str) -> None:
    """Write down the job of the newest row under `key`: not every host keeps metadata."""
    if (call := _open(ctx, key)) is not None:
        calls.note(ctx.store, call.id, job_id)


def job_under_way(ctx: Context, key: str) -> str | None:
    """The id of the job that a run started under `key` and did not see the end of."""
    call = _open(ctx, key)
    return call.response if call else None


def _open(ctx: Context, key: str) -> calls.Call | None:
    call = calls.newest(ctx.store, key)
    return call if call is not None and call.status in {"pending", "unknown"} else None


def cancel(ctx: Context, key: str, reason: str) -> None:
    """No job came of the newest row under `key`: it costs nothing."""
    if (call := _open(ctx, key)) is not None:
        nothing = calls.Settlement(
            call_id=call.id, status="error", cost_nanousd=0, seconds=0.0, error=reason
        )
        calls.settle(ctx.store, nothing)


def settle(ctx: Context, endpoint: Endpoint, view: JobView, *, key: str, seconds: float) -> None:
    """Book the job's end, at the tokens that the host says it trained on.

    Where it does not say, a job that failed costs nothing and any other what was reserved.
    """
    call = calls.newest(ctx.store, key)
    if call is None:
        return
    tokens = view.trained_tokens
    cost = call.reserved_nanousd if view.status != "failed" else 0
    if tokens is not None:
        cost = cost_nanousd(endpoint.price, tokens)
    calls.settle(
        ctx.store,
        calls.Settlement(
            call_id=call.id,
            status="ok" if view.status == "succeeded" else "error",
            cost_nanousd=cost,
            seconds=seconds,
            usage=None if tokens is None else Usage(input_tokens=tokens, output_tokens=0),
            response=view.id,
            error=view.error,
        ),
    )
