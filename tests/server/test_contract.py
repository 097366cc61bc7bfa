"""Every route's answers are as the API's published description says, in each field."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_type_hints

import openai
import pytest
from contract import LIST, deviations
from openai.types import (
    Batch,
    BatchCreateParams,
    BatchListParams,
    CreateEmbeddingResponse,
    EmbeddingCreateParams,
    FileDeleted,
    FileListParams,
    FileObject,
    Model,
)
from openai.types.chat import ChatCompletion, ChatCompletionChunk, ChatCompletionMessage
from openai.types.chat.completion_create_params import CompletionCreateParamsStreaming
from openai.types.completion_create_params import (
    CompletionCreateParamsStreaming as TextCreateParams,
)
from openai.types.fine_tuning import (
    FineTuningJob,
    FineTuningJobEvent,
    JobCreateParams,
    JobListEventsParams,
    JobListParams,
)
from openai.types.fine_tuning.jobs import CheckpointListParams, FineTuningJobCheckpoint
from openai.types.responses.response_create_params import ResponseCreateParamsStreaming
from openai.types.shared import ErrorObject
from pydantic import BaseModel, ValidationError

from serving import SHORT, ServerProcess, good_examples, write_examples
from shikomi.server.chat_request import parse_chat
from shikomi.server.choices import MergedStream
from shikomi.server.errors import ApiError
from shikomi.server.job_request import parse_job
from shikomi.server.upstream import renamed

ASK: dict[str, Any] = {
    "model": "tiny",
    "messages": [{"role": "user", "content": "Hello?"}],
    "max_tokens": 3,
}
LOGPROBS = {"logprobs": True, "top_logprobs": 2}


def page_of(server: ServerProcess, route: str, kind: type[BaseModel]) -> list[dict[str, Any]]:
    """The items of a list, each of which is as described."""
    body = server.http.get(route).json()
    assert LIST <= body.keys() <= LIST | {"first_id", "last_id"} and body["object"] == "list"
    assert [problem for each in body["data"] for problem in deviations(kind, each)] == []
    assert body["data"]
    return list(body["data"])


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"id": "m", "object": "model", "created": 1}, "owned_by"),
        ({"id": "m", "object": "model", "created": "1", "owned_by": "x"}, "created"),
        ({"id": "m", "object": "modell", "created": 1, "owned_by": "x"}, "object"),
        ({"id": "m", "object": "model", "created": 1, "owned_by": "x", "more": 1}, "more"),
    ],
)
def test_a_body_that_differs_in_one_field_is_found(body: dict[str, Any], problem: str) -> None:
    try:
        found = str(deviations(Model, body))
    except ValidationError as error:
        found = str(error)
    assert problem in found


def test_models(tiny_server: ServerProcess, validated: dict[str, Any]) -> None:
    models = tiny_server.http.get("/models").json()
    assert models.keys() == {"object", "data"} and models["object"] == "list"
    names = {each["id"] for each in models["data"]}
    assert {"tiny", validated["fine_tuned_model"]} <= names
    assert [problem for each in models["data"] for problem in deviations(Model, each)] == []
    one = tiny_server.http.get(f"/models/{validated['fine_tuned_model']}").json()
    assert deviations(Model, one) == []


def test_files(tiny_server: ServerProcess, tmp_path: Path, validated: dict[str, Any]) -> None:
    file_id = tiny_server.upload(write_examples(tmp_path / "t.jsonl", good_examples()))
    assert deviations(FileObject, tiny_server.http.get(f"/files/{file_id}").json()) == []
    listed = page_of(tiny_server, "/files", FileObject)
    assert validated["result_files"][0] in {file["id"] for file in listed}
    gone = tiny_server.http.delete(f"/files/{file_id}").json()
    assert deviations(FileDeleted, gone) == []


def test_a_finished_job_its_events_and_its_checkpoints(
    tiny_server: ServerProcess, validated: dict[str, Any]
) -> None:
    route = f"/fine_tuning/jobs/{validated['id']}"
    assert deviations(FineTuningJob, validated) == []
    assert deviations(FineTuningJob, tiny_server.http.get(route).json()) == []
    events = page_of(tiny_server, f"{route}/events?limit=100", FineTuningJobEvent)
    assert {event["type"] for event in events} == {"message", "metrics"}
    page_of(tiny_server, f"{route}/checkpoints", FineTuningJobCheckpoint)


@pytest.mark.parametrize("method", ["supervised", "dpo"])
def test_a_job_that_waits_and_one_that_was_cancelled(
    tiny_server: ServerProcess, tmp_path: Path, method: str
) -> None:
    path = write_examples(tmp_path / "t.jsonl", good_examples())
    wanted = {
        "model": "tiny",
        "training_file": tiny_server.upload(path),
        "method": {"type": method, method: {"hyperparameters": SHORT}},
        "metadata": {"a": "b"},
        "suffix": "x",
    }
    created = tiny_server.http.post("/fine_tuning/jobs", json=wanted).json()
    assert deviations(FineTuningJob, created) == []
    tiny_server.http.post(f"/fine_tuning/jobs/{created['id']}/cancel")
    ended = tiny_server.wait_for_job(created["id"])
    assert deviations(FineTuningJob, ended) == []
    page_of(tiny_server, "/fine_tuning/jobs", FineTuningJob)


def test_a_job_that_failed(tiny_server: ServerProcess, tmp_path: Path) -> None:
    file_id = tiny_server.upload(write_examples(tmp_path / "t.jsonl", [{}]))
    created = tiny_server.sdk.fine_tuning.jobs.create(model="tiny", training_file=file_id)
    job = tiny_server.wait_for_job(created.id)
    assert job["status"] == "failed" and deviations(FineTuningJob, job) == []
    events = page_of(tiny_server, f"/fine_tuning/jobs/{job['id']}/events", FineTuningJobEvent)
    assert "error" in {event["level"] for event in events}


@pytest.mark.parametrize("more", [{}, {"n": 2}, LOGPROBS])
def test_chat_completions(tiny_server: ServerProcess, more: dict[str, Any]) -> None:
    answer = tiny_server.http.post("/chat/completions", json=ASK | more).json()
    assert deviations(ChatCompletion, answer) == []
    assert "usage" in answer


@pytest.mark.parametrize("more", [{}, {"n": 2}, LOGPROBS])
def test_streams(tiny_server: ServerProcess, more: dict[str, Any]) -> None:
    options = {"stream": True, "stream_options": {"include_usage": True}}
    reply = tiny_server.http.post("/chat/completions", json=ASK | more | options)
    *lines, end, rest = reply.text.split("\n\n")
    assert (end, rest) == ("data: [DONE]", "")
    chunks = [json.loads(line.removeprefix("data: ")) for line in lines]
    assert [problem for each in chunks for problem in deviations(ChatCompletionChunk, each)] == []
    assert len({(each["id"], each["created"]) for each in chunks}) == 1
    assert [bool(each["choices"]) for each in chunks[-2:]] == [True, False]
    assert chunks[-1]["usage"] and all(each["usage"] is None for each in chunks[:-1])


CALL = {"id": "c1", "type": "function", "function": {"name": "clock", "arguments": "{}"}}


def test_calls_of_tools() -> None:
    """From llama.cpp's words: a model of random weights makes no call."""
    head = {"id": "x", "created": 1, "model": "file.gguf", "timings": {}}
    message = {"role": "assistant", "content": "", "tool_calls": [CALL]}
    choice = {"index": 0, "finish_reason": "tool_calls", "message": message}
    answer = head | {"object": "chat.completion", "choices": [choice]}
    assert deviations(ChatCompletion, renamed(answer, "tiny")) == []

    sent: list[dict[str, Any]] = []
    stream = MergedStream({"model": "tiny"}, sent.append)
    delta = {"tool_calls": [CALL | {"index": 0}]}
    choice = {"index": 0, "finish_reason": None, "delta": delta}
    stream.event(head | {"object": "chat.completion.chunk", "choices": [choice]}, 0)
    chunk = sent[0]
    assert deviations(ChatCompletionChunk, chunk) == []
    assert chunk["choices"][0]["delta"]["tool_calls"][0]["function"]["name"] == "clock"


