"""server.db: what goes wrong in one transaction is no other's business."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from shikomi.server.database import Database

EVENT = (
    "INSERT INTO events (id, job_id, created_at, level, type, message, data)"
    " VALUES ('e', 'no-such-job', 0, 'info', 'message', '', '{}')"
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "server.db")
    yield opened
    opened.close()


def is_usable(database: Database) -> bool:
    with database.transaction() as db:
        return db.execute("SELECT count(*) FROM events").fetchone()[0] == 0


def test_a_commit_that_fails_leaves_nothing_open(database: Database) -> None:
    with (
        pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"),
        database.transaction() as db,
    ):
        db.execute("PRAGMA defer_foreign_keys = ON")
        db.execute(EVENT)
    assert is_usable(database)


def test_a_full_disk_is_told_as_such(database: Database) -> None:
    with (
        pytest.raises(sqlite3.OperationalError, match="disk is full"),
        database.transaction() as db,
    ):
        n_pages = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute(f"PRAGMA max_page_count = {n_pages + 1}")
        db.execute("CREATE TABLE big (data BLOB)")
        db.execute("INSERT INTO big VALUES (zeroblob(10000000))")
    assert is_usable(database)
