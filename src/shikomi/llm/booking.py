"""What both doors, `ask_all` and `stream`, write into the ledger, and what the budget says."""

from collections.abc import Sequence
from typing import TypeVar

from shikomi.errors import BudgetExceeded
from shikomi.hashing import canonical_json
from shikomi.llm.gateway import Gateway
from shikomi.llm.jobs import Job
from shikomi.llm.money import dollars, worst_case_nanousd
from shikomi.llm.reading import Reading
from shikomi.store import calls
from shikomi.types import Request

S = TypeVar("S")


def book(gateway: Gateway, due: Sequence[Job[S]]) -> tuple[list[Job[S]], BudgetExceeded | None]:
    """Write the intents that the budget covers, in order. Returns their jobs, which have their
    call's id now, and what stopped the others."""
    left = budget_left(gateway)
    chosen: list[Job[S]] = []
    for job in due:
        job.reserved = worst_case_nanousd(job.request, gateway.endpoint.price)
        if left is not None:
            if short_of := shortage(gateway, job.reserved, left):
                return chosen, short_of
            left -= job.reserved or 0
        booked = intent(gateway, job.request, key=job.key, reserved=job.reserved)
        job.call_id = calls.reserve(gateway.store, booked)
        chosen.append(job)
    return chosen, None


def intent(gateway: Gateway, request: Request, *, key: str, reserved: int | None) -> calls.Intent:
    return calls.Intent(
        request_key=key,
        stage=gateway.stage,
        model=request.model,
        host=gateway.endpoint.host,
        request=canonical_json(request),
        reserved_nanousd=reserved,
    )


def settlement(call_id: int, reading: Reading, *, seconds: float) -> calls.Settlement:
    return calls.Settlement(
        call_id=call_id,
        status=reading.status,
        cost_nanousd=reading.cost_nanousd,
        seconds=seconds,
        usage=reading.usage,
        response=reading.text,
        error=reading.error,
    )


def budget_left(gateway: Gateway) -> int | None:
    """What may still be spent, calls in flight taken off at their worst; None: no budget."""
    if gateway.budget_nanousd is None:
        return None
    return gateway.budget_nanousd - calls.spent_nanousd(gateway.store)


def shortage(gateway: Gateway, reserved: int | None, left: int) -> BudgetExceeded | None:
    """Why a call that could cost `reserved` may not be made; None where it may."""
    if reserved is None:
        batched = gateway.endpoint.is_batched
        return BudgetExceeded(
            f"a budget is set but the price of {gateway.endpoint.model}"
            f"{' in batches' if batched else ''} is unknown: give it"
            f" {'batch_input and batch_output in its price' if batched else 'a price'}"
            " in shikomi.toml, or take the budget away"
        )
    if reserved <= left:
        return None
    return BudgetExceeded(
        f"the next call could cost {dollars(reserved)}, and {dollars(max(left, 0))} of the"
        f" budget of {dollars(gateway.budget_nanousd or 0)} is left: raise the budget to go on"
    )
