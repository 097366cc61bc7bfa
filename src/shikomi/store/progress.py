"""What each stage has finished, under which fingerprint.

The caller writes `mark` in the same `store.transaction()` as the outputs it speaks of.
"""

from shikomi.store import Store


def mark(
    store: Store, stage: str, subject: str, fingerprint: str, error: str | None = None
) -> None:
    """Record `subject` as done, or as failed for the reason `error`."""
    with store.transaction():
        store.db.execute(
            "INSERT OR REPLACE INTO progress (stage, subject, fingerprint, error)"
            " VALUES (?, ?, ?, ?)",
            (stage, subject, fingerprint, error),
        )


def is_done(store: Store, stage: str, subject: str, fingerprint: str) -> bool:
    row = store.db.execute(
        "SELECT 1 FROM progress WHERE stage = ? AND subject = ? AND fingerprint = ?"
        " AND error IS NULL",
        (stage, subject, fingerprint),
    ).fetchone()
    return row is not None


def done_subjects(store: Store, stage: str, fingerprint: str) -> set[str]:
    rows = store.db.execute(
        "SELECT subject FROM progress WHERE stage = ? AND fingerprint = ? AND error IS NULL",
        (stage, fingerprint),
    )
    return {row["subject"] for row in rows}


def failed_subjects(store: Store, stage: str, fingerprint: str) -> dict[str, str]:
    """Each failed subject with its reason."""
    rows = store.db.execute(
        "SELECT subject, error FROM progress"
        " WHERE stage = ? AND fingerprint = ? AND error IS NOT NULL ORDER BY subject",
        (stage, fingerprint),
    )
    return {row["subject"]: row["error"] for row in rows}


def reopen_failed(store: Store, stage: str) -> int:
    """Forget the failures of a stage, so that it tries them again. Returns how many."""
    with store.transaction():
        done = store.db.execute(
            "DELETE FROM progress WHERE stage = ? AND error IS NOT NULL", (stage,)
        )
    return done.rowcount
