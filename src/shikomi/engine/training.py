"""Fine-tuning in a child process: LoRA by TRL and PEFT, followed through a file of events."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

EVENTS_FILE = "events.jsonl"
LOG_FILE = "train.log"
CHECKPOINTS = "checkpoints"  # the folder of the trainer's own, for going on
PAUSE_FILE = "pause"  # asks a running trainer to keep a checkpoint and leave
DEFAULT_BETA = 0.1
Precision = Literal["float32", "bfloat16", "int8"]
_GRACE_SECONDS = 3.0
_PAUSE_SECONDS = 120.0  # a step, and writing the checkpoint
_LARGE_ON_CPU = 1_000_000_000  # parameters
_LAYERS_ON_CPU = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSpec:
    """One fine-tuning run.

    `base` is a GGUF file, or a folder of safetensors with its tokenizer. `train_file` and
    `validation_file` hold one `{"messages": [...], "tools": [...]}` a line (`tools` may be left
    out); every assistant message is learnt but those with `"weight": 0`. An example longer than
    `max_length` tokens fails the run. `n_layers` puts LoRA on the last n layers only (None: on
    all); `prefix_cache` then keeps the states below them in memory. `device` is "auto", "cpu"
    or "cuda". Each batch is shared out to `n_processes` of this machine, one a GPU where it has
    them; what is learnt does not depend on their number. `precision` is how the frozen weights
    are held; None: as is quickest here.

    With the method "dpo" a line is {"input": {"messages": [...]}, "preferred_output": [...],
    "non_preferred_output": [...]}, and `beta` weighs the distance to the base model.
    """

    base: Path
    train_file: Path
    output: Path
    n_epochs: int
    batch_size: int
    learning_rate: float
    lora_rank: int
    lora_alpha: float
    max_length: int
    seed: int
    n_layers: int | None = None
    validation_file: Path | None = None
    device: str = "auto"
    prefix_cache: bool = True
    checkpoint_seconds: float = 60.0
    method: Literal["supervised", "dpo"] = "supervised"
    beta: float = DEFAULT_BETA
    n_processes: int = 1
    precision: Precision | None = None

    @property
    def n_trainers(self) -> int:
        """The processes that train: no more than a batch has rows, and for preferences one."""
        return 1 if self.method == "dpo" else min(self.n_processes, self.batch_size)

    def to_json(self) -> str:
        """One line of JSON; `from_json` reads it back."""
        return json.dumps(asdict(self), default=str, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "TrainingSpec":
        """Raises: ValueError where the text is not JSON, TypeError where a field is wrong."""
        fields: dict[str, Any] = json.loads(text)
        for name in ("base", "train_file", "output", "validation_file"):
            if fields.get(name) is not None:
                fields[name] = Path(fields[name])
        return cls(**fields)


class TrainingProcess:
    """A running fine-tuning child. It ends with the process that started it."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid

    def poll(self) -> int | None:
        """The exit status, or None while it runs. 0 after "done", 1 after "failed"."""
        return self._process.poll()

    def wait(self, timeout_seconds: float | None = None) -> int:
        """Raises: subprocess.TimeoutExpired."""
        return self._process.wait(timeout_seconds)

    def terminate(self) -> None:
        """Stop within seconds; the last checkpoint stays and a later start goes on from it."""
        self._process.terminate()
        try:
            self._process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def start_training(spec: TrainingSpec) -> TrainingProcess:
    """Start a child that trains, and go on. Its events appear in `spec.output`.

    Where that folder holds a checkpoint of the same spec and the same files, training goes on
    from it. Results: `adapter/` (PEFT) and, where the base is a GGUF file, `adapter.gguf`; for
    such a base also an adapter after each epoch but the last, told by a "checkpoint" event.
    """
    spec.output.mkdir(parents=True, exist_ok=True)
    (spec.output / PAUSE_FILE).unlink(missing_ok=True)
    with (spec.output / LOG_FILE).open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "shikomi.engine.train_child"],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
        )
    assert process.stdin is not None
    process.stdin.write(spec.to_json().encode() + b"\n")
    process.stdin.flush()  # and kept open: its end tells the child that we are gone
    return TrainingProcess(process)


def pause_training(output: Path, process: TrainingProcess) -> None:
    """Let the trainer keep a checkpoint after its current step and leave; then end it anyway."""
    (output / PAUSE_FILE).touch()
    with suppress(subprocess.TimeoutExpired):
        process.wait(_PAUSE_SECONDS)
    process.terminate()


def read_events(output: Path, after: int = 0) -> list[dict[str, Any]]:
    """The events written so far, without the first `after`; a line still being written is left."""
    path = output / EVENTS_FILE
    return list(_events(path))[after:] if path.exists() else []


def _events(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n") and line.strip():
                yield json.loads(line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hyperparameters:
    """What a training run needs beside its files; None for `n_layers` means all layers."""

    n_epochs: int
    batch_size: int
    learning_rate: float
    lora_rank: int
    lora_alpha: float
    n_layers: int | None


def default_hyperparameters(n_parameters: int, n_examples: int, device: str) -> Hyperparameters:
    """Defaults by model size and amount of data; `device` is "cpu" or "cuda".

    Few examples are seen more often: about 3,000 in all on a GPU, from 2 to 10 times. On a CPU
    time decides: about 1,350 in all, from 2 to 10 times, and from a billion parameters on LoRA on
    the last layers only, so that the states below them are computed once, and small batches,
    which learn more from as many tokens (docs/log.md).
    """
    on_cpu = device == "cpu"
    large = n_parameters >= _LARGE_ON_CPU
    epochs = round((1350 if on_cpu and large else 3000) / max(n_examples, 1))
    rank = 16 if on_cpu else 64
    return Hyperparameters(
        n_epochs=max(2, min(10, epochs)),
        batch_size=_batch_size(n_examples, small=on_cpu and large, on_cpu=on_cpu),
        learning_rate=_learning_rate(n_parameters),
        lora_rank=rank,
        lora_alpha=float(2 * rank if on_cpu else rank),
        n_layers=_LAYERS_ON_CPU if on_cpu and large else None,
    )


def _batch_size(n_examples: int, *, small: bool, on_cpu: bool) -> int:
    if small:
        return 4
    return 8 if on_cpu or n_examples < 1000 else 16


def _learning_rate(n_parameters: int) -> float:
    if n_parameters <= 2_000_000_000:
        return 1e-3
    return 3e-4 if n_parameters <= 9_000_000_000 else 1e-4
