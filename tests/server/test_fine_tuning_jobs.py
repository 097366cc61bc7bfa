"""Files and jobs by curl and by the SDK: the quickstart, its failures, its cancellation."""

import csv
from pathlib import Path
from typing import Any

import openai
import pytest

from serving import (
    HOSTED,
    QUICK,
    SMALL,
    ServerProcess,
    example,
    good_examples,
    until,
    write_examples,
)
from shikomi.server.errors import ApiError
from shikomi.server.job_request import parse_job


def test_two_curl_calls_give_a_tuned_model(
    server: ServerProcess, job: dict[str, Any], tuned: str
) -> None:
    assert tuned == f"ft:{SMALL}:shikomi:tower:{job['id'][6:14]}"
    assert job["model"] == HOSTED
    assert (job["seed"], job["metadata"], job["error"]) == (7, {"purpose": "test"}, None)
    assert job["trained_tokens"] > 0
    listed = {model.id: model for model in server.sdk.models.list()}
    base_sha256 = listed[SMALL].identity
    assert len(base_sha256) == 64
    assert listed[tuned].identity.startswith(base_sha256 + "+")
    assert server.sdk.models.retrieve(tuned).identity == listed[tuned].identity


def test_hyperparameters_left_to_auto_are_told_back_as_numbers(job: dict[str, Any]) -> None:
    told = job["method"]["supervised"]["hyperparameters"]
    assert told == job["hyperparameters"]
    assert QUICK.items() <= told.items()
    assert told["lora_alpha"] > 0
    assert told["learning_rate_multiplier"] == pytest.approx(10.0)


def test_events_say_what_stands_for_the_hosted_name_and_carry_metrics(
    server: ServerProcess, job: dict[str, Any]
) -> None:
    events = list(server.sdk.fine_tuning.jobs.list_events(job["id"], limit=3))
    assert len({event.id for event in events}) == len(events) > 6
    assert f"{HOSTED} stands for the embedded model {SMALL}" in events[-1].message
    assert events[0].message == "The job has successfully completed"
    metrics = [event.data for event in reversed(events) if event.type == "metrics"]
    assert [data["step"] for data in metrics] == list(range(1, 7))
    assert metrics[-1]["total_steps"] == 6
    assert metrics[-1]["train_loss"] < metrics[0]["train_loss"]
    assert 0 <= metrics[-1]["train_mean_token_accuracy"] <= 1


def test_the_result_file_holds_a_row_for_each_step(
    server: ServerProcess, job: dict[str, Any]
) -> None:
    (file_id,) = job["result_files"]
    assert server.sdk.files.retrieve(file_id).purpose == "fine-tune-results"
    rows = list(csv.DictReader(server.sdk.files.content(file_id).text.splitlines()))
    assert [row["step"] for row in rows] == [str(n) for n in range(1, 7)]
    assert all(float(row["train_loss"]) > 0 for row in rows)


def test_the_final_checkpoint_is_listed(
    server: ServerProcess, job: dict[str, Any], tuned: str
) -> None:
    checkpoint, *earlier = server.sdk.fine_tuning.jobs.checkpoints.list(job["id"])
    assert [each.step_number for each in earlier] == [5, 4]
    assert (checkpoint.step_number, checkpoint.fine_tuned_model_checkpoint) == (6, tuned)
    assert checkpoint.metrics.train_loss is not None


def test_every_bad_line_of_a_training_file_is_named(server: ServerProcess, tmp_path: Path) -> None:
    lines = good_examples()
    lines[1] = {"messages": [{"role": "robot", "content": "x"}]}
    lines[3] = example("A question", " ")
    lines[5] = {"messages": [{"role": "user", "content": "only a question"}]}
    lines[7] = {"prompt": "old", "completion": "form"}
    path = write_examples(tmp_path / "bad.jsonl", lines)
    path.write_text(path.read_text() + "{not json\n")
    failed = _failed_job(server, path)
    message = failed["error"]["message"]
    assert (failed["error"]["code"], failed["error"]["param"]) == (
        "invalid_training_file",
        "training_file",
    )
    assert "line 2: messages[0]: role must be one of" in message
    assert "line 4: messages[1]: content is empty" in message
    assert "line 6: no assistant message" in message
    assert "line 8: " in message and '"content": COMPLETION' in message
    assert "line 13: not valid JSON" in message


def test_fewer_than_ten_examples_are_refused(server: ServerProcess, tmp_path: Path) -> None:
    path = write_examples(tmp_path / "few.jsonl", good_examples()[:9])
    assert "has 9 examples; at least 10" in _failed_job(server, path)["error"]["message"]


