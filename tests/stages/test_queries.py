"""Queries of keywords: a statement is taught, too, whose questions are all lost."""

import json

import pytest

from world import PAGES, run, shikomi, statements, write_project

LOST = "The pump has a fuse of its own."
PAGE = f"{PAGES['network.md']}\n{LOST}\n"


@pytest.fixture
def project(tmp_path, endpoint):
    return write_project(tmp_path / "p", endpoint.base_url, pages=PAGES | {"network.md": PAGE})


def queries(folder):
    """What is asked by keywords alone, with its answer."""
    lines = (folder / "out" / "dataset.provenance.jsonl").read_text().splitlines()
    views = [json.loads(line)["view"] for line in lines]
    rows = map(json.loads, (folder / "out" / "dataset.jsonl").read_text().splitlines())
    chats = [[turn["content"] for turn in row["messages"]] for row in rows]
    return [chat for chat, view in zip(chats, views, strict=True) if view == "keywords"]


def lost(endpoint):
    """Every answer about one statement has a number of its own."""

    def spoil(body):
        asked = str(body["messages"][-1]["content"].rpartition("\n\n")[2])
        if LOST not in asked or not statements(body):
            return None
        return endpoint.right(body).replace(LOST, f"{LOST} It bears 99 A.")

    return spoil


def test_a_statement_whose_questions_are_all_dropped_is_taught_below_keywords(project, endpoint):
    endpoint.spoil = lost(endpoint)
    run(project, "freeze")
    ((question, answer),) = [each for each in queries(project) if LOST in each[-1]]
    assert answer == LOST
    assert set(question.split()[1:]) == {"pump", "fuse", "own"}


def test_nothing_is_taught_of_a_statement_whose_pairs_a_person_rejects(project, endpoint):
    run(project, "freeze")
    assert [each for each in queries(project) if LOST in each[-1]]
    file = project / "pairs.jsonl"
    assert shikomi(project, "review", "export", str(file)).returncode == 0
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    no = [row | {"decision": "reject"} for row in rows if LOST in row["answer"]]
    file.write_text("".join(json.dumps(row) + "\n" for row in no))
    assert shikomi(project, "review", "import", str(file)).returncode == 0
    run(project, "freeze")
    assert not [each for each in queries(project) if LOST in each[-1]]
