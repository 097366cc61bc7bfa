"""One run of `ask_all`.

A turn of the loop takes what arrived, commits once (settlements and new intents together),
sends, and only then parses and hands out replies, a few at a time: the endpoint works while
the caller does, and no request leaves before its intent is on record.
"""

import itertools
import queue
import time
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, wait
from typing import Generic, TypeVar

from shikomi.errors import BudgetExceeded, EndpointError
from shikomi.llm.asked import Asked
from shikomi.llm.booking import book, settlement
from shikomi.llm.endpoint import unreachable
from shikomi.llm.gateway import FEWEST_FAILURES_TO_STOP, Gateway, Reply
from shikomi.llm.jobs import (
    Ended,
    Job,
    arrived_reading,
    can_do_without,
    last_reading,
    seconds_of,
)
from shikomi.llm.pace import Pace
from shikomi.llm.reading import Reading
from shikomi.llm.waiting import why
from shikomi.store import calls
from shikomi.types import Request

S = TypeVar("S")
T = TypeVar("T")

_HANDED_OUT_PER_TURN = 16
_POLL_SECONDS = 0.5  # a blocked wait must still notice Ctrl-C everywhere
_MOST_REFUSALS = 20  # of one call, while others come through: it asks for more than there ever is


class Session(Generic[S, T]):
    def __init__(
        self,
        gateway: Gateway,
        asks: Iterable[tuple[S, Request]],
        parse: Callable[[str], T],
        *,
        parse_tries: int,
    ) -> None:
        self._gateway = gateway
        self._asked: Asked[S, T] = Asked(gateway, asks, parse, parse_tries=parse_tries)
        self._slots = max(gateway.endpoint.concurrency, 1)
        self._pace = Pace(gateway.retries, gateway.backoff_seconds)
        self._patience = gateway.patience()
        self._in_flight: dict[int, Job[S]] = {}
        self._arrivals: queue.SimpleQueue[Job[S]] = queue.SimpleQueue()
        self._arrived: list[Job[S]] = []
        self._short_of: BudgetExceeded | None = None
        self._fatal: EndpointError | None = None
        self._failures_in_a_row = 0
        self._has_answered = False

    def replies(self) -> Generator[Reply[S, T], None, None]:
        try:
            while self._pull():
                self._take(self._wait_seconds())
                self._turn()
                yield from self._asked.hand_out(_HANDED_OUT_PER_TURN)
            if self._fatal:
                raise self._fatal
        finally:
            self._wind_down()

    # Pulling asks

    def _pull(self) -> bool:
        """Fill the free slots. False when there is nothing left to do."""
        asked = self._asked
        while self._fatal is None and asked.active < self._slots:
            if not asked.pull():
                break
        return bool(asked.ended or (asked.active and not self._fatal))

    # Waiting

    def _wait_seconds(self) -> float | None:
        """How long to wait for arrivals: None is until one comes."""
        if self._asked.ended:
            return 0.0
        if self._in_flight and (self._short_of or not self._room()):
            return None
        times = [self._pace.earliest(job.not_before) for job in self._asked.unsent]
        return max(0.0, min(times) - time.monotonic()) if times else None

    def _room(self) -> int:
        return self._pace.limit(self._slots) - len(self._in_flight)

    def _take(self, seconds: float | None) -> None:
        deadline = None if seconds is None else time.monotonic() + seconds
        while not self._arrived:
            left = _POLL_SECONDS if deadline is None else deadline - time.monotonic()
            try:
                self._arrived.append(self._arrivals.get(timeout=max(0.0, min(left, _POLL_SECONDS))))
            except queue.Empty:
                if deadline is not None and time.monotonic() >= deadline:
                    break
        while not self._arrivals.empty():
            self._arrived.append(self._arrivals.get())

    # One commit a turn

    def _turn(self) -> None:
        if self._gateway.store.db.in_transaction:
            raise RuntimeError("ask_all inside a transaction would send unrecorded calls")
        readings = [(job, arrived_reading(job, self._gateway.endpoint)) for job in self._arrived]
        for job, reading in readings:
            self._apply(job, reading)
        due = [] if self._fatal else self._due()
        chosen: list[Job[S]] = []
        if readings or due:
            with self._gateway.store.transaction():
                for job, reading in readings:
                    self._settle(job, reading)
                chosen = self._reserve(due)
        for job in self._arrived:
            del self._in_flight[job.call_id]
        self._arrived.clear()
        for job in chosen:
            self._send(job)
        if self._short_of and not (self._in_flight or self._asked.ended):
            raise self._short_of

    def _settle(self, job: Job[S], reading: Reading) -> None:
        calls.settle(self._gateway.store, settlement(job.call_id, reading, seconds=seconds_of(job)))

    def _due(self) -> list[Job[S]]:
        """Jobs that may be sent now. Those that have just arrived leave their place, and go
        themselves at a later turn: their row is still open."""
        now = time.monotonic()
        room = self._room() + len(self._arrived)
        due = (
            job
            for job in self._asked.unsent
            if job not in self._arrived and self._pace.earliest(job.not_before) <= now
        )
        return list(itertools.islice(due, max(0, room)))

    def _reserve(self, due: list[Job[S]]) -> list[Job[S]]:
        """Write the intents that the budget covers; the others wait for calls to end."""
        chosen, self._short_of = book(self._gateway, due)
        for job in chosen:
            job.sent, job.sent_at = None, 0.0
            self._in_flight[job.call_id] = job
        return chosen

    def _send(self, job: Job[S]) -> None:
        body, line = self._gateway.body(job.request), self._gateway.open_line()
        self._asked.unsent.remove(job)
        job.sent_at = time.monotonic()
        job.sent = Future()
        job.sent.add_done_callback(lambda _: self._arrivals.put(job))
        line.send(body, job.sent)

    # What became of a call

    def _apply(self, job: Job[S], reading: Reading) -> None:
        if reading.action == "unreachable":
            self._unreachable(job, reading)
            return
        self._pace.reached()
        if reading.action == "stop":
            self._fatal = EndpointError(reading.error or "")
            return
        if can_do_without(job, reading, self._gateway) or (
            reading.action == "retry" and self._may_retry(job, reading)
        ):
            self._asked.unsent.append(job)
            return
        self._patience.answered()
        self._watch_failures(reading)
        ended = Ended(job, job.call_id, reading.text, reading.usage, reading.error)
        self._asked.ended.append(ended)

    def _may_retry(self, job: Job[S], reading: Reading) -> bool:
        again_at = self._pace.again_at(
            faults=job.faults,
            sent_at=job.sent_at,
            wait_seconds=reading.wait_seconds,
            rate_limited=reading.rate_limited,
            n_in_flight=len(self._in_flight),
        )
        if reading.rate_limited:
            job.refusals += 1
        else:
            job.faults += 1
        if again_at is None or job.refusals > _MOST_REFUSALS:
            return False
        job.not_before = again_at
        self._patience.failed(why(reading), sent_at=job.sent_at, again_at=again_at)
        return True

    def _unreachable(self, job: Job[S], reading: Reading) -> None:
        """Not the job's fault: it goes back in line, and one call at a time tries the way."""
        self._asked.unsent.insert(0, job)
        if self._pace.unreachable(job.sent_at):
            self._fatal = unreachable(self._gateway.endpoint.base_url, reading.error)
            return
        again_at = self._pace.earliest(0.0)
        self._patience.failed(why(reading), sent_at=job.sent_at, again_at=again_at)

    def _watch_failures(self, reading: Reading) -> None:
        if reading.action == "done":
            self._pace.answered()
            self._failures_in_a_row, self._has_answered = 0, True
        elif reading.is_web_page and not self._has_answered:
            self._fatal = self._fatal or EndpointError(reading.error or "")
        elif reading.systematic:
            self._failures_in_a_row += 1
        if self._failures_in_a_row >= max(FEWEST_FAILURES_TO_STOP, self._slots):
            endpoint = self._gateway.endpoint
            self._fatal = self._fatal or EndpointError(
                f"{endpoint.base_url} fails every call to {endpoint.model};"
                f" the last time: {reading.error} (check base_url, which often ends in /v1, and"
                " the endpoint's own log)"
            )

    # Ending

    def _wind_down(self) -> None:
        """Wait briefly for what is in flight, then book every call that was sent."""
        sent = [job.sent for job in self._in_flight.values() if job.sent]
        try:
            wait(sent, timeout=self._gateway.grace_seconds)
        finally:
            self._book_rest()

    def _book_rest(self) -> None:
        if not self._in_flight:
            return
        with self._gateway.store.transaction():
            for job in self._in_flight.values():
                self._settle(job, last_reading(job, self._gateway.endpoint))
        self._in_flight.clear()
