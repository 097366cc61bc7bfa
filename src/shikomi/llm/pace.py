"""When the next request may leave: backoff, Retry-After, rate limits, an endpoint that is away."""

import random
import time

_LONGEST_BACKOFF_SECONDS = 60.0


class Pace:
    """While the endpoint cannot be reached, one request at a time tries the way, `retries`
    times in all; a Retry-After holds back every request, not only the one that got it.

    So does a rate limit, and half as many requests are in flight after it, one more after each
    round that went well: additive increase, multiplicative decrease, as TCP does (Chiu and Jain,
    1989). It counts against `retries` only while nothing at all comes through.
    """

    def __init__(self, retries: int, backoff_seconds: float) -> None:
        self._retries = retries
        self._backoff_seconds = backoff_seconds
        self._closed_until = 0.0
        self._outage_tries = 0
        self._outage_since = 0.0
        self._width: float | None = None  # None: as many as there are slots
        self._limits_in_a_row = 0
        self._narrowed_at = 0.0

    def limit(self, slots: int) -> int:
        """How many requests may be in flight."""
        if self._outage_tries:
            return 1
        return slots if self._width is None else min(slots, int(self._width))

    def earliest(self, not_before: float) -> float:
        return max(not_before, self._closed_until)

    def again_at(
        self,
        *,
        faults: int,
        sent_at: float,
        wait_seconds: float | None,
        rate_limited: bool,
        n_in_flight: int,
    ) -> float | None:
        """When a call may be tried again that failed `faults` times before; None: not any more.

        `rate_limited`: it was refused for want of room, which is no fault of its own.
        """
        if rate_limited:
            gone = self._rate_limited(sent_at, wait_seconds, n_in_flight)
            return None if gone else self._closed_until
        return None if faults >= self._retries else self._after_fault(faults, wait_seconds)

    def _after_fault(self, faults: int, wait_seconds: float | None) -> float:
        now = time.monotonic()
        if wait_seconds is None:
            return now + self._delay(faults)
        self._closed_until = max(self._closed_until, now + wait_seconds)
        return self._closed_until + random.uniform(0, self._backoff_seconds)

    def _rate_limited(self, sent_at: float, wait_seconds: float | None, n_in_flight: int) -> bool:
        """True when too many refusals came in a row."""
        if sent_at >= self._narrowed_at:  # else sent before the limit was known
            now = time.monotonic()
            wait = self._delay(self._limits_in_a_row) if wait_seconds is None else wait_seconds
            self._closed_until = max(self._closed_until, now + wait)
            self._limits_in_a_row += 1
            self._width = max(1.0, n_in_flight / 2)
            self._narrowed_at = now
        return self._limits_in_a_row > self._retries

    def answered(self) -> None:
        """Note a call that went well."""
        self._limits_in_a_row = 0
        if self._width is not None:
            self._width += 1 / self._width

    def unreachable(self, sent_at: float) -> bool:
        """Note a failed way. True when it was tried often enough to give up."""
        if self._outage_tries and sent_at < self._outage_since:
            return False  # sent before the outage was known: tells nothing new
        now = time.monotonic()
        self._closed_until = max(self._closed_until, now + self._delay(self._outage_tries))
        self._outage_tries += 1
        self._outage_since = now
        return self._outage_tries > self._retries

    def reached(self) -> None:
        self._outage_tries = 0

    def _delay(self, faults: int) -> float:
        longest = min(self._backoff_seconds * 2**faults, _LONGEST_BACKOFF_SECONDS)
        return random.uniform(longest / 2, longest)
