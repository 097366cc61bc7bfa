"""A model's folder as its publisher gives it: served, trained, exported like a catalogue's."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import world
from fake_hub import FakeHub
from serving import ServerProcess, good_examples, server_command, write_examples
from shikomi.engine.gguf_header import is_gguf
from shikomi.server.models import tuned_name

SHORT = {"n_epochs": 2, "batch_size": 6, "learning_rate": 0.01, "lora_rank": 4, "max_length": 128}


@pytest.fixture(scope="module")
def folder(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model as safetensors, tokenizer and configuration."""
    from shikomi.engine.dequantise import safetensors_folder

    target = tmp_path_factory.mktemp("hub") / "tiny-chat"
    shutil.copytree(safetensors_folder(tiny_model, lambda _: None), target)
    (target / "complete.json").unlink()
    return target


def test_a_folder_of_safetensors_is_served_trained_and_exported(
    new_server: Callable[..., ServerProcess], folder: Path, tmp_path: Path
) -> None:
    cache, project = tmp_path / "cache", tmp_path / "p"
    project.mkdir()
    options = ("--cache", str(cache), "--model", str(folder), "--context", "256")
    server = new_server(*options, data=project / "server")
    assert str(folder) in {model.id for model in server.sdk.models.list()}
    before = server.ask(str(folder), "Where is kavu 3?", logprobs=True)
    created = server.sdk.fine_tuning.jobs.create(
        model=str(folder),
        training_file=server.upload(write_examples(tmp_path / "t.jsonl", good_examples())),
        hyperparameters=SHORT,
    )
    job = server.wait_for_job(created.id)
    assert job["status"] == "succeeded", job
    events = server.http.get(f"/fine_tuning/jobs/{created.id}/events").json()["data"]
    assert not any("Unpacking" in event["message"] for event in events)
    assert server.ask(str(folder), "Where is kavu 3?") == before
    assert server.ask(job["fine_tuned_model"], "Where is kavu 3?") != before
    server.stop()
    done = world.shikomi(project, "export", "model", env={"SHIKOMI_CACHE": str(cache)})
    assert done.returncode == 0, done.stderr
    (written,) = (project / "out").iterdir()
    assert is_gguf(written / "base.gguf") and is_gguf(written / "adapter.gguf")


def test_a_model_of_the_hub_is_served_by_its_name(folder: Path, tmp_path: Path) -> None:
    name = "someone/Tiny-0.5B-Chat"
    command = server_command(tmp_path / "data", tmp_path / "cache", "--model", name)
    with FakeHub({name: folder}) as hub:
        environment = hub.environment(tmp_path / "home")
        server = ServerProcess([*command, "--context", "256"], tmp_path / "log", **environment)
        try:
            assert name in {model.id for model in server.sdk.models.list()}
            assert server.ask(name, "Where is kavu 3?")
        finally:
            server.stop()


def test_a_tuned_model_is_called_as_its_base_is_without_folders_and_ending() -> None:
    bases = ("Qwen/Qwen2.5-0.5B-Instruct", "/models/Qwen2.5-0.5B-Instruct", "/models/small.gguf")
    names = [tuned_name(base, "mine", "ftjob-0123456789") for base in bases]
    assert names == [
        "ft:Qwen2.5-0.5B-Instruct:shikomi:mine:01234567",
        "ft:Qwen2.5-0.5B-Instruct:shikomi:mine:01234567",
        "ft:small:shikomi:mine:01234567",
    ]


def test_a_folder_that_cannot_be_served_is_one_plain_line_at_the_start(
    cache: Path, folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    config = json.loads((other / "config.json").read_text()) | {"model_type": "gemma3"}
    (other / "config.json").write_text(json.dumps(config))
    command = server_command(tmp_path / "data", cache, "--model", str(other))
    command.remove("--parent-pipe")
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1
    said = "models of type gemma3 cannot be trained here, only llama and qwen2"
    assert done.stderr == f"{other}: {said}\n"
