"""The job store: what a caller is told is what it changed."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shikomi.server.database import Database
from shikomi.server.jobs import Jobs

JOB = (
    "INSERT INTO jobs (id, created_at, model, base, seed, status, training_file, method, requested)"
    " VALUES ('ftjob-1', 0, 'm', 'm', 0, 'running', 'file-1', 'supervised', '{}')"
)


class _EagerlyWorked(Database):
    """A worker takes every queued job up in the moment in which it is queued."""

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        with super().transaction() as db:
            yield db
        self.rows("UPDATE jobs SET status = 'running' WHERE status = 'queued'")


def test_a_resumed_job_is_told_as_queued_even_where_it_runs_at_once(tmp_path: Path) -> None:
    database = _EagerlyWorked(tmp_path / "server.db")
    with database.transaction() as db:
        db.execute(JOB)
    jobs = Jobs(database)
    assert jobs.pause("ftjob-1")["status"] == "paused"
    assert jobs.resume("ftjob-1")["status"] == "queued"
    assert jobs.get("ftjob-1")["status"] == "running"
    assert jobs.cancel("ftjob-1")["status"] == "cancelled"
    database.close()
