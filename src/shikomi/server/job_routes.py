"""The routes of fine-tuning jobs."""

import asyncio
import re
import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from shikomi.server.bodies import json_body
from shikomi.server.descriptions import BY_METADATA, described
from shikomi.server.edge import MAX_PAIRS
from shikomi.server.errors import invalid
from shikomi.server.files import Files
from shikomi.server.job_objects import checkpoint_object
from shikomi.server.job_request import JobRequest, parse_job
from shikomi.server.pages import list_object
from shikomi.server.worker import Stores, Worker

_MAX_SEED = 2**31 - 1
_METADATA = re.compile(r"metadata\[(.*)\]")

Limit = Annotated[int, Query(ge=1, le=10_000)]


def job_routes(stores: Stores, worker: Worker) -> APIRouter:
    """All of them."""
    router = APIRouter(prefix="/v1/fine_tuning/jobs")
    _add_reading(router, stores)
    _add_changing(router, stores, worker)
    return router


def _add_changing(router: APIRouter, stores: Stores, worker: Worker) -> None:
    jobs = stores.jobs

    @router.post("", openapi_extra=described(JobRequest))
    async def create(request: Request) -> dict[str, Any]:
        job = parse_job(await json_body(request))
        return await asyncio.to_thread(_create, job, stores, worker)

    @router.post("/{job_id}/cancel")
    def cancel(job_id: str) -> dict[str, Any]:
        job = jobs.cancel(job_id)
        worker.wake()
        return job

    @router.post("/{job_id}/pause")
    def pause(job_id: str) -> dict[str, Any]:
        return jobs.pause(job_id)

    @router.post("/{job_id}/resume")
    def resume(job_id: str) -> dict[str, Any]:
        job = jobs.resume(job_id)
        worker.wake()
        return job


def _add_reading(router: APIRouter, stores: Stores) -> None:
    jobs = stores.jobs

    @router.get("", openapi_extra=BY_METADATA)
    def list_jobs(request: Request, after: str | None = None, limit: Limit = 20) -> dict[str, Any]:
        return jobs.listing(after=after, limit=limit, metadata=_metadata(request))

    @router.get("/{job_id}")
    def get_job(job_id: str) -> dict[str, Any]:
        return jobs.get(job_id)

    @router.get("/{job_id}/events")
    def events(job_id: str, after: str | None = None, limit: Limit = 20) -> dict[str, Any]:
        return jobs.events(job_id, after=after, limit=limit)

    @router.get("/{job_id}/checkpoints")
    def checkpoints(job_id: str, after: str | None = None, limit: Limit = 10) -> dict[str, Any]:
        return _checkpoints(stores, job_id, after=after, limit=limit)


def _metadata(request: Request) -> dict[str, str] | None:
    """The pairs of `metadata[key]=value`; {} for `metadata=null`; None where nothing is asked."""
    query = request.query_params
    pairs = {
        match[1]: value
        for name, value in query.multi_items()
        if (match := _METADATA.fullmatch(name))
    }
    if query.get("metadata") == "null":
        if pairs:
            raise invalid("Use 'metadata=null' or 'metadata[key]', not both.", param="metadata")
        return {}
    if len(pairs) > MAX_PAIRS:
        raise invalid(f"Ask for at most {MAX_PAIRS} pairs of metadata.", param="metadata")
    return pairs or None


def _checkpoints(stores: Stores, job_id: str, *, after: str | None, limit: int) -> dict[str, Any]:
    """The latest first; the last one is the job's model."""
    stores.jobs.row(job_id)
    metrics = stores.jobs.metrics(job_id)
    by_step = {each.get("step", 0): each for each in metrics}
    last = metrics[-1] if metrics else {}
    found = [
        checkpoint_object(model, by_step.get(model["step"], last))
        for model in stores.models.of_job(job_id)
    ]
    ids = [each["id"] for each in found]
    if after is not None and after not in ids:
        raise invalid(f"No item with the id '{after}'.", param="after")
    start = 0 if after is None else ids.index(after) + 1
    return list_object(found[start : start + limit], len(found) > start + limit)


def _create(job: JobRequest, stores: Stores, worker: Worker) -> dict[str, Any]:
    base = stores.models.base_of(job.model)
    if base is None:
        target = stores.models.resolve(job.model)  # raises for an unknown name
        raise invalid(
            f"'{job.model}' cannot be trained further; train its base, '{target.base}', instead.",
            param="model",
            code="model_not_trainable",
        )
    _check_file(stores.files, job.training_file, "training_file")
    if job.validation_file is not None:
        _check_file(stores.files, job.validation_file, "validation_file")
    seed = secrets.randbelow(_MAX_SEED) if job.seed is None else job.seed
    created = stores.jobs.create(job, base=base, seed=seed)
    worker.check(created["id"])
    return created


def _check_file(files: Files, file_id: str, param: str) -> None:
    if files.get(file_id, param=param)["purpose"] != "fine-tune":
        raise invalid(f"{file_id} was not uploaded with the purpose 'fine-tune'.", param=param)
