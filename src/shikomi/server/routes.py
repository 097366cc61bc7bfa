"""The routes but those of fine-tuning jobs: HTTP in, one call, the API's object out."""

import asyncio
import re
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse
from starlette.datastructures import FormData, UploadFile

from shikomi.server.batch_runner import BatchRunner
from shikomi.server.batches import Batches, BatchRequest
from shikomi.server.bodies import json_body
from shikomi.server.chat import Chat
from shikomi.server.chat_request import ChatRequest
from shikomi.server.completions import CompletionRequest, Completions
from shikomi.server.descriptions import ANSWER, UPLOAD, described
from shikomi.server.edge import parsed
from shikomi.server.embeddings import EmbeddingRequest, Embeddings
from shikomi.server.errors import invalid, unknown_parameter
from shikomi.server.files import Files
from shikomi.server.worker import Stores

Limit = Annotated[int, Query(ge=1, le=100)]
_SECONDS = re.compile("[0-9]{1,12}")
_FIELDS = {"file", "purpose", "expires_after[anchor]", "expires_after[seconds]"}


def chat_routes(chat: Chat, completions: Completions, embeddings: Embeddings) -> APIRouter:
    router = APIRouter()

    @router.post("/v1/chat/completions", openapi_extra=described(ChatRequest) | ANSWER)
    async def complete(request: Request) -> Response:
        return await chat.complete(request)

    @router.post("/v1/completions", openapi_extra=described(CompletionRequest))
    async def go_on(request: Request) -> Response:
        return await completions.complete(request)

    @router.post("/v1/embeddings", openapi_extra=described(EmbeddingRequest))
    async def embed(request: Request) -> Response:
        return await embeddings.embed(request)

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

    @router.post("/v1/files", openapi_extra=UPLOAD)
    async def upload(request: Request) -> dict[str, Any]:
        return await _upload(request, files)

    @router.get("/v1/files")
    def list_files(
        purpose: str | None = None,
        after: str | None = None,
        limit: Annotated[int, Query(ge=1, le=10_000)] = 10_000,
        order: Literal["asc", "desc"] = "desc",
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
        return FileResponse(files.content(file_id), media_type="application/octet-stream")

    return router


async def _upload(request: Request, files: Files) -> dict[str, Any]:
    async with request.form(max_files=1, max_fields=10) as form:
        if unknown := sorted(form.keys() - _FIELDS):
            raise unknown_parameter(unknown[0])
        upload, purpose = form.get("file"), form.get("purpose")
        if not isinstance(upload, UploadFile):
            raise invalid("'file' is missing: send it as multipart/form-data.", param="file")
        if not isinstance(purpose, str):
            raise invalid("Missing required parameter: 'purpose'.", param="purpose")
        return await asyncio.to_thread(
            files.add,
            upload.file,
            filename=upload.filename or "",
            purpose=purpose,
            life_seconds=_life_seconds(form),
        )


def _life_seconds(form: FormData) -> int | None:
    anchor, seconds = form.get("expires_after[anchor]"), form.get("expires_after[seconds]")
    if anchor is None and seconds is None:
        return None
    if anchor != "created_at":
        text = "'expires_after.anchor' must be 'created_at'."
        raise invalid(text, param="expires_after.anchor")
    if not isinstance(seconds, str) or not _SECONDS.fullmatch(seconds):
        raise invalid("'expires_after.seconds' is a number.", param="expires_after.seconds")
    return int(seconds)


def batch_routes(batches: Batches, files: Files, runner: BatchRunner) -> APIRouter:
    router = APIRouter(prefix="/v1/batches")

    @router.post("", openapi_extra=described(BatchRequest))
    async def create(request: Request) -> dict[str, Any]:
        wanted = parsed(BatchRequest, await json_body(request))
        if files.get(wanted.input_file_id, param="input_file_id")["purpose"] != "batch":
            text = f"{wanted.input_file_id} was not uploaded with the purpose 'batch'."
            raise invalid(text, param="input_file_id")
        batch = batches.create(wanted)
        runner.wake()
        return batch

    @router.get("")
    def list_batches(after: str | None = None, limit: Limit = 20) -> dict[str, Any]:
        return batches.listing(after=after, limit=limit)

    @router.get("/{batch_id}")
    def get_batch(batch_id: str) -> dict[str, Any]:
        return batches.get(batch_id)

    @router.post("/{batch_id}/cancel")
    async def cancel(batch_id: str) -> dict[str, Any]:
        batch = batches.cancel(batch_id)
        runner.wake()
        return batch

    return router
