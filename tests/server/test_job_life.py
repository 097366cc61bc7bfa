"""A job's whole life on a model that trains in seconds: checkpoints, pauses, preferences."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import openai
import pytest
from contract import deviations
from openai.types import ModelDeleted
from openai.types.fine_tuning import FineTuningJob, FineTuningJobEvent

from serving import SHORT, ServerProcess, example, good_examples, until, write_examples
from shikomi.engine import hardware
from shikomi.errors import EngineError
from shikomi.server.choose import training_device
from shikomi.server.follow import Clock


def events_of(server: ServerProcess, job_id: str) -> list[FineTuningJobEvent]:
    """Oldest first."""
    return list(server.sdk.fine_tuning.jobs.list_events(job_id, limit=100))[::-1]


def test_a_validation_file_gives_loss_and_accuracy_after_each_epoch(
    tiny_server: ServerProcess, validated: dict[str, Any]
) -> None:
    measured = [
        event.data for event in events_of(tiny_server, validated["id"]) if event.type == "metrics"
    ]
    valid = [data for data in measured if "valid_loss" in data]
    assert [data["step"] for data in valid] == [3, 6, 9, 12]
    assert valid[-1]["valid_loss"] < valid[0]["valid_loss"]
    assert all(0 <= data["valid_mean_token_accuracy"] <= 1 for data in valid)
    (result,) = validated["result_files"]
    rows = tiny_server.sdk.files.content(result).text.splitlines()
    header = "step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy"
    assert rows[0] == header
    assert all(rows[3].split(",")) and rows[2].split(",")[3] == ""


def test_events_tell_the_tokens_and_warn_of_a_line_that_comes_twice(
    tiny_server: ServerProcess, validated: dict[str, Any]
) -> None:
    events = events_of(tiny_server, validated["id"])
    warnings = [event.message for event in events if event.level == "warn"]
    assert warnings == ["training file, line 13: the same as line 4"]
    told = next(event.message for event in events if event.message.startswith("13 examples"))
    n_tokens = int(told.split(", ")[1].split()[0])
    assert validated["trained_tokens"] == n_tokens * 4


def test_the_last_three_checkpoints_can_be_used_as_models(
    tiny_server: ServerProcess, validated: dict[str, Any]
) -> None:
    listed = tiny_server.sdk.fine_tuning.jobs.checkpoints.list(validated["id"], limit=2)
    checkpoints = list(listed)
    assert [each.step_number for each in checkpoints] == [12, 9, 6]
    names = [each.fine_tuned_model_checkpoint for each in checkpoints]
    assert names[0] == validated["fine_tuned_model"]
    assert names[1] == f"{names[0]}:ckpt-step-9"
    assert all(each.metrics.full_valid_loss == each.metrics.valid_loss for each in checkpoints)
    answers = {name: _logprob(tiny_server, name) for name in ("tiny", *names)}
    assert len(set(answers.values())) == 4
    assert set(names) <= {model.id for model in tiny_server.sdk.models.list()}
    gone = tiny_server.http.delete(f"/models/{names[2]}").json()
    assert gone["deleted"] and deviations(ModelDeleted, gone) == []
    assert len(list(tiny_server.sdk.fine_tuning.jobs.checkpoints.list(validated["id"]))) == 2


def _logprob(server: ServerProcess, model: str) -> float:
    reply = server.sdk.chat.completions.create(
        model=model,
        messages=[{"role": "user", "content": "Where is kavu 3?"}],
        max_tokens=1,
        temperature=0,
        logprobs=True,
    )
    logprobs = reply.choices[0].logprobs
    assert logprobs is not None and logprobs.content
    return logprobs.content[0].logprob


@pytest.mark.skipif(hardware.has_cuda(), reason="for machines without a GPU")
def test_a_gpu_that_is_asked_for_and_not_there_is_told() -> None:
    assert training_device("cpu") == training_device("auto") == "cpu"
    with pytest.raises(EngineError, match="finds no CUDA device here: start the server with"):
        training_device("cuda")


def test_jobs_are_found_by_their_metadata(
    tiny_server: ServerProcess, validated: dict[str, Any]
) -> None:
    jobs = tiny_server.sdk.fine_tuning.jobs
    assert [job.id for job in jobs.list(metadata={"team": "towers", "run": "1"})] == [
        validated["id"]
    ]
    assert list(jobs.list(metadata={"team": "towers", "run": "2"})) == []
    without = tiny_server.http.get("/fine_tuning/jobs", params={"metadata": "null"}).json()
    assert validated["id"] not in {job["id"] for job in without["data"]}


@pytest.fixture(scope="module")
def running(tiny_server: ServerProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The id of a job that has begun, and has thousands of steps to go."""
    path = write_examples(tmp_path_factory.mktemp("running") / "t.jsonl", good_examples() * 10)
    created = tiny_server.sdk.fine_tuning.jobs.create(
        model="tiny",
        training_file=tiny_server.upload(path),
        hyperparameters=SHORT | {"n_epochs": 50, "batch_size": 1},
    )
    until(lambda: "Step 3/" in _history(tiny_server, created.id))
    yield created.id
    with suppress(openai.BadRequestError):  # a test has cancelled it
        tiny_server.sdk.fine_tuning.jobs.cancel(created.id)


