"""The tuned models of a data folder, for those who are not its server."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from shikomi.server.database import DATABASE_FILE

_PREFIX = "ft:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuned:
    """`identity` is what the server's list of models says: the SHA-256 of the weights, and of the
    adapter."""

    base: str
    identity: str


def is_tuned(name: str) -> bool:
    """Whether the name is one that training gives."""
    return name.startswith(_PREFIX)


def find(data: Path, name: str) -> Tuned | None:
    """The tuned model, or checkpoint, of that name; a server may be using the folder."""
    file = data / DATABASE_FILE
    if not file.exists():
        return None
    sql = "SELECT base, base_sha256, adapter_sha256 FROM models WHERE id = ?"
    with closing(sqlite3.connect(file)) as db:
        row = db.execute(sql, (name,)).fetchone()
    return Tuned(base=row[0], identity=f"{row[1]}+{row[2]}") if row else None
