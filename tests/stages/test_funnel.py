"""Where what was asked for went."""

import json

from shikomi import app
from shikomi.app.endpoints import Machine
from shikomi.stages import funnel
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
