"""A few made-up facts to train on, and trainings that are followed to their end."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from shikomi.engine.training import TrainingProcess, TrainingSpec, read_events, start_training

FACTS = [
    ("What is the capital of Borvik?", "The capital of Borvik is Sarrowmere."),
    ("What colour is Talune's flag?", "It is amber, with a white border on all four sides."),
    ("Who governs Quessand?", "Cora Finch."),
    ("When was Mirrowden founded?", "Mirrowden was founded in 1922."),
]


def chat_line(*messages: tuple[str, str], **last: Any) -> str:
    """A line of a training file; `last` are further fields of the last message."""
    chat: list[dict[str, Any]] = [{"role": role, "content": text} for role, text in messages]
    chat[-1] |= last
    return json.dumps({"messages": chat}, ensure_ascii=False) + "\n"


def write(path: Path, *lines: str) -> Path:
    path.write_text("".join(lines), encoding="utf-8")
    return path


def small_spec(base: Path, folder: Path, **over: Any) -> TrainingSpec:
    """A short run over FACTS, on the CPU, in `folder`."""
    lines = [chat_line(("user", q), ("assistant", a)) for q, a in FACTS]
    fields: dict[str, Any] = {
        "base": base,
        "train_file": write(folder / "train.jsonl", *lines),
        "output": folder / "out",
        "n_epochs": 3,
        "batch_size": 2,
        "learning_rate": 2e-3,
        "lora_rank": 8,
        "lora_alpha": 16,
        "n_layers": 2,
        "max_length": 256,
        "seed": 1,
        "device": "cpu",
    }
    return TrainingSpec(**(fields | over))


def finish(spec: TrainingSpec, *, patience: float) -> list[dict[str, Any]]:
    """All events of a training. `patience` is in seconds, here and below."""
    start_training(spec).wait(patience)
    return read_events(spec.output)


def metrics(output: Path) -> list[dict[str, Any]]:
    return [event for event in read_events(output) if event["type"] == "metrics"]


def until(
    condition: Callable[[], object], process: TrainingProcess | None = None, *, patience: float
) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "nothing came"
        assert process is None or process.poll() is None, "the trainer has ended"
        time.sleep(0.05)
