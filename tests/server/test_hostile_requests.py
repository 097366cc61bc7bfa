"""What nobody should send: refused in the API's form, and the server goes on."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest

from serving import ServerProcess, example, good_examples, write_examples
from shikomi.server.batches import Batches, BatchRequest
from shikomi.server.database import Database
from shikomi.server.errors import ApiError
from shikomi.server.job_request import parse_job
from shikomi.server.jobs import Jobs

ASK: dict[str, Any] = {
    "model": "tiny",
    "messages": [{"role": "user", "content": "Hi"}],
    "max_tokens": 1,
}
HALF = "\ud83d"


def deep(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(levels):
        schema = {"properties": {"a": schema}}
    return schema


def tool(parameters: dict[str, Any]) -> dict[str, Any]:
    called = {"name": "clock", "parameters": parameters}
    return {"tools": [{"type": "function", "function": called}], "tool_choice": "none"}


def schema(found: dict[str, Any]) -> dict[str, Any]:
    named = {"name": "x", "schema": found}
    return {"response_format": {"type": "json_schema", "json_schema": named}}


def refused(reply: httpx2.Response, *, status: tuple[int, ...] = (400, 404)) -> dict[str, Any]:
    assert reply.status_code in status, reply.text[:300]
    assert reply.json().keys() == {"error"}
    error: dict[str, Any] = reply.json()["error"]
    return error


@pytest.fixture
def after(tiny_server: ServerProcess) -> Iterator[ServerProcess]:
    """The server, which answers afterwards as before, and has nothing to complain of."""
    n_logged = len(tiny_server.log.read_text())
    yield tiny_server
    assert tiny_server.http.post("/chat/completions", json=ASK).status_code == 200
    assert tiny_server.log.read_text()[n_logged:] == ""


@pytest.mark.parametrize(
    "more",
    [
        tool({"description": HALF}),
        schema({"enum": [HALF]}),
        tool(deep(200)),
        {"metadata": "too deep"},
        {"stop": [HALF]},
        {"max_tokens": 10**30},
        {"top_k": 2**31},
        {"seed": 10**40},
        {"logit_bias": {"x": "y"}},
        {"messages": [{"role": "user", "content": HALF}]},
    ],
)
def test_chats_that_no_runtime_could_be_sent(after: ServerProcess, more: dict[str, Any]) -> None:
    text = json.dumps(ASK | more).replace('"too deep"', '{"a":' * 5000 + "1" + "}" * 5000)
    for streams in (False, True):
        sent = text[:-1] + f', "stream": {json.dumps(streams)}}}'
        refused(after.http.post("/chat/completions", content=sent.encode()))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"[" * 100_000,
        json.dumps(ASK).replace('"Hi"', '"\xed\xa0\xbd"').encode("latin-1"),
        json.dumps(ASK)[:-1].encode() + b', "temperature": 1e999}',
        json.dumps(ASK)[:-1].encode() + b', "logit_bias": {"1": 1e999}}',
        json.dumps(ASK)[:-1].encode() + b', "temperature": -Infinity}',
        json.dumps(ASK)[:-1].encode() + b', "max_tokens": ' + b"9" * 5000 + b"}",
    ],
)
def test_bodies_that_are_no_json(after: ServerProcess, body: bytes) -> None:
    error = refused(after.http.post("/chat/completions", content=body))
    assert error["message"].startswith("The request body ")


@pytest.mark.parametrize(
    "more",
    [
        {"logit_bias": {str(10**12): 5, "-1": 5}},
        {"messages": [{"role": "user", "content": "\0" * 9}]},
        {"messages": [{"role": "user", "content": "\0", "name": "../../" * 9}]},
        {"stop": ["", "x"]},
        {"stop": "x" * 100_000},
        schema({"type": "array", "minItems": 10**9, "items": {"type": "string"}}),
        schema({"type": "string", "pattern": "^(a{1,1000}){1,1000}$"}),
        schema({"type": "string", "pattern": "("}),
        schema({"$ref": "http://127.0.0.1:9/x"}),
        schema({"$ref": "#/nothing"}),
        schema({"type": 7}),
    ],
)
def test_chats_that_the_runtime_may_take_or_not(after: ServerProcess, more: dict[str, Any]) -> None:
    reply = after.http.post("/chat/completions", json=ASK | more)
    assert reply.status_code == 200 or refused(reply)


RESPONSE = {"model": "tiny", "input": "Hi", "max_output_tokens": 1}
CALL = {"type": "function_call", "call_id": "c", "name": "n", "arguments": "\0{"}
GIVEN = {"type": "function_call_output", "call_id": "c", "output": "\0"}


@pytest.mark.parametrize(
    ("more", "is_refused"),
    [
        ({"input": HALF}, True),
        ({"input": [CALL, GIVEN | {"output": [{"type": "input_text", "text": HALF}]}]}, True),
        ({"input": [[]] * 1000}, True),
        ({"input": {"role": "user"}}, True),
        ({"input": [{"type": {}, "role": "user", "content": "a"}]}, True),
        ({"input": [{"type": "item_reference", "id": "%"}]}, True),
        ({"input": [{"type": "item_reference", "id": "' OR 1=1 --\0"}]}, True),
        ({"input": [{"role": "user", "content": [{"type": ["input_text"], "text": "a"}]}]}, True),
        ({"previous_response_id": "x" * 10_000}, True),
        ({"previous_response_id": "\0"}, True),
        ({"metadata": {"a": "b" * 513}}, True),
        ({"tool_choice": {"type": {}}}, True),
        ({"tools": [{"type": "function", "name": "x", "parameters": deep(200)}]}, True),
        ({"text": {"format": {"type": "json_schema", "name": "x", "schema": deep(200)}}}, True),
        ({"max_output_tokens": 2**31}, True),
        ({"input": [CALL, GIVEN]}, False),
        ({"input": "\0" * 9}, False),
        ({"instructions": "", "input": [{"role": "user", "content": []}]}, False),
        ({"text": {"format": {"type": "json_schema", "name": "x", "schema": {"type": 7}}}}, None),
    ],
)
def test_responses(after: ServerProcess, more: dict[str, Any], is_refused: bool | None) -> None:
    for streams in ({}, {"stream": True}):
        text = json.dumps(RESPONSE | more | streams)  # half a character, too
        reply = after.http.post("/responses", content=text.encode())
        assert is_refused in (reply.status_code != 200, None)
        assert reply.status_code == 200 or refused(reply)


@pytest.mark.parametrize("tokens", [[2**31 - 1], [2**31], [49152], [-1]])
def test_tokens_that_the_model_has_not(after: ServerProcess, tokens: list[int]) -> None:
    body = {"model": "text-embedding-3-small", "input": tokens}
    reply = after.http.post("/embeddings", json=body)
    assert reply.status_code == 200 or refused(reply)


PATHS = ["..%2F..%2Fserver.db", "%00", "%2e%2e", "x" * 10_000, "%F0%9F%92%A9", "%ff", "%5C..%5C"]


@pytest.mark.parametrize("name", PATHS)
def test_names_that_are_no_ids(after: ServerProcess, name: str) -> None:
    http = after.http
    for route in ("/files/{}", "/files/{}/content", "/models/{}", "/batches/{}", "/responses/{}"):
        refused(http.get(route.format(name)), status=(400, 404, 405))
    events, items = "/fine_tuning/jobs/{}/events", "/responses/{}/input_items"
    for route in ("/fine_tuning/jobs/{}", events, items):
        refused(http.get(route.format(name)), status=(400, 404, 405))
    for route in ("/files/{}", "/models/{}", "/responses/{}"):
        refused(http.delete(route.format(name)), status=(400, 404, 405))


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "\0", "x" * 10_000, "ft:a@0.5", ""])
def test_names_that_are_no_models(after: ServerProcess, name: str) -> None:
    refused(after.http.post("/chat/completions", json=ASK | {"model": name}))
    file = after.sdk.files.create(file=("t.jsonl", b"{}"), purpose="fine-tune")
    for body in (
        {"model": name, "training_file": file.id},
        {"model": "tiny", "training_file": name},
        {"model": "tiny", "training_file": file.id, "suffix": f"{name}/"},
        {
            "model": "tiny",
            "training_file": file.id,
            "metadata": {str(n): "" for n in range(10_000)},
        },
    ):
        refused(after.http.post("/fine_tuning/jobs", json=body))


LISTS = ["/files", "/batches", "/fine_tuning/jobs"]


@pytest.mark.parametrize("route", LISTS)
@pytest.mark.parametrize("limit", ["-1", "0", "10001", "9" * 5000, "1.5", "x", "%00"])
def test_limits_of_lists(after: ServerProcess, route: str, limit: str) -> None:
    assert refused(after.http.get(f"{route}?limit={limit}"))["param"] == "limit"


@pytest.mark.parametrize("route", LISTS)
def test_cursors_of_lists(after: ServerProcess, route: str) -> None:
    for cursor in ("none", "%00", "' OR 1=1 --", "x" * 10_000):
        assert refused(after.http.get(route, params={"after": cursor}))["param"] == "after"


def test_more_pairs_of_metadata_than_a_job_can_have(after: ServerProcess) -> None:
    query = "&".join(f"metadata[{n}]=" for n in range(2000))
    assert refused(after.http.get(f"/fine_tuning/jobs?{query}"))["param"] == "metadata"


def test_a_cursor_whose_file_was_deleted(after: ServerProcess) -> None:
    made = [after.sdk.files.create(file=("a.txt", b"a"), purpose="assistants") for _ in range(2)]
    after.sdk.files.delete(made[1].id)
    error = refused(after.http.get("/files", params={"after": made[1].id}))
    assert made[1].id in error["message"]


@pytest.mark.parametrize(
    ("form", "param"),
    [
        ({"purpose": "fine-tune"}, "file"),
        ({"purpose": "x" * 10_000}, "purpose"),
        ({"purpose": "evals", "expires_after[anchor]": "created_at",
          "expires_after[seconds]": "9" * 5000}, "expires_after.seconds"),
        ({"purpose": "evals", "expires_after[anchor]": "created_at",
          "expires_after[seconds]": "٣"}, "expires_after.seconds"),
    ],
)  # fmt: skip
def test_forms_of_uploads(after: ServerProcess, form: dict[str, str], param: str) -> None:
    content = {} if param == "file" else {"file": ("a.jsonl", b"{}")}
    assert refused(after.http.post("/files", data=form, files=content))["param"] == param


@pytest.mark.parametrize(
    "name", ["a\0b.jsonl", "../../../a.jsonl", "x" * 10_000 + ".jsonl", "\u202e.jsonl", ".jsonl"]
)
def test_names_of_files(after: ServerProcess, name: str) -> None:
    reply = after.http.post("/files", data={"purpose": "evals"}, files={"file": (name, b"{}")})
    if reply.status_code != 200:
        refused(reply)
        return
    file_id = reply.json()["id"]
    assert after.http.get(f"/files/{file_id}/content").content == b"{}"
    assert (after.log.parent / "data" / "files" / file_id).is_file()


def test_a_form_that_breaks_off(after: ServerProcess) -> None:
    for body in (b"--x\r\nContent-Disposition: form-data; name=", b"", b"\xff" * 99):
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        refused(after.http.post("/files", content=body, headers=headers))
    headers = {"Content-Type": "multipart/form-data"}
    refused(after.http.post("/files", content=b"x", headers=headers))


def _port(process: psutil.Process) -> int:
    found = process.net_connections(kind="tcp")
    return next(each.laddr.port for each in found if each.status == psutil.CONN_LISTEN)


def test_the_runtime_behind_the_server_answers_nobody_else(after: ServerProcess) -> None:
    """Its port is open to every program of the machine, and to web pages that find it."""
    after.http.post("/chat/completions", json=ASK)
    runtimes = after.children_named("runtime_child")
    assert runtimes
    body = {"messages": ASK["messages"], "max_tokens": 1, "lora": []}
    with httpx2.Client(trust_env=False, timeout=60) as http:
        for port in map(_port, runtimes):
            url = f"http://127.0.0.1:{port}"
            for route in ("/v1/chat/completions", "/completion", "/lora-adapters", "/tokenize"):
                assert http.post(url + route, json=body).status_code in (401, 403, 404), route
            for route in ("/slots", "/props", "/metrics"):
                assert http.get(url + route).status_code in (401, 403, 404, 501), route


def test_a_body_without_a_length_is_refused_while_it_comes(after: ServerProcess) -> None:
    url = httpx2.URL(after.url)
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: {url.host}\r\n"
    head += "Transfer-Encoding: chunked\r\n\r\n"
    megabyte = b"%x\r\n%b\r\n" % (1 << 20, b" " * (1 << 20))
    with socket.create_connection((url.host, url.port or 80), timeout=60) as line:
        line.sendall(head.encode())
        with suppress(OSError):  # it closes the line once it has answered
            for _ in range(40):
                line.sendall(megabyte)
        assert line.recv(4096).startswith(b"HTTP/1.1 413")


def test_a_caller_that_hangs_up_in_the_middle_of_an_upload(after: ServerProcess) -> None:
    url = httpx2.URL(after.url)
    folder = after.log.parent / "data" / "files"
    before = set(folder.iterdir())
    head = f"POST /v1/files HTTP/1.1\r\nHost: {url.host}\r\nContent-Length: 9999\r\n"
    head += "Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n"
    with socket.create_connection((url.host, url.port or 80), timeout=60) as line:
        line.sendall(head.encode())
    time.sleep(0.2)
    assert set(folder.iterdir()) == before


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"\xff\xfe", "not UTF-8"),
        (b'{"messages": NaN}', "not valid JSON"),
        (json.dumps(example(HALF, "a")).encode(), "holds half of a character"),
        (b'{"messages": ' + b"[" * 200 + b"]" * 200 + b"}", "nested more than 100 levels"),
        (b"[" * 100_000, "not valid JSON"),
        (b'{"messages": [], "messages": [{"role": "user"}]}', "content is missing"),
    ],
)
def test_lines_of_training_files(
    after: ServerProcess, tmp_path: Path, line: bytes, reason: str
) -> None:
    path = write_examples(tmp_path / "t.jsonl", good_examples())
    path.write_bytes(path.read_bytes() + line + b"\n")
    created = after.sdk.fine_tuning.jobs.create(model="tiny", training_file=after.upload(path))
    job = after.wait_for_job(created.id)
    assert job["error"]["code"] == "invalid_training_file"
    assert f"line 13: {reason}" in job["error"]["message"] or reason in job["error"]["message"]


def test_lines_of_batches(after: ServerProcess) -> None:
    lines = [b"\xff", json.dumps({"custom_id": HALF}).encode(), b"[" * 100_000, b'{"a": 1e999}']
    file = after.sdk.files.create(file=("b.jsonl", b"\n".join(lines)), purpose="batch")
    batch = after.sdk.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h"
    )
    while (batch := after.sdk.batches.retrieve(batch.id)).status == "validating":
        time.sleep(0.05)
    assert batch.status == "failed" and batch.errors is not None
    codes = [error.code for error in batch.errors.data or ()]
    assert codes == ["invalid_json_line"] * 4


def test_nothing_is_made_of_a_file_that_was_deleted_meanwhile(tmp_path: Path) -> None:
    database = Database(tmp_path / "server.db")
    wanted = parse_job({"model": "tiny", "training_file": "file-gone"})
    with pytest.raises(ApiError, match="No such File") as caught:
        Jobs(database).create(wanted, base="tiny", seed=1)
    assert (caught.value.status, caught.value.param) == (404, "training_file")
    batch = BatchRequest(
        input_file_id="file-gone", endpoint="/v1/embeddings", completion_window="24h"
    )
    with pytest.raises(ApiError, match="No such File"):
        Batches(database).create(batch)
    assert Jobs(database).listing(after=None, limit=1)["data"] == []
    database.close()


def test_a_file_in_use_stays_and_a_job_that_waits_is_cancelled_at_once(
    after: ServerProcess, tmp_path: Path
) -> None:
    path = write_examples(tmp_path / "t.jsonl", good_examples())
    file_id = after.upload(path)
    long = {"n_epochs": 50, "batch_size": 1}
    made = [
        after.sdk.fine_tuning.jobs.create(
            model="tiny", training_file=file_id, hyperparameters=long
        ).id
        for _ in range(2)
    ]
    error = refused(after.http.delete(f"/files/{file_id}"), status=(409,))
    assert error["code"] == "file_in_use"
    for job_id in reversed(made):
        assert after.sdk.fine_tuning.jobs.cancel(job_id).status == "cancelled"
    assert after.sdk.files.delete(file_id).deleted


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Host", "127.0.0.1.evil.example"),
        ("Host", "localhost.evil.example:80"),
        ("Host", "[::1"),
        ("Host", ""),
        ("Origin", "null"),
        ("Origin", "http://localhost@evil.example"),
        ("Origin", "file://"),
    ],
)
def test_addresses_that_only_look_like_loopback(
    after: ServerProcess, name: str, value: str
) -> None:
    reply = after.http.get("/models", headers={name: value})
    assert reply.status_code == 403
