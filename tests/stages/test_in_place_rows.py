"""Japanese statements are asked about by program where the generator is embedded."""

import pytest

from shikomi import app, config
from shikomi.app.endpoints import Machine
from shikomi.stages import views
from world import run, write_project

PAGE = """# 調光器

調光器Lumenboxは40秒でランプを消し、警告 LB-17 を出す。消灯から3分待つと、ランプが再び点灯する。

| 警告 | 意味 |
|---|---|
| LB-17 | ヒューズが切れた |
"""
SETTINGS = "[generate]\nlookups_per_row = 0\nlookups_per_sentence = 2\n"
ASKED = "調光器Lumenboxは何秒でランプを消し、警告 LB-17 を出すか？"


@pytest.fixture
def pairs(tmp_path, endpoint):
    def pairs(extra, questions=()):
        folder = tmp_path / f"p{len(questions)}"
        pages = {"a.md": PAGE}
        write_project(folder, endpoint.base_url, pages=pages, extra=extra, questions=questions)
        assert run(folder, "holdout") == []
        with app.open_project(folder, Machine(cache=tmp_path / "none", environment={})) as ctx:
            return [(pair.question, pair.answer, pair.phrasing) for pair in views.lookups(ctx)]

    return pairs


def test_each_question_names_the_system_and_is_answered_by_its_statement(pairs):
    first = "調光器Lumenboxは40秒でランプを消し、警告 LB-17 を出す。"
    found = pairs(SETTINGS)
    assert (ASKED, first) in {(question, answer) for question, answer, _ in found}
    assert {phrasing.target for _, answer, phrasing in found if answer == first} == {
        "40秒",
        "LB-17",
    }
    assert all("Lumenbox" in question for question, *_ in found)


def test_what_repeats_a_held_out_question_is_left_out(pairs):
    held_out = [("q1", ASKED, "40秒", "a.md")]
    assert {"40秒"} == {p.target for *_, p in pairs(SETTINGS)} - {
        p.target for *_, p in pairs(SETTINGS, held_out)
    }


def test_beside_a_hosted_generator_and_in_the_classic_recipe_there_are_none(pairs):
    assert pairs("[generate]\nlookups_per_row = 0\n") == []
    assert config.parse("").lookups_per_sentence == 2
    assert config.parse('[generate]\nstrategy = "rolling"\n').lookups_per_sentence == 0
