"""Which facts are asked about, as `shikomi status` tells it."""

import json

import pytest

from world import PAGES, run, shikomi, statements, write_project

DROPPED = "The pump has a fuse of its own."
PAGE = f"{PAGES['network.md']}\n{DROPPED}\n"


@pytest.fixture
def project(tmp_path, endpoint):
    return write_project(tmp_path / "p", endpoint.base_url, pages={"network.md": PAGE})


def status(folder):
    return json.loads(shikomi(folder, "status", "--json").stdout)["coverage"]


def test_nothing_is_said_before_pairs_are_checked(project):
    run(project, "generate")
    assert status(project) is None


def test_facts_and_examples_are_counted_that_are_asked_about(project):
    run(project, "judge")
    found = status(project)
    assert found["facts"] == found["facts_asked"] == 4
    assert (found["examples"], found["examples_asked"], found["left"]) == (1, 1, [])
    said = shikomi(project, "status").stdout
    assert "asked about: 4 of 4 facts, among them 1 of 1 examples" in said


def test_of_a_fact_that_is_not_asked_about_the_reason_is_told(project, endpoint):
    endpoint.spoil = lambda body: _foreign(body, endpoint)
    run(project, "judge")
    (left,) = status(project)["left"]
    assert (left["place"], left["statement"]) == ("network.md#Network", DROPPED)
    assert left["why"] == "a number that is not in the source"
    assert f"not network.md#Network: {DROPPED} (a number" in shikomi(project, "status").stdout


def _foreign(body, endpoint):
    """An answer to the questions about one statement that has a number of its own."""
    if DROPPED not in str(body["messages"][-1]["content"].rpartition("\n\n")[2]):
        return None
    assert statements(body)["1"]
    return endpoint.right(body).replace(DROPPED, f"{DROPPED} It bears 99 A.")
