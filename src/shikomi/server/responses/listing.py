"""What a kept response was asked with, as the API lists it: each item whole, and with an id."""

from typing import Any

from shikomi.server.errors import invalid
from shikomi.server.pages import list_object
from shikomi.server.responses.items import CallOutput, Kept, Reasoning, Refusal, Turn, text_of
from shikomi.server.responses.objects import message, output_text

_PREFIXES = {
    "message": "msg",
    "function_call": "fc",
    "function_call_output": "fco",
    "reasoning": "rs",
}


def input_items(
    response_id: str, items: list[Kept], *, after: str | None, limit: int, oldest_first: bool
) -> dict[str, Any]:
    """Those behind the one whose id is `after`. Raises: ApiError for an unknown cursor."""
    told = list(map(_told, items, _ids(response_id, items)))
    if not oldest_first:
        told.reverse()
    start = 0
    if after is not None:
        ids = [item["id"] for item in told]
        if after not in ids:
            raise invalid(f"No item with the id '{after}'.", param="after")
        start = ids.index(after) + 1
    return list_object(told[start : start + limit], len(told) > start + limit)


def _ids(response_id: str, items: list[Kept]) -> list[str]:
    """Each item's own, else one that is the same whenever it is listed; no two are alike, as a
    cursor must name one place."""
    ids: dict[str, None] = {}
    for number, item in enumerate(items):
        made = f"{_PREFIXES[item.type]}_{response_id.removeprefix('resp_')}{number:04}"
        ids[made if item.id is None or item.id in ids else item.id] = None
    return list(ids)


def _told(item: Kept, item_id: str) -> dict[str, Any]:
    if isinstance(item, Turn):
        return _turn(item, item_id)
    told = item.model_dump(exclude_none=True, by_alias=True, exclude={"parsed_arguments"})
    told["id"] = item_id
    if isinstance(item, Reasoning):
        return {"summary": []} | told
    if isinstance(item, CallOutput) and not isinstance(item.output, str):
        told["output"] = [{"type": "input_text", "text": text_of(item.output)}]
    return {"status": "completed"} | told


def _turn(turn: Turn, item_id: str) -> dict[str, Any]:
    status = turn.status or "completed"
    if turn.role != "assistant":
        content = [{"type": "input_text", "text": text_of(turn.content)}]
        return message(item_id, status, content) | {"role": turn.role}
    phase = {"phase": turn.phase} if turn.phase else {}
    return message(item_id, status, _said(turn)) | phase


def _said(turn: Turn) -> list[dict[str, Any]]:
    if isinstance(turn.content, str):
        return [output_text(turn.content, [], [])]
    return [
        part.model_dump()
        if isinstance(part, Refusal)
        else output_text(part.text, part.annotations or [], part.logprobs or [])
        for part in turn.content
    ]
