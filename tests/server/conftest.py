"""One real server for the whole folder, and one model tuned on it by two curl calls."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import world
from serving import (
    HOSTED,
    QUICK,
    SHORT,
    SMALL,
    ServerProcess,
    curl,
    good_examples,
    server_command,
    write_examples,
)
from shikomi import app
from shikomi.app.endpoints import Machine
from tiny_model import TOOLS_TEMPLATE, write_tiny_model


@pytest.fixture(scope="session")
def cache(smollm_path: Path) -> Path:
    return smollm_path.parent.parent


@pytest.fixture(scope="session")
def new_server(
    cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., ServerProcess]]:
    """Starts servers; `data` names the folder, so that one can be started on it again."""
    started: list[ServerProcess] = []

    def start(*options: str, data: Path | None = None) -> ServerProcess:
        folder = data or tmp_path_factory.mktemp("server") / "data"
        log = folder.parent / f"{folder.name}.log"
        started.append(ServerProcess(server_command(folder, cache, *options), log))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def local_models(smollm_path: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two more models, which are files that the server is told of by their paths."""
    folder = tmp_path_factory.mktemp("local")
    paths = [folder / "one.gguf", folder / "two.gguf"]
    for path in paths:
        path.symlink_to(smollm_path)
    return paths


@pytest.fixture(scope="session")
def server(new_server: Callable[..., ServerProcess], local_models: list[Path]) -> ServerProcess:
    named = [option for path in local_models for option in ("--model", str(path))]
    aliases = ("--alias", f"{HOSTED}={SMALL}")
    return new_server(*aliases, *named, "--context", "512", "--parallel", "2")


@pytest.fixture(scope="session")
def examples_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_examples(tmp_path_factory.mktemp("examples") / "mydata.jsonl", good_examples())


@pytest.fixture(scope="session")
def job(server: ServerProcess, examples_file: Path) -> dict[str, Any]:
    """A finished job, asked for by the quickstart's two calls under a hosted name."""
    uploaded = curl(
        f"{server.url}/files",
        *("-H", "Authorization: Bearer sk-none"),
        *("-F", "purpose=fine-tune"),
        *("-F", f"file=@{examples_file}"),
    )
    body = {
        "training_file": uploaded["id"],
        "model": HOSTED,
        "suffix": "tower",
        "seed": 7,
        "metadata": {"purpose": "test"},
        "hyperparameters": QUICK,
    }
    created = curl(
        f"{server.url}/fine_tuning/jobs",
        *("-H", "Content-Type: application/json"),
        *("-d", json.dumps(body)),
    )
    assert created["status"] == "validating_files", created
    return server.wait_for_job(created["id"])


@pytest.fixture(scope="session")
def tuned(job: dict[str, Any]) -> str:
    assert job["status"] == "succeeded", job
    name: str = job["fine_tuned_model"]
    return name


@pytest.fixture(scope="session")
def tooled_model(smollm_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights under a chat template that knows tools."""
    path = tmp_path_factory.mktemp("tooled") / "tooled.gguf"
    return write_tiny_model(smollm_path, path, template=TOOLS_TEMPLATE)


@pytest.fixture(scope="session")
def tooled(new_server: Callable[..., ServerProcess], tooled_model: Path) -> ServerProcess:
    """Serves that one as `tiny`."""
    alias = ("--alias", f"tiny={tooled_model}")
    return new_server("--model", str(tooled_model), *alias, "--context", "1024")


@pytest.fixture(scope="session")
def tiny_server(new_server: Callable[..., ServerProcess], tiny_model: Path) -> ServerProcess:
    """Serves the tiny model as `tiny`; as `text-embedding-3-small` it makes embeddings."""
    aliases = {"tiny": str(tiny_model), "text-embedding-3-small": "tiny"}
    named = [o for a, b in aliases.items() for o in ("--alias", f"{a}={b}")]
    embeddings = ("--embeddings", str(tiny_model))
    return new_server("--model", str(tiny_model), *embeddings, *named, "--context", "256")


@pytest.fixture(scope="session")
def validated(tiny_server: ServerProcess, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A finished job with a validation file, a duplicate line and metadata."""
    folder = tmp_path_factory.mktemp("files")
    lines = [*good_examples(), good_examples()[3]]
    created = tiny_server.sdk.fine_tuning.jobs.create(
        model="tiny",
        training_file=tiny_server.upload(write_examples(folder / "train.jsonl", lines)),
        validation_file=tiny_server.upload(write_examples(folder / "v.jsonl", lines[:2])),
        metadata={"team": "towers", "run": "1"},
        hyperparameters=SHORT,
    )
    job = tiny_server.wait_for_job(created.id)
    assert job["status"] == "succeeded", job
    return job


@pytest.fixture(scope="session")
def sectioned(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with sections, whose student is the tiny model."""
    folder = tmp_path_factory.mktemp("searched") / "p"
    world.write_documents(folder / "source", world.PAGES)
    (folder / "shikomi.toml").write_text(
        f'[project]\nroot = "{world.SYSTEM}"\n'
        f'[models.generator]\nmodel = "{SMALL}"\n[models.student]\nmodel = "{tiny_model}"\n'
        f'[server]\nparallel = 2\n[server.aliases]\n"{HOSTED}" = "{SMALL}"\n'
        f'tiny = "{tiny_model}"\n',
        encoding="utf-8",
    )
    machine = Machine(cache=folder / "no-cache", environment={})
    with app.open_project(folder, machine) as ctx:
        assert app.run(ctx, only="section") == []
    return folder


@pytest.fixture(scope="session")
def searching(sectioned: Path, cache: Path) -> Iterator[ServerProcess]:
    """`shikomi serve` on that project."""
    command = [*world.command(sectioned, "serve"), "--port", "0"]
    server = ServerProcess(command, sectioned / "serve.log", SHIKOMI_CACHE=str(cache))
    yield server
    server.stop()
