"""`shikomi export model`."""

import sys
from pathlib import Path

from shikomi.app import model_export
from shikomi.app.endpoints import Machine
from shikomi.app.model_export import Forms


def export_model(
    folder: Path, name: str | None, out: Path | None, *, merged: bool, llama_cpp: Path | None
) -> Path:
    """Write a tuned model for other programs. Returns the folder.

    Raises: UserError as `model_export.export_model` does.
    """
    forms, cache = Forms(merged=merged, llama_cpp=llama_cpp), Machine.here().cache
    return model_export.export_model(folder, name, out, forms=forms, cache=cache, say=_say)


def _say(message: str) -> None:
    sys.stderr.write(message + "\n")