def test_embeddings(tiny_server: ServerProcess) -> None:
    body = {"model": "text-embedding-3-small", "input": ["a", "b"], "encoding_format": "float"}
    answer = tiny_server.http.post("/embeddings", json=body).json()
    assert deviations(CreateEmbeddingResponse, answer) == []


def test_batches(tiny_server: ServerProcess) -> None:
    line = {"custom_id": "1", "method": "POST", "url": "/v1/chat/completions", "body": ASK}
    for lines in ([line], [line, line]):  # the second one fails: the same custom_id twice
        text = "".join(json.dumps(each) + "\n" for each in lines).encode()
        file = tiny_server.sdk.files.create(file=("b.jsonl", text), purpose="batch")
        wanted = {"input_file_id": file.id, "endpoint": line["url"], "completion_window": "24h"}
        batch = tiny_server.http.post("/batches", json=wanted).json()
        assert deviations(Batch, batch) == []
        while batch["status"] not in ("completed", "failed"):
            batch = tiny_server.http.get(f"/batches/{batch['id']}").json()
        assert deviations(Batch, batch) == []
    page_of(tiny_server, "/batches", Batch)


@pytest.mark.parametrize(
    ("method", "route", "body", "status"),
    [
        ("GET", "/models/none", None, 404),
        ("GET", "/files/file-none", None, 404),
        ("GET", "/files?limit=0", None, 400),
        ("GET", "/fine_tuning/jobs/none/events", None, 404),
        ("POST", "/fine_tuning/jobs", {"model": "tiny"}, 400),
        ("POST", "/chat/completions", {"model": "tiny", "messages": []}, 400),
        ("POST", "/completions", {"model": "none", "prompt": "a"}, 404),
        ("POST", "/completions", {"model": "tiny"}, 400),
        ("POST", "/embeddings", {"model": "none", "input": "a"}, 404),
        ("POST", "/responses", {"model": "tiny"}, 400),
        ("GET", "/responses/resp_none", None, 404),
        ("GET", "/responses/resp_none/input_items", None, 404),
        ("DELETE", "/responses/resp_none", None, 404),
        ("POST", "/batches", [], 400),
        ("POST", "/batches/none/cancel", None, 404),
        ("DELETE", "/models/tiny", None, 400),
        ("PUT", "/models", None, 405),
        ("GET", "/nothing", None, 404),
    ],
)
def test_errors(
    tiny_server: ServerProcess, method: str, route: str, body: Any, status: int
) -> None:
    reply = tiny_server.http.request(method, route, json=body)
    assert reply.status_code == status and reply.json().keys() == {"error"}
    assert deviations(ErrorObject, reply.json()["error"]) == []


