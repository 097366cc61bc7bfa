"""What people decided about pairs: rows are only added, and the last one of a pair holds."""

from collections.abc import Sequence
from dataclasses import astuple

from shikomi.store import Store
from shikomi.types import Review


def add(store: Store, reviews: Sequence[Review]) -> None:
    """The samples they are of must be stored."""
    store.db.executemany(
        "INSERT INTO reviews (sample_id, decision, question, answer, note) VALUES (?, ?, ?, ?, ?)",
        [astuple(review) for review in reviews],
    )


def latest(store: Store, *, until: int | None = None) -> dict[str, Review]:
    """The review that holds, by sample id, none where it was withdrawn; `until` leaves out the rows
    after this one."""
    found = store.db.execute(
        "SELECT sample_id, decision, question, answer, note FROM reviews WHERE id IN"
        " (SELECT max(id) FROM reviews WHERE ? IS NULL OR id <= ? GROUP BY sample_id) ORDER BY id",
        (until, until),
    )
    return {row["sample_id"]: Review(**dict(row)) for row in found if row["decision"] != "withdraw"}


def last(store: Store) -> int:
    """The number of the newest row; 0 where there is none."""
    return int(store.db.execute("SELECT coalesce(max(id), 0) FROM reviews").fetchone()[0])
