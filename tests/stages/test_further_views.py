"""Rows that are added as shares of the pairs: structure, negatives and general chat."""

import json
import sqlite3
from collections import Counter
from math import ceil

import pytest

from shikomi import config
from world import GENERATE, PAGES, QUESTIONS, kind_of, run, shikomi, write_project

ALL = f"{GENERATE}structure = 0.2\nnegatives = 0.1\nreplay = 0.3\n"


@pytest.fixture
def project(tmp_path, endpoint):
    def make(settings=ALL, **over):
        pages = {name: text for name, text in PAGES.items() if name.endswith(".md")}
        over = {"pages": pages, "questions": QUESTIONS[:9]} | over
        return write_project(tmp_path / "p", endpoint.base_url, extra=settings, **over)

    return make


def rows(folder):
    """(view, question, answer, sections) of each row of the training file."""
    out = folder / "out"
    texts = (out / "dataset.jsonl").read_text("utf-8").splitlines()
    origins = (out / "dataset.provenance.jsonl").read_text("utf-8").splitlines()
    for text, origin in zip(map(json.loads, texts), map(json.loads, origins), strict=True):
        *_, question, answer = text["messages"]
        yield origin["view"], question["content"], answer["content"], origin["section_ids"]


def views(folder):
    return Counter(view for view, *_ in rows(folder))


def test_each_share_is_one_of_the_pairs(project):
    folder = project()
    assert run(folder, "freeze") == []
    found = views(folder)
    n_pairs = found["qa"] + found["lookup"]
    assert found["structure"] == ceil(0.2 * n_pairs)
    assert found["negative"] - ceil(0.1 * n_pairs) in (0, 1)
    assert found["replay"] == ceil(0.3 * n_pairs)


def test_the_rows_say_what_the_pages_say(project):
    folder = project(ALL.replace("0.2", "1").replace("0.1", "1"))
    assert run(folder, "freeze") == []
    found = list(rows(folder))
    placed = [answer for view, question, answer, _ in found
              if view == "structure" and "LB-17" in question]  # fmt: skip
    assert placed and all("Dimmer" in answer for answer in placed)
    (listed,) = [answer for view, _, answer, _ in found
                 if view == "negative" and "LB-17" in answer and "LB-23" in answer
                 and "fuse" not in answer and "mains" not in answer]  # fmt: skip
    assert "no Code" in listed or "not documented" in listed or "does not occur" in listed


def test_general_chat_is_asked_of_the_untrained_student_and_taught_as_it_came(project, endpoint):
    folder = project()
    assert run(folder, "freeze") == []
    asked = [body for body in endpoint.seen if kind_of(body) == "chat"]
    assert {body["model"] for body in asked} == {"scripted-student"}
    taught = {question: answer for view, question, answer, _ in rows(folder) if view == "replay"}
    assert taught == {body["messages"][0]["content"]: endpoint.right(body) for body in asked}
    with sqlite3.connect(folder / "shikomi.db") as db:
        sql = "SELECT count(*) FROM calls WHERE stage = 'replay' AND status = 'ok'"
        assert db.execute(sql).fetchone()[0] == len(asked)


def test_a_second_run_asks_nothing_and_a_larger_share_only_what_is_new(project, endpoint):
    folder = project()
    assert run(folder, "freeze") == []
    before, file = len(endpoint.seen), (folder / "out" / "dataset.jsonl").read_bytes()
    assert run(folder, "freeze") == []
    assert (len(endpoint.seen), (folder / "out" / "dataset.jsonl").read_bytes()) == (before, file)
    settings = folder / "shikomi.toml"
    settings.write_text(settings.read_text("utf-8").replace("replay = 0.3", "replay = 0.5"))
    assert run(folder, "freeze") == []
    bodies = [json.dumps(body) for body in endpoint.seen]
    assert len(set(bodies)) == len(bodies)
    assert {kind_of(body) for body in endpoint.seen[before:]} == {"chat"}