def test_every_reply_has_a_number_of_its_own(tiny_server: ServerProcess) -> None:
    ask = {"method": "POST", "url": "/chat/completions", "json": ASK}
    asked: list[dict[str, Any]] = [
        ask,
        ask | {"json": ASK | {"stream": True}},
        ask | {"json": {}},
        {"method": "GET", "url": "/nothing"},
        {"method": "GET", "url": "/models", "headers": {"Host": "evil.example"}},
        {"method": "GET", "url": "/models"},
    ]
    replies = [tiny_server.http.request(**each) for each in asked]
    assert [each.status_code for each in replies] == [200, 200, 400, 404, 403, 200]
    numbers = [each.headers["x-request-id"] for each in replies]
    assert len(set(numbers)) == len(asked) and all(each.startswith("req") for each in numbers)


def test_the_sdk_tells_the_number(tiny_server: ServerProcess) -> None:
    assert (tiny_server.sdk.chat.completions.create(**ASK)._request_id or "").startswith("req")
    with pytest.raises(openai.NotFoundError) as caught:
        tiny_server.sdk.models.retrieve("none")
    assert (caught.value.request_id or "").startswith("req")


# Of each field: the ends of what the description allows, and what lies just outside.
_MANY = {str(n): "" for n in range(17)}
JOB_LIMITS: dict[str, tuple[list[Any], list[Any]]] = {
    "suffix": (["a", "a" * 64, None], ["", "a" * 65]),
    "seed": ([0, 2**31 - 1, None], [-1, 2**31]),
    "metadata": ([{"k" * 64: "v" * 512}, None], [{"k" * 65: ""}, {"": "v" * 513}, _MANY]),
    "integrations": ([[], None], [[{"type": "other"}]]),
}
HYPERPARAMETER_LIMITS: dict[str, tuple[list[Any], list[Any]]] = {
    "n_epochs": (["auto", 1, 50], [0, 51, 1.5, "many"]),
    "batch_size": (["auto", 1, 256], [0, 257]),
    "learning_rate_multiplier": (["auto", 0.001], [0, -1]),
}
DPO_LIMITS = HYPERPARAMETER_LIMITS | {"beta": (["auto", 0.1, 2], [0, 2.1])}
CHAT_LIMITS: dict[str, tuple[list[Any], list[Any]]] = {
    "temperature": ([0, 2], [-0.1, 2.1]),
    "top_p": ([0, 1], [-0.1, 1.1]),
    "presence_penalty": ([-2, 2], [-2.1, 2.1]),
    "frequency_penalty": ([-2, 2], [-2.1, 2.1]),
    "n": ([1, 128], [0, 129]),
    "seed": ([-(2**63), 2**63 - 1], [-(2**63) - 1, 2**63]),
    "max_completion_tokens": ([1], [0]),
}


