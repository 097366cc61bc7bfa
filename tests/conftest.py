"""Shared fixtures."""

import os
import re
import signal
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from shikomi.engine.weights import ensure
from world import World, run, write_project

_HERE = Path(__file__).parent
_MODEL = re.compile(r"smollm_(path|folder)|tiny_model|(import|from) (torch|trl)\b")

# A job in the background of a script inherits "ignore" for Ctrl-C, and the tests of Ctrl-C with it.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, World]]:
    """A finished project and its endpoint; tests work on copies."""
    folder = tmp_path_factory.mktemp("finished") / "p"
    with World() as endpoint:
        write_project(folder, endpoint.base_url)
        assert run(folder) == []
        yield folder, endpoint


@pytest.fixture(scope="session")
def smollm_path() -> Path:
    """The 135M test model, fetched on the first use (98 MB)."""
    cache = os.environ.get("SHIKOMI_CACHE") or Path.home() / ".cache" / "shikomi"
    return ensure("smollm2-135m-instruct", cache=Path(cache)).path


@pytest.fixture(scope="session")
def smollm_folder(smollm_path: Path) -> Path:
    """The same as safetensors, with its tokenizer."""
    from shikomi.engine.dequantise import safetensors_folder

    return safetensors_folder(smollm_path, lambda _: None)


@pytest.fixture(scope="session")
def tiny_model(smollm_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights: for what does not depend on what a model says."""
    from tiny_model import write_tiny_model

    return write_tiny_model(smollm_path, tmp_path_factory.mktemp("tiny") / "tiny.gguf")


@pytest.fixture
def endpoint() -> Iterator[World]:
    """A scripted endpoint that generates, trains and answers."""
    with World() as world:
        yield world


def pytest_configure() -> None:
    """Each process of tests keeps to its share of the cores, and what it starts with it: threads
    of a model that wait for each other come to a near standstill on cores that others use."""
    number = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
    if number and hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        share = cores[int(number) :: int(os.environ["PYTEST_XDIST_WORKER_COUNT"])]
        os.sched_setaffinity(0, share or cores)


@pytest.hookimpl(optionalhook=True)  # tests run without pytest-xdist too
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling:
    return _Scheduling(config, log)


class _Scheduling(LoadFileScheduling):
    """A file stays whole, for its fixtures. Files whose tests load a model stay together: what
    they share (a server, a tuned model) is made once, and two models would fight for the cores."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return "models" if _has_model(file) else file


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What loads a model comes first, and whole pipelines, which lie in this folder itself, next:
    then the end is short."""
    items.sort(key=lambda item: (not _has_model(item.nodeid), item.path.parent != _HERE))


@cache
def _has_model(nodeid: str) -> bool:
    """Whether a test's file loads a model, by its folder or by what it names."""
    file = _HERE.parent / nodeid.partition("::")[0]
    return file.parent == _HERE / "server" or bool(_MODEL.search(file.read_text(encoding="utf-8")))