def test_a_paused_job_keeps_its_steps_and_goes_on_when_it_is_resumed(
    tiny_server: ServerProcess, running: str
) -> None:
    jobs, route = tiny_server.http, f"/fine_tuning/jobs/{running}"
    assert jobs.post(f"{route}/pause").json()["status"] == "paused"
    until(lambda: not tiny_server.children_named("train_child"))
    assert jobs.get(route).json()["status"] == "paused"
    reply = jobs.post(f"{route}/pause")
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, "job_status")
    told = _history(tiny_server, running)
    assert jobs.post(f"{route}/resume").json()["status"] == "queued"
    until(lambda: "Going on from step" in _history(tiny_server, running))
    text = _history(tiny_server, running)
    step = int(text.split("Going on from step ")[1].split(".")[0])
    assert f"Step {step}/" in text and f"Step {step + 2}/" not in told


def test_a_job_that_is_resumed_before_its_trainer_has_left_loses_no_step(
    tiny_server: ServerProcess, running: str
) -> None:
    jobs = tiny_server.sdk.fine_tuning.jobs
    n_before = _history(tiny_server, running).count("Going on from step")
    until(lambda: jobs.retrieve(running).estimated_finish)
    assert jobs.pause(running).estimated_finish is None
    jobs.resume(running)
    until(lambda: _history(tiny_server, running).count("Going on from step") > n_before)


def test_a_cancelled_job_is_not_resumed(tiny_server: ServerProcess, running: str) -> None:
    route = f"/fine_tuning/jobs/{running}"
    assert tiny_server.http.post(f"{route}/cancel").json()["status"] == "cancelled"
    assert tiny_server.http.post(f"{route}/resume").status_code == 400


def test_the_end_is_estimated_by_the_trainers_clock() -> None:
    clock = Clock(now=lambda: 1_000.0)
    told = [{"step": n, "total_steps": 10, "seconds": 50 + 2.0 * n} for n in (3, 4, 6)]
    assert [clock.estimate(each) for each in told] == [None, 1_012, 1_008]


def _history(server: ServerProcess, job_id: str) -> str:
    return "\n".join(event.message for event in events_of(server, job_id))


def preference(number: int) -> dict[str, Any]:
    return {
        "input": {"messages": [{"role": "user", "content": f"Where is kavu {number}?"}]},
        "preferred_output": [{"role": "assistant", "content": "In the blue tower."}],
        "non_preferred_output": [{"role": "assistant", "content": "I will not say."}],
    }


