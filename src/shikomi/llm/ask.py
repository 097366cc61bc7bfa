"""The one door to models: replay, budget, intent, send, book, parse.

The network lives on a thread of its own; the store is touched by the calling thread alone.
"""

from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from typing import TypeVar

from shikomi.errors import ParseError, UserError
from shikomi.llm.batch_session import BatchSession
from shikomi.llm.endpoint import Endpoint
from shikomi.llm.gateway import BatchState, Gateway, Reply
from shikomi.llm.reading import TRUNCATED
from shikomi.llm.session import Session
from shikomi.llm.waiting import Waiting
from shikomi.store import batches
from shikomi.types import Request

__all__ = [
    "TRUNCATED",
    "BatchState",
    "Endpoint",
    "Gateway",
    "Reply",
    "Waiting",
    "as_far_as_it_goes",
    "ask_all",
    "ask_one",
    "words",
]

S = TypeVar("S")
T = TypeVar("T")


def ask_all(
    gateway: Gateway,
    asks: Iterable[tuple[S, Request]],
    parse: Callable[[str], T],
    *,
    parse_tries: int = 3,
) -> Generator[Reply[S, T], None, None]:
    """Answer every ask, in order of arrival, never paying twice for one.

    Asks are pulled as slots free up; a slot is free when its reply was taken by the caller.
    A reply that `parse` refuses (ParseError) is asked again with the next `sample` number,
    up to `parse_tries` in all; deliberate repeats of one question should therefore space
    their `sample` numbers that far. Whatever was sent is booked, also when the caller stops
    early, `parse` has a bug or Ctrl-C arrives; wrap in `contextlib.closing` so that stopping
    early books at once. Where the endpoint is asked in batches all asks are pulled at first, and
    what is under way goes on without a run. Not for use inside a `store.transaction()`.

    Raises:
        BudgetExceeded: before the first call that the budget does not cover.
        EndpointError: the endpoint cannot be reached, or would refuse every call.
        UserError: a batch has some of these requests already, and the role asks one by one now.
    """
    endpoint = gateway.endpoint
    if endpoint.is_batched:
        return BatchSession(gateway, asks, parse, parse_tries=parse_tries).replies()
    if batches.under_way(gateway.store, endpoint=endpoint.identity, stage=gateway.stage):
        raise UserError(
            f"a batch of {gateway.stage} is under way at {endpoint.base_url}: `shikomi run` with"
            f" `batch = true` for the role that asks {endpoint.model} collects it first"
        )
    return Session(gateway, asks, parse, parse_tries=parse_tries).replies()


def ask_one(gateway: Gateway, request: Request, parse: Callable[[str], T]) -> Reply[None, T]:
    """Answer one request. Raises what `ask_all` raises."""
    with closing(ask_all(gateway, [(None, request)], parse)) as replies:
        return next(replies)


def words(text: str) -> str:
    """A `parse` for replies in any words. Raises: ParseError: there are none."""
    if not text.strip():
        raise ParseError("the reply is empty")
    return text.strip()


def as_far_as_it_goes(reply: Reply[S, str]) -> str | None:
    """The answer; one that was cut off at max_tokens is an answer too."""
    if reply.value is None and reply.error == TRUNCATED and reply.text:
        return reply.text.strip()
    return reply.value
