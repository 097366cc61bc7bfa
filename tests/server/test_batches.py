"""Batches by the SDK: answers, refusals, cancellation, a killed server."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openai
import pytest
from openai.types import Batch

from serving import ServerProcess
from shikomi.llm.ask import Endpoint, Gateway, ask_all
from shikomi.store import Store
from shikomi.types import Message, Request

PATH = "/v1/chat/completions"


def request(custom_id: str, *, model: str = "tiny", **options: Any) -> dict[str, Any]:
    body = {"model": model, "messages": [{"role": "user", "content": custom_id}], "max_tokens": 2}
    return {"custom_id": custom_id, "method": "POST", "url": PATH, "body": body | options}


def start(server: ServerProcess, path: Path, lines: list[Any], **options: Any) -> Batch:
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    with path.open("rb") as file:
        uploaded = server.sdk.files.create(file=file, purpose="batch")
    given = {"endpoint": PATH, "completion_window": "24h"} | options
    return server.sdk.batches.create(input_file_id=uploaded.id, **given)


def ended(server: ServerProcess, batch_id: str, *, seconds: float = 300) -> Batch:
    deadline = time.monotonic() + seconds
    while (batch := server.sdk.batches.retrieve(batch_id)).status in (
        *("validating", "in_progress", "finalizing", "cancelling"),
    ):
        assert time.monotonic() < deadline, batch
        time.sleep(0.1)
    Batch.model_validate(server.http.get(f"/batches/{batch_id}").json())
    return batch


def read(server: ServerProcess, file_id: str | None) -> list[dict[str, Any]]:
    assert file_id is not None
    return [json.loads(line) for line in server.sdk.files.content(file_id).text.splitlines()]


def test_a_batch_of_responses(tiny_server: ServerProcess, tmp_path: Path) -> None:
    route = "/v1/responses"
    bodies = [{"model": "tiny", "input": "Hi", "max_output_tokens": 2}, {"model": "tiny"}]
    lines = [
        {"custom_id": str(number), "method": "POST", "url": route, "body": body}
        for number, body in enumerate(bodies)
    ]
    batch = ended(tiny_server, start(tiny_server, tmp_path / "in.jsonl", lines, endpoint=route).id)
    counts = batch.request_counts
    assert counts is not None and (counts.completed, counts.failed) == (1, 1)
    assert batch.usage is not None and batch.usage.output_tokens == 2
    (line,) = read(tiny_server, batch.output_file_id)
    response = line["response"]["body"]
    assert (response["object"], response["usage"]["output_tokens"]) == ("response", 2)
    assert tiny_server.http.get(f"/responses/{response['id']}").status_code == 404


def test_each_line_is_answered_or_says_why_not(tiny_server: ServerProcess, tmp_path: Path) -> None:
    lines = [request("one"), request("two", temperature=9), request("three", model="tiny")]
    created = start(tiny_server, tmp_path / "in.jsonl", lines, metadata={"a": "b"})
    assert created.status == "validating"
    batch = ended(tiny_server, created.id)
    assert (batch.status, batch.metadata, batch.model) == ("completed", {"a": "b"}, "tiny")
    counts = batch.request_counts
    assert counts is not None
    assert (counts.total, counts.completed, counts.failed) == (3, 2, 1)
    good = read(tiny_server, batch.output_file_id)
    assert [line["custom_id"] for line in good] == ["one", "three"]
    assert all(line["response"]["body"]["choices"] for line in good)
    assert batch.usage is not None and batch.usage.output_tokens == 4
    (bad,) = read(tiny_server, batch.error_file_id)
    assert (bad["custom_id"], bad["response"]["status_code"]) == ("two", 400)
    assert bad["response"]["body"]["error"]["param"] == "temperature"
    assert tiny_server.sdk.files.retrieve(batch.output_file_id or "").purpose == "batch_output"
    assert batch.id in {each.id for each in tiny_server.sdk.batches.list(limit=1)}
    with pytest.raises(openai.BadRequestError, match="'completed'"):
        tiny_server.sdk.batches.cancel(batch.id)


def test_a_file_with_wrong_lines_fails_whole_and_names_them(
    tiny_server: ServerProcess, tmp_path: Path
) -> None:
    lines = [request("a"), request("a"), request("b") | {"url": "/v1/files"}, [], {"x": 1}]
    batch = ended(tiny_server, start(tiny_server, tmp_path / "in.jsonl", lines).id)
    assert batch.status == "failed" and batch.errors is not None and batch.errors.data
    assert [(error.line, error.code) for error in batch.errors.data] == [
        (2, "duplicate_custom_id"),
        (3, "invalid_url"),
        (4, "invalid_json_line"),
        (5, "missing_required_parameter"),
    ]


def test_a_batch_needs_a_file_of_its_purpose(tiny_server: ServerProcess, tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text("{}\n")
    with pytest.raises(openai.BadRequestError, match="purpose 'batch'"):
        tiny_server.sdk.batches.create(
            input_file_id=tiny_server.upload(path),
            endpoint=PATH,
            completion_window="24h",
        )
    with pytest.raises(openai.NotFoundError):
        tiny_server.sdk.batches.retrieve("batch_none")


def test_the_products_own_client_asks_in_batches(
    tiny_server: ServerProcess, tmp_path: Path
) -> None:
    endpoint = Endpoint(
        identity="tiny", base_url=tiny_server.url, model="tiny", api_key=None, price=None,
        concurrency=8, timeout_seconds=60, is_batched=True,
    )  # fmt: skip
    asks = [
        (n, Request(endpoint="tiny", model="tiny", max_tokens=2,
                    messages=(Message(role="user", content=f"n{n}"),)))
        for n in range(5)
    ]  # fmt: skip
    with (
        Store(tmp_path / "p.db") as store,
        Gateway(store=store, endpoint=endpoint, stage="x", poll_seconds=0.2) as gateway,
    ):
        replies = list(ask_all(gateway, asks, str))
        [status] = store.db.execute("SELECT DISTINCT status FROM calls").fetchall()
    assert {reply.subject for reply in replies} == set(range(5)) and status["status"] == "truncated"
    assert all(reply.usage is not None and reply.usage.output_tokens == 2 for reply in replies)


def test_a_cancelled_batch_keeps_what_was_answered(
    tiny_server: ServerProcess, tmp_path: Path
) -> None:
    lines = [request(f"n{n}", max_tokens=100, logit_bias={"2": -100}) for n in range(200)]
    created = start(tiny_server, tmp_path / "in.jsonl", lines)
    _until_answered(tiny_server, created.id, 2)
    assert tiny_server.sdk.batches.cancel(created.id).status == "cancelling"
    batch = ended(tiny_server, created.id)
    assert batch.status == "cancelled" and batch.request_counts is not None
    answered = batch.request_counts.completed
    assert 2 <= answered < 200
    assert len(read(tiny_server, batch.output_file_id)) == answered


def _until_answered(server: ServerProcess, batch_id: str, count: int) -> None:
    deadline = time.monotonic() + 300
    while server.http.get(f"/batches/{batch_id}").json()["request_counts"]["completed"] < count:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_batch_goes_on_after_kill_9_of_the_server(
    new_server: Callable[..., ServerProcess], tiny_model: Path, tmp_path: Path
) -> None:
    options = ("--model", str(tiny_model), "--context", "128")
    server = new_server(*options, data=tmp_path / "data")
    lines = [request(f"n{n}", model=str(tiny_model), max_tokens=8) for n in range(60)]
    created = start(server, tmp_path / "in.jsonl", lines)
    _until_answered(server, created.id, 3)
    server.process.kill()
    server.process.wait()
    again = new_server(*options, data=tmp_path / "data")
    batch = ended(again, created.id)
    assert batch.status == "completed" and batch.request_counts is not None
    assert (batch.request_counts.completed, batch.request_counts.failed) == (60, 0)
    answers = read(again, batch.output_file_id)
    assert [line["custom_id"] for line in answers] == [f"n{n}" for n in range(60)]
