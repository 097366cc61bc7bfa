"""Cursor lists: `{object: list, data, has_more}` with `after` and `limit`, newest first."""

from typing import Any

from shikomi.server.database import Database, Row
from shikomi.server.errors import invalid


def page(
    database: Database,
    table: str,
    *,
    after: str | None,
    limit: int,
    oldest_first: bool = False,
    where: dict[str, str] | None = None,
    metadata: dict[str, str] | None = None,
) -> tuple[list[Row], bool]:
    """Rows behind the one whose id is `after`, and whether there are more.

    `table` and the keys of `where` are our own words, never the caller's. `metadata` are pairs
    that a row must hold; an empty dict wants rows without any.

    Raises: ApiError for an unknown cursor.
    """
    order, sign = ("ASC", ">") if oldest_first else ("DESC", "<")
    conditions = [f"{column} = ?" for column in where or {}]
    values: list[Any] = list((where or {}).values())
    if metadata == {}:
        conditions.append("metadata IS NULL")
    for pair in (metadata or {}).items():
        conditions.append("EXISTS (SELECT 1 FROM json_each(metadata) WHERE key = ? AND value = ?)")
        values += pair
    if after is not None:
        conditions.append(f"seq {sign} ?")
        values.append(_position(database, table, after))
    clause = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    sql = f"SELECT * FROM {table} {clause} ORDER BY seq {order} LIMIT ?"
    rows = database.rows(sql, *values, limit + 1)
    return rows[:limit], len(rows) > limit


def _position(database: Database, table: str, after: str) -> int:
    row = database.row(f"SELECT seq FROM {table} WHERE id = ?", after)
    if row is None:
        raise invalid(f"No item with the id '{after}'.", param="after")
    return int(row["seq"])


def list_object(data: list[dict[str, Any]], has_more: bool) -> dict[str, Any]:
    first, last = (data[0]["id"], data[-1]["id"]) if data else (None, None)
    return {
        "object": "list",
        "data": data,
        "has_more": has_more,
        "first_id": first,
        "last_id": last,
    }
