"""kill -9 of server or trainer at many points of a job: it ends as it should, no file is lost."""

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from serving import ServerProcess, good_examples, until, write_examples

STEPS = {"n_epochs": 3, "batch_size": 2, "learning_rate": 0.01, "lora_rank": 4, "max_length": 64}
Start = Callable[[], ServerProcess]


@pytest.fixture
def start(
    new_server: Callable[..., ServerProcess], tiny_model: Path, tmp_path: Path
) -> Callable[[], ServerProcess]:
    """Starts the server of one data folder, again and again."""
    options = ("--model", str(tiny_model), "--context", "64", "--checkpoint-seconds", "0")
    return lambda: new_server(*options, data=tmp_path / "data")


def create(server: ServerProcess, tiny_model: Path, path: Path, **more: Any) -> tuple[str, str]:
    """A job's id, and its file's."""
    file_id = server.upload(write_examples(path, good_examples()))
    given = {"hyperparameters": STEPS} | more
    created = server.sdk.fine_tuning.jobs.create(
        model=str(tiny_model), training_file=file_id, **given
    )
    return created.id, file_id


def kill_server_at(server: ServerProcess, job_id: str, point: str) -> None:
    """`point` is a text that the job's events hold, or seconds since its creation."""
    if point.replace(".", "").isdigit():
        time.sleep(float(point))
    else:
        until_told(point, server, job_id)
    kill(server)


def until_told(text: str, server: ServerProcess, job_id: str) -> None:
    until(lambda: text in history(server, job_id))


def kill(server: ServerProcess) -> None:
    """With whatever it started."""
    family = server.children()
    server.process.kill()
    server.process.wait()
    psutil.wait_procs(family, timeout=20)


def history(server: ServerProcess, job_id: str) -> str:
    reply = server.http.get(f"/fine_tuning/jobs/{job_id}/events", params={"limit": 200}).json()
    return "\n".join(event["message"] for event in reply["data"])


def ended_well(server: ServerProcess, job_id: str, file_id: str, n_epochs: int = 3) -> None:
    n_steps, job = 6 * n_epochs, server.wait_for_job(job_id)
    assert job["status"] == "succeeded", job
    steps = [line for line in history(server, job_id).splitlines() if line.startswith("Step ")]
    assert {int(line.split()[1].split("/")[0]) for line in steps} == set(range(1, n_steps + 1))
    assert server.ask(job["fine_tuned_model"], "Hi", max_tokens=1) is not None
    rows = server.sdk.files.content(job["result_files"][0]).text.splitlines()
    assert len(rows) == n_steps + 1
    assert len(server.sdk.files.content(file_id).text.splitlines()) == 12
    names = [each.fine_tuned_model_checkpoint for each in _checkpoints(server, job_id)]
    steps = [int(name.rpartition("-")[2]) for name in names[1:]]
    assert steps == [n_steps - 6, n_steps - 12]


def _checkpoints(server: ServerProcess, job_id: str) -> list:
    return list(server.sdk.fine_tuning.jobs.checkpoints.list(job_id))


def test_a_killed_server_takes_its_job_up_again(
    start: Start, tiny_model: Path, tmp_path: Path
) -> None:
    server = start()
    server.ask(str(tiny_model), "Hi", max_tokens=1)
    held_out = server.upload(write_examples(tmp_path / "v.jsonl", good_examples()[:1]))
    more = {"validation_file": held_out, "hyperparameters": STEPS | {"n_epochs": 8}}
    job_id, file_id = create(server, tiny_model, tmp_path / "t.jsonl", **more)
    until_told("Step 4/", server, job_id)  # and a few dozen to go
    (trainer,) = server.children()  # and no runtime: its memory was freed for the training
    assert trainer in server.children_named("train_child")
    assert server.sdk.fine_tuning.jobs.retrieve(job_id).estimated_finish
    kill(server)
    again = start()
    ended_well(again, job_id, file_id, n_epochs=8)
    assert "The server was restarted" in history(again, job_id)
    assert "Going on from step" in history(again, job_id)
    assert _checkpoints(again, job_id)[0].metrics.valid_loss is not None


POINTS = ["0.05", "0.3", "1", "3", "examples,", "Step 1/", "Step 6/", "Checkpoint created"]
POINTS += ["Step 12/", "Step 17/", "Step 18/", "completed"]


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS)
def test_a_server_killed_at_any_point_takes_its_job_up_again(
    start: Start, tiny_model: Path, tmp_path: Path, point: str
) -> None:
    server = start()
    job_id, file_id = create(server, tiny_model, tmp_path / "t.jsonl")
    kill_server_at(server, job_id, point)
    ended_well(start(), job_id, file_id)


@pytest.mark.slow
def test_a_server_killed_again_and_again_ends_its_job(
    start: Start, tiny_model: Path, tmp_path: Path
) -> None:
    server = start()
    job_id, file_id = create(server, tiny_model, tmp_path / "t.jsonl")
    chance = random.Random(1)
    for _ in range(4):
        kill_server_at(server, job_id, str(round(chance.uniform(1, 12), 2)))
        server = start()
    ended_well(server, job_id, file_id)


@pytest.mark.slow
@pytest.mark.parametrize("point", ["Fine-tuning job started", "examples,", "Step 3/", "Step 17/"])
def test_a_killed_trainer_fails_its_job_and_the_next_one_is_trained(
    start: Start, tiny_model: Path, tmp_path: Path, point: str
) -> None:
    server = start()
    first, _ = create(server, tiny_model, tmp_path / "t.jsonl")
    second, file_id = create(server, tiny_model, tmp_path / "u.jsonl")
    while point not in history(server, first) or not server.children_named("train_child"):
        time.sleep(0.01)
    for trainer in server.children_named("train_child"):
        trainer.kill()
    job = server.wait_for_job(first)
    assert (job["status"], job["error"]["code"]) == ("failed", "trainer_crashed")
    ended_well(server, second, file_id)
