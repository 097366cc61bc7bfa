"""What fine-tuning cost: tasks beside the questions, asked of base and tuned where wanted."""

import json
import sqlite3

import pytest

from shikomi import app
from shikomi.app.endpoints import Machine
from shikomi.errors import ConfigError
from shikomi.evaluation.tasks import suite
from shikomi.stages import filters
from shikomi.stages.estimate import estimate
from shikomi.types import Message, Sample
from world import TUNED, World, kind_of, report, run, write_project

FADE = {
    "id": "fade", "section": "dimmer.md#Dimmer",
    "prompt": "Write a Python function fades_in(seconds) to tell if a Lumenbox dimmer is done.",
    "answer": "```python\ndef fades_in(seconds):\n    return seconds >= 40\n```",
    "asserts": ["assert fades_in(40)", "assert not fades_in(39)"],
}  # fmt: skip
LAMPS = {
    "id": "lamps", "section": "dimmer.md#Dimmer",
    "prompt": "A Lumenbox dimmer card has nine lamps, which is too many. How many may it carry?",
    "answer": "6 lamps.", "accept": [["6 lamps"], ["six lamps"]],
}  # fmt: skip
OTHER_PAGE = FADE | {"id": "gone", "section": "gone.md"}
OWN = [FADE, LAMPS]
N_SUITE = 12


def told(prompt):
    """The task that a prompt asks to do, if it is one."""
    known = {task.prompt: task.answer for task in suite()}
    known |= {task["prompt"]: task["answer"] for task in OWN}
    return next((answer for each, answer in known.items() if each in prompt), None)


def does_tasks(body):
    """The base does the built-in tasks, the tuned model the project's own, both with search."""
    prompt = body["messages"][-1]["content"]
    answer = told(prompt) if kind_of(body) == "answer" else None
    if answer is None:
        return None
    is_own = any(task["prompt"] in prompt for task in OWN)
    knows = body["model"] == TUNED or "<context>" in prompt if is_own else body["model"] != TUNED
    return answer if knows else "I would rather not."


def configured(folder, text):
    file = folder / "shikomi.toml"
    file.write_text(file.read_text("utf-8") + text, "utf-8")


def write_tasks(folder, tasks=(*OWN, OTHER_PAGE)):
    lines = "".join(json.dumps(task) + "\n" for task in tasks)
    (folder / "tasks.jsonl").write_text(lines, "utf-8")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    with World(spoil=does_tasks) as endpoint:
        folder = write_project(
            tmp_path_factory.mktemp("abilities") / "p",
            endpoint.base_url,
            extra=f"[evaluate]\nabilities = {N_SUITE}\njudge_sample = 0\n",
        )
        write_tasks(folder)
        assert run(folder) == []
        yield folder, endpoint


def test_base_and_tuned_do_the_tasks_and_with_search_the_project_s_own(finished):
    folder, _ = finished
    groups = report(folder)["abilities"]["groups"]
    counts = {
        kind: {arm: (each["correct"], each["n"]) for arm, each in group["arms"].items()}
        for kind, group in groups.items()
    }
    one = {"base": (0, 1), "tuned": (1, 1), "base+rag": (1, 1), "tuned+rag": (1, 1)}
    assert counts["all"] == {"base": (N_SUITE, N_SUITE), "tuned": (0, N_SUITE)}
    assert counts["code"] == {"base": (4, 4), "tuned": (0, 4)}
    assert (counts["specification"], counts["violations"]) == (one, one)


def test_a_loss_is_called_a_loss(finished):
    folder, _ = finished
    found = report(folder)["abilities"]
    difference = found["groups"]["all"]["contrasts"]["tuned-base"]
    assert found["finding"] == "lost"
    assert (difference["worse"], difference["better"], difference["n"]) == (N_SUITE, 0, N_SUITE)
    assert difference["largest_loss_not_excluded"] == 1.0
    html = (folder / "out" / "report.html").read_text("utf-8")
    assert found["sentence"].split("(")[0] in html


def test_nothing_is_asked_or_paid_a_second_time(finished):
    folder, endpoint = finished
    endpoint.seen.clear()
    assert run(folder) == []
    assert endpoint.seen == []


def test_a_task_that_is_checked_otherwise_is_marked_again_without_asking(finished):
    folder, endpoint = finished
    always = "```python\ndef fades_in(seconds):\n    return True\n```"
    stricter = FADE | {"answer": always, "asserts": ["assert fades_in(40)", "assert fades_in(0)"]}
    write_tasks(folder, [stricter, LAMPS])
    endpoint.seen.clear()
    try:
        assert run(folder) == []
        assert [body for body in endpoint.seen if kind_of(body) == "answer"] == []
        arms = report(folder)["abilities"]["groups"]["specification"]["arms"]
        assert {each["correct"] for each in arms.values()} == {0}
    finally:
        write_tasks(folder)
        assert run(folder) == []


def test_why_a_reply_does_not_pass_is_kept(finished):
    folder, _ = finished
    with sqlite3.connect(folder / "shikomi.db") as db:
        rows = db.execute("SELECT explanation FROM verdicts WHERE scorer = 'check' AND value ="
                          " 'INCORRECT'").fetchall()  # fmt: skip
    assert rows
    assert all(why for (why,) in rows)


def test_a_task_whose_own_answer_does_not_pass_is_told_and_not_asked(finished):
    folder, endpoint = finished
    write_tasks(folder, [FADE | {"prompt": "Another one", "answer": "def other(): pass"}, LAMPS])
    endpoint.seen.clear()
    try:
        with pytest.raises(ConfigError, match="task fade: its own answer does not pass"):
            run(folder)
        assert not any("Another one" in body["messages"][-1]["content"] for body in endpoint.seen)
    finally:
        write_tasks(folder)
        assert run(folder) == []


def test_unless_asked_for_no_task_is_done(tmp_path):
    with World(spoil=does_tasks) as endpoint:
        folder = write_project(tmp_path / "p", endpoint.base_url)
        write_tasks(folder)
        assert run(folder) == []
        prompts = [body["messages"][-1]["content"] for body in endpoint.seen]
    assert not any(told(prompt) for prompt in prompts)
    assert report(folder)["abilities"] is None


def test_the_estimate_counts_the_tasks(finished, tmp_path):
    _, endpoint = finished
    fresh = write_project(
        tmp_path / "p", endpoint.base_url, extra=f"[evaluate]\nabilities = {N_SUITE}\n"
    )
    write_tasks(fresh)
    assert run(fresh, only="holdout") == []
    with app.open_project(fresh, Machine(cache=fresh / "c", environment={})) as ctx:
        lines = {line.part: line for line in estimate(ctx).lines}
    assert lines["abilities, base"].calls == N_SUITE + len(OWN)
    assert lines["abilities, tuned+rag"].calls == len(OWN)


def test_a_training_pair_that_repeats_a_task_is_a_leak(finished):
    folder, _ = finished
    said = (Message(role="user", content=LAMPS["prompt"]), Message(role="assistant", content="6"))
    pair = Sample(
        id="s", view="qa", lang="en", messages=said, section_ids=(), fact_ids=(), call_id=None
    )
    with app.open_project(folder, Machine(cache=folder / "c", environment={})) as ctx:
        assert filters.leak(ctx)(pair) == filters.LEAK
