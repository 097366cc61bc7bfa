"""What a finished job leaves: metrics by step as a CSV file."""

import csv
import io
from collections.abc import Iterable
from typing import Any

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
