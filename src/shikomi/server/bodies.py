"""Reading request bodies."""

import json
from typing import Any

from fastapi import Request

from shikomi.server.errors import ApiError, invalid

MAX_JSON_BYTES = 32 * 1024 * 1024


async def json_body(request: Request) -> Any:
    """The body as JSON, whatever its declared type (curl -d declares a form).

    Raises: ApiError 400 or 413.
    """
    data = bytearray()
    async for piece in request.stream():
        data += piece
        if len(data) > MAX_JSON_BYTES:
            raise ApiError(413, "The request body is larger than 32 MB.", code="body_too_large")
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise invalid("The request body is not valid JSON.") from None
