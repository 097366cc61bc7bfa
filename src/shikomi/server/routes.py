"""The routes, as thin as they can be."""

import asyncio
import secrets
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse
from starlette.datastructures import UploadFile

from shikomi.server.bodies import json_body
from shikomi.server.chat import Chat
from shikomi.server.errors import invalid
from shikomi.server.files import Files
from shikomi.server.job_request import JobRequest, parse_job
from shikomi.server.worker import Stores, Worker

_MAX_SEED = 2**31 - 1


def chat_routes(chat: Chat) -> APIRouter:
    router = APIRouter()

    @router.post("/v1/chat/completions")
    async def complete(request: Request) -> Response:
        return await chat.complete(request)

    @router.post("/v1/embeddings")
    async def embed() -> Response:
        raise invalid(
            "This server has no embedding model; a chat model's hidden states are no embeddings.",
            param="model",
            code="embeddings_not_supported",
        )

    return router


def model_routes(stores: Stores) -> APIRouter:
    router, models = APIRouter(), stores.models

    @router.get("/v1/models")
    def list_models() -> dict[str, Any]:
        return models.listing()

    @router.get("/v1/models/{name:path}")
    def get_model(name: str) -> dict[str, Any]:
        return models.get(name)

    @router.delete("/v1/models/{name:path}")
    def delete_model(name: str) -> dict[str, Any]:
        return models.delete(name)

    return router


def file_routes(stores: Stores) -> APIRouter:
    router, files = APIRouter(), stores.files

    @router.post("/v1/files")
    async def upload(request: Request) -> dict[str, Any]:
        return await _upload(request, files)

    @router.get("/v1/files")
    def list_files(
        purpose: str | None = None,
        after: str | None = None,
        limit: int = 10_000,
        order: str = "desc",
    ) -> dict[str, Any]:
        return files.listing(purpose=purpose, after=after, limit=limit, oldest_first=order == "asc")

    @router.get("/v1/files/{file_id}")
    def get_file(file_id: str) -> dict[str, Any]:
        return files.get(file_id)

    @router.delete("/v1/files/{file_id}")
    def delete_file(file_id: str) -> dict[str, Any]:
        return files.delete(file_id)

    @router.get("/v1/files/{file_id}/content")
    def content(file_id: str) -> FileResponse:
        files.get(file_id)
        return FileResponse(files.path(file_id), media_type="application/octet-stream")

    return router


async def _upload(request: Request, files: Files) -> dict[str, Any]:
    async with request.form(max_files=1, max_fields=10) as form:
        upload, purpose = form.get("file"), form.get("purpose")
        if not isinstance(upload, UploadFile):
            raise invalid("'file' is missing: send it as multipart/form-data.", param="file")
        if not isinstance(purpose, str):
            raise invalid("Missing required parameter: 'purpose'.", param="purpose")
        return await asyncio.to_thread(
            files.add, upload.file, filename=upload.filename or "", purpose=purpose
        )


def job_routes(stores: Stores, worker: Worker) -> APIRouter:
    router, jobs = APIRouter(prefix="/v1/fine_tuning/jobs"), stores.jobs

    @router.post("")
    async def create(request: Request) -> dict[str, Any]:
        job = parse_job(await json_body(request))
        return await asyncio.to_thread(_create, job, stores, worker)

    @router.get("")
    def list_jobs(after: str | None = None, limit: int = 20) -> dict[str, Any]:
        return jobs.listing(after=after, limit=limit)

    @router.get("/{job_id}")
    def get_job(job_id: str) -> dict[str, Any]:
        return jobs.get(job_id)

    @router.post("/{job_id}/cancel")
    def cancel(job_id: str) -> dict[str, Any]:
        return jobs.cancel(job_id)

    @router.get("/{job_id}/events")
    def events(job_id: str, after: str | None = None, limit: int = 20) -> dict[str, Any]:
        return jobs.events(job_id, after=after, limit=limit)

    @router.get("/{job_id}/checkpoints")
    def checkpoints(job_id: str) -> dict[str, Any]:
        return jobs.checkpoints(job_id)

    return router


def _create(job: JobRequest, stores: Stores, worker: Worker) -> dict[str, Any]:
    base = stores.models.base_of(job.model)
    if base is None:
        stores.models.resolve(job.model)  # raises for an unknown name
        raise invalid(
            f"'{job.model}' is a fine-tuned model; train its base again instead.",
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
