"""Shared fixtures."""

import os
from pathlib import Path

import pytest

from shikomi.engine.weights import ensure


@pytest.fixture(scope="session")
def smollm_path() -> Path:
    """The 135M test model, fetched on the first use (98 MB)."""
    cache = os.environ.get("SHIKOMI_CACHE") or Path.home() / ".cache" / "shikomi"
    return ensure("smollm2-135m-instruct", cache=Path(cache)).path