def test_limits_are_those_of_the_description() -> None:
    job = {"model": "m", "training_file": "f"}
    _within(JOB_LIMITS, lambda given: parse_job(job | given))
    _within(HYPERPARAMETER_LIMITS, lambda given: parse_job(job | {"hyperparameters": given}))
    for method, limits in (("supervised", HYPERPARAMETER_LIMITS), ("dpo", DPO_LIMITS)):
        _within(limits, lambda given, name=method: parse_job(job | _method(name, given)))
    _within(CHAT_LIMITS, lambda given: parse_chat(ASK | given))


def _method(name: str, given: dict[str, Any]) -> dict[str, Any]:
    return {"method": {"type": name, name: {"hyperparameters": given}}}


def _within(
    limits: dict[str, tuple[list[Any], list[Any]]], parse: Callable[[dict[str, Any]], Any]
) -> None:
    for name, (good, bad) in limits.items():
        for value in good:
            parse({name: value})
        for value in bad:
            with pytest.raises(ApiError) as caught:
                parse({name: value})
            assert name in (caught.value.param or ""), (name, value)


GUIDE = Path(__file__).parents[2] / "docs" / "guide.md"
SENT = {
    "/v1/chat/completions": CompletionCreateParamsStreaming,
    "/v1/completions": TextCreateParams,
    "/v1/responses": ResponseCreateParamsStreaming,
    "/v1/embeddings": EmbeddingCreateParams,
    "/v1/fine_tuning/jobs": JobCreateParams,
    "/v1/batches": BatchCreateParams,
}
LISTED = {
    "/v1/files": FileListParams,
    "/v1/fine_tuning/jobs": JobListParams,
    "/v1/fine_tuning/jobs/{job_id}/events": JobListEventsParams,
    "/v1/fine_tuning/jobs/{job_id}/checkpoints": CheckpointListParams,
    "/v1/batches": BatchListParams,
}


