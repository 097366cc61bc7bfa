"""Jobs, events and checkpoints as the API shows them."""

import json
from typing import Any

from shikomi.server.database import Row
from shikomi.server.models import OWNER

METRICS = (  # of a step, as far as they were measured
    "train_loss",
    "train_mean_token_accuracy",
    "train_reward_accuracy",
    "valid_loss",
    "valid_mean_token_accuracy",
)
_WHOLE_FILE = ("valid_loss", "valid_mean_token_accuracy")  # always measured on all of it


def event_object(row: Row) -> dict[str, Any]:
    return {
        "object": "fine_tuning.job.event",
        "id": row["id"],
        "created_at": row["created_at"],
        "level": row["level"],
        "message": row["message"],
        "type": row["type"],
        "data": json.loads(row["data"]),
    }


def job_object(row: Row) -> dict[str, Any]:
    """`hyperparameters` are those asked for until the job runs, and then the ones chosen."""
    hyperparameters = json.loads(row["chosen"] or row["requested"])
    return {
        "id": row["id"],
        "object": "fine_tuning.job",
        "created_at": row["created_at"],
        "finished_at": row["finished_at"],
        "model": row["model"],
        "fine_tuned_model": row["fine_tuned_model"],
        "organization_id": f"org-{OWNER}",
        "result_files": [row["result_file"]] if row["result_file"] else [],
        "status": row["status"],
        "seed": row["seed"],
        "trained_tokens": row["trained_tokens"],
        "training_file": row["training_file"],
        "validation_file": row["validation_file"],
        "estimated_finish": row["estimated_finish"],
        "error": json.loads(row["error"]) if row["error"] else None,
        "hyperparameters": hyperparameters,
        "method": {"type": row["method"], row["method"]: {"hyperparameters": hyperparameters}},
        "integrations": [],
        "metadata": json.loads(row["metadata"]) if row["metadata"] else None,
        "user_provided_suffix": row["suffix"],
    }


def checkpoint_object(model: Row, metrics: dict[str, Any]) -> dict[str, Any]:
    """`model` is the checkpoint's row among the models; `metrics` are those at its step."""
    step = metrics.get("step", model["step"] or 0)
    values = {name: metrics[name] for name in METRICS if metrics.get(name) is not None}
    values |= {f"full_{name}": values[name] for name in _WHOLE_FILE if name in values}
    return {
        "object": "fine_tuning.job.checkpoint",
        "id": model["adapter"].replace("ftjob", "ftckpt", 1),
        "created_at": model["created_at"],
        "fine_tuning_job_id": model["job_id"],
        "fine_tuned_model_checkpoint": model["id"],
        "step_number": step,
        "metrics": {"step": step} | values,
    }
