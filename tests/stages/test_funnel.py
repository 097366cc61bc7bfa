"""Where what was asked for went."""

import json

import pytest

from shikomi import app
from shikomi.app.endpoints import Machine
from shikomi.stages import funnel, generate
from world import kind_of, run, write_project


def test_wordings_that_repeat_another_are_told_from_replies_that_cannot_be_read(tmp_path, endpoint):
    endpoint.spoil = lambda body: _in_the_same_words(body, endpoint)
    folder = write_project(tmp_path / "p", endpoint.base_url)
    assert run(folder, "lint") == []
    with app.open_project(folder, Machine(cache=folder / "no-cache", environment={})) as ctx:
        steps = {row.step: row.count for row in funnel.steps(ctx)}
        lost = {row.reason: row.count for row in funnel.rejections(ctx) if row.step == "parsed"}
    assert steps["asked"] == 2 * steps["parsed"] > 0
    assert lost == {funnel.SAID_TWICE: steps["asked"] - steps["parsed"]}


def _in_the_same_words(body, endpoint):
    if kind_of(body) != "generate":
        return None
    entries = json.loads(endpoint.right(body))
    return json.dumps({key: each | {"reworded": each["question"]} for key, each in entries.items()})


HELD_OUT = [("q1", "What feeds the Lumenbox?", "mains", "a.md")]
PAGE = "# 灯台\n\n灯台の芯は300時間ごとに替えます。\n\n灯台の白い壁は海から見えます。\n"


@pytest.mark.parametrize(("answers", "made"), [("statement", 1), ("written", 0)])
def test_a_program_asks_of_japanese_beside_a_generator_that_writes_no_answers(
    tmp_path, endpoint, answers, made
):
    extra = f'[generate]\nanswers = "{answers}"\nwordings = 2\n'
    folder = write_project(
        tmp_path / "p", endpoint.base_url, pages={"a.md": PAGE}, questions=HELD_OUT, extra=extra
    )
    assert run(folder, "lint") == []
    with app.open_project(folder, Machine(cache=folder / "no-cache", environment={})) as ctx:
        pairs, steps = generate.generated(ctx), {row.step: row for row in funnel.steps(ctx)}
        lost = sum(row.count for row in funnel.rejections(ctx) if row.step == "parsed")
    asked = [pair.question for pair in pairs if pair.call_id is None]
    assert [question.endswith("灯台の芯は何時間ごとに替えますか？") for question in asked] == [
        True
    ] * made
    assert steps["asked"].count == steps["parsed"].count + lost
