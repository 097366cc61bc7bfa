"""Batches are worked off one after another, through the same door as other requests."""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from shikomi.errors import UserError, place_of
from shikomi.server.batch_lines import Place, batch_error, check_lines, read_request
from shikomi.server.batches import Batches
from shikomi.server.database import Row, Statement
from shikomi.server.errors import ApiError
from shikomi.server.files import Files
from shikomi.server.ids import new_id
from shikomi.server.room import WAIT_SECONDS, lacks_room

Answer = Callable[[Any], Awaitable[dict[str, Any]]]
_RETRY_SECONDS = 1.0
_TRIES = 5
_log = logging.getLogger("shikomi.server")


class BatchRunner:
    """`answers` maps an endpoint to what answers a request's body.

    Each answer is kept when it comes: after a crash only the lines without one are asked. Lines
    are asked in the order of their models, so that the runtime is changed as seldom as can be.
    """

    def __init__(
        self, batches: Batches, files: Files, answers: dict[str, Answer], *, n_parallel: int
    ) -> None:
        self._batches = batches
        self._files = files
        self._answers = answers
        self._n_parallel = n_parallel
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """There is a new batch, or a cancelled one."""
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._wake.clear()
            try:
                if not await self._next():
                    await self._wake.wait()
            except Exception as error:  # noqa: BLE001  the server must outlive any one batch
                _log.error("batches wait: %s", place_of(error))
                await asyncio.sleep(WAIT_SECONDS)

    async def _next(self) -> bool:
        """Work the oldest batch off; False where there is none. While the disk is full it waits,
        and goes on where it was."""
        row = self._batches.next_unfinished()
        if row is None:
            return False
        try:
            await self._work(row)
        except Exception as error:
            if lacks_room(error):
                raise
            _log.error("batch %s failed: %s", row["id"], place_of(error))
            text = f"internal error ({type(error).__name__})"
            self._fail(row["id"], [batch_error("server_error", text)])
        return True

    async def _work(self, row: Row) -> None:
        batch_id, path = row["id"], self._files.path(row["input_file_id"])
        endpoint = self._batches.get(batch_id)["endpoint"]
        checked = await asyncio.to_thread(check_lines, path, endpoint)
        if checked.errors:
            self._fail(batch_id, checked.errors)
            return
        self._batches.move(
            batch_id,
            "in_progress",
            lambda batch: _begin(batch, checked.places),
            only=("validating",),
        )
        await self._ask_all(row, checked.places)
        await asyncio.to_thread(self._end, row)

    def _fail(self, batch_id: str, found: Sequence[dict[str, Any]]) -> None:
        errors = {"object": "list", "data": list(found)}
        self._batches.move(batch_id, "failed", lambda batch: batch.update(errors=errors))

    async def _ask_all(self, row: Row, places: tuple[Place, ...]) -> None:
        answered = self._batches.answered(row["id"])
        waiting = [place for place in places if place.line not in answered]
        waiting.sort(key=lambda place: place.model)
        queue = iter(waiting)

        async def take() -> None:
            for place in queue:  # shared: each place is taken by one of the takers
                batch = self._batches.get(row["id"])
                if batch["status"] != "in_progress":
                    return
                if time.time() >= batch["expires_at"]:
                    self._expired(row, place)
                else:
                    await self._ask(row, batch["endpoint"], place)

        async with asyncio.TaskGroup() as group:
            for _ in range(self._n_parallel):
                group.create_task(take())

    def _expired(self, row: Row, place: Place) -> None:
        request = read_request(self._files.path(row["input_file_id"]), place)
        message = "This request could not be executed before the completion window expired."
        error = {"code": "batch_expired", "message": message}
        text = _output(request["custom_id"], None, error)
        self._batches.add_line(row["id"], place.line, text, is_error=True, usage=(0, 0))

    async def _ask(self, row: Row, endpoint: str, place: Place) -> None:
        request = read_request(self._files.path(row["input_file_id"]), place)
        try:
            status, body = await self._answered(endpoint, request["body"])
        except Exception as error:  # noqa: BLE001  the other lines have nothing to do with it
            _log.error("line %d of batch %s failed: %s", place.line, row["id"], place_of(error))
            broken = ApiError(500, "The server had an error while processing this request.")
            status, body = broken.status, broken.body
        response = {"status_code": status, "request_id": new_id("req"), "body": body}
        self._batches.add_line(
            row["id"],
            place.line,
            _output(request["custom_id"], response, None),
            is_error=status != 200,
            usage=_usage(body),
        )

    async def _answered(self, endpoint: str, body: Any) -> tuple[int, dict[str, Any]]:
        """Status and body; what may pass is tried again."""
        error = ApiError(503, "The model's runtime could not answer.", code="runtime_unavailable")
        for _ in range(_TRIES):
            try:
                return 200, await self._answers[endpoint](body)
            except ApiError as refused:
                error = refused
                if refused.status not in (429, 503):
                    break
            except UserError as broken:
                error = ApiError(503, str(broken), code="runtime_unavailable")
            await asyncio.sleep(_RETRY_SECONDS)
        return error.status, error.body

    def _end(self, row: Row) -> None:
        """Write the files; then one transaction ends the batch."""
        batch_id = row["id"]
        self._batches.move(batch_id, "finalizing", only=("in_progress", "finalizing"))
        batch = self._batches.get(batch_id)
        written = {
            "output_file_id": self._write(row, "output", is_error=False),
            "error_file_id": self._write(row, "error", is_error=True),
        }
        files = {name: found[0] if found else None for name, found in written.items()}
        status = "completed"
        if batch["status"] == "cancelling":
            status = "cancelled"
        elif time.time() >= batch["expires_at"]:
            status = "expired"
        listed = [found[1] for found in written.values() if found]
        self._batches.move(batch_id, status, lambda batch: batch.update(files), statements=listed)

    def _write(self, row: Row, kind: str, *, is_error: bool) -> tuple[str, Statement] | None:
        lines = self._batches.lines(row["id"], is_error=is_error)
        first = next(lines, None)
        if first is None:
            return None
        return self._files.write_result(
            (line for part in ([first], lines) for line in part),
            filename=f"{row['id']}_{kind}.jsonl",
            purpose="batch_output",
            life_seconds=row["expires_seconds"],
        )


def _begin(batch: dict[str, Any], places: tuple[Place, ...]) -> None:
    batch["request_counts"]["total"] = len(places)
    models = {place.model for place in places}
    batch["model"] = next(iter(models)) if len(models) == 1 else None


def _output(custom_id: str, response: dict[str, Any] | None, error: dict[str, Any] | None) -> str:
    line = {"id": new_id("batch_req"), "custom_id": custom_id, "response": response, "error": error}
    return json.dumps(line, ensure_ascii=False)


def _usage(body: dict[str, Any]) -> tuple[int, int]:
    """Tokens that were read and written; a response has other names for them."""
    usage = body.get("usage") or {}
    read = usage.get("prompt_tokens") or usage.get("input_tokens")
    written = usage.get("completion_tokens") or usage.get("output_tokens")
    return int(read or 0), int(written or 0)
