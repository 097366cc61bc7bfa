"""Answers that an endpoint refuses as bad requests, run after run."""

import json
import sqlite3

import pytest

from world import World, kind_of, run, shikomi, write_project

JUDGED = "q02"  # has no accepted strings


def refusing(body):
    """The base model is not let say when something fades, nor the judge mark what says so."""
    text = body["messages"][-1]["content"]
    is_asked = kind_of(body) == "answer" and body["model"] == "scripted-student"
    if (is_asked and "take to fade" in text and "<context>" not in text) or (
        kind_of(body) == "verdict" and "LB-17" in text.partition("<answer>")[2]
    ):
        return 400, {}, {"error": {"message": "not this one"}}
    return None


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A project after each of three runs: what failed, what was asked, and the report."""
    folder, found = tmp_path_factory.mktemp("refused") / "p", []
    with World(spoil=refusing) as endpoint:
        write_project(folder, endpoint.base_url, extra="[evaluate]\njudge_sample = 0\n")
        path = folder / "questions.jsonl"
        lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        del lines[1]["accept"]
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
        for _ in range(3):
            endpoint.seen.clear()
            failed = run(folder)
            report = json.loads((folder / "out" / "report.json").read_text("utf-8"))
            found.append((failed, endpoint.kinds(), report))
        yield folder, endpoint, found


def test_they_are_asked_once_more_and_then_no_more(ran):
    (first, _, _), (second, again, _), (third, then, _) = ran[2]
    assert first == second != []
    assert any("(base): HTTP 400: not this one" in each for each in first)
    assert any("(judge): HTTP 400: not this one" in each for each in first)
    assert set(again) == {"answer", "verdict"}
    assert (third, list(then)) == ([], [])


def test_the_report_counts_them_as_unscored_and_says_whose_they_are(ran):
    before, after = (ran[2][n][2] for n in (0, 2))
    assert after["arms"]["base"]["unscored"] == 1
    assert not any("refused" in note for note in before["notes"])
    n_judged = sum(each["verdict"] is None for each in after["questions"][1]["answers"])
    assert n_judged > 0
    assert any(
        f"refused {1 + n_judged} requests in two runs: base 1, judge {n_judged}." in note
        and "HTTP 400: not this one" in note
        for note in after["notes"]
    )


def test_status_says_so_and_they_are_asked_again_when_that_is_asked_for(ran):
    folder, endpoint, _ = ran
    told = json.loads(shikomi(folder, "status", "--json").stdout)
    assert told["stages"]["evaluate"] == 0
    assert "HTTP 400: not this one" in told["failed"]["evaluate"]
    endpoint.spoil = lambda body: None
    assert run(folder, retry_failed=True) == []
    report = json.loads((folder / "out" / "report.json").read_text("utf-8"))
    assert report["arms"]["base"]["unscored"] == 0
    assert not any("refused" in note for note in report["notes"])


def test_what_a_model_refused_that_is_no_more_asked_is_no_failure(ran):
    folder, endpoint, _ = ran
    endpoint.spoil = refusing
    database = sqlite3.connect(folder / "shikomi.db")
    stale = ("evaluate", "of a model that was", "refused again", "HTTP 400: not this one")
    database.execute(
        "INSERT INTO progress (stage, subject, fingerprint, error) VALUES (?, ?, ?, ?)", stale
    )
    database.commit()
    database.close()
    assert "evaluate" not in json.loads(shikomi(folder, "status", "--json").stdout)["failed"]
