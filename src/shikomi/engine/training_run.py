"""A training run, followed: its events, its checkpoints, its adapter."""

import shutil
from math import isfinite
from pathlib import Path
from time import monotonic
from typing import Any, Protocol

from transformers import TrainerCallback

from shikomi.engine.gguf_adapter import write_adapter
from shikomi.engine.group import Group
from shikomi.engine.loading import EventSink
from shikomi.engine.training import PAUSE_FILE, TrainingSpec, read_events
from shikomi.errors import EngineError

_KEPT_EPOCHS = 2  # adapters of earlier epochs


class Progress:
    """Tokens and seconds of training, those before an interruption included."""

    def __init__(self) -> None:
        self._started = monotonic()
        self.trained_tokens = 0

    def go_on_from(self, trained_tokens: int, seconds: float) -> None:
        """Count on from these figures of an interrupted run; the clock starts now."""
        self.trained_tokens = trained_tokens
        self._started = monotonic() - seconds

    def figures(self) -> dict[str, float]:
        """For the trainer's log."""
        seconds = round(monotonic() - self._started, 3)
        return {"trained_tokens": self.trained_tokens, "seconds": seconds}


class Followed(Protocol):
    """The part of our trainers that a run reads: `progress`, `group`, and the Trainer itself."""

    progress: Progress
    group: Group
    state: Any
    model: Any

    def add_callback(self, callback: Any) -> None: ...

    def train(self, resume_from_checkpoint: str | None = None) -> Any: ...


class Run:
    """A trainer, followed: `train`, then `save`. `spec` says what is trained, and how exactly."""

    def __init__(
        self, trainer: Followed, spec: TrainingSpec, events: EventSink, checkpoints: Path
    ) -> None:
        self._trainer = trainer
        self.spec = spec
        self._checkpoints = checkpoints
        trainer.add_callback(_Reporter(events, spec, trainer))

    @property
    def device(self) -> str:
        """ "cpu" or "cuda"."""
        return str(self._trainer.model.device.type)

    def join(self, group: Group) -> None:
        """Train as one of several processes, with the weights that the first one begins with."""
        self._trainer.group = group
        group.align(_trained(self._trainer.model))

    @property
    def trained_tokens(self) -> int:
        return self._trainer.progress.trained_tokens

    @property
    def steps(self) -> int:
        return int(self._trainer.state.global_step)

    def train(self) -> bool:
        """From the last whole checkpoint where there is one. False: it was paused."""
        checkpoint = last_checkpoint(self._checkpoints)
        self._trainer.train(resume_from_checkpoint=None if checkpoint is None else str(checkpoint))
        return self.steps >= int(self._trainer.state.max_steps)

    def save(self) -> None:
        """Write `adapter/` and, for a GGUF base, `adapter.gguf`, each in one step."""
        _check(self._trainer.model)
        target = self.spec.output / "adapter"
        scratch = target.with_name("adapter.tmp")
        shutil.rmtree(scratch, ignore_errors=True)
        self._trainer.model.save_pretrained(scratch)
        shutil.rmtree(target, ignore_errors=True)
        scratch.replace(target)
        if self.spec.base.is_file():
            write_adapter(target, self.spec.base, self.spec.output / "adapter.gguf")


def save_epoch(model: Any, spec: TrainingSpec, step: int) -> str:
    """Write the adapter as it is after `step` and keep the newest few. Returns the file's name."""
    _check(model)
    scratch = spec.output / "epoch.tmp"
    shutil.rmtree(scratch, ignore_errors=True)
    model.save_pretrained(scratch)
    name = f"checkpoint-step-{step}.gguf"
    write_adapter(scratch, spec.base, spec.output / name)
    shutil.rmtree(scratch)
    older = sorted(
        spec.output.glob("checkpoint-step-*.gguf"),
        key=lambda path: int(path.stem.rpartition("-")[2]),
    )
    for path in older[:-_KEPT_EPOCHS]:
        path.unlink()
    return name


def _trained(model: Any) -> list[Any]:
    return [weights for weights in model.parameters() if weights.requires_grad]


def _check(model: Any) -> None:
    """Raises: EngineError where the last step's gradient was no number."""
    if not all(weights.isfinite().all() for weights in _trained(model)):
        raise _spoilt("the adapter")


def _spoilt(what: str) -> EngineError:
    return EngineError(f"{what} holds numbers that are none: train with a lower learning_rate")


def last_checkpoint(folder: Path) -> Path | None:
    """The newest checkpoint that was written to its end: the trainer's state comes last."""
    whole = [path.parent for path in folder.glob("checkpoint-*/trainer_state.json")]
    return max(whole, key=lambda path: int(path.name.rpartition("-")[2]), default=None)


class _Reporter(TrainerCallback):  # type: ignore[misc]
    """Turns the trainer's log into events, and asks for a checkpoint when it is time.

    Of several processes the first writes; all of them stop after the same step.
    """

    def __init__(self, events: EventSink, spec: TrainingSpec, trainer: Followed) -> None:
        self._events = events
        self._spec = spec
        self._trainer = trainer
        self._saved = monotonic()

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        last = state.log_history[-1] if state.global_step else {"trained_tokens": 0, "seconds": 0.0}
        self._trainer.progress.go_on_from(int(last["trained_tokens"]), float(last["seconds"]))
        self._saved = monotonic()
        if state.global_step:
            self._events.say(f"Going on from step {state.global_step}.")
            if state.epoch.is_integer() and not self._is_told(state.global_step):
                self._keep_epoch(state)  # the run broke off with the epoch's last step

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        due = monotonic() - self._saved >= self._spec.checkpoint_seconds
        group = self._trainer.group
        paused = group.any((self._spec.output / PAUSE_FILE).exists())
        if (due or paused) and state.global_step < state.max_steps:
            control.should_save = group.leads
            control.should_training_stop |= paused
            self._saved = monotonic()

    def on_epoch_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """An adapter that can be used as a model; the last epoch's is the run's result."""
        goes_on = state.global_step < state.max_steps and not control.should_training_stop
        if goes_on:
            self._keep_epoch(state)

    def _keep_epoch(self, state: Any) -> None:
        if self._spec.base.is_file() and self._trainer.group.leads:
            file = save_epoch(self._trainer.model, self._spec, state.global_step)
            self._events.write("checkpoint", step=state.global_step, file=file)

    def _is_told(self, step: int) -> bool:
        events = read_events(self._spec.output)
        return any(each["type"] == "checkpoint" and each["step"] == step for each in events)

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        wanted = {
            "train_loss": logs.get("loss"),
            "train_mean_token_accuracy": logs.get("mean_token_accuracy"),
            "learning_rate": logs.get("learning_rate"),
            "train_reward_accuracy": logs.get("rewards/accuracies"),
            "valid_loss": logs.get("eval_loss"),
            "valid_mean_token_accuracy": logs.get("eval_mean_token_accuracy"),
        }
        found = {name: value for name, value in wanted.items() if value is not None}
        if not isfinite(found.get("train_loss", 0.0)):
            raise _spoilt(f"the loss of step {state.global_step}")
        if "train_loss" in found or "valid_loss" in found:
            self._events.write(
                "metrics",
                step=state.global_step,
                total_steps=state.max_steps,
                epoch=round(state.epoch, 4),
                **found,
                trained_tokens=logs["trained_tokens"],
                seconds=logs["seconds"],
            )
