"""Batches of calls: which are under way, and whose calls they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shikomi.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCall:
    """A call that waits for its batch."""

    id: int
    request_key: str
    reserved_nanousd: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenBatch:
    """A batch that is not collected yet. `remote_id` is None while it may not have been started;
    `calls` are by their request's key."""

    id: int
    key: str
    remote_id: str | None
    calls: Mapping[str, OpenCall] = field(hash=False)


def add(store: Store, *, key: str, endpoint: str, stage: str, call_ids: Sequence[int]) -> int:
    """Write down a batch before it is started, in the transaction that reserves its calls."""
    with store.transaction():
        cursor = store.db.execute(
            "INSERT INTO batches (key, endpoint, stage) VALUES (?, ?, ?)", (key, endpoint, stage)
        )
        batch_id = int(cursor.lastrowid or 0)
        store.db.executemany(
            "INSERT INTO batch_calls VALUES (?, ?)", [(each, batch_id) for each in call_ids]
        )
    return batch_id


def started(store: Store, batch_id: int, remote_id: str) -> None:
    with store.transaction():
        store.db.execute("UPDATE batches SET remote_id = ? WHERE id = ?", (remote_id, batch_id))


def end(store: Store, batch_id: int) -> None:
    """It is collected; in the transaction that settles its calls."""
    with store.transaction():
        store.db.execute(
            "UPDATE batches SET ended_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE id = ?",
            (batch_id,),
        )


def under_way(store: Store, *, endpoint: str, stage: str) -> list[OpenBatch]:
    """Those not collected yet, oldest first."""
    found = store.db.execute(
        "SELECT id, key, remote_id FROM batches"
        " WHERE endpoint = ? AND stage = ? AND ended_at IS NULL ORDER BY id",
        (endpoint, stage),
    ).fetchall()
    return [OpenBatch(**dict(row), calls=_calls(store, row["id"])) for row in found]


def _calls(store: Store, batch_id: int) -> dict[str, OpenCall]:
    found = store.db.execute(
        "SELECT c.id, c.request_key, c.reserved_nanousd FROM batch_calls b"
        " JOIN calls c ON c.id = b.call_id WHERE b.batch_id = ?",
        (batch_id,),
    )
    return {row["request_key"]: OpenCall(**dict(row)) for row in found}


def counts(store: Store) -> list[tuple[str, str | None, int]]:
    """(stage, the endpoint's id, number of calls) of each batch not collected yet."""
    found = store.db.execute(
        "SELECT b.stage, b.remote_id, count(*) FROM batches b JOIN batch_calls c"
        " ON c.batch_id = b.id WHERE b.ended_at IS NULL GROUP BY b.id ORDER BY b.id"
    )
    return [(row[0], row[1], row[2]) for row in found]