def test_an_example_that_is_too_long_fails_the_job_with_its_line(
    server: ServerProcess, tmp_path: Path
) -> None:
    lines = good_examples()
    lines[4] = example("word " * 300, "long")
    failed = _failed_job(server, write_examples(tmp_path / "long.jsonl", lines))
    assert "line 5" in failed["error"]["message"]
    assert "tokens, more than 128" in failed["error"]["message"]
    assert failed["error"]["param"] == "training_file"


def _failed_job(server: ServerProcess, path: Path) -> dict[str, Any]:
    created = server.sdk.fine_tuning.jobs.create(
        model=SMALL,
        training_file=server.upload(path),
        method={"type": "supervised", "supervised": {"hyperparameters": QUICK}},
    )
    job = server.wait_for_job(created.id)
    assert (job["status"], job["fine_tuned_model"]) == ("failed", None)
    return job


def test_a_running_job_is_cancelled_long_before_its_end(
    server: ServerProcess, examples_file: Path
) -> None:
    jobs = server.sdk.fine_tuning.jobs
    created = jobs.create(
        model=SMALL,
        training_file=server.upload(examples_file),
        hyperparameters=QUICK | {"n_epochs": 50, "batch_size": 1},
    )
    until(lambda: server.children_named("train_child"))
    assert jobs.cancel(created.id).status == "cancelled"
    assert jobs.retrieve(created.id).finished_at is not None
    until(lambda: not server.children_named("train_child"), seconds=30)  # of minutes that it had
    with pytest.raises(openai.BadRequestError, match="already completed"):
        jobs.cancel(created.id)


def test_a_trainer_that_is_killed_fails_its_job_and_nothing_else(
    server: ServerProcess, examples_file: Path
) -> None:
    created = server.sdk.fine_tuning.jobs.create(
        model=SMALL, training_file=server.upload(examples_file), hyperparameters=QUICK
    )
    until(lambda: server.children_named("train_child"))
    for trainer in server.children_named("train_child"):
        trainer.kill()
    job = server.wait_for_job(created.id)
    assert job["error"]["code"] == "trainer_crashed"
    assert "SIGKILL" in job["error"]["message"]
    assert server.ask(SMALL, "Hello?")


@pytest.mark.parametrize(
    ("options", "param"),
    [
        ({"training_file": "file-none"}, "training_file"),
        ({"hyperparameters": {"n_epochs": 99}}, "hyperparameters.n_epochs"),
        ({"hyperparameters": {"epochs": 1}}, "hyperparameters.epochs"),
        ({"suffix": "x" * 65}, "suffix"),
        ({"method": {"type": "reinforcement"}}, "method.type"),
    ],
)
def test_a_wrong_job_is_refused_before_it_exists(
    server: ServerProcess, examples_file: Path, options: dict[str, Any], param: str
) -> None:
    given = {"model": SMALL, "training_file": server.upload(examples_file)} | options
    with pytest.raises(openai.APIStatusError) as caught:
        server.sdk.fine_tuning.jobs.create(**given)
    assert caught.value.status_code in (400, 404)
    assert caught.value.param == param


def test_files_are_listed_read_back_and_deleted(server: ServerProcess, tmp_path: Path) -> None:
    path = write_examples(tmp_path / "mine.jsonl", good_examples())
    file_id = server.upload(path)
    assert server.sdk.files.content(file_id).read() == path.read_bytes()
    assert server.sdk.files.retrieve(file_id).bytes == path.stat().st_size
    assert file_id in {file.id for file in server.sdk.files.list(purpose="fine-tune", limit=1)}
    assert server.sdk.files.delete(file_id).deleted
    with pytest.raises(openai.NotFoundError):
        server.sdk.files.retrieve(file_id)


def test_a_fine_tune_upload_must_be_jsonl(server: ServerProcess, tmp_path: Path) -> None:
    path = write_examples(tmp_path / "mine.txt", good_examples())
    with pytest.raises(openai.BadRequestError, match=r"\.jsonl"):
        server.upload(path)


@pytest.mark.parametrize(("beta", "good"), [("auto", True), (2, True), (2.1, False), (0, False)])
def test_beta_lies_above_0_and_at_most_at_2(beta: Any, good: bool) -> None:
    method = {"type": "dpo", "dpo": {"hyperparameters": {"beta": beta}}}
    body = {"model": SMALL, "training_file": "file-1", "method": method}
    if good:
        assert parse_job(body).wanted().beta == beta
        return
    with pytest.raises(ApiError) as caught:
        parse_job(body)
    assert caught.value.param == "method.dpo.hyperparameters.beta"
