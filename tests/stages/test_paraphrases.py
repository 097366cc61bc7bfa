"""H0: wordings of what is taught that are kept out of training, and asked apart."""

import json
import shutil

import pytest

import world
from shikomi import app, config
from shikomi.app.endpoints import Machine
from shikomi.stages import freeze, review
from world import report, run, shikomi, write_project

ASKED = world.GENERATE + "[holdout]\nparaphrases = 5\n"


def knows(answers):
    """A tuned model that has these answers by heart."""

    def reply(body):
        asked = body["messages"][-1]["content"]
        return answers.get(asked) if body["model"] == world.TUNED else None

    return reply


@pytest.fixture
def project(tmp_path, endpoint):
    def make(extra=ASKED, **changes):
        return write_project(tmp_path / "p", endpoint.base_url, extra=extra, **changes)

    return make


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A finished project that asks five wordings, and its endpoint; tests work on copies."""
    folder = tmp_path_factory.mktemp("paraphrases") / "p"
    with world.World() as endpoint:
        write_project(folder, endpoint.base_url, extra=ASKED)
        assert run(folder) == []
        yield folder, endpoint


@pytest.fixture
def copy(finished, tmp_path):
    return shutil.copytree(finished[0], tmp_path / "copy")


def taught(folder):
    lines = (folder / "out" / "dataset.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line)["messages"] for line in lines]


def test_a_wording_is_asked_and_not_taught_while_its_fact_is_taught_in_another(finished):
    folder, endpoint = finished
    beside = report(folder)["questions_beside"]
    assert [row["level"] for row in beside] == ["H0"] * 5
    asked = [
        body["messages"][-1]["content"] for body in endpoint.seen if body["model"] == world.TUNED
    ]
    rows = taught(folder)
    for row in beside:
        assert row["question"] in asked
        assert not any(row["question"] in messages[-2]["content"] for messages in rows)
        assert any(row["reference"] == messages[-1]["content"] for messages in rows)
        assert row["nearest"] in {messages[-2]["content"] for messages in rows}


def test_only_the_tuned_model_is_asked_and_without_search(finished):
    folder, endpoint = finished
    found = {row["question"]: row for row in report(folder)["questions_beside"]}
    asked = [
        (body["model"], text)
        for body in endpoint.seen
        if world.kind_of(body) == "answer"
        for text in [body["messages"][-1]["content"]]
        if any(question in text for question in found)
    ]
    assert sorted(asked) == sorted((world.TUNED, question) for question in found)


def test_they_count_to_no_other_figure(project, endpoint):
    folder = project(world.GENERATE)
    assert run(folder) == []
    before = report(folder)
    config = folder / "shikomi.toml"
    text = config.read_text("utf-8").replace("paraphrases = 0", "paraphrases = 5")
    config.write_text(text, "utf-8")
    assert run(folder) == []
    after = report(folder)
    same = ("arms", "contrasts", "sentence", "finding", "lines", "questions")
    assert {key: after[key] for key in same} == {key: before[key] for key in same}
    assert before["paraphrases"] is None
    assert (after["paraphrases"]["n"], after["paraphrases"]["correct"]) == (5, 0)


def test_what_the_tuned_model_answers_is_counted_and_shown_apart(project, endpoint):
    folder = project()
    assert run(folder, only=freeze.STAGE) == []
    with app.open_project(folder, Machine(cache=folder, environment={})) as ctx:
        known = {each.question: each.answer for each in review.reviewed(ctx).paraphrases[:3]}
    endpoint.spoil = knows(known)
    assert run(folder) == []
    found = report(folder)["paraphrases"]
    assert (found["n"], found["correct"]) == (5, 3)
    html = (folder / "out" / "report.html").read_text("utf-8")
    assert "Of 5 questions that training asked in other words, the tuned model answers 3" in html
    assert html.count('class="q" data-tag="H0"') == 5
    assert (
        '<button type="button" data-tag="H0" aria-pressed="false">taught in other words 5</button>'
        in html
    )


def test_a_third_as_many_as_held_out_questions_are_kept_by_default(project):
    folder = project(world.GENERATE + '[holdout]\nparaphrases = "auto"\n')
    assert run(folder) == []
    assert report(folder)["paraphrases"]["n"] == len(world.QUESTIONS) // 3


def test_an_embedded_student_is_taught_all_wordings_by_default():
    assert config.parse("").paraphrases(24) == 0
    assert config.parse("[holdout]\nparaphrases = 5\n").paraphrases(24) == 5


def test_the_same_are_kept_when_a_page_is_added_but_for_a_few(copy):
    before = {row["id"] for row in report(copy)["questions_beside"]}
    (copy / "source" / "pump.md").write_text("# Pump\n\nThe pump lifts 83 litres.\n", "utf-8")
    assert run(copy) == []
    assert len(before & {row["id"] for row in report(copy)["questions_beside"]}) >= 3


def test_a_wording_that_a_person_accepted_is_taught(copy):
    file = copy / "pairs.jsonl"
    assert shikomi(copy, "review", "export", str(file)).returncode == 0
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    kept = [row for row in rows if "kept to be asked" in row["verdicts"].get("review", "")]
    assert len(kept) == 5
    file.write_text(json.dumps(kept[0] | {"decision": "accept"}), "utf-8")
    assert shikomi(copy, "review", "import", str(file)).returncode == 0
    assert run(copy) == []
    assert any(kept[0]["question"] == messages[-2]["content"] for messages in taught(copy))
    assert kept[0]["question"] not in [r["question"] for r in report(copy)["questions_beside"]]
