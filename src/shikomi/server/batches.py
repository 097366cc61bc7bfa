"""Batches: their rows, the answers of their lines, and the objects the API shows."""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal

from pydantic import Field

from shikomi.server.database import Database, Row, Statement
from shikomi.server.edge import Edge, Metadata
from shikomi.server.errors import invalid, not_found
from shikomi.server.files import LONGEST_LIFE, SHORTEST_LIFE, need
from shikomi.server.ids import new_id
from shikomi.server.pages import list_object, page

_UNFINISHED = ("validating", "in_progress", "finalizing", "cancelling")
_WINDOW_SECONDS = 24 * 3600

Change = Callable[[dict[str, Any]], None]


class ExpiresAfter(Edge):
    anchor: Literal["created_at"]
    seconds: int = Field(ge=SHORTEST_LIFE, le=LONGEST_LIFE)


class BatchRequest(Edge):
    input_file_id: str
    endpoint: Literal["/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses"]
    completion_window: Literal["24h"]
    metadata: Metadata | None = None
    output_expires_after: ExpiresAfter | None = None


class Batches:
    """The batch store. Every change is one short transaction; ended batches never change."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, request: BatchRequest) -> dict[str, Any]:
        """Raises: ApiError 404 where the file is gone."""
        batch = _new_batch(request)
        life = request.output_expires_after
        with self._database.transaction() as db:
            need(db, request.input_file_id, param="input_file_id")
            db.execute(
                "INSERT INTO batches (id, status, input_file_id, expires_seconds, object)"
                " VALUES (?, ?, ?, ?, ?)",
                (
                    batch["id"],
                    batch["status"],
                    batch["input_file_id"],
                    life.seconds if life else None,
                    json.dumps(batch),
                ),
            )
        return batch

    def get(self, batch_id: str) -> dict[str, Any]:
        """The batch object. Raises: ApiError 404."""
        row = self._database.row("SELECT object FROM batches WHERE id = ?", batch_id)
        if row is None:
            raise not_found(f"No batch found with id '{batch_id}'.", param="batch_id")
        batch: dict[str, Any] = json.loads(row["object"])
        return batch

    def listing(self, *, after: str | None, limit: int) -> dict[str, Any]:
        rows, more = page(self._database, "batches", after=after, limit=limit)
        return list_object([json.loads(row["object"]) for row in rows], more)

    def next_unfinished(self) -> Row | None:
        """The oldest."""
        marks = ", ".join("?" for _ in _UNFINISHED)
        return self._database.row(
            f"SELECT * FROM batches WHERE status IN ({marks}) ORDER BY seq", *_UNFINISHED
        )

    def cancel(self, batch_id: str) -> dict[str, Any]:
        """Raises: ApiError 404, or 400 where the batch has ended."""
        self.get(batch_id)
        cancelling = self.move(
            batch_id, "cancelling", only=("validating", "in_progress", "finalizing")
        )
        if cancelling is not None:
            return cancelling
        batch = self.get(batch_id)
        if batch["status"] != "cancelling":
            raise invalid(
                f"Cannot cancel a batch with status '{batch['status']}'.", code="batch_finished"
            )
        return batch

    def move(
        self,
        batch_id: str,
        status: str,
        change: Change = lambda batch: None,
        *,
        statements: Iterable[Statement] = (),
        only: tuple[str, ...] = _UNFINISHED,
    ) -> dict[str, Any] | None:
        """Change an unfinished batch, with `statements`, and note when; where it has ended, its
        lines are dropped.

        The batch as written, which is what its caller is told: the runner may end it at once.
        None: it is in none of `only`.
        """
        with self._database.transaction() as db:
            row = db.execute("SELECT object FROM batches WHERE id = ?", (batch_id,)).fetchone()
            batch: dict[str, Any] = json.loads(row["object"])
            if batch["status"] not in only:
                return None
            batch |= {"status": status, f"{status}_at": int(time.time())}
            change(batch)
            db.execute(
                "UPDATE batches SET status = ?, object = ? WHERE id = ?",
                (status, json.dumps(batch), batch_id),
            )
            for sql, values in statements:
                db.execute(sql, values)
            if status not in _UNFINISHED:
                db.execute("DELETE FROM batch_lines WHERE batch_id = ?", (batch_id,))
        return batch

    def add_line(
        self, batch_id: str, line: int, text: str, *, is_error: bool, usage: tuple[int, int]
    ) -> None:
        """Keep the answer of one line, and count it with its (input, output) tokens."""
        with self._database.transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO batch_lines VALUES (?, ?, ?, ?)",
                (batch_id, line, is_error, text),
            )
            row = db.execute("SELECT object FROM batches WHERE id = ?", (batch_id,)).fetchone()
            batch = json.loads(row["object"])
            batch["request_counts"]["failed" if is_error else "completed"] += 1
            batch["usage"]["input_tokens"] += usage[0]
            batch["usage"]["output_tokens"] += usage[1]
            batch["usage"]["total_tokens"] += sum(usage)
            db.execute("UPDATE batches SET object = ? WHERE id = ?", (json.dumps(batch), batch_id))

    def answered(self, batch_id: str) -> set[int]:
        rows = self._database.rows("SELECT line FROM batch_lines WHERE batch_id = ?", batch_id)
        return {row["line"] for row in rows}

    def lines(self, batch_id: str, *, is_error: bool) -> Iterator[str]:
        """In the input's order."""
        numbers = self._database.rows(
            "SELECT line FROM batch_lines WHERE batch_id = ? AND is_error = ? ORDER BY line",
            batch_id,
            is_error,
        )
        sql = "SELECT text FROM batch_lines WHERE batch_id = ? AND line = ?"
        for number in numbers:
            row = self._database.row(sql, batch_id, number["line"])
            if row is not None:
                yield row["text"] + "\n"


def _new_batch(request: BatchRequest) -> dict[str, Any]:
    now = int(time.time())
    times = (
        "in_progress_at", "finalizing_at", "completed_at", "failed_at", "expired_at",
        "cancelling_at", "cancelled_at",
    )  # fmt: skip
    return {
        "id": new_id("batch"),
        "object": "batch",
        "endpoint": request.endpoint,
        "model": None,
        "errors": None,
        "input_file_id": request.input_file_id,
        "completion_window": request.completion_window,
        "status": "validating",
        "output_file_id": None,
        "error_file_id": None,
        "created_at": now,
        "expires_at": now + _WINDOW_SECONDS,
        **dict.fromkeys(times),
        "request_counts": {"total": 0, "completed": 0, "failed": 0},
        "usage": {
            "input_tokens": 0,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": 0,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": 0,
        },
        "metadata": request.metadata,
    }
