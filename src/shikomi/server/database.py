"""server.db: one connection, short transactions, numbered schema files."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

from shikomi.errors import UserError

DATABASE_FILE = "server.db"  # in a server's data folder
Row = sqlite3.Row
Statement = tuple[str, tuple[Any, ...]]  # SQL with its values, for another's transaction


class Database:
    """The server's SQLite file; every method may be called from any thread."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._migrate()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of the block, or nothing of it. Keep it short: everybody else waits."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # a full disk has SQLite roll back by itself
                    self._connection.execute("ROLLBACK")
                raise

    def rows(self, sql: str, *values: Any) -> list[Row]:
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Any) -> Row | None:
        found = self.rows(sql, *values)
        return found[0] if found else None

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _migrate(self) -> None:
        done = int(self._connection.execute("PRAGMA user_version").fetchone()[0])
        folder = resources.files("shikomi.server") / "schema"
        scripts = sorted(
            (entry for entry in folder.iterdir() if entry.name.endswith(".sql")),
            key=lambda entry: entry.name,
        )
        if done > len(scripts):
            raise UserError(
                "this data folder was written by a newer Shikomi: upgrade with pip install -U"
                " shikomi"
            )
        for number, script in enumerate(scripts[done:], start=done + 1):
            text = script.read_text(encoding="utf-8")
            self._connection.executescript(
                f"BEGIN; {text}\nPRAGMA user_version = {number}; COMMIT;"
            )


def take_folder(folder: Path) -> sqlite3.Connection:
    """Hold the data folder for one server; the hold ends with the process, however it ends.

    The folder is made, for its owner alone, where it is missing.

    Raises: UserError where it cannot be had, or another server has it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise UserError(f"cannot use {folder}: {error.strerror}; see to it") from error
    holder = sqlite3.connect(folder / "server.lock", timeout=0, isolation_level=None)
    try:
        holder.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        holder.close()
        raise UserError(f"another server is using {folder}: stop it first") from error
    return holder
