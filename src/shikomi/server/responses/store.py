"""Responses that are kept, so that the next request can go on from one by its id."""

import json
import time
from typing import Any

from shikomi.server.database import Database, Row
from shikomi.server.errors import not_found
from shikomi.server.responses.items import Kept, as_json, from_json

LIFE_SECONDS = 30 * 24 * 3600
MOST_KEPT = 1000
MOST_BYTES = 64 * 1024 * 1024


class ResponseStore:
    """The latest responses, with the conversation that each of them answers."""

    def __init__(
        self, database: Database, *, most_kept: int = MOST_KEPT, most_bytes: int = MOST_BYTES
    ) -> None:
        self._database = database
        self._most_kept = most_kept
        self._most_bytes = most_bytes

    def keep(self, response: dict[str, Any], items: list[Kept]) -> None:
        """Keep it, and drop what is too old or too much. `items` are what it answers, those of
        earlier requests first."""
        told, asked = json.dumps(response, ensure_ascii=False), as_json(items)
        size = len(told.encode()) + len(asked.encode())
        with self._database.transaction() as db:
            db.execute(
                "INSERT INTO responses (id, created_at, bytes, object, items)"
                " VALUES (?, ?, ?, ?, ?)",
                (response["id"], response["created_at"], size, told, asked),
            )
            db.execute("DELETE FROM responses WHERE created_at <= ?", (_oldest(),))
            db.execute(
                "DELETE FROM responses WHERE seq IN (SELECT seq FROM (SELECT seq,"
                " row_number() OVER newest AS number, sum(bytes) OVER newest AS total"
                " FROM responses WINDOW newest AS (ORDER BY seq DESC))"
                " WHERE number > ? OR total > ?)",
                (self._most_kept, self._most_bytes),
            )

    def get(self, response_id: str) -> dict[str, Any]:
        """The response as it was answered. Raises: ApiError 404."""
        response: dict[str, Any] = json.loads(self._row(response_id)["object"])
        return response

    def delete(self, response_id: str) -> dict[str, Any]:
        """Raises: ApiError 404."""
        self._row(response_id)
        with self._database.transaction() as db:
            db.execute("DELETE FROM responses WHERE id = ?", (response_id,))
        return {"id": response_id, "object": "response", "deleted": True}

    def conversation(self, response_id: str) -> list[Kept]:
        """All that was said until this response, which ends it. Raises: ApiError 404."""
        row = self._row(response_id, param="previous_response_id")
        output = json.dumps(json.loads(row["object"])["output"])
        return from_json(row["items"]) + from_json(output)

    def asked(self, response_id: str) -> list[Kept]:
        """What this response answers, earlier requests and their answers first. Raises: ApiError
        404."""
        return from_json(self._row(response_id)["items"])

    def item(self, item_id: str) -> Kept:
        """A part of a response's output. Raises: ApiError 404."""
        found = self._database.row(
            "SELECT value FROM responses, json_each(object, '$.output')"
            " WHERE created_at > ? AND instr(object, ?) AND json_extract(value, '$.id') = ?"
            " ORDER BY seq DESC",
            _oldest(),
            item_id,
            item_id,
        )
        if found is None:
            text = "No item of a kept response has this id: send the item itself."
            raise not_found(text, param="input", code="item_not_found")
        return from_json(f"[{found['value']}]")[0]

    def _row(self, response_id: str, param: str | None = None) -> Row:
        sql = "SELECT object, items FROM responses WHERE id = ? AND created_at > ?"
        row = self._database.row(sql, response_id, _oldest())
        if row is None:
            text = f"No response with id '{response_id}' is kept here."
            code = "previous_response_not_found" if param else None
            raise not_found(text, param=param, code=code)
        return row


def _oldest() -> int:
    return int(time.time()) - LIFE_SECONDS