def test_nothing_that_the_sdk_can_send_is_passed_over_in_silence(
    tiny_server: ServerProcess,
) -> None:
    """A parameter is in the server's own description, or the guide says that it changes nothing,
    or it is refused by its name."""
    paths = tiny_server.http.get("/openapi.json").json()["paths"]
    rows = GUIDE.read_text(encoding="utf-8").splitlines()
    for route, kind in SENT.items():
        body = paths[route]["post"]["requestBody"]["content"]["application/json"]["schema"]
        (row,) = [each for each in rows if each.startswith(f"| `{route}` ")]
        ask = {"model": "tiny", "input": "Hi"} if route == "/v1/responses" else ASK
        for name in get_type_hints(kind).keys() - body["properties"].keys():
            reply = tiny_server.http.post(route.removeprefix("/v1"), json=ask | {name: {}})
            assert f"`{name}`" in row, (route, name)
            if reply.status_code != 200:
                error = reply.json()["error"]
                assert (error["code"], error["param"]) == ("unsupported_parameter", name)
    for route, kind in LISTED.items():
        known = {each["name"] for each in paths[route]["get"]["parameters"]}
        assert get_type_hints(kind).keys() <= known, route


@pytest.mark.parametrize(
    ("route", "param"),
    [
        ("/models?limit=3", "limit"),
        ("/files?before=x", "before"),
        ("/fine_tuning/jobs/any/events?stream=true", "stream"),
        ("/batches?after[x]=1", "after[x]"),
    ],
)
def test_a_parameter_of_the_url_that_is_not_read_is_refused(
    tiny_server: ServerProcess, route: str, param: str
) -> None:
    reply = tiny_server.http.get(route)
    error = reply.json()["error"]
    assert (reply.status_code, error["code"]) == (400, "unknown_parameter")
    assert error["param"] == param


def test_what_azures_client_adds_to_every_address_is_passed_over(
    tiny_server: ServerProcess,
) -> None:
    assert tiny_server.http.get("/files?api-version=2024-10-21&limit=1").status_code == 200


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"modalities": ["text", "audio"]}, "modalities.1"),
        ({"prediction": {"type": "content", "content": "a"}}, "prediction"),
    ],
)
def test_what_would_have_to_change_the_answer_is_refused(more: dict[str, Any], param: str) -> None:
    with pytest.raises(ApiError) as caught:
        parse_chat(ASK | more)
    assert (caught.value.status, caught.value.param) == (400, param)


def test_an_answer_can_be_sent_back_with_all_its_fields() -> None:
    answer = ChatCompletionMessage(role="assistant", content="Hello.").model_dump()
    assert "audio" in answer and "function_call" in answer
    hint = {"type": "text", "text": "a", "prompt_cache_breakpoint": {"mode": "explicit"}}
    turns = [*ASK["messages"], answer, {"role": "user", "content": [hint]}]
    chat = parse_chat(ASK | {"messages": turns, "prediction": None})
    assert [message.text for message in chat.messages] == ["Hello?", "Hello.", "a"]


def test_hyperparameters_are_said_once() -> None:
    wanted = {"model": "m", "training_file": "f", "hyperparameters": {"n_epochs": 1}}
    assert parse_job(wanted | {"method": {"type": "supervised"}}).wanted().n_epochs == 1
    with pytest.raises(ApiError, match="not both"):
        parse_job(wanted | _method("supervised", {"n_epochs": 2}))


PAGES = {
    "/v1/fine_tuning/jobs": 20,
    "/v1/fine_tuning/jobs/{job_id}/events": 20,
    "/v1/fine_tuning/jobs/{job_id}/checkpoints": 10,
    "/v1/batches": 20,
    "/v1/files": 10_000,
}


def test_lists_have_the_lengths_of_the_description(tiny_server: ServerProcess) -> None:
    paths = tiny_server.http.get("/openapi.json").json()["paths"]
    for route, length in PAGES.items():
        named = {each["name"]: each for each in paths[route]["get"]["parameters"]}
        assert named["limit"]["schema"]["default"] == length, route
