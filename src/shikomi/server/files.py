"""Files: bytes in the data folder, one row each."""

import sqlite3
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Any

from shikomi.server.database import Database, Row, Statement
from shikomi.server.errors import ApiError, invalid, not_found
from shikomi.server.ids import new_id
from shikomi.server.pages import list_object, page

FILES_FOLDER = "files"  # in a server's data folder
MAX_BYTES = 512 * 1024 * 1024
MAX_BATCH_BYTES = 200 * 1024 * 1024
SHORTEST_LIFE, LONGEST_LIFE = 3600, 2_592_000  # seconds: an hour and thirty days
_LINE_PURPOSES = ("fine-tune", "batch")
PURPOSES = (*_LINE_PURPOSES, "assistants", "vision", "user_data", "evals")
_PIECE_BYTES = 1 << 20
_INSERT = (
    "INSERT INTO files (id, purpose, filename, bytes, created_at, expires_at)"
    " VALUES (?, ?, ?, ?, ?, ?)"
)
# Files that unfinished work still reads.
_USERS = (
    "SELECT id FROM jobs WHERE finished_at IS NULL AND ? IN (training_file, validation_file)"
    " UNION ALL SELECT id FROM batches WHERE input_file_id = ?"
    " AND status IN ('validating', 'in_progress', 'finalizing', 'cancelling')"
)


class Files:
    """The file store. Content lies in `folder`, named by the file's id."""

    def __init__(
        self, database: Database, folder: Path, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._folder = folder
        self._clock = clock
        folder.mkdir(parents=True, exist_ok=True)
        self._sweep()

    def _sweep(self) -> None:
        """Remove what a killed upload left: content without a row."""
        known = {row["id"] for row in self._database.rows("SELECT id FROM files")}
        for path in self._folder.iterdir():
            if path.name not in known:
                path.unlink()

    def add(
        self, content: IO[bytes], *, filename: str, purpose: str, life_seconds: int | None = None
    ) -> dict[str, Any]:
        """Keep an upload, for `life_seconds` where given (a batch's: thirty days).

        Raises: ApiError for a wrong purpose, name, size or life.
        """
        _check(filename, purpose, life_seconds)
        if purpose == "batch" and life_seconds is None:
            life_seconds = LONGEST_LIFE
        file_id = new_id("file")
        path = self.path(file_id)
        try:
            n_bytes = _copy(content, path, MAX_BATCH_BYTES if purpose == "batch" else MAX_BYTES)
            row = self._row(file_id, purpose, filename, n_bytes, life_seconds)
            with self._database.transaction() as db:
                db.execute(_INSERT, row)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return self.get(file_id)

    def _row(
        self, file_id: str, purpose: str, filename: str, n_bytes: int, life_seconds: int | None
    ) -> tuple[Any, ...]:
        now = int(self._clock())
        expires_at = None if life_seconds is None else now + life_seconds
        return (file_id, purpose, filename, n_bytes, now, expires_at)

    def write_result(
        self,
        lines: Iterable[str],
        *,
        filename: str,
        purpose: str,
        life_seconds: int | None = None,
    ) -> tuple[str, Statement]:
        """Write a file of our own making. Its id, and the SQL that lists it, for the transaction
        that names it: content that none lists is removed at the next start."""
        file_id = new_id("file")
        with self.path(file_id).open("w", encoding="utf-8", newline="") as file:
            for line in lines:
                file.write(line)
        n_bytes = self.path(file_id).stat().st_size
        return file_id, (_INSERT, self._row(file_id, purpose, filename, n_bytes, life_seconds))

    def path(self, file_id: str) -> Path:
        return self._folder / file_id

    def get(self, file_id: str, *, param: str = "file_id") -> dict[str, Any]:
        """The file object. Raises: ApiError 404."""
        self._expire()
        row = self._database.row("SELECT * FROM files WHERE id = ?", file_id)
        if row is None:
            raise not_found(f"No such File object: {file_id}", param=param)
        return _file_object(row)

    def content(self, file_id: str) -> Path:
        """Where the bytes lie. Raises: ApiError 404."""
        self.get(file_id)
        if not self.path(file_id).is_file():
            raise not_found(f"The content of {file_id} is gone.", param="file_id")
        return self.path(file_id)

    def listing(
        self, *, purpose: str | None, after: str | None, limit: int, oldest_first: bool
    ) -> dict[str, Any]:
        self._expire()
        where = {"purpose": purpose} if purpose else None
        rows, more = page(
            self._database,
            "files",
            after=after,
            limit=limit,
            oldest_first=oldest_first,
            where=where,
        )
        return list_object([_file_object(row) for row in rows], more)

    def delete(self, file_id: str) -> dict[str, Any]:
        """Raises: ApiError 404, or 409 while an unfinished job or batch needs the file."""
        self.get(file_id)
        if (user := self._remove(file_id)) is not None:
            raise ApiError(409, f"{file_id} is in use by {user}.", code="file_in_use")
        return {"id": file_id, "object": "file", "deleted": True}

    def _remove(self, file_id: str) -> str | None:
        """The id of what still uses it; else None, and the file is gone."""
        with self._database.transaction() as db:
            user = db.execute(_USERS, (file_id, file_id)).fetchone()
            if user is not None:
                return str(user["id"])
            db.execute("DELETE FROM files WHERE id = ?", (file_id,))
        self.path(file_id).unlink(missing_ok=True)
        return None

    def _expire(self) -> None:
        """Remove files whose time is over; one in use lives until its job has ended."""
        now = int(self._clock())
        for row in self._database.rows("SELECT id FROM files WHERE expires_at <= ?", now):
            self._remove(row["id"])


def need(db: sqlite3.Connection, file_id: str, *, param: str) -> None:
    """In the transaction that makes something of a file: from there on it cannot be deleted.

    Raises: ApiError 404 where it has been.
    """
    if db.execute("SELECT 1 FROM files WHERE id = ?", (file_id,)).fetchone() is None:
        raise not_found(f"No such File object: {file_id}", param=param)


def _check(filename: str, purpose: str, life_seconds: int | None) -> None:
    if purpose not in PURPOSES:
        known = ", ".join(PURPOSES)
        raise invalid(f"'{purpose}' is not a purpose; use one of {known}.", param="purpose")
    # The API's first client sends every file as "file": a name without an ending is no wrong one.
    if purpose in _LINE_PURPOSES and Path(filename).suffix not in ("", ".jsonl"):
        raise invalid(
            f"The file of a {purpose} upload must end in .jsonl.",
            param="file",
            code="invalid_file_format",
        )
    if life_seconds is not None and not SHORTEST_LIFE <= life_seconds <= LONGEST_LIFE:
        raise invalid(
            f"'expires_after.seconds' must lie between {SHORTEST_LIFE} and {LONGEST_LIFE}.",
            param="expires_after.seconds",
        )


def _copy(content: IO[bytes], path: Path, limit: int) -> int:
    n_bytes = 0
    with path.open("wb") as target:
        while piece := content.read(_PIECE_BYTES):
            n_bytes += len(piece)
            if n_bytes > limit:
                megabytes = limit // (1024 * 1024)
                text = f"The file is larger than {megabytes} MB."
                raise ApiError(413, text, code="file_too_large", param="file")
            target.write(piece)
    return n_bytes


def _file_object(row: Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "object": "file",
        "bytes": row["bytes"],
        "created_at": row["created_at"],
        "filename": row["filename"],
        "purpose": row["purpose"],
        "expires_at": row["expires_at"],
        "status": "processed",
        "status_details": None,
    }
