"""The process that trains: `python -m shikomi.engine.train_child`.

One JSON line on standard input is the TrainingSpec; end-of-file there ends the process. What
happens is appended to the output folder's events file.
"""

import json
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shikomi.engine.event_file import Events, failure
from shikomi.engine.parent import leave_with_parent
from shikomi.engine.training import CHECKPOINTS, EVENTS_FILE, TrainingSpec
from shikomi.errors import place_of
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
    "GLOO_SOCKET_IFNAME": "lo",  # several processes meet on this machine alone
    "NCCL_SOCKET_IFNAME": "lo",
}
# What may differ on resume.
_UNCHANGED = ("output", "device", "prefix_cache", "checkpoint_seconds", "n_processes", "precision")


def main() -> int:
    """Train as told; 0 when done, 1 when failed."""
    spec = TrainingSpec.from_json(sys.stdin.buffer.readline().decode())
    leave_with_parent()
    os.environ.update(_SURROUNDINGS)
    gpus = _gpus(spec.n_trainers)
    # A Trainer would take all GPUs, and multiply the batch by their number.
    os.environ["CUDA_VISIBLE_DEVICES"] = gpus[0]
    events = Events(spec.output / EVENTS_FILE)
    try:
        _train(spec, events, gpus)
    except Exception as error:  # noqa: BLE001  the process's edge: its parent reads the event
        sys.stderr.write(f"{place_of(error)}\n")
        events.failed(failure(error))
        return _left(spec, 1)
    return _left(spec, 0)


def _gpus(n: int) -> list[str]:
    """As CUDA names those that may be used; the first n of the machine where nothing says so."""
    listed = os.environ.get("CUDA_VISIBLE_DEVICES")
    return list(map(str, range(n))) if listed is None else listed.split(",")


def _left(spec: TrainingSpec, status: int) -> int:
    """The exit status; with others, at once: a process group may wait for them for ever."""
    if spec.n_trainers > 1:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    return status


def _train(spec: TrainingSpec, events: Events, gpus: list[str]) -> None:
    """Without a "done" event at its end where it was paused."""
    run = _run(spec, events)
    trained = run.train() if spec.n_trainers == 1 else _train_together(run, spec, events, gpus)
    if not trained:
        return
    run.save()
    shutil.rmtree(spec.output / CHECKPOINTS)
    events.write("done", trained_tokens=run.trained_tokens, steps=run.steps)


def _train_together(run: "Run", spec: TrainingSpec, events: Events, gpus: list[str]) -> bool:
    """`run.train` with other processes; the first that fails ends them all."""
    from shikomi.engine.group import LostPartnerError
    from shikomi.engine.peers import Peers

    def lost(fields: dict[str, Any]) -> None:
        events.failed(fields)
        _left(spec, 1)

    peers = Peers(run.spec, gpus, lost)
    try:
        run.join(peers.meet(run.device))
        return run.train()
    except LostPartnerError:
        peers.wait_for_reason()
        raise


def _run(spec: TrainingSpec, events: Events) -> "Run":
    """torch is loaded here, inside the boundary above."""
    checkpoints = spec.output / CHECKPOINTS
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
