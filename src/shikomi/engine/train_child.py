"""The process that trains: `python -m shikomi.engine.train_child`.

One JSON line on standard input is the TrainingSpec; end-of-file there ends the process. What
happens is appended to the output folder's events file.
"""

import json
import os
import shutil
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shikomi.engine.parent import leave_with_parent
from shikomi.engine.training import EVENTS_FILE, TrainingSpec
from shikomi.errors import ShikomiError
from shikomi.hashing import content_id, file_sha256

if TYPE_CHECKING:
    from shikomi.engine.training_run import Run

# Read by native libraries and the hub client when they are loaded, below. A thread that spins
# while it waits takes the core its partner needs: beside one other busy process, training came
# to a near standstill. And nothing here may ask the network.
_SURROUNDINGS = {
    "OMP_WAIT_POLICY": "PASSIVE",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
_UNCHANGED = ("output", "device", "prefix_cache", "checkpoint_seconds")  # may differ on resume


def main() -> int:
    """Train as told; 0 when done, 1 when failed."""
    spec = TrainingSpec.from_json(sys.stdin.buffer.readline().decode())
    leave_with_parent()
    os.environ.update(_SURROUNDINGS)
    # A Trainer would take all GPUs, and multiply the batch by their number.
    os.environ["CUDA_VISIBLE_DEVICES"] = os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0]
    events = Events(spec.output / EVENTS_FILE)
    try:
        _train(spec, events)
    except Exception as error:  # noqa: BLE001  the process's edge: its parent reads the event
        traceback.print_exc()
        events.failed(error)
        return 1
    return 0


class Events:
    """Appends events, one JSON line each, readable by others at once."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a+b")
        self._end_torn_line(path)

    def _end_torn_line(self, path: Path) -> None:
        size = path.stat().st_size
        whole = path.read_bytes().rfind(b"\n") + 1 if size else 0
        self._file.truncate(whole)  # a run that was killed may have left half a line

    def write(self, kind: str, **fields: Any) -> None:
        line = json.dumps({"type": kind, **fields}, ensure_ascii=False) + "\n"
        self._file.write(line.encode())
        self._file.flush()

    def say(self, message: str) -> None:
        self.write("message", level="info", message=message)

    def failed(self, error: Exception) -> None:
        from shikomi.engine.collate import RefusedLine

        plain = isinstance(error, ShikomiError | RefusedLine)
        message = str(error) if plain else f"{type(error).__name__}: {error}"
        more = {"line": error.line, "param": error.param} if isinstance(error, RefusedLine) else {}
        self.write("failed", message=message, **more)


def _train(spec: TrainingSpec, events: Events) -> None:
    """Without a "done" event at its end where it was paused."""
    run = _run(spec, events)
    if not run.train():
        return
    run.save()
    shutil.rmtree(spec.output / "checkpoints")
    events.write("done", trained_tokens=run.trained_tokens, steps=run.steps)


def _run(spec: TrainingSpec, events: Events) -> "Run":
    """torch is loaded here, inside the boundary above."""
    checkpoints = spec.output / "checkpoints"
    _forget_other_run(checkpoints, _identity(spec))
    if spec.method == "dpo":
        from shikomi.engine.preference_run import preference_run

        return preference_run(spec, events, checkpoints)
    from shikomi.engine.lora_run import supervised_run

    return supervised_run(spec, events, checkpoints)


def _forget_other_run(checkpoints: Path, identity: str) -> None:
    marker = checkpoints / "run.id"
    if not marker.exists() or marker.read_text() != identity:
        shutil.rmtree(checkpoints, ignore_errors=True)
        checkpoints.mkdir(parents=True)
        marker.write_text(identity)


def _identity(spec: TrainingSpec) -> str:
    fields = json.loads(spec.to_json())
    for name in _UNCHANGED:
        fields.pop(name)
    files = [path for path in (spec.train_file, spec.validation_file) if path is not None]
    base = spec.base if spec.base.is_file() else spec.base / "config.json"
    return content_id([fields, [file_sha256(path) for path in files], base.stat().st_mtime_ns])


if __name__ == "__main__":
    sys.exit(main())
