"""One run of `ask_all` by the Batch API.

Requests go off together and stay booked as pending while their batch is under way, so a run may
end and a later one collects: it finds the batch in the store, never sends what a batch has, and
settles all its calls in one transaction before a reply is parsed. What fails goes into a further
batch, within the tries that any request has.
"""

import time
from collections.abc import Callable, Generator, Iterable
from dataclasses import replace
from typing import Generic, TypeVar

from shikomi.errors import BudgetExceeded, EndpointError, UserError
from shikomi.hashing import content_id
from shikomi.llm import batches as wire_batches
from shikomi.llm.asked import Asked
from shikomi.llm.batches import BatchView, Entry
from shikomi.llm.booking import book, settlement
from shikomi.llm.gateway import FEWEST_FAILURES_TO_STOP, BatchState, Gateway, Reply
from shikomi.llm.jobs import Ended, Job, can_do_without
from shikomi.llm.reading import Reading, read_outcome
from shikomi.store import batches, calls
from shikomi.store.batches import OpenBatch, OpenCall
from shikomi.types import Request

S = TypeVar("S")
T = TypeVar("T")

_FIRST_POLL_SECONDS = 0.5
_SLOWER = 1.5
_MISSING: dict[str, str] = {
    "failed": "the batch failed before it was begun",
    "expired": "the batch expired",
    "cancelled": "the batch was cancelled",
}


