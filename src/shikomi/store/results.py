"""Fine-tuning jobs, responses, verdicts and where the time went."""

from collections.abc import Sequence
from dataclasses import dataclass

from shikomi.store import Store, rows
from shikomi.types import FinetuneJob, Response, Verdict, VerdictValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One logged training step; `token_accuracy` is 0 to 1."""

    step: int
    loss: float
    token_accuracy: float | None


def save_job(store: Store, job: FinetuneJob, *, fingerprint: str, settings: str) -> None:
    with store.transaction():
        store.db.execute(
            "INSERT OR REPLACE INTO finetune_jobs VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                fingerprint,
                job.dataset_id,
                job.id,
                job.status,
                job.fine_tuned_model,
                job.error,
                settings,
            ),
        )


def jobs(store: Store, *, fingerprint: str, dataset_id: str) -> list[FinetuneJob]:
    """The jobs started for a dataset under these settings."""
    found = store.db.execute(
        "SELECT id, dataset_id, status, fine_tuned_model, error FROM finetune_jobs"
        " WHERE fingerprint = ? AND dataset_id = ?",
        (fingerprint, dataset_id),
    )
    return [FinetuneJob(**dict(row)) for row in found]


def succeeded_jobs(store: Store, *, fingerprint: str) -> list[FinetuneJob]:
    """Those under these settings, the one on the newest dataset first."""
    found = store.db.execute(
        "SELECT j.id, j.dataset_id, j.status, j.fine_tuned_model, j.error FROM finetune_jobs j"
        " JOIN datasets d ON d.id = j.dataset_id WHERE j.fingerprint = ?"
        " AND j.status = 'succeeded' AND j.fine_tuned_model IS NOT NULL"
        " ORDER BY d.created_at DESC",
        (fingerprint,),
    )
    return [FinetuneJob(**dict(row)) for row in found]


def tuned_models(store: Store) -> set[str]:
    """The names of all models that this project's jobs have made."""
    found = store.db.execute(
        "SELECT DISTINCT fine_tuned_model FROM finetune_jobs WHERE fine_tuned_model IS NOT NULL"
    )
    return {row["fine_tuned_model"] for row in found}


def job_settings(store: Store, job_id: str) -> str:
    row = store.db.execute("SELECT settings FROM finetune_jobs WHERE id = ?", (job_id,)).fetchone()
    return str(row["settings"]) if row else "{}"


def add_metrics(store: Store, job_id: str, metrics: Sequence[Metric]) -> None:
    with store.transaction():
        store.db.executemany(
            "INSERT OR REPLACE INTO job_metrics VALUES (?, ?, ?, ?)",
            [(job_id, m.step, m.loss, m.token_accuracy) for m in metrics],
        )


def metrics(store: Store, job_id: str) -> list[Metric]:
    found = store.db.execute(
        "SELECT step, loss, token_accuracy FROM job_metrics WHERE job_id = ? ORDER BY step",
        (job_id,),
    )
    return [Metric(**dict(row)) for row in found]


def add_response(
    store: Store, response: Response, verdicts: Sequence[Verdict], *, fingerprint: str
) -> None:
    """Save an answer, in place of an earlier one under its id, with its verdicts."""
    store.db.execute(
        "INSERT OR REPLACE INTO responses VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            response.id,
            fingerprint,
            response.question_id,
            response.arm,
            response.text,
            rows.dump(response.section_ids),
            response.call_id,
        ),
    )
    add_verdicts(store, verdicts)


def add_verdicts(store: Store, verdicts: Sequence[Verdict]) -> None:
    store.db.executemany(
        "INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?, ?)",
        [(v.response_id, v.scorer, v.value, v.explanation) for v in verdicts],
    )


def responses(store: Store, fingerprint: str) -> dict[str, Response]:
    """By response id."""
    found = store.db.execute(
        "SELECT id, question_id, arm, text, section_ids, call_id FROM responses"
        " WHERE fingerprint = ?",
        (fingerprint,),
    )
    return {row["id"]: rows.response(row) for row in found}


def cut_off(store: Store) -> set[str]:
    """The ids of the responses that ended where `max_tokens` was reached."""
    found = store.db.execute(
        "SELECT r.id FROM responses r JOIN calls c ON c.id = r.call_id WHERE c.status = 'truncated'"
    )
    return {row["id"] for row in found}


def verdicts(store: Store, scorer: str) -> dict[str, VerdictValue | None]:
    """By response id; absent where the scorer has not spoken."""
    found = store.db.execute("SELECT response_id, value FROM verdicts WHERE scorer = ?", (scorer,))
    return {row["response_id"]: row["value"] for row in found}


def add_stage_run(store: Store, stage: str, *, seconds: float, done: int, failed: int) -> None:
    with store.transaction():
        store.db.execute(
            "INSERT INTO stage_runs (stage, seconds, done, failed) VALUES (?, ?, ?, ?)",
            (stage, seconds, done, failed),
        )


def stage_seconds(store: Store) -> dict[str, float]:
    """Seconds spent in each stage, over all runs, in order of first use."""
    found = store.db.execute(
        "SELECT stage, sum(seconds) AS seconds FROM stage_runs GROUP BY stage ORDER BY min(id)"
    )
    return {row["stage"]: row["seconds"] for row in found}
