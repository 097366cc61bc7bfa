"""Where a stage's calls go and what comes of them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, Self, TypeVar

from shikomi.llm.endpoint import Endpoint, HttpLine, Line
from shikomi.store import Store
from shikomi.types import Usage

S = TypeVar("S")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How far one `ask_all` is. `cost_nanousd` and tokens are of this run; `n_unpriced`
    calls of it have no known cost."""

    done: int = 0
    failed: int = 0
    replayed: int = 0
    in_flight: int = 0
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_nanousd: int = 0
    n_unpriced: int = 0


@dataclass(kw_only=True)
class Gateway:
    """Where one stage's calls are sent and booked.

    `budget_nanousd` is for the whole project: all that the ledger holds. Transport faults
    are tried again `retries` times, after `backoff_seconds` doubled each time; on Ctrl-C
    calls in flight get `grace_seconds` to end. The line to the endpoint opens at the first
    call and serves until `close`.
    """

    store: Store
    endpoint: Endpoint
    stage: str
    budget_nanousd: int | None = None
    retries: int = 5
    backoff_seconds: float = 1.0
    grace_seconds: float = 5.0
    on_progress: Callable[[Tally], None] | None = None
    line: Line | None = field(default=None, repr=False)

    def open_line(self) -> Line:
        if self.line is None:
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
