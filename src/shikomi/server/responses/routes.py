"""The routes of responses."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from shikomi.server.descriptions import described
from shikomi.server.responses.answering import PATH, Responses
from shikomi.server.responses.listing import input_items
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

    @router.get("/{response_id}/input_items")
    def list_input(
        response_id: str,
        after: str | None = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        order: Literal["asc", "desc"] = "desc",
    ) -> dict[str, Any]:
        items = store.asked(response_id)
        oldest_first = order == "asc"
        return input_items(response_id, items, after=after, limit=limit, oldest_first=oldest_first)

    @router.delete("/{response_id}")
    def delete_response(response_id: str) -> dict[str, Any]:
        return store.delete(response_id)

    return router
