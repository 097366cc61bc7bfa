"""A project that is done, for files whose tests go on from there."""

import shutil

import pytest

from world import World, run, write_project


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A finished project and its endpoint; tests work on copies."""
    folder = tmp_path_factory.mktemp("finished") / "p"
    with World() as endpoint:
        write_project(folder, endpoint.base_url)
        assert run(folder) == []
        yield folder, endpoint


@pytest.fixture
def project(finished, tmp_path):
    """A copy, its endpoint with nothing asked yet."""
    folder, endpoint = finished
    shutil.copytree(folder, tmp_path / "p")
    endpoint.seen.clear()
    return tmp_path / "p", endpoint
