import dataclasses
import json
import os
import subprocess
import sys

import pytest

from shikomi.errors import EndpointError, UserError
from shikomi.llm import finetune, hosts
from shikomi.llm.ask import Endpoint
from shikomi.llm.hosts import ANY, AZURE, NEBIUS, OPENAI, host_of, job_body
from shikomi.llm.sdk import client
from shikomi.types import FinetuneSpec

SPEC = FinetuneSpec(
    model="base", suffix="uka", seed=3, hyperparameters={"n_epochs": 2, "lora_rank": 16}
)


def job(number=1, **over):
    return {
        "id": f"ftjob-{number}", "object": "fine_tuning.job", "created_at": 1, "model": "base",
        "status": "running", "organization_id": "o", "result_files": [], "seed": 3,
        "training_file": "file-1", "hyperparameters": {}, "fine_tuned_model": None,
        "trained_tokens": None, "error": None, "metadata": {}, "estimated_finish": 99,
    } | over  # fmt: skip


def page(items):
    return {"object": "list", "data": items, "has_more": False}


@pytest.fixture
def endpoint_of():
    def make(server):
        return Endpoint(
            identity="e", base_url=server.base_url, model="base", api_key="sk-secret", price=None,
            concurrency=1, timeout_seconds=5,
        )  # fmt: skip

    return make


def answering(reply, *, status=200, seen=None):
    def route(path, raw):
        if seen is not None:
            seen.append((path, raw))
        return status, {}, reply

    return route


def test_a_file_is_uploaded_for_fine_tuning(serve, endpoint_of, tmp_path):
    seen, path = [], tmp_path / "train.jsonl"
    path.write_text('{"messages": []}\n')
    reply = {
        "id": "file-9", "object": "file", "bytes": 17, "created_at": 1, "filename": "train.jsonl",
        "purpose": "fine-tune", "status": "processed",
    }  # fmt: skip
    server = serve(str, routes={"POST /v1/files": answering(reply, seen=seen)})
    assert finetune.upload(endpoint_of(server), path) == "file-9"
    assert b"fine-tune" in seen[0][1] and b'filename="train.jsonl"' in seen[0][1]
    assert b'{"messages": []}' in seen[0][1]


def test_a_job_is_created_with_its_hyperparameters_and_metadata(serve, endpoint_of):
    seen = []
    server = serve(str, routes={"POST /v1/fine_tuning/jobs": answering(job(), seen=seen)})
    created = finetune.create_job(endpoint_of(server), file_id="file-1", spec=SPEC, key="d1")
    sent = json.loads(seen[0][1])
    assert created == "ftjob-1"
    assert sent == {
        "model": "base", "training_file": "file-1", "suffix": "uka", "seed": 3,
        "metadata": {"shikomi_dataset": "d1"},
        "method": {
            "type": "supervised",
            "supervised": {"hyperparameters": {"n_epochs": 2, "lora_rank": 16}},
        },
    }  # fmt: skip


def test_a_job_without_a_suffix_says_so(serve, endpoint_of):
    """An empty one would be refused: the API wants a character, or none."""
    seen = []
    server = serve(str, routes={"POST /v1/fine_tuning/jobs": answering(job(), seen=seen)})
    plain = dataclasses.replace(SPEC, suffix="")
    finetune.create_job(endpoint_of(server), file_id="file-1", spec=plain, key="d1")
    assert json.loads(seen[0][1])["suffix"] is None


def test_a_job_is_never_created_twice_by_a_retry(serve, endpoint_of):
    seen = []
    route = answering({"error": {"message": "oops"}}, status=500, seen=seen)
    server = serve(str, routes={"POST /v1/fine_tuning/jobs": route})
    with pytest.raises(UserError, match=r"HTTP 500.*oops"):
        finetune.create_job(endpoint_of(server), file_id="file-1", spec=SPEC, key="d1")
    assert len(seen) == 1


def test_a_job_is_read_with_its_failure(serve, endpoint_of):
    error = {"code": "bad", "message": "line 3 has no answer", "param": None}
    reply = job(status="failed", error=error)
    server = serve(str, routes={"GET /v1/fine_tuning/jobs/ftjob-1": answering(reply)})
    view = finetune.retrieve_job(endpoint_of(server), "ftjob-1")
    assert (view.status, view.error) == ("failed", "line 3 has no answer")


def test_an_unknown_status_is_passed_on_as_it_is(serve, endpoint_of):
    reply = job(status="paused", fine_tuned_model="ft:x")
    server = serve(str, routes={"GET /v1/fine_tuning/jobs/ftjob-1": answering(reply)})
    view = finetune.retrieve_job(endpoint_of(server), "ftjob-1")
    assert (view.status, view.fine_tuned_model) == ("paused", "ft:x")


