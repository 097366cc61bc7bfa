"""The parts of a session that hold no state of their own: its jobs, and what they say."""

import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from shikomi.llm.endpoint import Endpoint, Outcome
from shikomi.llm.gateway import Gateway
from shikomi.llm.reading import Reading, read_outcome
from shikomi.types import Request, Usage

S = TypeVar("S")


@dataclass(eq=False)
class Job(Generic[S]):
    """One request on its way, for all the subjects that ask it."""

    request: Request
    key: str
    subjects: list[S]
    keys: list[str] = field(default_factory=list)
    parse_tries: int = 0
    faults: int = 0
    refused: set[str] = field(default_factory=set)  # parameters that it was sent without since
    refusals: int = 0  # for want of room at the endpoint
    not_before: float = 0.0
    call_id: int = 0
    reserved: int | None = None
    sent: Future[Outcome] | None = None
    sent_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Ended(Generic[S]):
    """A job with a reply to hand out, or the reason why there is none."""

    job: Job[S]
    call_id: int
    text: str | None
    usage: Usage | None
    error: str | None = None
    replayed: bool = False


def arrived_reading(job: Job[Any], endpoint: Endpoint) -> Reading:
    """What came of a job whose future is done; a bug on the line is raised here."""
    assert job.sent is not None
    return read_outcome(job.sent.result(), endpoint, reserved=job.reserved)


def last_reading(job: Job[Any], endpoint: Endpoint) -> Reading:
    """How a job is booked when the run ends now."""
    if not job.sent_at:
        return Reading(action="failed", status="error", cost_nanousd=0, error="never sent")
    if _has_outcome(job):
        return arrived_reading(job, endpoint)
    if job.sent:
        job.sent.cancel()
    return Reading(
        action="failed",
        status="unknown",
        cost_nanousd=job.reserved,
        error="the run ended before the reply came",
    )


def can_do_without(job: Job[Any], reading: Reading, gateway: Gateway) -> bool:
    """Whether the job may be sent once more, without the parameter that its model refused."""
    if reading.refused_parameter in job.refused or not gateway.adapt(reading.refused_parameter):
        return False
    job.refused.add(reading.refused_parameter)
    return True


def seconds_of(job: Job[Any]) -> float:
    """How long the call took, or has been waited for."""
    if job.sent and _has_outcome(job):
        return job.sent.result().seconds
    return time.monotonic() - job.sent_at if job.sent_at else 0.0


def _has_outcome(job: Job[Any]) -> bool:
    sent = job.sent
    return bool(sent and sent.done() and not sent.cancelled() and not sent.exception())
