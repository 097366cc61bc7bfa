"""Samples, what was said of them, held-out questions and frozen datasets."""

from collections.abc import Sequence

from shikomi.store import Store, rows
from shikomi.types import Duplicate, Question, Sample, Score


def add_samples(
    store: Store, samples: Sequence[Sample], *, fingerprint: str, batch_id: str
) -> None:
    """Add the samples of one batch; a sample that is there already gets a further origin."""
    insert(store, samples)
    store.db.executemany(
        "INSERT OR REPLACE INTO sample_origins VALUES (?, ?, ?, ?)",
        [(fingerprint, batch_id, i, sample.id) for i, sample in enumerate(samples)],
    )


def insert(store: Store, samples: Sequence[Sample]) -> None:
    """Those that are there already stay as they are, but for how they were asked last."""
    store.db.executemany(
        "INSERT INTO samples VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET phrasing = excluded.phrasing",
        [rows.sample_row(sample) for sample in samples],
    )


def find(store: Store, sample_id: str) -> Sample | None:
    """Any sample that was ever made, current or not."""
    row = store.db.execute("SELECT * FROM samples WHERE id = ?", (sample_id,)).fetchone()
    return None if row is None else rows.sample(row)


def of_batches(store: Store, fingerprint: str, batch_ids: Sequence[str]) -> list[Sample]:
    """The samples that these batches gave, in their order; repeats included."""
    found = store.db.execute(
        "SELECT o.batch_id, s.* FROM sample_origins o JOIN samples s ON s.id = o.sample_id"
        " WHERE o.fingerprint = ? ORDER BY o.batch_id, o.position",
        (fingerprint,),
    )
    by_batch: dict[str, list[Sample]] = {}
    for row in found:
        by_batch.setdefault(row["batch_id"], []).append(rows.sample(row))
    return [sample for batch_id in batch_ids for sample in by_batch.get(batch_id, ())]


def origins(store: Store, fingerprint: str) -> list[tuple[str, str]]:
    """(batch, sample) of every batch under these settings."""
    found = store.db.execute(
        "SELECT batch_id, sample_id FROM sample_origins WHERE fingerprint = ?"
        " ORDER BY batch_id, position",
        (fingerprint,),
    )
    return [(row["batch_id"], row["sample_id"]) for row in found]


def add_scores(store: Store, scores: Sequence[Score], *, fingerprint: str) -> None:
    store.db.executemany(
        "INSERT OR REPLACE INTO sample_scores VALUES (?, ?, ?, ?, ?)",
        [(fingerprint, s.subject_id, s.scorer, s.value, s.explanation) for s in scores],
    )


def scores(store: Store, scorer: str, fingerprint: str) -> dict[str, Score]:
    """By sample id."""
    found = store.db.execute(
        "SELECT sample_id, value, explanation FROM sample_scores"
        " WHERE scorer = ? AND fingerprint = ?",
        (scorer, fingerprint),
    )
    return {
        each: Score(subject_id=each, scorer=scorer, value=value, explanation=explanation)
        for each, value, explanation in found
    }


def add_duplicates(store: Store, found: Sequence[Duplicate], *, fingerprint: str) -> None:
    store.db.executemany(
        "INSERT OR REPLACE INTO duplicates VALUES (?, ?, ?, ?)",
        [(fingerprint, d.sample_id, d.of_sample_id, d.similarity) for d in found],
    )


def duplicates(store: Store, fingerprint: str) -> dict[str, Duplicate]:
    found = store.db.execute("SELECT * FROM duplicates WHERE fingerprint = ?", (fingerprint,))
    return {
        row["sample_id"]: Duplicate(
            sample_id=row["sample_id"],
            of_sample_id=row["of_sample_id"],
            similarity=row["similarity"],
        )
        for row in found
    }


def replace_questions(store: Store, questions: Sequence[Question], *, fingerprint: str) -> None:
    """Save the questions of a fingerprint in this order, in place of those it had."""
    store.db.execute("DELETE FROM questions WHERE fingerprint = ?", (fingerprint,))
    store.db.executemany(
        "INSERT INTO questions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                fingerprint,
                i,
                q.id,
                q.question,
                q.answer,
                rows.dump(q.accept),
                q.section,
                q.kind,
                q.lang,
            )
            for i, q in enumerate(questions)
        ],
    )


def questions(store: Store, fingerprint: str) -> list[Question]:
    found = store.db.execute(
        "SELECT id, question, answer, accept, section, kind, lang FROM questions"
        " WHERE fingerprint = ? ORDER BY position",
        (fingerprint,),
    )
    return [rows.question(row) for row in found]


def freeze(store: Store, dataset_id: str, samples: Sequence[Sample]) -> None:
    """Write a dataset down; one that is there already is left as it is."""
    insert(store, samples)
    store.db.execute("INSERT OR IGNORE INTO datasets (id) VALUES (?)", (dataset_id,))
    store.db.executemany(
        "INSERT OR IGNORE INTO dataset_items VALUES (?, ?, ?, 'train')",
        [(dataset_id, i, sample.id) for i, sample in enumerate(samples)],
    )


def dataset(store: Store, dataset_id: str) -> list[Sample]:
    found = store.db.execute(
        "SELECT s.* FROM dataset_items i JOIN samples s ON s.id = i.sample_id"
        " WHERE i.dataset_id = ? ORDER BY i.position",
        (dataset_id,),
    )
    return [rows.sample(row) for row in found]


def count(store: Store, dataset_id: str) -> int:
    """How many items a frozen dataset has; 0 where it is not frozen."""
    row = store.db.execute(
        "SELECT count(*) AS n FROM dataset_items WHERE dataset_id = ?", (dataset_id,)
    ).fetchone()
    return int(row["n"])


def is_frozen(store: Store) -> bool:
    """Whether any dataset was written down."""
    return store.db.execute("SELECT 1 FROM datasets LIMIT 1").fetchone() is not None


def frozen_at(store: Store, dataset_id: str) -> str:
    """When it was first written down, in UTC."""
    row = store.db.execute("SELECT created_at FROM datasets WHERE id = ?", (dataset_id,)).fetchone()
    return str(row["created_at"])


def models(store: Store, dataset_id: str) -> dict[int, str]:
    """By the id of each call that gave one of its samples, the model that answered."""
    found = store.db.execute(
        "SELECT DISTINCT c.id, c.model FROM dataset_items i JOIN samples s ON s.id = i.sample_id"
        " JOIN calls c ON c.id = s.call_id WHERE i.dataset_id = ?",
        (dataset_id,),
    )
    return {row["id"]: row["model"] for row in found}
