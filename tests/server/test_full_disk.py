"""A disk that is full for a while: the server lives, and tells what it could not write once it can.

The database is full by a limit of SQLite's own; the server's files by one that the system sets.
"""

import asyncio
import json
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from response_events import events_of

from serving import ServerProcess, until
from shikomi.server.batch_runner import BatchRunner
from shikomi.server.batches import Batches, BatchRequest
from shikomi.server.database import Database
from shikomi.server.files import Files
from shikomi.server.jobs import Jobs
from shikomi.server.models import Models
from shikomi.server.room import lacks_room
from shikomi.server.settings import ModelSettings, ServerSettings
from shikomi.server.worker import Stores, Worker

PATH = "/v1/chat/completions"
JOB = (
    "INSERT INTO jobs (id, created_at, model, base, seed, status, training_file, method, requested)"
    " VALUES (?, 0, 'm', 'none', 0, ?, 'file-1', 'supervised', '{}')"
)
EVENT = (
    "INSERT INTO events (id, job_id, created_at, level, type, message, data)"
    " VALUES (?, 'ftjob-0', 0, 'info', 'message', '', '{}')"
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "server.db")
    with opened.transaction() as db:
        db.execute(JOB, ("ftjob-0", "cancelled"))
    yield opened
    opened.close()


def fill(database: Database) -> None:
    """Until not even a short event has room."""
    (size,) = database.rows("PRAGMA page_count")[0]
    database.rows(f"PRAGMA max_page_count = {size}")
    with suppress(sqlite3.OperationalError):
        for n in range(10_000):
            with database.transaction() as db:
                db.execute(EVENT, (f"e{n}",))


def make_room(database: Database) -> None:
    database.rows("PRAGMA max_page_count = 1000000")


@pytest.fixture
def worker(database: Database, tmp_path: Path) -> Iterator[Worker]:
    settings = ServerSettings(data=tmp_path, cache=tmp_path, n_threads=1)
    known = ModelSettings(cache=tmp_path, adapters=tmp_path / "adapters")
    files = Files(database, tmp_path / "files")
    stores = Stores(files=files, jobs=Jobs(database), models=Models(database, known))
    made = Worker(stores, settings)
    yield made
    made.stop()


@pytest.mark.parametrize("status", ["queued", "validating_files"])
def test_a_job_that_fails_meanwhile_is_told_and_the_next_one_is_taken_up(
    database: Database, worker: Worker, status: str
) -> None:
    with database.transaction() as db:
        for name in ("ftjob-1", "ftjob-2"):
            db.execute(JOB, (name, status))
    fill(database)
    worker.start(lambda: None)
    time.sleep(0.2)
    jobs = Jobs(database)
    assert jobs.get("ftjob-1")["status"] == status
    make_room(database)
    until(lambda: jobs.get("ftjob-2")["status"] == "failed", seconds=60)
    (first, second) = (jobs.get(name)["error"] for name in ("ftjob-1", "ftjob-2"))
    if status == "queued":
        assert first["code"] == "disk_full" and "make room" in first["message"]
    assert second["code"] != "disk_full"
    events = jobs.events("ftjob-1", after=None, limit=1)["data"]
    assert events[0]["message"] == f"The job failed: {first['message']}"


