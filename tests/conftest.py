"""Shared fixtures."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from shikomi.engine.weights import ensure
from world import World

_HERE = Path(__file__).parent
_MODELS = "models"  # the group of the tests that load one

# A job in the background of a script inherits "ignore" for Ctrl-C, and the tests of Ctrl-C with it.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def smollm_path() -> Path:
    """The 135M test model, fetched on the first use (98 MB)."""
    cache = os.environ.get("SHIKOMI_CACHE") or Path.home() / ".cache" / "shikomi"
    return ensure("smollm2-135m-instruct", cache=Path(cache)).path


@pytest.fixture
def endpoint() -> Iterator[World]:
    """A scripted endpoint that generates, trains and answers."""
    with World() as world:
        yield world


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What runs in one process of several, and in what order.

    A file stays whole, for its fixtures. Tests on a real model are one group: what they share (a
    server, a tuned model) is made once, and two models would fight for the cores. They come first
    and whole pipelines, which lie in this folder itself, next, so that the end is short.
    """
    for item in items:
        group = _MODELS if _has_model(item) else str(item.path.relative_to(_HERE))
        item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: (not _has_model(item), item.path.parent != _HERE))


def _has_model(item: pytest.Item) -> bool:
    return isinstance(item, pytest.Function) and "smollm_path" in item.fixturenames