def test_preferences_are_trained_by_the_method_dpo(
    tiny_server: ServerProcess, tmp_path: Path
) -> None:
    path = write_examples(tmp_path / "p.jsonl", [preference(n) for n in range(12)])
    wanted = SHORT | {"n_epochs": 3, "beta": 0.3, "learning_rate": 0.02}
    created = tiny_server.sdk.fine_tuning.jobs.create(
        model="tiny",
        training_file=tiny_server.upload(path),
        method={"type": "dpo", "dpo": {"hyperparameters": wanted}},
    )
    job = tiny_server.wait_for_job(created.id)
    assert job["status"] == "succeeded", job
    FineTuningJob.model_validate(job)
    assert job["method"]["type"] == "dpo"
    assert job["method"]["dpo"]["hyperparameters"]["beta"] == 0.3
    metrics = [e.data for e in events_of(tiny_server, job["id"]) if e.type == "metrics"]
    assert metrics[0]["train_loss"] == pytest.approx(0.693, abs=0.01)
    assert metrics[-1]["train_loss"] < 0.6
    assert metrics[-1]["train_reward_accuracy"] == 1
    assert tiny_server.ask(job["fine_tuned_model"], "Hello?", max_tokens=2) is not None


@pytest.mark.parametrize(
    ("method", "line", "reason"),
    [
        ("dpo", example("q", "a"), "train it with the method 'supervised'"),
        ("supervised", preference(1), "train it with the method 'dpo'"),
        ("supervised", {"prompt": "q", "completion": "a"}, "write it as {"),
        ("dpo", preference(1) | {"preferred_output": []}, "list of one assistant message"),
        (
            "dpo",
            preference(1) | {"preferred_output": preference(1)["non_preferred_output"]},
            "both outputs are the same",
        ),
    ],
)
def test_lines_must_be_those_of_the_method(
    tiny_server: ServerProcess, tmp_path: Path, method: str, line: Any, reason: str
) -> None:
    good = preference if method == "dpo" else lambda n: example(f"q{n}", "a")
    path = write_examples(tmp_path / "p.jsonl", [*(good(n) for n in range(10)), line])
    created = tiny_server.http.post(
        "/fine_tuning/jobs",
        json={
            "model": "tiny",
            "training_file": tiny_server.upload(path),
            "method": {"type": method},
        },
    ).json()
    job = tiny_server.wait_for_job(created["id"])
    assert f"line 11: {reason}" in job["error"]["message"] or reason in job["error"]["message"]


def test_every_wrong_line_has_an_event_of_its_own(
    tiny_server: ServerProcess, tmp_path: Path
) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text("".join(json.dumps({"n": n}) + "\n" for n in range(60)))
    created = tiny_server.sdk.fine_tuning.jobs.create(
        model="tiny", training_file=tiny_server.upload(path)
    )
    job = tiny_server.wait_for_job(created.id)
    assert "and 100 more (see the job's events)" in job["error"]["message"]
    told = [e.message for e in events_of(tiny_server, job["id"]) if e.level == "error"]
    assert len([text for text in told if text.startswith("line 60:")]) == 2
    assert len(told) == 121


def test_a_full_queue_says_so_and_when_to_come_back(
    tiny_server: ServerProcess, tmp_path: Path
) -> None:
    sdk = tiny_server.sdk.fine_tuning.jobs
    file_id = tiny_server.upload(write_examples(tmp_path / "t.jsonl", good_examples()))
    long = SHORT | {"n_epochs": 50, "batch_size": 1}

    def create() -> str:
        return sdk.create(model="tiny", training_file=file_id, hyperparameters=long).id

    created: list[str] = []
    with pytest.raises(openai.RateLimitError) as caught:
        for _ in range(130):  # a hundred wait; some may be trained by then
            created.append(create())  # noqa: PERF401  what was created before the refusal counts
    assert caught.value.code == "rate_limit_exceeded"
    assert caught.value.response.headers["retry-after"]
    for job_id in reversed(created):
        with suppress(openai.BadRequestError):  # it has ended by itself
            sdk.cancel(job_id)
