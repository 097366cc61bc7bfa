"""Files: bytes in the data folder, one row each."""

import time
from pathlib import Path
from typing import IO, Any

from shikomi.server.database import Database, Row
from shikomi.server.errors import ApiError, invalid, not_found
from shikomi.server.ids import new_id
from shikomi.server.pages import list_object, page

MAX_BYTES = 512 * 1024 * 1024
_LINE_PURPOSES = ("fine-tune", "batch")
PURPOSES = (*_LINE_PURPOSES, "user_data", "evals")
_PIECE_BYTES = 1 << 20


class Files:
    """The file store. Content lies in `folder`, named by the file's id."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, content: IO[bytes], *, filename: str, purpose: str) -> dict[str, Any]:
        """Keep an upload. Raises: ApiError for a wrong purpose, name or size."""
        _check(filename, purpose)
        file_id = new_id("file")
        path = self.path(file_id)
        try:
            n_bytes = _copy(content, path)
            self._insert(file_id, purpose=purpose, filename=filename, n_bytes=n_bytes)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return self.get(file_id)

    def _insert(self, file_id: str, *, purpose: str, filename: str, n_bytes: int) -> None:
        with self._database.transaction() as db:
            db.execute(
                "INSERT INTO files (id, purpose, filename, bytes, created_at)"
                " VALUES (?, ?, ?, ?, ?)",
                (file_id, purpose, filename, n_bytes, int(time.time())),
            )

    def add_result(self, text: str, *, filename: str) -> str:
        """Keep a file of our own making and return its id."""
        file_id, data = new_id("file"), text.encode()
        self.path(file_id).write_bytes(data)
        self._insert(file_id, purpose="fine-tune-results", filename=filename, n_bytes=len(data))
        return file_id

    def path(self, file_id: str) -> Path:
        return self._folder / file_id

    def get(self, file_id: str, *, param: str = "file_id") -> dict[str, Any]:
        """The file object. Raises: ApiError 404."""
        row = self._database.row("SELECT * FROM files WHERE id = ?", file_id)
        if row is None:
            raise not_found(f"No such File object: {file_id}", param=param)
        return _file_object(row)

    def listing(
        self, *, purpose: str | None, after: str | None, limit: int, oldest_first: bool
    ) -> dict[str, Any]:
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
        """Raises: ApiError 404, or 409 while an unfinished job needs the file."""
        self.get(file_id)
        with self._database.transaction() as db:
            user = db.execute(
                "SELECT id FROM jobs WHERE finished_at IS NULL"
                " AND (training_file = ? OR validation_file = ?)",
                (file_id, file_id),
            ).fetchone()
            if user is not None:
                raise ApiError(409, f"{file_id} is in use by {user['id']}.", code="file_in_use")
            db.execute("DELETE FROM files WHERE id = ?", (file_id,))
        self.path(file_id).unlink(missing_ok=True)
        return {"id": file_id, "object": "file", "deleted": True}


def _check(filename: str, purpose: str) -> None:
    if purpose not in PURPOSES:
        known = ", ".join(PURPOSES)
        raise invalid(f"'{purpose}' is not a purpose; use one of {known}.", param="purpose")
    if purpose in _LINE_PURPOSES and not filename.endswith(".jsonl"):
        raise invalid(
            f"The file of a {purpose} upload must end in .jsonl.",
            param="file",
            code="invalid_file_format",
        )


def _copy(content: IO[bytes], path: Path) -> int:
    n_bytes = 0
    with path.open("wb") as target:
        while piece := content.read(_PIECE_BYTES):
            n_bytes += len(piece)
            if n_bytes > MAX_BYTES:
                raise ApiError(413, "The file is larger than 512 MB.", code="file_too_large")
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
        "expires_at": None,
        "status": "processed",
        "status_details": None,
    }
