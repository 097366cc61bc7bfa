"""The project's database. Every SQL statement of the product is in this folder."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from shikomi.errors import UserError

__all__ = ["DATABASE", "Store"]

DATABASE = "shikomi.db"  # in a project's folder

_SCHEMA = Path(__file__).parent / "schema"
_APPLICATION_ID = 0x53684B6D  # "ShKm": tells our database from another program's
_BUSY_MILLISECONDS = 10_000


class Store:
    """One open project database.

    `db` is the connection, in autocommit mode and for the thread that opened it; several
    statements that belong together go into `transaction()`.

    Raises:
        UserError: the file cannot be opened, is no project database, or was made by a
            newer version.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._depth = 0
        with self._plain_errors():
            self.db = sqlite3.connect(self.path, isolation_level=None)
        try:
            self._open()
        except BaseException:
            self.db.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
        if isinstance(error, sqlite3.Error) and (message := _advice(self.path, error)):
            raise UserError(message) from error

    def close(self) -> None:
        self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; a nested use joins the outer one.

        Raises:
            UserError: the disk is full, the file is read-only or locked for long. What
                was committed before is still there.
        """
        if self._depth:
            yield
            return
        with self._plain_errors():
            self.db.execute("BEGIN IMMEDIATE")
            self._depth = 1
            try:
                yield
                self.db.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise
            finally:
                self._depth = 0

    @property
    def version(self) -> tuple[int, int] | None:
        """Another one once anything in the database has changed, by whomever; None within a
        transaction, whose changes may still be undone."""
        if self.db.in_transaction:
            return None
        return self._pragma("data_version"), self.db.total_changes

    def meta(self, key: str) -> str | None:
        """What `set_meta` stored under `key`, or None."""
        row = self.db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return str(row["value"]) if row else None

    def set_meta(self, key: str, value: str) -> None:
        with self.transaction():
            self.db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def _open(self) -> None:
        self.db.row_factory = sqlite3.Row
        with self._plain_errors():
            self.db.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
            self._check_owner()
            self.db.execute("PRAGMA journal_mode = WAL")
            self.db.execute("PRAGMA foreign_keys = ON")
            # NORMAL: what was committed outlives a killed process, for the system holds it; a
            # power cut may lose the last seconds of the ledger, so that those calls are asked
            # and paid again. FULL costs a fifth of the throughput at 64 calls in flight.
            self.db.execute("PRAGMA synchronous = NORMAL")
            self._migrate()

    def _check_owner(self) -> None:
        # One statement: another process may be making the same new database between two.
        owner, n_tables = self.db.execute(
            "SELECT (SELECT application_id FROM pragma_application_id),"
            " (SELECT count(*) FROM sqlite_schema)"
        ).fetchone()
        if owner != _APPLICATION_ID and n_tables:
            raise UserError(f"{self.path} is not a Shikomi database: move it away and run again")

    def _pragma(self, name: str) -> int:
        return int(self.db.execute(f"PRAGMA {name}").fetchone()[0])

    def _migrate(self) -> None:
        files = {int(path.name[:4]): path for path in _SCHEMA.glob("[0-9]*_*.sql")}
        newest = max(files)
        found = self._pragma("user_version")
        if found > newest:
            raise UserError(
                f"this project was made by a newer Shikomi (schema {found}, this one knows"
                f" {newest}): upgrade with pip install -U shikomi"
            )
        for number in sorted(files):
            if number > found:
                self._apply(number, files[number].read_text(encoding="utf-8"))

    def _apply(self, number: int, sql: str) -> None:
        with self.transaction():
            if self._pragma("user_version") >= number:
                return  # another process was faster
            for statement in _statements(sql):
                self.db.execute(statement)
            self.db.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            self.db.execute(f"PRAGMA user_version = {number}")

    def _roll_back(self) -> None:
        if self.db.in_transaction:  # a full disk has SQLite roll back by itself
            self.db.execute("ROLLBACK")

    @contextmanager
    def _plain_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            message = _advice(self.path, error)
            if message is None:
                raise
            raise UserError(message) from error


def _statements(sql: str) -> Iterator[str]:
    """The statements of a script, one at a time: `executescript` would commit first."""
    held = ""
    for line in sql.splitlines(keepends=True):
        held += line
        if sqlite3.complete_statement(held):
            yield held
            held = ""


def _advice(path: Path, error: sqlite3.Error) -> str | None:
    """What a person can do about a database error; None where it is a bug."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return {
        sqlite3.SQLITE_FULL: f"no room left on the disk that holds {path}:"
        " free some space and run again",
        sqlite3.SQLITE_NOTADB: f"{path} is not a database: move it away and run again",
        sqlite3.SQLITE_CORRUPT: f"{path} is damaged: put a backup of it in its place",
        sqlite3.SQLITE_CANTOPEN: f"cannot open {path}: check that its folder exists and"
        " that you may write there",
        sqlite3.SQLITE_READONLY: f"{path} cannot be written: check its permissions",
        sqlite3.SQLITE_BUSY: f"another program keeps {path} locked: close it and run again",
    }.get(code)
