"""Files and fine-tuning jobs at an endpoint, over the openai SDK."""

import codecs
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from shikomi.errors import UserError
from shikomi.llm.endpoint import Endpoint
from shikomi.llm.hosts import host_of, job_body, refused
from shikomi.llm.money import estimate_tokens
from shikomi.llm.sdk import client
from shikomi.types import FinetuneSpec

if TYPE_CHECKING:
    from openai.types.fine_tuning import FineTuningJob, FineTuningJobEvent

ENDED = frozenset({"succeeded", "failed", "cancelled"})
_SPELT = {"canceled": "cancelled", "deleted": "cancelled"}  # what some hosts say instead
_KEY = "shikomi_dataset"  # of a job's metadata
_PAGE = 100
_FEWEST_EXAMPLES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """A job as its endpoint shows it. `status` is the API's word where there is one for it, else
    the endpoint's."""

    id: str
    status: str
    fine_tuned_model: str | None
    trained_tokens: int | None
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEvent:
    id: str
    message: str
    data: dict[str, Any] = field(hash=False)


def upload(endpoint: Endpoint, path: Path) -> str:
    """Upload a training file. Returns its id at the endpoint.

    Raises:
        UserError: the endpoint refuses the file; the message is the endpoint's.
        EndpointError: it cannot be reached or does not accept the key (so do all below).
    """
    with client(endpoint) as sdk, path.open("rb") as file:
        content: IO[bytes] | bytes = file
        if host_of(endpoint.base_url).bom:
            content = codecs.BOM_UTF8 + file.read()
        return sdk.files.create(file=(path.name, content), purpose="fine-tune").id


def create_job(endpoint: Endpoint, *, file_id: str, spec: FinetuneSpec, key: str) -> str:
    """Start a supervised job, in the words of its host. Returns its id.

    Never tried again by itself: look for a lost job with `find_job` by its `key`.
    """
    body = job_body(host_of(endpoint.base_url), spec.hyperparameters)
    with client(endpoint, retries=0) as sdk:
        job = sdk.fine_tuning.jobs.create(
            model=spec.model,
            training_file=file_id,
            suffix=spec.suffix or None,
            seed=spec.seed,
            metadata={_KEY: key},
            extra_body=body,
        )
    return job.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    """What is known before a job is paid for. `n_tokens` is estimated from characters, and
    counts one epoch; `warnings` are plain lines."""

    n_examples: int
    n_tokens: int
    warnings: tuple[str, ...]


def preflight(endpoint: Endpoint, path: Path, spec: FinetuneSpec) -> Preflight:
    """Check file, suffix, hyperparameters and model before anything is uploaded.

    Raises:
        UserError: the job would be refused, and the line says why.
    """
    host = host_of(endpoint.base_url)
    if len(spec.suffix) > host.max_suffix:
        raise UserError(
            f"{host.name} takes suffixes of up to {host.max_suffix} characters:"
            f" shorten finetune.suffix ({len(spec.suffix)})"
        )
    if reason := refused(host, spec.hyperparameters):
        raise UserError(reason)
    n_examples = n_tokens = 0
    with path.open(encoding="utf-8") as file:
        for line in file:
            n_examples += 1
            n_tokens += estimate_tokens(line)
    if n_examples < _FEWEST_EXAMPLES:
        raise UserError(f"{path} has {n_examples} examples; a job needs {_FEWEST_EXAMPLES}")
    warnings = tuple(_shutdown(endpoint, spec.model))
    return Preflight(n_examples=n_examples, n_tokens=n_tokens, warnings=warnings)


def _shutdown(endpoint: Endpoint, name: str) -> Iterator[str]:
    """A host may say when a model will be switched off; not every endpoint lists its models, and
    one that does not is no reason to stop."""
    try:
        models = list_models(endpoint)
    except UserError:  # what stands in the way of the job as well is told by the upload
        return
    for model in models:
        if model["id"] == name and (date := model.get("shutdown_date")):
            yield f"{endpoint.base_url} switches {name} off on {date}"


def retrieve_job(endpoint: Endpoint, job_id: str) -> JobView:
    with client(endpoint) as sdk:
        return _view(sdk.fine_tuning.jobs.retrieve(job_id))


def known_job(endpoint: Endpoint, job_id: str) -> JobView | None:
    """The job of that id; None where its endpoint knows it no more."""
    import openai

    with client(endpoint) as sdk:
        try:
            return _view(sdk.fine_tuning.jobs.retrieve(job_id))
        except openai.NotFoundError:
            return None


def events(endpoint: Endpoint, job_id: str, after: str | None) -> list[JobEvent]:
    """Events newer than the one with id `after` (None: all), oldest first.

    The wire lists the newest first, so pages are read until `after` shows up. A host may have
    none: the job's end is told all the same.
    """
    import openai

    found: list[JobEvent] = []
    with client(endpoint) as sdk, suppress(openai.NotFoundError):
        for event in sdk.fine_tuning.jobs.list_events(job_id, limit=_PAGE):
            if event.id == after:
                break
            found.append(_event(event))
    return found[::-1]


def _event(event: "FineTuningJobEvent") -> JobEvent:
    return JobEvent(
        id=event.id,
        message=event.message,
        data=event.data if isinstance(event.data, dict) else {},
    )


def find_job(endpoint: Endpoint, *, key: str, alone: bool) -> JobView | None:
    """The newest job that was made under this key, of those neither failed nor cancelled.

    With `alone` unfinished jobs with another key are cancelled.
    """
    found: JobView | None = None
    with client(endpoint) as sdk:
        for job in sdk.fine_tuning.jobs.list(limit=_PAGE):
            told, view = (job.metadata or {}).get(_KEY), _view(job)
            if told == key and view.status not in {"failed", "cancelled"}:
                found = found or view
            elif alone and told not in (None, key) and view.status not in ENDED:
                sdk.fine_tuning.jobs.cancel(job.id)
            if found and not alone:
                break
    return found


def list_models(endpoint: Endpoint) -> list[dict[str, Any]]:
    """The endpoint's models as it describes them, its own extra keys included."""
    with client(endpoint) as sdk:
        return [model.model_dump() for model in sdk.models.list()]


def _view(job: "FineTuningJob") -> JobView:
    error = job.error.message if job.error and job.error.message else None
    return JobView(
        id=job.id,
        status=_SPELT.get(job.status, job.status),
        fine_tuned_model=job.fine_tuned_model,
        trained_tokens=job.trained_tokens,
        error=error,
    )


def hyperparameters(endpoint: Endpoint, job_id: str) -> dict[str, Any]:
    """What the job trains with, as far as its endpoint tells: "auto" resolved to numbers."""
    with client(endpoint) as sdk:
        job = sdk.fine_tuning.jobs.retrieve(job_id).model_dump()
    method = job.get("method") or {}
    chosen = (method.get("supervised") or {}).get("hyperparameters") or job.get("hyperparameters")
    return {key: value for key, value in (chosen or {}).items() if value is not None}
