"""A project that is done, for files whose tests go on from there."""

import shutil

import pytest


@pytest.fixture
def project(finished, tmp_path):
    """A copy, its endpoint with nothing asked yet."""
    folder, endpoint = finished
    shutil.copytree(folder, tmp_path / "p")
    endpoint.seen.clear()
    return tmp_path / "p", endpoint
