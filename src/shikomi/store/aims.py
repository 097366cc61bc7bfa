"""Which facts get further turns of generation, and which missed questions they answer."""

from collections.abc import Mapping, Sequence

from shikomi.store import Store


def add(store: Store, evaluation: str, facts: Mapping[str, Sequence[str]], *, first: int) -> None:
    """Plan a round: the facts (ids) behind each missed question (id), each fact at the turn after
    its last one, `first` at least."""
    with store.transaction():
        n = store.db.execute("SELECT coalesce(max(round), 0) + 1 FROM aims").fetchone()[0]
        turns = {
            each: max(first, _next_turn(store, each)) for ids in facts.values() for each in ids
        }
        store.db.executemany(
            "INSERT INTO aims VALUES (?, ?, ?, ?, ?)",
            [(n, evaluation, q, each, turns[each]) for q, ids in facts.items() for each in ids],
        )


def _next_turn(store: Store, fact_id: str) -> int:
    row = store.db.execute(
        "SELECT coalesce(max(turn) + 1, 0) FROM aims WHERE fact_id = ?", (fact_id,)
    ).fetchone()
    return int(row[0])


def rounds(store: Store) -> list[dict[str, int]]:
    """For each round, oldest first: its facts' ids, each with its turn."""
    found = store.db.execute("SELECT DISTINCT round, fact_id, turn FROM aims ORDER BY round")
    by_round: dict[int, dict[str, int]] = {}
    for row in found:
        by_round.setdefault(row["round"], {})[row["fact_id"]] = row["turn"]
    return list(by_round.values())


def last(store: Store, evaluation: str) -> list[str]:
    """The ids of the facts that the newest round after this evaluation aims at."""
    found = store.db.execute(
        "SELECT DISTINCT fact_id FROM aims WHERE round ="
        " (SELECT max(round) FROM aims WHERE evaluation = ?)",
        (evaluation,),
    )
    return [row["fact_id"] for row in found]


def question_ids(store: Store) -> set[str]:
    """Every question whose facts were aimed at, whichever evaluation missed it."""
    found = store.db.execute("SELECT DISTINCT question_id FROM aims")
    return {row["question_id"] for row in found}
