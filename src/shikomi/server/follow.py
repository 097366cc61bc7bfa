"""A trainer's events, as a job tells them."""

import math
import time
from collections.abc import Callable, Iterable
from typing import Any

from shikomi.server.job_objects import METRICS
from shikomi.server.jobs import JobEvent

_TOLD = ("step", "total_steps", *METRICS)


def job_events(trainer_events: Iterable[dict[str, Any]]) -> list[JobEvent]:
    """The messages and metrics among them; the end is told by the job itself."""
    told = []
    for event in trainer_events:
        if event["type"] == "message":
            told.append(JobEvent(message=str(event["message"]), level=event.get("level", "info")))
        elif event["type"] == "checkpoint":
            told.append(JobEvent(message=f"Checkpoint created at step {event['step']}"))
        elif event["type"] == "metrics":
            told.append(_metrics_event(event))
    return told


def _metrics_event(event: dict[str, Any]) -> JobEvent:
    data = {name: _number(event[name]) for name in _TOLD if event.get(name) is not None}
    step, total = data.get("step", 0), data.get("total_steps", "?")
    losses = [
        f"{label} loss={data[name]:.4f}"
        for label, name in (("training", "train_loss"), ("validation", "valid_loss"))
        if data.get(name) is not None
    ]
    message = f"Step {step}/{total}: {', '.join(losses) or 'no loss'}"
    return JobEvent(message=message, type="metrics", data=data)


def _number(value: Any) -> Any:
    """JSON has no NaN and no infinity; a loss that is one is not measured."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


class Clock:
    """Estimates when a training will end from the steps seen since it was (re)started, by the
    trainer's own clock: several steps may be read at once."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._first: tuple[int, float] | None = None

    def estimate(self, metrics: dict[str, Any]) -> int | None:
        """Unix seconds, or None before a second step was seen."""
        step, seconds = int(metrics["step"]), float(metrics["seconds"])
        if self._first is None or step <= self._first[0]:
            self._first = (step, seconds)
            return None
        first_step, first_seconds = self._first
        seconds_a_step = (seconds - first_seconds) / (step - first_step)
        return int(self._now() + max(0, metrics["total_steps"] - step) * seconds_a_step)
