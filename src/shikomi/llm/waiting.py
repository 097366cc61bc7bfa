"""An endpoint that is waited for is told of, so that nobody wonders whether a run has died."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from shikomi.llm.reading import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Nothing comes from the endpoint `where`, for what it said last: `reason`. It is asked again
    in `seconds`. `is_new`: told for the first time."""

    where: str
    reason: str
    seconds: float
    is_new: bool


class Patience:
    """Tells `on_wait` whenever a failed call is to be tried again and nothing will have come for
    `after_seconds` by then: a fault that passes sooner is no news."""

    def __init__(
        self, where: str, on_wait: Callable[[Waiting], None] | None, *, after_seconds: float
    ) -> None:
        self._where = where
        self._on_wait = on_wait
        self._after_seconds = after_seconds
        self._since: float | None = None  # the first call that failed was sent; None: all is well
        self._is_told = False

    def answered(self) -> None:
        self._since = None

    def failed(self, reason: str, *, sent_at: float, again_at: float) -> None:
        """What was asked `sent_at` is tried again `again_at` (`time.monotonic`)."""
        self._since = sent_at if self._since is None else self._since
        if self._on_wait is None or again_at - self._since < self._after_seconds:
            return
        said = Waiting(
            where=self._where,
            reason=reason,
            seconds=max(0.0, again_at - time.monotonic()),
            is_new=not self._is_told,
        )
        self._is_told = True
        self._on_wait(said)


def why(reading: Reading) -> str:
    """The reason for which a call is tried again."""
    if reading.action == "unreachable":
        return f"it cannot be reached ({reading.error})"
    if reading.rate_limited:
        return f"it takes no more calls for now ({reading.error})"
    return f"its calls fail ({reading.error})"
