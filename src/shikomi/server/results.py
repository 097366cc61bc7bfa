"""What a job leaves: adapters, metrics by step as a CSV file, or how its trainer ended."""

import csv
import io
import shutil
import signal
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from shikomi.engine.training import LOG_FILE
from shikomi.hashing import file_sha256
from shikomi.server.database import Row, Statement
from shikomi.server.models import Models, checkpoint_stem

KEPT_CHECKPOINTS = 2  # beside the job's result: the API keeps three in all

_COLUMNS = {
    "step": "step",
    "train_loss": "train_loss",
    "train_accuracy": "train_mean_token_accuracy",
    "valid_loss": "valid_loss",
    "valid_mean_token_accuracy": "valid_mean_token_accuracy",
}


def metrics_csv(metrics: Iterable[dict[str, Any]]) -> str:
    """One row a step; what was not measured stays empty.

    Source: the columns of the API's step_metrics.csv.
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(_COLUMNS)
    for step in metrics:
        values = (step.get(name) for name in _COLUMNS.values())
        table.writerow("" if value is None else value for value in values)
    return text.getvalue()


def keep_checkpoints(
    models: Models, job: Row, output: Path, events: Iterable[dict[str, Any]]
) -> list[Statement]:
    """Move the adapters that `events` announce into the store; the SQL that lists them."""
    statements = []
    for event in events:
        if event["type"] != "checkpoint":
            continue
        step = int(event["step"])
        source = output / event["file"]
        target = models.adapter_path(checkpoint_stem(job["id"], step))
        if source.exists():
            shutil.copyfile(source, target)  # and it stays: a killed server copies it again
        if target.exists():  # else it was overtaken by later ones before it was looked at
            statements.append(models.add_statement(job, file_sha256(target), step=step))
    return statements


def keep_result(models: Models, job_id: str, output: Path) -> str:
    """Put the trained adapter into the store, in both its forms. Returns the file's SHA-256."""
    target, folder = models.adapter_path(job_id), models.peft_folder(job_id)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(output / "adapter", folder)
    partial = target.with_suffix(".part")
    shutil.copyfile(output / "adapter.gguf", partial)
    partial.replace(target)
    return file_sha256(target)


def how_it_ended(output: Path, status: int) -> str:
    """The exit status, or the signal, and the last line that the trainer wrote."""
    if status < 0:
        name = signal.Signals(-status).name
        return f"it was killed ({name}); the memory may not have been enough"
    log = output / LOG_FILE
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return f"exit status {status}; {lines[-1] if lines else 'it gave no reason'}"
