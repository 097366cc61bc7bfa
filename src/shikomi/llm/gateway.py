"""Where a stage's calls go and what comes of them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Self, TypeVar

from shikomi.llm import embeddings, wire
from shikomi.llm.endpoint import Endpoint, Line
from shikomi.llm.waiting import Patience, Waiting
from shikomi.store import Store
from shikomi.types import Request, Usage

S = TypeVar("S")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchState:
    """A batch that is waited for, as its endpoint shows it. `is_new`: told for the first time."""

    id: str
    status: str
    done: int
    total: int
    is_new: bool = False


# Fewer failures of every call say nothing about the endpoint.
FEWEST_FAILURES_TO_STOP = 8


@dataclass(kw_only=True)
class Gateway:
    """Where one stage's calls are sent and booked.

    `budget_nanousd` is for the whole project: all that the ledger holds. Transport faults
    are tried again `retries` times, after `backoff_seconds` doubled each time; on Ctrl-C
    calls in flight get `grace_seconds` to end. The line to the endpoint opens at the first
    call and serves until `close`. A batch is looked at every `poll_seconds`, sooner at first.
    An endpoint that nothing comes from for `silent_seconds` is told to `on_wait`.
    """

    store: Store
    endpoint: Endpoint
    stage: str
    poll_seconds: float
    budget_nanousd: int | None = None
    retries: int = 5
    backoff_seconds: float = 1.0
    grace_seconds: float = 5.0
    silent_seconds: float = 5.0
    lines_per_batch: int = 50_000  # the most that hosts take
    on_batch: Callable[[BatchState], None] | None = None
    on_wait: Callable[[Waiting], None] | None = None
    line: Line | None = field(default=None, repr=False)

    def adapt(self, refused_parameter: str) -> bool:
        """Do without a parameter from now on. False where there is no other way to ask."""
        if refused_parameter == "max_tokens":
            self.endpoint = replace(self.endpoint, max_tokens_field="max_completion_tokens")
        elif refused_parameter == "temperature":
            self.endpoint = replace(self.endpoint, has_temperature=False)
        else:
            return False
        return True

    def body(self, request: Request) -> dict[str, Any]:
        """The body of a call, in the words that its model takes."""
        endpoint = self.endpoint
        if endpoint.kind == "embeddings":
            return embeddings.body(request)
        return wire.body(
            request,
            max_tokens_field=endpoint.max_tokens_field,
            has_temperature=endpoint.has_temperature,
        )

    def patience(self) -> Patience:
        """Of one run of calls."""
        return Patience(self.endpoint.base_url, self.on_wait, after_seconds=self.silent_seconds)

    def open_line(self) -> Line:
        if self.line is None:
            from shikomi.llm.http import HttpLine

            self.line = HttpLine(self.endpoint)
        return self.line

    def close(self) -> None:
        if self.line is not None:
            self.line.close()
            self.line = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply(Generic[S, T]):
    """What came of one ask: `error` is None on success, and `value` is what `parse` made.

    `text` is the last reply as it came, also where it could not be used. `usage` is that of
    the call `call_id`; None where the endpoint counted nothing.
    """

    subject: S
    call_id: int
    value: T | None = None
    error: str | None = None
    usage: Usage | None = None
    text: str | None = None
    replayed: bool = False
