"""The routes of responses."""

from typing import Any

from fastapi import APIRouter, Request, Response

from shikomi.server.descriptions import described
from shikomi.server.responses.answering import PATH, Responses
from shikomi.server.responses.request import ResponseRequest
from shikomi.server.responses.store import ResponseStore


def response_routes(responses: Responses, store: ResponseStore) -> APIRouter:
    router = APIRouter(prefix=PATH)

    @router.post("", openapi_extra=described(ResponseRequest))
    async def create(request: Request) -> Response:
        return await responses.create(request)

    @router.get("/{response_id}")
    def get_response(response_id: str) -> dict[str, Any]:
        return store.get(response_id)

    @router.delete("/{response_id}")
    def delete_response(response_id: str) -> dict[str, Any]:
        return store.delete(response_id)

    return router