@pytest.mark.parametrize("word", ["canceled", "deleted"])
def test_other_words_for_a_cancelled_job_are_understood(serve, endpoint_of, word):
    """Whoever waits for the API's own word would wait for ever."""
    mine = {"shikomi_dataset": "d1"}
    ended = job(status=word, metadata=mine)
    routes = {"GET /v1/fine_tuning/jobs/ftjob-1": answering(ended)}
    assert finetune.retrieve_job(endpoint_of(serve(str, routes=routes)), "ftjob-1").status in (
        finetune.ENDED
    )
    routes = {"GET /v1/fine_tuning/jobs": answering(page([ended]))}
    endpoint = endpoint_of(serve(str, routes=routes))
    assert finetune.find_job(endpoint, key="d1", alone=False) is None


def test_events_come_oldest_first_and_only_the_new_ones(serve, endpoint_of):
    newest_first = [
        {
            "id": f"e{n}", "object": "fine_tuning.job.event", "created_at": n, "level": "info",
            "message": f"step {n}", "type": "metrics", "data": {"step": n},
        }
        for n in (3, 2, 1)
    ]  # fmt: skip
    route = answering(page(newest_first))
    server = serve(str, routes={"GET /v1/fine_tuning/jobs/ftjob-1/events": route})
    endpoint = endpoint_of(server)
    assert [e.id for e in finetune.events(endpoint, "ftjob-1", None)] == ["e1", "e2", "e3"]
    new = finetune.events(endpoint, "ftjob-1", "e1")
    assert [(e.id, e.data) for e in new] == [("e2", {"step": 2}), ("e3", {"step": 3})]


def test_a_lost_job_is_found_again_by_its_metadata(serve, endpoint_of):
    mine = {"shikomi_dataset": "d1"}
    jobs = [job(3, metadata={}), job(2, status="failed", metadata=mine), job(1, metadata=mine)]
    server = serve(str, routes={"GET /v1/fine_tuning/jobs": answering(page(jobs))})
    found = finetune.find_job(endpoint_of(server), key="d1", alone=False)
    assert found.id == "ftjob-1"
    assert finetune.find_job(endpoint_of(server), key="d2", alone=False) is None


def test_unfinished_jobs_on_earlier_data_are_cancelled_and_no_others(serve, endpoint_of):
    old, new = {"shikomi_dataset": "d1"}, {"shikomi_dataset": "d2"}
    jobs = [
        job(5, metadata=new),
        job(4, metadata={}),
        job(3, metadata=old),
        job(2, metadata=old, status="succeeded"),
        job(1, metadata=old, status="queued"),
    ]
    cancelled = []

    def cancel(path, raw):
        cancelled.append(path.split("/")[-2])
        return 200, {}, job(1)

    lists = []
    routes = {
        "GET /v1/fine_tuning/jobs": answering(page(jobs), seen=lists),
        "POST /v1/fine_tuning/jobs": cancel,
    }
    endpoint = endpoint_of(serve(str, routes=routes))
    assert finetune.find_job(endpoint, key="d2", alone=False).id == "ftjob-5"
    assert cancelled == []
    assert finetune.find_job(endpoint, key="d2", alone=True).id == "ftjob-5"
    assert cancelled == ["ftjob-3", "ftjob-1"]
    assert len(lists) == 2


def test_models_keep_the_endpoints_own_keys(serve, endpoint_of):
    models = [{"id": "m", "object": "model", "created": 1, "owned_by": "o",
               "shutdown_date": "2027-01-14"}]  # fmt: skip
    server = serve(str, routes={"GET /v1/models": answering(page(models))})
    assert finetune.list_models(endpoint_of(server))[0]["shutdown_date"] == "2027-01-14"


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (401, EndpointError, "does not accept the API key"),
        (400, UserError, r"refuses \(HTTP 400\): bad key"),
    ],
)
def test_a_bad_key_is_a_plain_line_without_the_key(serve, endpoint_of, status, kind, words):
    route = answering({"error": {"message": "bad key sk-secret"}}, status=status)
    server = serve(str, routes={"GET /v1/models": route})
    with pytest.raises(kind, match=words) as caught:
        finetune.list_models(endpoint_of(server))
    assert "sk-secret" not in str(caught.value)


def test_an_organization_of_the_environment_is_not_told_to_the_endpoint(
    serve, endpoint_of, monkeypatch
):
    monkeypatch.setenv("OPENAI_ORG_ID", "org-mine")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-mine")
    server = serve(lambda body: "yes")
    with client(endpoint_of(server)) as sdk:
        sdk.chat.completions.create(model="m", messages=[{"role": "user", "content": "q"}])
    [headers] = server.headers
    assert "Bearer sk-secret" in headers.values() and "mine" not in str(headers)


