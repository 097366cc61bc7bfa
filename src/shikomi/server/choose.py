"""What "auto" means for one job."""

import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from shikomi.engine import hardware
from shikomi.engine.catalogue import CATALOGUE
from shikomi.engine.gguf_header import n_parameters
from shikomi.engine.runtime import context_length
from shikomi.engine.training import DEFAULT_BETA, default_hyperparameters
from shikomi.errors import EngineError
from shikomi.server.job_request import PreferenceHyperparameters, RequestedHyperparameters

_LONGEST_EXAMPLE = 2048
_PREFERENCE_RATE = 0.1  # of the supervised rate: DPO moves a model that answers already


def chosen_hyperparameters(
    wanted: RequestedHyperparameters, *, base: str, weights: Path, n_examples: int, device: str
) -> dict[str, Any]:
    """Every hyperparameter as a number (n_layers: None is all layers), as the job tells it back.

    Raises: EngineError where the weights do not say their context length.
    """
    found = default_hyperparameters(_n_parameters(base, weights), n_examples, device)
    preference = isinstance(wanted, PreferenceHyperparameters)
    default_rate = found.learning_rate * (_PREFERENCE_RATE if preference else 1.0)
    rate = default_rate * _or(wanted.learning_rate_multiplier, 1.0)
    rate = _or(wanted.learning_rate, rate)
    chosen = {
        "n_epochs": _or(wanted.n_epochs, found.n_epochs),
        "batch_size": min(_or(wanted.batch_size, found.batch_size), n_examples),
        "learning_rate_multiplier": rate / default_rate,
        "learning_rate": rate,
        "lora_rank": _or(wanted.lora_rank, found.lora_rank),
        "lora_alpha": _or(wanted.lora_alpha, found.lora_alpha),
        "n_layers": _or(wanted.n_layers, found.n_layers),
        "max_length": _or(wanted.max_length, min(context_length(weights), _LONGEST_EXAMPLE)),
    }
    if isinstance(wanted, PreferenceHyperparameters):
        chosen["beta"] = _or(wanted.beta, DEFAULT_BETA)
    return chosen


def _or(value: Any, default: Any) -> Any:
    return default if value == "auto" else value


def _n_parameters(base: str, weights: Path) -> int:
    return CATALOGUE[base].n_parameters if base in CATALOGUE else n_parameters(weights)


def training_processes(setting: str) -> int:
    """One for each GPU that a job with this device setting is trained on."""
    n_gpus = 0 if setting == "cpu" else hardware.n_training_gpus()
    return n_gpus if n_gpus > 1 and training_device(setting) == "cuda" else 1


def training_device(setting: str) -> str:
    """ "cpu" or "cuda", of a setting that may also be "auto".

    Raises: EngineError where "cuda" is asked for and PyTorch finds none.
    """
    found = "cpu" if setting == "cpu" else _torch_device()
    if setting == "cuda" and found != "cuda":
        raise EngineError(
            "PyTorch finds no CUDA device here: start the server with --device auto, or install"
            " a PyTorch and a driver for the GPU"
        )
    return found


@cache
def _torch_device() -> str:
    """As torch says, in a process of its own: here it would stay in memory."""
    program = "import torch; print('cuda' if torch.cuda.is_available() else 'cpu')"
    result = subprocess.run(
        [sys.executable, "-P", "-c", program], capture_output=True, text=True, check=False
    )
    return "cuda" if result.stdout.strip() == "cuda" else "cpu"
