"""Questions of the user's own that have no accepted strings: the judge marks their answers."""

import json

import pytest

import world
from shikomi.errors import ConfigError
from shikomi.stages.estimate import estimate
from world import World, kind_of, report, run, shikomi, write_project

ARMS = ["base", "base+rag", "tuned", "tuned+rag"]


def by_reference(body):
    """A judge that is strict, and once talks instead of grading."""
    if kind_of(body) != "verdict":
        return None
    answer = body["messages"][-1]["content"].partition("<answer>")[2].partition("</answer>")[0]
    if "do not know" in answer:
        return json.dumps({"verdict": "NOT_ATTEMPTED"})
    return json.dumps({"verdict": "CORRECT"}) if "40 seconds" in answer else "Well, it depends."


def without_accept(folder, n):
    """The first `n` questions lose their accepted strings."""
    lines = [json.loads(line) for line in world.question_lines().splitlines()]
    for line in lines[:n]:
        del line["accept"]
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (folder / "questions.jsonl").write_text(text, "utf-8")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("judged") / "p"
    with World(spoil=by_reference) as endpoint:
        write_project(folder, endpoint.base_url, extra="[evaluate]\njudge_sample = 0\n")
        without_accept(folder, 2)
        assert run(folder) == []
        yield folder, endpoint


def test_the_judge_marks_them_in_every_arm_and_no_other_question(finished):
    folder, endpoint = finished
    judged = [
        body["messages"][-1]["content"] for body in endpoint.seen if kind_of(body) == "verdict"
    ]
    rows = report(folder)["questions"]
    asked = [row["question"] for row in rows[:2]]
    assert {question for question in asked for text in judged if question in text} == set(asked)
    assert all(any(question in text for question in asked) for text in judged)
    assert all({each["arm"] for each in row["answers"]} == set(ARMS) for row in rows[:2])
    marks = [{each["arm"]: each["verdict"] for each in row["answers"]} for row in rows[:2]]
    assert marks[0]["tuned"] == "CORRECT"
    assert marks[0]["base"] == "NOT_ATTEMPTED"
    assert [row["is_judged"] for row in rows] == [True] * 2 + [False] * (len(rows) - 2)


def test_what_the_judge_does_not_say_is_unscored_and_counted(finished):
    folder, _ = finished
    rows = report(folder)["questions"]
    marks = {each["arm"]: each["verdict"] for each in rows[1]["answers"]}
    assert marks["tuned"] is None
    assert report(folder)["arms"]["tuned"]["unscored"] == 1


def test_an_answer_that_the_judge_gave_no_reply_to_is_a_failure_and_is_judged_by_the_next_run(
    tmp_path,
):
    def refusing(body):
        said = by_reference(body)
        if said and "CORRECT" in said:
            return 400, {}, {"error": {"message": "no judging of this"}}
        return said

    with World(spoil=refusing) as endpoint:
        folder = write_project(
            tmp_path / "p", endpoint.base_url, extra="[evaluate]\njudge_sample = 0\n"
        )
        without_accept(folder, 1)
        failed = run(folder)
        assert failed and all("(judge): HTTP 400: no judging of this" in each for each in failed)
        unscored = [each["verdict"] for each in report(folder)["questions"][0]["answers"]]
        assert unscored.count(None) == len(failed)
        endpoint.spoil = by_reference
        endpoint.seen.clear()
        assert run(folder) == []
    assert set(endpoint.kinds()) == {"verdict"}  # alike answers are one call
    verdicts = [each["verdict"] for each in report(folder)["questions"][0]["answers"]]
    assert None not in verdicts


def test_the_report_says_which_and_by_whom(finished):
    folder, _ = finished
    page = (folder / "out" / "report.html").read_text("utf-8")
    assert page.count("marked by the judge") == 2
    assert "2 of the 12 questions have no accepted strings: the judge (scripted-judge)" in page
    assert "the model that learns here" not in page


def test_nothing_is_asked_a_second_time(finished):
    folder, endpoint = finished
    endpoint.seen.clear()
    assert run(folder) == []
    assert endpoint.seen == []


def test_programs_that_mark_by_strings_get_the_other_questions(finished):
    folder, _ = finished
    assert shikomi(folder, "export", "tasks", "--format", "inspect").returncode == 0
    text = (folder / "out" / "tasks" / "inspect" / "questions.jsonl").read_text("utf-8")
    assert next(json.loads(line)["id"] for line in text.splitlines()) == "q03"


def test_a_judge_that_is_the_student_itself_is_told(tmp_path):
    with World(spoil=by_reference) as endpoint:
        folder = write_project(tmp_path / "p", endpoint.base_url)
        path = folder / "shikomi.toml"
        path.write_text(path.read_text("utf-8").replace("scripted-judge", "scripted-student"))
        without_accept(folder, 1)
        assert run(folder) == []
    assert any("the model that learns here" in note for note in report(folder)["lines"])


def test_the_estimate_counts_what_the_judge_will_mark(tmp_path, endpoint):
    folder = write_project(
        tmp_path / "p", endpoint.base_url, extra="[evaluate]\njudge_sample = 0\n"
    )
    assert run(folder, only="holdout") == []
    assert _judged(folder) == 0
    without_accept(folder, 3)
    assert run(folder, only="holdout") == []
    assert _judged(folder) == 3 * len(ARMS)


def _judged(folder):
    from shikomi import app
    from shikomi.app.endpoints import Machine

    with app.open_project(folder, Machine(cache=folder / "none", environment={})) as ctx:
        found = estimate(ctx).lines
    return sum(line.calls for line in found if line.part == "judge")


def test_an_accepted_list_without_a_string_is_refused(tmp_path, endpoint):
    folder = write_project(tmp_path / "p", endpoint.base_url)
    line = json.dumps({"id": "a", "question": "Why?", "answer": "So.", "accept": [[]]})
    (folder / "questions.jsonl").write_text(line, "utf-8")
    with pytest.raises(ConfigError, match="accept has a list without a string"):
        run(folder)
