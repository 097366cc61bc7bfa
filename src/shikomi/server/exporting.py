"""Which tuned model to export, and what is known of it, read from a server's data folder."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shikomi.errors import UserError
from shikomi.hashing import file_sha256
from shikomi.server.database import DATABASE_FILE, Database, Row
from shikomi.server.files import FILES_FOLDER
from shikomi.server.jobs import Jobs
from shikomi.server.models import ADAPTERS_FOLDER, Models
from shikomi.server.settings import ModelSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A tuned model's files and its history. `metrics` are one dict a step, in order."""

    name: str
    base: str
    base_sha256: str
    adapter_gguf: Path
    peft_folder: Path
    job: dict[str, Any]
    n_examples: int
    training_sha256: str | None
    metrics: tuple[dict[str, Any], ...]


def find_trained(data: Path, name: str | None) -> Trained:
    """The model called `name`, or the newest one.

    Raises: UserError where there is none, or it is a checkpoint.
    """
    if not (data / DATABASE_FILE).exists():
        raise UserError(
            f"{data} holds no tuned model yet: `shikomi finetune` trains one"
            " (what a host trained stays with it)"
        )
    database = Database(data / DATABASE_FILE)
    try:
        return _trained(database, data, _row(database, name))
    finally:
        database.close()


def _row(database: Database, name: str | None) -> Row:
    rows = database.rows("SELECT * FROM models ORDER BY is_final DESC, seq DESC")
    found = next((row for row in rows if name in (None, row["id"])), None)
    finals = [row["id"] for row in rows if row["is_final"]]
    if found is None or not finals:
        known = ", ".join(finals) or "none"
        raise UserError(f"there is no tuned model {name or ''} to export; there is: {known}")
    if not found["is_final"]:
        raise UserError(
            f"{name} is a checkpoint, kept for answering only: export a job's result,"
            f" such as {finals[0]}"
        )
    return found


def _trained(database: Database, data: Path, row: Row) -> Trained:
    models = Models(database, ModelSettings(cache=data, adapters=data / ADAPTERS_FOLDER))
    peft = models.peft_folder(row["job_id"])
    if not peft.is_dir():
        raise UserError(f"{row['id']} was trained by an older version: train it once more")
    adapter = models.adapter_path(row["adapter"])
    if not adapter.is_file():
        raise UserError(f"{row['id']} has lost its file {adapter}: train it once more")
    jobs = Jobs(database)
    job = jobs.get(row["job_id"])
    file = data / FILES_FOLDER / job["training_file"]
    return Trained(
        name=row["id"],
        base=row["base"],
        base_sha256=row["base_sha256"],
        adapter_gguf=adapter,
        peft_folder=peft,
        job=job,
        n_examples=int(jobs.row(row["job_id"])["n_examples"] or 0),
        training_sha256=file_sha256(file) if file.exists() else None,
        metrics=tuple(jobs.metrics(row["job_id"])),
    )


def hyperparameters(job: dict[str, Any]) -> str:
    """As one line of the model card."""
    values = job["hyperparameters"]
    return ", ".join(f"{key} {json.dumps(value)}" for key, value in values.items())
