"""Japanese statements that no pair is left about are asked about by program."""

import pytest

from shikomi import app
from shikomi.app.endpoints import Machine
from shikomi.stages import views
from world import run, statements, write_project

PAGE = """# 調光器

調光器Lumenboxは40秒でランプを消し、警告 LB-17 を出す。消灯から3分待つと、ランプが再び点灯する。

| 警告 | 意味 |
|---|---|
| LB-17 | ヒューズが切れた |
"""
ASKED = "調光器Lumenboxは何秒でランプを消し、警告 LB-17 を出すか？"


@pytest.fixture
def pairs(tmp_path, endpoint):
    def pairs(questions=(), *, lost=True, extra=""):
        endpoint.spoil = (lambda body: unsupported(endpoint, body)) if lost else lambda body: None
        folder = tmp_path / f"p{len(questions)}"
        write_project(
            folder,
            endpoint.base_url,
            pages={"a.md": PAGE},
            extra=f"[generate]\nlookups_per_row = 0\n{extra}",
            questions=questions,
        )
        assert run(folder, "deduplicate") == []
        with app.open_project(folder, Machine(cache=tmp_path / "none", environment={})) as ctx:
            return [(pair.question, pair.answer, pair.phrasing) for pair in views.lookups(ctx)]

    return pairs


def unsupported(endpoint, body):
    """Answers about statements with a number of their own, which no check lets pass."""
    return endpoint.right(body).replace("。", "。99 Aを使う。") if statements(body) else None


def test_each_question_names_the_system_and_is_answered_by_its_statement(pairs):
    first = "調光器Lumenboxは40秒でランプを消し、警告 LB-17 を出す。"
    found = pairs()
    assert (ASKED, first) in {(question, answer) for question, answer, _ in found}
    assert {phrasing.target for _, answer, phrasing in found if answer == first} == {
        "40秒",
        "LB-17",
    }
    assert all("Lumenbox" in question for question, *_ in found)


def test_what_repeats_a_held_out_question_is_left_out(pairs):
    held_out = [("q1", ASKED, "40秒", "a.md")]
    assert {"40秒"} == {p.target for *_, p in pairs()} - {p.target for *_, p in pairs(held_out)}


def test_statements_with_a_pair_have_none(pairs):
    assert pairs(lost=False) == []


def test_there_are_as_many_as_are_wanted(pairs):
    assert len(pairs(extra="lookups_per_sentence = 1\n")) == 2
    assert pairs(extra="lookups_per_sentence = 0\n") == []