def test_a_batch_goes_on_where_it_was(database: Database, tmp_path: Path) -> None:
    files, batches = Files(database, tmp_path / "files"), Batches(database)
    line = {"method": "POST", "url": PATH, "body": {"model": "m"}}
    lines = "".join(json.dumps(line | {"custom_id": str(n)}) + "\n" for n in range(3))
    (tmp_path / "b.jsonl").write_text(lines)
    with (tmp_path / "b.jsonl").open("rb") as content:
        file = files.add(content, filename="b.jsonl", purpose="batch")
    made = batches.create(
        BatchRequest(input_file_id=file["id"], endpoint=PATH, completion_window="24h")
    )
    n_asked = 0

    async def answer(body: Any) -> dict[str, Any]:
        nonlocal n_asked
        n_asked += 1
        if n_asked == 2:
            fill(database)
        return {"usage": {}, "text": "x" * 10_000}

    async def work() -> None:
        runner = BatchRunner(batches, files, {PATH: answer}, n_parallel=1)
        running = asyncio.create_task(runner.run())
        while n_asked < 2:
            await asyncio.sleep(0.01)
        assert batches.get(made["id"])["status"] == "in_progress"
        make_room(database)
        while batches.get(made["id"])["status"] != "completed":
            assert not running.done()
            await asyncio.sleep(0.05)
        running.cancel()

    asyncio.run(asyncio.wait_for(work(), 60))
    assert batches.get(made["id"])["request_counts"] == {"total": 3, "completed": 3, "failed": 0}
    assert n_asked == 4  # the answer that there was no room for was asked once more


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux sets another process's limits")
def test_a_caller_is_told_that_there_is_no_room(tiny_server: ServerProcess) -> None:
    server = psutil.Process(tiny_server.process.pid)
    before = server.rlimit(psutil.RLIMIT_FSIZE)
    upload = {"file": ("big.txt", b"x" * 12_000_000)}
    server.rlimit(psutil.RLIMIT_FSIZE, (10_000_000, before[1]))
    reply = tiny_server.http.post("/files", data={"purpose": "user_data"}, files=upload)
    server.rlimit(psutil.RLIMIT_FSIZE, before)
    assert (reply.status_code, reply.json()["error"]["code"]) == (503, "disk_full"), reply.text
    assert "make room" in reply.json()["error"]["message"] and reply.headers["retry-after"]
    reply = tiny_server.http.post("/files", data={"purpose": "user_data"}, files=upload)
    assert reply.status_code == 200
    tiny_server.http.delete(f"/files/{reply.json()['id']}")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux sets another process's limits")
def test_a_response_is_kept_or_there_is_no_room_for_it(tiny_server: ServerProcess) -> None:
    server = psutil.Process(tiny_server.process.pid)
    before = server.rlimit(psutil.RLIMIT_FSIZE)
    sizes = [file.stat().st_size for file in tiny_server.log.parent.glob("**/server.*")]
    tool = {"type": "function", "name": "x", "description": "x" * 500_000}
    ask = {"model": "tiny", "input": "Hi", "max_output_tokens": 1, "tools": [tool]}
    ask["tool_choice"] = "none"
    server.rlimit(psutil.RLIMIT_FSIZE, (max(sizes) + 100_000, before[1]))
    try:
        reply = tiny_server.http.post("/responses", json=ask)
        (last,) = events_of(tiny_server, ask)[-1:]
        unkept = tiny_server.http.post("/responses", json=ask | {"store": False})
    finally:
        server.rlimit(psutil.RLIMIT_FSIZE, before)
    assert (reply.status_code, reply.json()["error"]["code"]) == (503, "disk_full"), reply.text
    assert last["type"] == "response.failed" and "make room" in last["response"]["error"]["message"]
    assert unkept.status_code == 200
    kept = tiny_server.http.post("/responses", json=ask).json()
    assert tiny_server.http.delete(f"/responses/{kept['id']}").status_code == 200


def test_a_bug_is_no_lack_of_room() -> None:
    assert lacks_room(OSError(28, "No space left on device"))
    full, wrong = sqlite3.OperationalError("full"), sqlite3.OperationalError("no such column")
    full.sqlite_errorcode, wrong.sqlite_errorcode = sqlite3.SQLITE_FULL, sqlite3.SQLITE_ERROR
    assert lacks_room(ExceptionGroup("", [ValueError(), full]))
    for error in (ValueError(), FileNotFoundError(2, "gone"), ExceptionGroup("", [wrong])):
        assert not lacks_room(error)
