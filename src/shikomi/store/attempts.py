"""The questions that conversations about pages came to, kept or not."""

from shikomi.store import Store
from shikomi.types import Attempt


def add(store: Store, attempt: Attempt, *, fingerprint: str, conversation: str) -> None:
    store.db.execute(
        "INSERT INTO attempts VALUES (?, ?, ?, ?, ?, ?)",
        (
            fingerprint,
            conversation,
            attempt.position,
            attempt.question,
            attempt.reason,
            attempt.call_id,
        ),
    )


def by_conversation(store: Store, fingerprint: str) -> dict[str, list[Attempt]]:
    """Those of each conversation, in the order in which they were made."""
    found: dict[str, list[Attempt]] = {}
    for row in store.db.execute(
        "SELECT conversation, position, question, reason, call_id FROM attempts"
        " WHERE fingerprint = ? ORDER BY conversation, position",
        (fingerprint,),
    ):
        values = {key: row[key] for key in ("position", "question", "reason", "call_id")}
        found.setdefault(row["conversation"], []).append(Attempt(**values))
    return found