class BatchSession(Generic[S, T]):
    def __init__(
        self,
        gateway: Gateway,
        asks: Iterable[tuple[S, Request]],
        parse: Callable[[str], T],
        *,
        parse_tries: int,
    ) -> None:
        self._gateway = gateway
        self._tries = parse_tries
        self._asked: Asked[S, T] = Asked(
            gateway, asks, parse, parse_tries=parse_tries, take_up=self._take_up
        )
        self._open: dict[int, OpenBatch] = {}
        self._waiting: dict[str, Job[S]] = {}  # by the key that its batch knows
        self._told: set[int] = set()
        self._fatal: EndpointError | None = None
        self._faults_in_a_row = 0
        self._patience = gateway.patience()

    def replies(self) -> Generator[Reply[S, T], None, None]:
        self._find_earlier()
        while self._asked.pull():
            pass
        self._look()
        while self._asked.active:
            yield from self._asked.hand_out(len(self._asked.ended))
            if self._asked.ended:
                continue
            if self._fatal:
                raise self._fatal
            short_of = self._submit()
            if short_of and not self._waiting:
                raise short_of
            self._wait()

    # What earlier runs left

    def _find_earlier(self) -> None:
        """The batches under way; one that was about to be started when its run ended is looked
        for at the endpoint, and was never started where it is not there."""
        gateway, endpoint = self._gateway, self._gateway.endpoint
        for batch in batches.under_way(
            gateway.store, endpoint=endpoint.identity, stage=gateway.stage
        ):
            if batch.remote_id is None:
                view = wire_batches.find(endpoint, key=batch.key)
                if view is None:
                    self._give_up(batch, "never sent")
                    continue
                batches.started(gateway.store, batch.id, view.id)
                batch = replace(batch, remote_id=view.id)
            self._open[batch.id] = batch

    def _take_up(self, job: Job[S]) -> bool:
        """Wait for the batch that has the job's request, if there is one."""
        if not any(job.key in batch.calls for batch in self._open.values()):
            return False
        job.parse_tries = max(job.parse_tries, calls.n_failed(self._gateway.store, job.keys))
        self._waiting[job.key] = job
        return True

    # Sending

    def _submit(self) -> BudgetExceeded | None:
        """Start batches of all that is unsent; returned is what stopped a part of it."""
        while self._asked.unsent:
            lines = self._next_lines()
            gateway = self._gateway
            with gateway.store.transaction():
                chosen, short_of = book(gateway, [job for job, _ in lines])
                if chosen:
                    batch = self._write_down(chosen)
            if chosen:
                self._start(batch, b"".join(line for _, line in lines[: len(chosen)]))
            if short_of:
                return short_of
        return None

    def _next_lines(self) -> list[tuple[Job[S], bytes]]:
        """As many of the unsent requests as one file holds."""
        gateway = self._gateway
        found: list[tuple[Job[S], bytes]] = []
        size = 0
        for job in self._asked.unsent[: gateway.lines_per_batch]:
            line = wire_batches.line(job.key, gateway.body(job.request))
            size += len(line)
            if found and size > wire_batches.MOST_BYTES:
                break
            found.append((job, line))
        return found

    def _write_down(self, chosen: list[Job[S]]) -> OpenBatch:
        gateway = self._gateway
        ids = [job.call_id for job in chosen]
        key = content_id(["batch", [job.key for job in chosen], ids])
        known = {
            job.key: OpenCall(id=job.call_id, request_key=job.key, reserved_nanousd=job.reserved)
            for job in chosen
        }
        where = gateway.endpoint.identity
        batch_id = batches.add(
            gateway.store, key=key, endpoint=where, stage=gateway.stage, call_ids=ids
        )
        self._waiting |= {job.key: job for job in chosen}
        taken = set(known)
        self._asked.unsent = [job for job in self._asked.unsent if job.key not in taken]
        return OpenBatch(id=batch_id, key=key, remote_id=None, calls=known)

    def _start(self, batch: OpenBatch, content: bytes) -> None:
        """Where the endpoint is lost on the way the batch stays written down: it may have been
        started all the same, and the next run looks for it."""
        try:
            view = wire_batches.create(self._gateway.endpoint, content, key=batch.key)
        except EndpointError:
            raise
        except UserError as error:
            self._give_up(batch, str(error))
            raise
        batches.started(self._gateway.store, batch.id, view.id)
        self._open[batch.id] = replace(batch, remote_id=view.id)
        self._tell(batch, view)

    # Waiting

    def _wait(self) -> None:
        """Until a batch has ended."""
        delay = min(_FIRST_POLL_SECONDS, self._gateway.poll_seconds)
        while self._waiting:
            time.sleep(delay)
            if self._look():
                return
            delay = min(delay * _SLOWER, self._gateway.poll_seconds)

    def _look(self) -> bool:
        """Look at every batch once, and collect those that have ended. Whether one had. An
        endpoint that is away for a while is asked again at the next look."""
        ended = False
        for batch in list(self._open.values()):
            asked_at = time.monotonic()
            try:
                view = wire_batches.retrieve(self._gateway.endpoint, batch.remote_id or "")
            except EndpointError as error:
                self._away(error, asked_at)
                continue
            self._faults_in_a_row = 0
            self._patience.answered()
            if view is not None:
                self._tell(batch, view)
            if view is None or view.has_ended:
                self._collect(batch, view)
                ended = True
        return ended

    def _away(self, error: EndpointError, asked_at: float) -> None:
        """Raises: the error, where it was the last of too many."""
        self._faults_in_a_row += 1
        if self._faults_in_a_row > self._gateway.retries:
            raise error
        again_at = time.monotonic() + self._gateway.poll_seconds
        self._patience.failed(str(error), sent_at=asked_at, again_at=again_at)

    def _tell(self, batch: OpenBatch, view: BatchView) -> None:
        if self._gateway.on_batch:
            total = view.total or len(batch.calls)
            self._gateway.on_batch(
                BatchState(
                    id=view.id,
                    status=view.status,
                    done=view.done,
                    total=total,
                    is_new=batch.id not in self._told and not view.has_ended,
                )
            )
        self._told.add(batch.id)

    # Collecting

    def _collect(self, batch: OpenBatch, view: BatchView | None) -> None:
        """Book what came of each call, then let their jobs go on."""
        endpoint = self._gateway.endpoint
        found = {e.key: e for e in wire_batches.entries(endpoint, view)} if view else {}
        readings = [
            (call, self._reading(call, found.get(key), view)) for key, call in batch.calls.items()
        ]
        self._settle(batch, readings, seconds=view.seconds if view else 0.0)
        self._open.pop(batch.id)
        is_waited_for = False
        for call, reading in readings:
            if job := self._waiting.pop(call.request_key, None):
                is_waited_for = True
                self._go_on(job, call, reading)
        if is_waited_for and self._fatal is None:
            self._fatal = self._verdict(view, [reading for _, reading in readings])

    def _reading(self, call: OpenCall, entry: Entry | None, view: BatchView | None) -> Reading:
        if entry is not None and entry.outcome is not None:
            return read_outcome(
                entry.outcome, self._gateway.endpoint, reserved=call.reserved_nanousd
            )
        if entry is not None:
            return _never(entry.lost)
        if view is not None and view.status in _MISSING:
            return _never(_MISSING[view.status])
        return Reading(  # done, perhaps, and paid for, but its answer is gone
            action="retry",
            status="unknown",
            cost_nanousd=call.reserved_nanousd,
            error="the endpoint has no answer of the batch to it",
        )

    def _give_up(self, batch: OpenBatch, reason: str) -> None:
        """It was not started: its calls cost nothing."""
        self._settle(batch, [(call, _never(reason)) for call in batch.calls.values()])

    def _settle(
        self, batch: OpenBatch, readings: list[tuple[OpenCall, Reading]], *, seconds: float = 0.0
    ) -> None:
        store = self._gateway.store
        with store.transaction():
            for call, reading in readings:
                calls.settle(store, settlement(call.id, reading, seconds=seconds))
            batches.end(store, batch.id)

    def _go_on(self, job: Job[S], call: OpenCall, reading: Reading) -> None:
        if can_do_without(job, reading, self._gateway):
            self._asked.unsent.append(job)
            return
        if reading.action == "retry":
            job.parse_tries += 1
            if job.parse_tries < self._tries:
                self._asked.unsent.append(job)
                return
        ended = Ended(job, call.id, reading.text, reading.usage, reading.error)
        self._asked.ended.append(ended)

    def _verdict(self, view: BatchView | None, readings: list[Reading]) -> EndpointError | None:
        """Why no further batch makes sense."""
        where = self._gateway.endpoint.base_url
        for reading in readings:
            if reading.action == "stop":
                return EndpointError(reading.error or "")
        if view is not None and view.status == "failed":
            return EndpointError(f"the batch {view.id} failed at {where}: {view.errors}")
        if view is not None and view.status == "cancelled":
            n_kept = sum(reading.action == "done" for reading in readings)
            return EndpointError(
                f"the batch {view.id} was cancelled at {where}; {n_kept} of its {len(readings)}"
                " answers are kept: run again to ask for the rest"
            )
        refused = [r for r in readings if r.action == "failed" and not r.refused_parameter]
        if len(refused) == len(readings) >= FEWEST_FAILURES_TO_STOP and refused[0].systematic:
            model = self._gateway.endpoint.model
            return EndpointError(f"{where} fails every call to {model}: {refused[0].error}")
        return None


def _never(reason: str) -> Reading:
    """A call that its endpoint did not make: it costs nothing."""
    return Reading(action="retry", status="error", cost_nanousd=0, error=reason)
