"""Questions that say all that their answers do, or name nothing, are asked for once more."""

import json
import sqlite3

import pytest

from world import World, kind_of, run, shikomi, statements, write_project

PAGES = {
    "a.md": "# Lamp\n\nThe lamp fades to amber in 40 seconds.\n\nIts fuse needs 12 volts.\n\n"
    "The shell is made of 3 rings.\n\nA wick burns for 77 days.\n"
}
N_FACTS = 4
HELD_OUT = [("q1", "What feeds the Lumenbox?", "mains", "a.md")]
ONE = "[generate]\ngoals_per_call = 4\n"


def telling(body):
    """The right reply, but its first entry's questions say the statement itself."""
    reply = json.loads(World.right(None, body))
    statement = statements(body)["1"][0].rstrip(".")
    entry = reply["1"]
    for key in entry:
        if key.startswith(("question", "reworded")):
            entry[key] = f"Is it so in Lumenbox that {statement}, {key}?"
    return json.dumps(reply)


def is_second(body):
    return kind_of(body) == "generate" and body["messages"][-2]["role"] == "assistant"


@pytest.fixture
def project(tmp_path):
    def make(endpoint):
        return write_project(
            tmp_path / "p", endpoint.base_url, pages=PAGES, questions=HELD_OUT, extra=ONE
        )

    return make


def counted(folder, stage):
    with sqlite3.connect(folder / "shikomi.db") as db:
        sql = "SELECT count(*) FROM calls WHERE stage = ? AND status = 'ok'"
        return db.execute(sql, (stage,)).fetchone()[0]


def kept(folder):
    rows = (folder / "out" / "dataset.provenance.jsonl").read_text("utf-8").splitlines()
    return [row for row in map(json.loads, rows) if row["view"] == "qa"]


def first_only(body):
    return telling(body) if kind_of(body) == "generate" and not is_second(body) else None


def test_the_generator_is_told_and_its_second_questions_are_kept(project):
    with World(spoil=first_only) as endpoint:
        folder = project(endpoint)
        assert run(folder, "freeze") == []
        (second,) = filter(is_second, endpoint.seen)
        first = next(body for body in endpoint.seen if kind_of(body) == "generate")
    assert second["messages"][:-2] == first["messages"]
    assert second["messages"][-2]["content"] == telling(first)
    assert "question of 1 already says" in second["messages"][-1]["content"]
    assert (counted(folder, "generate"), counted(folder, "second try")) == (1, 1)
    facts = {fact for row in kept(folder) for fact in row["fact_ids"]}
    assert len(facts) == N_FACTS
    assert "gives the answer away" not in shikomi(folder, "status").stdout


def dangling(body):
    """The right reply, but its first entry's questions speak of a thing that nobody named."""
    reply = json.loads(World.right(None, body))
    for key in reply["1"]:
        if key.startswith(("question", "reworded")):
            reply["1"][key] = f"In Lumenbox, what is this thing to {key}?"
    return json.dumps(reply)


def test_questions_that_do_not_name_their_object_are_told_so(project):
    def spoil(body):
        is_first = kind_of(body) == "generate" and not is_second(body)
        return dangling(body) if is_first else None

    with World(spoil=spoil) as endpoint:
        folder = project(endpoint)
        assert run(folder, "freeze") == []
        (second,) = filter(is_second, endpoint.seen)
    assert "questions of 1 are about" in second["messages"][-1]["content"]
    assert len({fact for row in kept(folder) for fact in row["fact_ids"]}) == N_FACTS
    assert "does not name" not in shikomi(folder, "status").stdout


def test_what_is_no_better_the_second_time_stays_dropped_and_is_not_asked_again(project):
    spoil = lambda body: telling(body) if kind_of(body) == "generate" else None  # noqa: E731
    with World(spoil=spoil) as endpoint:
        folder = project(endpoint)
        assert run(folder, "freeze") == []
        n_requests = endpoint.n_requests
        assert run(folder, "freeze") == []
        assert endpoint.n_requests == n_requests
    assert counted(folder, "second try") == 1
    assert len({fact for row in kept(folder) for fact in row["fact_ids"]}) == N_FACTS - 1
    assert "gives the answer away" in shikomi(folder, "status").stdout


def test_where_the_second_call_fails_the_first_questions_stay(project):
    def spoil(body):
        return "no JSON" if is_second(body) else first_only(body)

    with World(spoil=spoil) as endpoint:
        folder = project(endpoint)
        assert run(folder, "freeze") == []
    assert len({fact for row in kept(folder) for fact in row["fact_ids"]}) == N_FACTS - 1


def test_a_run_that_was_stopped_between_the_tries_replays_the_first(project):
    def spoil(body):
        return (401, {}, {"error": {"message": "no"}}) if is_second(body) else first_only(body)

    with World(spoil=spoil) as endpoint:
        folder = project(endpoint)
        assert "shikomi" in shikomi(folder, "generate").stderr
        endpoint.spoil = first_only
        assert run(folder, "freeze", retry_failed=True) == []
    assert (counted(folder, "generate"), counted(folder, "second try")) == (1, 1)
    assert len({fact for row in kept(folder) for fact in row["fact_ids"]}) == N_FACTS
