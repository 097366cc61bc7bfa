"""Fine-tuning jobs: their rows, their events, and the objects the API shows."""

import json
import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from shikomi.server.database import Database, Row, Statement
from shikomi.server.errors import ApiError, invalid, not_found, too_many
from shikomi.server.files import need
from shikomi.server.ids import new_id
from shikomi.server.job_objects import event_object, job_object
from shikomi.server.job_request import JobRequest
from shikomi.server.pages import list_object, page
from shikomi.types import JobStatus

Status = JobStatus | Literal["paused"]

_UNFINISHED: tuple[Status, ...] = ("validating_files", "queued", "running", "paused")
_PAUSABLE: tuple[Status, ...] = ("queued", "running")
MAX_UNFINISHED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEvent:
    """One line of a job's history; `type` is "message" or "metrics"."""

    message: str
    level: str = "info"
    type: str = "message"
    data: dict[str, Any] | None = None


class Jobs:
    """The job store. Every change is one short transaction; finished jobs never change."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, request: JobRequest, *, base: str, seed: int) -> dict[str, Any]:
        """Write the job and its first event. `base` is the embedded model that is trained.

        Raises: ApiError 429 where too many jobs wait, 404 where a file is gone.
        """
        job_id = new_id("ftjob")
        values = {"id": job_id, "base": base, "seed": seed} | _columns(request)
        texts = (
            _first_message(request.model, base),
            f"Validating training file: {request.training_file}",
        )
        with self._database.transaction() as db:
            _check_room(db)
            need(db, request.training_file, param="training_file")
            if request.validation_file is not None:
                need(db, request.validation_file, param="validation_file")
            marks = ", ".join("?" for _ in values)
            db.execute(
                f"INSERT INTO jobs ({', '.join(values)}) VALUES ({marks})",
                tuple(values.values()),
            )
            _add_events(db, job_id, [JobEvent(message=text) for text in texts])
        return self.get(job_id)

    def row(self, job_id: str) -> Row:
        """Raises: ApiError 404."""
        row = self._database.row("SELECT * FROM jobs WHERE id = ?", job_id)
        if row is None:
            raise not_found(
                f"Could not find fine tune: {job_id}",
                param="fine_tuning_job_id",
                code="fine_tune_not_found",
            )
        return row

    def get(self, job_id: str) -> dict[str, Any]:
        """The job object. Raises: ApiError 404."""
        return job_object(self.row(job_id))

    def listing(
        self, *, after: str | None, limit: int, metadata: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """Newest first; `metadata` are pairs that a job must have ({}: it must have none)."""
        rows, more = page(self._database, "jobs", after=after, limit=limit, metadata=metadata)
        return list_object([job_object(row) for row in rows], more)

    def with_status(self, *statuses: Status) -> list[Row]:
        """Oldest first; those of several states as they are at one moment."""
        marks = ", ".join("?" for _ in statuses)
        return self._database.rows(
            f"SELECT * FROM jobs WHERE status IN ({marks}) ORDER BY seq", *statuses
        )

    def advance(
        self,
        job_id: str,
        status: Status,
        *,
        events: Iterable[JobEvent] = (),
        statements: Iterable[Statement] = (),
        only: tuple[Status, ...] = _UNFINISHED,
        **fields: Any,
    ) -> Row | None:
        """Move a job that is in one of `only` on, with events and `statements`, all or nothing.

        The row as written, which is what its caller is told: the worker may take a queued job
        up at once. None: it was cancelled or paused meanwhile, and nothing was written.
        """
        if status not in _UNFINISHED:
            fields = {"finished_at": int(time.time()), "estimated_finish": None} | fields
        changes = {"status": status} | fields
        with self._database.transaction() as db:
            assignments = ", ".join(f"{column} = ?" for column in changes)
            marks = ", ".join("?" for _ in only)
            done = db.execute(
                f"UPDATE jobs SET {assignments} WHERE id = ? AND status IN ({marks})",
                (*changes.values(), job_id, *only),
            )
            if done.rowcount == 0:
                return None
            _add_events(db, job_id, events)
            for sql, values in statements:
                db.execute(sql, values)
            return self.row(job_id)

    def fail(
        self,
        job_id: str,
        message: str,
        *,
        code: str,
        param: str | None = None,
        events: Iterable[JobEvent] = (),
    ) -> bool:
        """End the job with the reason as its error and, after `events`, as its last event."""
        error = json.dumps({"code": code, "message": message, "param": param})
        last = JobEvent(message=f"The job failed: {message}", level="error")
        return self.advance(job_id, "failed", events=[*events, last], error=error) is not None

    def cancel(self, job_id: str) -> dict[str, Any]:
        """Raises: ApiError 404, or 400 where the job has ended."""
        self.row(job_id)
        message = JobEvent(message="The job was cancelled")
        cancelled = self.advance(job_id, "cancelled", events=[message])
        if cancelled is None:
            status = self.row(job_id)["status"]
            raise invalid(
                f"Job has already completed: its status is {status}.", code="job_finished"
            )
        return job_object(cancelled)

    def pause(self, job_id: str) -> dict[str, Any]:
        """Raises: ApiError 404, or 400 where the job has ended or is paused."""
        event = JobEvent(message="The job was paused")
        paused = self.advance(
            job_id, "paused", events=[event], only=_PAUSABLE, estimated_finish=None
        )
        if paused is None:
            raise self._not_now(job_id, "paused", _PAUSABLE)
        return job_object(paused)

    def resume(self, job_id: str) -> dict[str, Any]:
        """Put a paused job back into the queue. Raises: ApiError 404, 400."""
        event = JobEvent(message="The job was resumed")
        queued = self.advance(job_id, "queued", events=[event], only=("paused",))
        if queued is None:
            raise self._not_now(job_id, "resumed", ("paused",))
        return job_object(queued)

    def _not_now(self, job_id: str, verb: str, wanted: tuple[Status, ...]) -> ApiError:
        status = self.row(job_id)["status"]
        states = " or ".join(wanted)
        return invalid(
            f"A job can be {verb} while it is {states}; this one is {status}.", code="job_status"
        )

    def events(self, job_id: str, *, after: str | None, limit: int) -> dict[str, Any]:
        """Newest first. Raises: ApiError."""
        self.row(job_id)
        rows, more = page(
            self._database, "events", after=after, limit=limit, where={"job_id": job_id}
        )
        return list_object([event_object(row) for row in rows], more)

    def metrics(self, job_id: str) -> list[dict[str, Any]]:
        """The data of the job's metrics events, one a step, in order.

        A step that was trained again after a restart counts once, as it came last.
        """
        rows = self._database.rows(
            "SELECT data FROM events WHERE job_id = ? AND type = 'metrics' ORDER BY seq", job_id
        )
        by_step: dict[int, dict[str, Any]] = {}
        for row in rows:
            data = json.loads(row["data"])
            step = data.get("step", 0)
            by_step[step] = by_step.get(step, {}) | data
        return [by_step[step] for step in sorted(by_step)]


def _columns(request: JobRequest) -> dict[str, Any]:
    return {
        "created_at": int(time.time()),
        "model": request.model,
        "suffix": request.suffix,
        "status": "validating_files",
        "training_file": request.training_file,
        "validation_file": request.validation_file,
        "method": request.method_name,
        "requested": request.wanted().model_dump_json(),
        "metadata": None if request.metadata is None else json.dumps(request.metadata),
    }


def _check_room(db: sqlite3.Connection) -> None:
    (waiting,) = db.execute("SELECT count(*) FROM jobs WHERE finished_at IS NULL").fetchone()
    if waiting >= MAX_UNFINISHED:
        raise too_many(f"{waiting} fine-tuning jobs wait already; try again later.")


def _first_message(model: str, base: str) -> str:
    if model == base:
        return f"Created fine-tuning job on {base}"
    return f"Created fine-tuning job: {model} stands for the embedded model {base} on this server"


def _add_events(db: sqlite3.Connection, job_id: str, events: Iterable[JobEvent]) -> None:
    now = int(time.time())
    for event in events:
        data = json.dumps(event.data or {})
        db.execute(
            "INSERT INTO events (id, job_id, created_at, level, type, message, data)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (new_id("ftevent"), job_id, now, event.level, event.type, event.message, data),
        )