def test_without_the_shares_the_file_is_what_it_was(project):
    folder = project(ALL.replace("0.2", "0").replace("0.1", "0").replace("0.3", "0"))
    assert run(folder, "freeze") == []
    assert {"structure", "negative", "replay"}.isdisjoint(views(folder))


def test_an_unusable_reply_fails_alone_and_is_asked_again_when_wanted(project, endpoint):
    folder = project()
    lost = []

    def spoil(body):
        if kind_of(body) == "chat" and (not lost or body["messages"] == lost[0]):
            lost.append(body["messages"])
            return "  "
        return None

    endpoint.spoil = spoil
    (failure,) = run(folder, "freeze")
    assert "the reply is empty" in failure
    text = lost[0][0]["content"]
    assert text not in {question for _, question, *_ in rows(folder)}
    assert run(folder, "freeze") == []
    endpoint.spoil = lambda body: None
    assert run(folder, "freeze", retry_failed=True) == []
    assert text in {question for _, question, *_ in rows(folder)}


def test_a_reply_that_was_cut_off_is_not_taught_and_status_says_so(project, endpoint):
    folder = project()

    def spoil(body):
        cut = kind_of(body) == "chat" and not endpoint.server_cut
        endpoint.server_cut = endpoint.server_cut or cut
        choice = {"index": 0, "message": {"role": "assistant", "content": "On and"},
                  "finish_reason": "length"}  # fmt: skip
        usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
        return (200, {}, {"choices": [choice], "usage": usage}) if cut else None

    endpoint.server_cut = False
    endpoint.spoil = spoil
    assert run(folder, "freeze") == []
    assert "On and" not in {answer for _, _, answer, _ in rows(folder)}
    dropped = json.loads(shikomi(folder, "status", "--json").stdout)["dropped"]
    assert {"step": "replay", "reason": "the reply is longer than is taught", "count": 1} in dropped


def test_what_repeats_a_held_out_question_is_left_out(project):
    folder = project(ALL.replace("0.2", "1"))
    assert run(folder, "freeze") == []
    found = list(rows(folder))
    some = [next(row for row in found if row[0] == view) for view in ("structure", "negative")]
    held_out = [(f"x{i}", row[1], "that", "dimmer.md") for i, row in enumerate(some)]
    again = project(ALL.replace("0.2", "1"), questions=[*QUESTIONS[:9], *held_out])
    assert run(again, "freeze") == []
    assert {row[1] for row in rows(again)}.isdisjoint({row[1] for row in some})


def test_an_estimate_counts_the_turns_that_the_run_then_asks_for(project, endpoint):
    folder = project()
    run(folder, "section")
    lines = json.loads(shikomi(folder, "estimate", "--json").stdout)["rows"]
    (line,) = [each for each in lines if each["stage"] == "replay"]
    assert line["role"] == "student"
    assert run(folder, "freeze") == []
    n_asked = sum(kind_of(body) == "chat" for body in endpoint.seen)
    assert line["calls"] >= n_asked > 0.5 * line["calls"]


def test_the_card_counts_them_by_view_and_names_who_answered(project):
    folder = project()
    assert run(folder, "freeze") == []
    assert shikomi(folder, "export", "dataset").returncode == 0
    card = (folder / "out" / "dataset" / "README.md").read_text("utf-8")
    n = views(folder)["replay"]
    assert f"| general chat by | scripted-student ({n} rows) |" in card
    for view in ("structure", "negative", "replay"):
        assert f"| `{view}`: " in card
    for prompt in ("en/structure_heading", "en/negative_topic", "en/topics", "en/replay"):
        assert f"| prompt `{prompt}` |" in card


def test_by_default_they_are_for_students_that_are_not_embedded():
    embedded = config.parse("")
    hosted = config.parse('[models.student]\nbase_url = "http://127.0.0.1:1/v1"\n')
    chosen = config.parse("[generate]\nreplay = 0.5\n")
    for view, share in (("structure", 0.2), ("negatives", 0.03), ("replay", 0.2)):
        assert embedded.share(view) == 0
        assert hosted.share(view) == share
    assert chosen.share("replay") == 0.5
