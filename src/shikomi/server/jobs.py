"""Fine-tuning jobs: their rows, their events, and the objects the API shows."""

import json
import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from shikomi.server.database import Database, Row
from shikomi.server.errors import invalid, not_found
from shikomi.server.ids import new_id
from shikomi.server.job_request import JobRequest
from shikomi.server.models import OWNER
from shikomi.server.pages import list_object, page
from shikomi.types import JobStatus

_UNFINISHED: tuple[JobStatus, ...] = ("validating_files", "queued", "running")


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
        """Write the job and its first event. `base` is the embedded model that is trained."""
        job_id = new_id("ftjob")
        values = {
            "id": job_id,
            "created_at": int(time.time()),
            "model": request.model,
            "base": base,
            "suffix": request.suffix,
            "seed": seed,
            "status": "validating_files",
            "training_file": request.training_file,
            "validation_file": request.validation_file,
            "requested": request.wanted().model_dump_json(),
            "metadata": None if request.metadata is None else json.dumps(request.metadata),
        }
        with self._database.transaction() as db:
            marks = ", ".join("?" for _ in values)
            db.execute(
                f"INSERT INTO jobs ({', '.join(values)}) VALUES ({marks})",
                tuple(values.values()),
            )
            _add_events(db, job_id, [JobEvent(message=_first_message(request.model, base))])
            _add_events(
                db,
                job_id,
                [JobEvent(message=f"Validating training file: {request.training_file}")],
            )
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
        return _job_object(self.row(job_id))

    def listing(self, *, after: str | None, limit: int) -> dict[str, Any]:
        rows, more = page(self._database, "jobs", after=after, limit=limit)
        return list_object([_job_object(row) for row in rows], more)

    def with_status(self, status: JobStatus) -> list[Row]:
        """Oldest first."""
        return self._database.rows("SELECT * FROM jobs WHERE status = ? ORDER BY seq", status)

    def advance(
        self,
        job_id: str,
        status: JobStatus,
        *,
        events: Iterable[JobEvent] = (),
        statements: Iterable[tuple[str, tuple[Any, ...]]] = (),
        **fields: Any,
    ) -> bool:
        """Move an unfinished job on, with its events and `statements`, all or nothing.

        False: the job has ended meanwhile (it was cancelled), and nothing was written.
        """
        if status not in _UNFINISHED:
            fields = {"finished_at": int(time.time()), "estimated_finish": None} | fields
        changes = {"status": status} | fields
        with self._database.transaction() as db:
            assignments = ", ".join(f"{column} = ?" for column in changes)
            marks = ", ".join("?" for _ in _UNFINISHED)
            done = db.execute(
                f"UPDATE jobs SET {assignments} WHERE id = ? AND status IN ({marks})",
                (*changes.values(), job_id, *_UNFINISHED),
            )
            if done.rowcount == 0:
                return False
            _add_events(db, job_id, events)
            for sql, values in statements:
                db.execute(sql, values)
        return True

    def fail(self, job_id: str, message: str, *, code: str, param: str | None = None) -> bool:
        """End the job with the reason as its error and its last event."""
        error = json.dumps({"code": code, "message": message, "param": param})
        events = [JobEvent(message=f"The job failed: {message}", level="error")]
        return self.advance(job_id, "failed", events=events, error=error)

    def cancel(self, job_id: str) -> dict[str, Any]:
        """Raises: ApiError 404, or 400 where the job has ended."""
        self.row(job_id)
        message = JobEvent(message="The job was cancelled")
        if not self.advance(job_id, "cancelled", events=[message]):
            status = self.row(job_id)["status"]
            raise invalid(
                f"Job has already completed: its status is {status}.", code="job_finished"
            )
        return self.get(job_id)

    def events(self, job_id: str, *, after: str | None, limit: int) -> dict[str, Any]:
        """Newest first. Raises: ApiError."""
        self.row(job_id)
        rows, more = page(
            self._database, "events", after=after, limit=limit, where={"job_id": job_id}
        )
        return list_object([_event_object(row) for row in rows], more)

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

    def checkpoints(self, job_id: str) -> dict[str, Any]:
        """The final state of a job that succeeded, as a list of one. Raises: ApiError."""
        row = self.row(job_id)
        metrics = self.metrics(job_id)
        if row["status"] != "succeeded" or not metrics:
            return list_object([], False)
        return list_object([_checkpoint_object(row, metrics[-1])], False)


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


def _event_object(row: Row) -> dict[str, Any]:
    return {
        "object": "fine_tuning.job.event",
        "id": row["id"],
        "created_at": row["created_at"],
        "level": row["level"],
        "message": row["message"],
        "type": row["type"],
        "data": json.loads(row["data"]),
    }


def _job_object(row: Row) -> dict[str, Any]:
    """`hyperparameters` are those asked for until the job runs, and then the ones chosen."""
    hyperparameters = json.loads(row["chosen"] or row["requested"])
    return {
        "id": row["id"],
        "object": "fine_tuning.job",
        "created_at": row["created_at"],
        "finished_at": row["finished_at"],
        "model": row["model"],
        "fine_tuned_model": row["fine_tuned_model"],
        "organization_id": f"org-{OWNER}",
        "result_files": [row["result_file"]] if row["result_file"] else [],
        "status": row["status"],
        "seed": row["seed"],
        "trained_tokens": row["trained_tokens"],
        "training_file": row["training_file"],
        "validation_file": row["validation_file"],
        "estimated_finish": row["estimated_finish"],
        "error": json.loads(row["error"]) if row["error"] else None,
        "hyperparameters": hyperparameters,
        "method": {"type": "supervised", "supervised": {"hyperparameters": hyperparameters}},
        "integrations": [],
        "metadata": json.loads(row["metadata"]) if row["metadata"] else None,
        "user_provided_suffix": row["suffix"],
    }


def _checkpoint_object(row: Row, metrics: dict[str, Any]) -> dict[str, Any]:
    names = ("train_loss", "train_mean_token_accuracy", "valid_loss", "valid_mean_token_accuracy")
    values = {name: metrics[name] for name in names if metrics.get(name) is not None}
    return {
        "object": "fine_tuning.job.checkpoint",
        "id": row["id"].replace("ftjob", "ftckpt", 1),
        "created_at": row["finished_at"],
        "fine_tuning_job_id": row["id"],
        "fine_tuned_model_checkpoint": row["fine_tuned_model"],
        "step_number": metrics.get("step", 0),
        "metrics": {"step": metrics.get("step", 0)} | values,
    }
