"""Shared fixtures."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from shikomi.engine.weights import ensure
from world import World

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
