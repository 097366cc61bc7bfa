"""The README's two calls of OpenAI's fine-tuning quickstart, followed to the letter."""

import json
import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import world
from serving import ServerProcess, good_examples, write_examples
from shikomi import app
from shikomi.app.endpoints import Machine
from shikomi.llm.ask import ask_one
from shikomi.stages.context import gateway
from shikomi.types import Message, Request

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
HOST = "http://127.0.0.1:8777/v1"
NAMED = "qwen2.5-coder-1.5b-instruct"


def block(kind: str, holds: str) -> str:
    """The README's block of code that holds a text."""
    found: list[str] = re.findall(rf"```{kind}\n(.*?)```", README, re.DOTALL)
    return next(text for text in found if holds in text)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> Path:
    """As the README says: the alias, and the file. The tiny model stands for the one it names."""
    folder = tmp_path_factory.mktemp("quickstart")
    alias = block("toml", "[server.aliases]").replace(NAMED, str(tiny_model))
    settings = f'{alias}\n[models.student]\nmodel = "{tiny_model}"\n'
    (folder / "shikomi.toml").write_text(settings, "utf-8")
    write_examples(folder / "mydata.jsonl", good_examples())
    return folder


@pytest.fixture(scope="module")
def server(folder: Path, cache: Path) -> Iterator[ServerProcess]:
    command = [*world.command(folder, "serve"), "--port", "0"]
    started = ServerProcess(command, folder / "serve.log", SHIKOMI_CACHE=str(cache))
    yield started
    started.stop()


def pasted(command: str, folder: Path) -> str:
    """What a shell prints for it."""
    surroundings = os.environ | {"OPENAI_API_KEY": "sk-of-2023", "no_proxy": "*"}
    done = subprocess.run(
        ["bash", "-ec", command], cwd=folder, env=surroundings, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def job(folder: Path, server: ServerProcess) -> dict[str, Any]:
    """The two calls, with the host and the file's id changed."""
    start, upload, create = re.split(r"\n(?=curl )", block("sh", "/files").strip())
    assert start == "shikomi serve"
    file = _object(pasted(upload.replace(HOST, server.url), folder))
    assert (file["purpose"], file["filename"]) == ("fine-tune", "mydata.jsonl")
    call = create.replace(HOST, server.url).replace("file-abc123", file["id"])
    return server.wait_for_job(_object(pasted(call, folder))["id"])


def test_pasted_with_the_host_and_the_files_id_changed_they_give_a_model_that_answers(
    job: dict[str, Any], server: ServerProcess
) -> None:
    (hosted,) = tomllib.loads(block("toml", "[server.aliases]"))["server"]["aliases"]
    assert (job["model"], job["status"]) == (hosted, "succeeded"), job
    reply = server.sdk.chat.completions.create(
        model=job["fine_tuned_model"],
        messages=[{"role": "user", "content": "Where is kavu 3?"}],
        max_tokens=8,
    )
    assert reply.choices[0].finish_reason in ("stop", "length")
    assert reply.usage is not None and reply.usage.completion_tokens > 0
    events = list(server.sdk.fine_tuning.jobs.list_events(job["id"]))
    assert f"{hosted} stands for the embedded model" in events[-1].message


def _object(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    return found


def test_the_tuned_model_may_write_the_next_rounds_questions(
    folder: Path, server: ServerProcess, job: dict[str, Any], cache: Path
) -> None:
    server.stop()
    config = folder / "shikomi.toml"
    role = f'[models.generator]\nmodel = "{job["fine_tuned_model"]}"\n'
    config.write_text(config.read_text("utf-8") + role, "utf-8")
    with app.open_project(folder, Machine(cache=cache, environment={})) as ctx:
        asked = Request(
            endpoint=ctx.endpoints.identity("generator"),
            model=ctx.config.models.generator.model,
            messages=(Message(role="user", content="Where is kavu 3?"),),
            max_tokens=8,
        )
        with gateway(ctx, "generate", ctx.endpoints.open("generator")) as line:
            reply = ask_one(line, asked, str)
        assert reply.text
        assert asked.endpoint.count("+") == 1
