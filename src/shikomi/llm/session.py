"""One run of `ask_all`.

A turn of the loop takes what arrived, commits once (settlements and new intents together),
sends, and only then parses and hands out replies, a few at a time: the endpoint works while
the caller does, and no request leaves before its intent is on record.
"""

import itertools
import queue
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import wait
from dataclasses import replace
from typing import Generic, TypeVar

from shikomi.errors import BudgetExceeded, EndpointError, ParseError
from shikomi.llm.booking import budget_left, intent, settlement, shortage
from shikomi.llm.gateway import Gateway, Reply, Tally
from shikomi.llm.jobs import (
    Ended,
    Job,
    arrived_reading,
    body_of,
    last_reading,
    seconds_of,
    with_call,
    with_reply,
)
from shikomi.llm.money import worst_case_nanousd
from shikomi.llm.pace import Pace
from shikomi.llm.reading import TRUNCATED, Reading
from shikomi.store import calls
from shikomi.types import Request

S = TypeVar("S")
T = TypeVar("T")

_HANDED_OUT_PER_TURN = 16
_POLL_SECONDS = 0.5  # a blocked wait must still notice Ctrl-C everywhere
_FEWEST_FAILURES_TO_STOP = 8


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
        self._asks = iter(asks)
        self._parse = parse
        self._parse_tries = parse_tries
        self._slots = max(gateway.endpoint.concurrency, 1)
        self._pace = Pace(gateway.retries, gateway.backoff_seconds)
        self._jobs: dict[str, Job[S]] = {}  # by every key that a job has had
        self._active = 0
        self._unsent: list[Job[S]] = []
        self._in_flight: dict[int, Job[S]] = {}
        self._arrivals: queue.SimpleQueue[Job[S]] = queue.SimpleQueue()
        self._arrived: list[Job[S]] = []
        self._ended: deque[Ended[S]] = deque()
        self._short_of: BudgetExceeded | None = None
        self._fatal: EndpointError | None = None
        self._failures_in_a_row = 0
        self._tally = Tally()

    def replies(self) -> Generator[Reply[S, T], None, None]:
        try:
            while self._pull():
                self._take(self._wait_seconds())
                self._turn()
                yield from self._hand_out()
            if self._fatal:
                raise self._fatal
        finally:
            self._wind_down()

    # Pulling asks

    def _pull(self) -> bool:
        """Fill the free slots. False when there is nothing left to do."""
        while self._fatal is None and self._active < self._slots:
            ask = next(self._asks, None)
            if ask is None:
                break
            self._admit(*ask)
        return bool(self._ended or (self._active and not self._fatal))

    def _admit(self, subject: S, request: Request) -> None:
        key = request.key
        if twin := self._jobs.get(key):
            twin.subjects.append(subject)
            return
        self._active += 1
        self._resolve(Job(request=request, key=key, subjects=[subject]))

    def _resolve(self, job: Job[S]) -> None:
        """Replay, or line up for sending under the first sample number that may be asked."""
        store = self._gateway.store
        while True:
            self._jobs[job.key] = job
            job.keys.append(job.key)
            if call := calls.find_answer(store, job.key):
                ended = Ended(job, call.id, call.response, call.usage, replayed=True)
                self._ended.append(ended)
                return
            if not calls.is_unparsed(store, job.key):
                self._unsent.append(job)
                return
            if self._step(job):
                return

    def _step(self, job: Job[S]) -> bool:
        """Move to the next sample number. True where another job has it already."""
        job.request = replace(job.request, sample=job.request.sample + 1)
        job.key = job.request.key
        twin = self._jobs.get(job.key)
        if twin is None:
            return False
        twin.subjects += job.subjects
        self._retire(job, heir=twin)
        return True

    def _retire(self, job: Job[S], *, heir: Job[S] | None = None) -> None:
        for key in job.keys:
            if heir is None:
                del self._jobs[key]
            else:
                self._jobs[key] = heir
                heir.keys.append(key)
        self._active -= 1

    # Waiting

    def _wait_seconds(self) -> float | None:
        """How long to wait for arrivals: None is until one comes."""
        if self._ended:
            return 0.0
        if self._in_flight and (self._short_of or not self._room()):
            return None
        times = [self._pace.earliest(job.not_before) for job in self._unsent]
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
        if self._short_of and not (self._in_flight or self._ended):
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
            for job in self._unsent
            if job not in self._arrived and self._pace.earliest(job.not_before) <= now
        )
        return list(itertools.islice(due, max(0, room)))

    def _reserve(self, due: list[Job[S]]) -> list[Job[S]]:
        """Write the intents that the budget covers; the others wait for calls to end."""
        gateway, self._short_of = self._gateway, None
        left = budget_left(gateway)
        chosen = []
        for job in due:
            job.reserved = worst_case_nanousd(job.request, gateway.endpoint.price)
            if left is not None:
                self._short_of = shortage(gateway, job.reserved, left)
                if self._short_of:
                    break
                left -= job.reserved or 0
            booked = intent(gateway, job.request, key=job.key, reserved=job.reserved)
            job.call_id = calls.reserve(gateway.store, booked)
            job.sent, job.sent_at = None, 0.0
            self._in_flight[job.call_id] = job
            chosen.append(job)
        return chosen

    def _send(self, job: Job[S]) -> None:
        body = body_of(job.request, self._gateway.endpoint)
        self._unsent.remove(job)
        job.sent_at = time.monotonic()
        job.sent = self._gateway.open_line().send(body)
        job.sent.add_done_callback(lambda _: self._arrivals.put(job))

    # What became of a call

    def _apply(self, job: Job[S], reading: Reading) -> None:
        self._tally = with_call(self._tally, reading)
        if reading.action == "unreachable":
            self._unreachable(job, reading)
            return
        self._pace.reached()
        if reading.action == "stop":
            self._fatal = EndpointError(reading.error or "")
            return
        if reading.action == "retry" and job.faults < self._gateway.retries:
            job.not_before = self._pace.after_fault(job.faults, reading.wait_seconds)
            job.faults += 1
            self._unsent.append(job)
            return
        self._watch_failures(reading)
        self._ended.append(Ended(job, job.call_id, reading.text, reading.usage, reading.error))

    def _unreachable(self, job: Job[S], reading: Reading) -> None:
        """Not the job's fault: it goes back in line, and one call at a time tries the way."""
        self._unsent.insert(0, job)
        if self._pace.unreachable(job.sent_at):
            where = self._gateway.endpoint.base_url
            self._fatal = EndpointError(
                f"cannot reach {where} ({reading.error}): check that it runs and base_url is right"
            )

    def _watch_failures(self, reading: Reading) -> None:
        if reading.action == "done":
            self._failures_in_a_row = 0
        elif reading.systematic:
            self._failures_in_a_row += 1
        if self._failures_in_a_row >= max(_FEWEST_FAILURES_TO_STOP, self._slots):
            endpoint = self._gateway.endpoint
            self._fatal = self._fatal or EndpointError(
                f"{endpoint.base_url} fails every call to {endpoint.model};"
                f" the last time: {reading.error}"
            )

    # Handing out

    def _hand_out(self) -> Iterator[Reply[S, T]]:
        for _ in range(min(len(self._ended), _HANDED_OUT_PER_TURN)):
            ended = self._ended.popleft()
            value, error = self._value(ended)
            if error and _breaks_schema(ended) and self._ask_again(ended.job):
                continue
            self._retire(ended.job)
            for subject in ended.job.subjects:
                self._report(ended, error)
                yield Reply(
                    subject=subject,
                    call_id=ended.call_id,
                    value=value,
                    error=error,
                    usage=ended.usage,
                    text=ended.text,
                    replayed=ended.replayed,
                )

    def _value(self, ended: Ended[S]) -> tuple[T | None, str | None]:
        if ended.error is not None or ended.text is None:
            return None, ended.error or "the reply is empty"
        try:
            return self._parse(ended.text), None
        except ParseError as error:
            calls.mark_unparsed(self._gateway.store, ended.call_id, str(error))
            return None, str(error)

    def _ask_again(self, job: Job[S]) -> bool:
        job.parse_tries += 1
        if job.parse_tries >= self._parse_tries:
            return False
        job.faults, job.not_before = 0, 0.0
        if not self._step(job):
            self._resolve(job)
        return True

    def _report(self, ended: Ended[S], error: str | None) -> None:
        self._tally = replace(with_reply(self._tally, ended, error), in_flight=len(self._in_flight))
        if self._gateway.on_progress:
            self._gateway.on_progress(self._tally)

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


def _breaks_schema(ended: Ended[S]) -> bool:
    """Whether another sample may come out right: the reply is there but not in the asked-for
    form, or ran on until it was cut off before its form was complete."""
    if ended.error is None:
        return True
    return ended.error == TRUNCATED and ended.job.request.schema is not None