def test_the_sdk_is_not_loaded_before_it_is_needed():
    code = "import sys, shikomi.llm.finetune, shikomi.llm.ask; sys.exit('openai' in sys.modules)"
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", code], env=environment).returncode == 0


def test_hosts_are_told_by_their_address():
    assert host_of("https://my.openai.azure.com/openai/v1") is AZURE
    assert host_of("https://api.tokenfactory.nebius.com/v1/") is NEBIUS
    assert host_of("https://evilnebius.com/v1") is ANY
    assert host_of("http://127.0.0.1:8777/v1") is ANY


@pytest.mark.parametrize(
    ("host", "wanted"),
    [
        (
            AZURE,
            {
                "method": {
                    "type": "supervised",
                    "supervised": {"hyperparameters": {"n_epochs": 2, "lora_rank": 16}},
                },
                "trainingType": "GlobalStandard",
            },
        ),
        (NEBIUS, {"hyperparameters": {"n_epochs": 2, "lora_r": 16, "lora": True}}),
    ],
)
def test_a_job_is_asked_for_in_its_hosts_words(host, wanted):
    assert job_body(host, SPEC.hyperparameters) == wanted


def test_a_file_for_azure_begins_with_the_byte_order_mark(
    serve, endpoint_of, tmp_path, monkeypatch
):
    seen, path = [], tmp_path / "train.jsonl"
    path.write_text('{"messages": []}\n')
    reply = {"id": "file-9", "object": "file", "bytes": 1, "created_at": 1, "filename": "t.jsonl",
             "purpose": "fine-tune", "status": "processed"}  # fmt: skip
    server = serve(str, routes={"POST /v1/files": answering(reply, seen=seen)})
    here = dataclasses.replace(AZURE, domains=("127.0.0.1",))
    monkeypatch.setattr(hosts, "HOSTS", (here,))
    finetune.upload(endpoint_of(server), path)
    assert b'\xef\xbb\xbf{"messages": []}' in seen[0][1]


def models_page(**over):
    return page([{"id": "base", "object": "model", "created": 1, "owned_by": "o"} | over])


def test_before_a_job_its_file_is_counted_and_a_dying_model_is_told(serve, endpoint_of, tmp_path):
    path = tmp_path / "train.jsonl"
    path.write_text('{"messages": []}\n' * 12)
    server = serve(
        str, routes={"GET /v1/models": answering(models_page(shutdown_date="2027-01-14"))}
    )
    found = finetune.preflight(endpoint_of(server), path, SPEC)
    assert (found.n_examples, found.n_tokens) == (12, 72)
    assert found.warnings == (f"{server.base_url} switches base off on 2027-01-14",)


def test_what_a_host_would_refuse_is_said_before_the_upload(
    serve, endpoint_of, tmp_path, monkeypatch
):
    server = serve(str, routes={"GET /v1/models": answering(models_page())})
    path = tmp_path / "train.jsonl"
    path.write_text("{}\n" * 9)
    with pytest.raises(UserError, match="has 9 examples; a job needs 10"):
        finetune.preflight(endpoint_of(server), path, SPEC)
    here = dataclasses.replace(AZURE, domains=("127.0.0.1",))
    monkeypatch.setattr(hosts, "HOSTS", (here,))
    long = dataclasses.replace(SPEC, suffix="x" * 19)
    with pytest.raises(UserError, match="up to 18 characters"):
        finetune.preflight(endpoint_of(server), path, long)


@pytest.mark.parametrize(
    ("host", "wanted", "line"),
    [
        (OPENAI, {"n_epochs": 2, "lora_rank": 16}, "takes no finetune.lora_rank, only n_epochs"),
        (OPENAI, {"n_epochs": 51}, r"finetune.n_epochs of up to 50: lower it \(51\)"),
        (AZURE, {"learning_rate": 1e-4}, "takes no finetune.learning_rate"),
        (NEBIUS, {"n_layers": 4}, "takes no finetune.n_layers"),
    ],
)
def test_hyperparameters_that_a_host_has_not_are_said_before_the_upload(
    serve, endpoint_of, tmp_path, monkeypatch, host, wanted, line
):
    server = serve(str, routes={"GET /v1/models": answering(models_page())})
    path = tmp_path / "train.jsonl"
    path.write_text("{}\n" * 12)
    here = dataclasses.replace(host, domains=("127.0.0.1",))
    monkeypatch.setattr(hosts, "HOSTS", (here,))
    refused = dataclasses.replace(SPEC, hyperparameters=wanted)
    with pytest.raises(UserError, match=f"{host.name}.*{line}"):
        finetune.preflight(endpoint_of(server), path, refused)
    taken = dataclasses.replace(SPEC, hyperparameters={"n_epochs": 50, "batch_size": 8})
    assert finetune.preflight(endpoint_of(server), path, taken).n_examples == 12
