"""What an answer is an answer to."""

import json

import world
from shikomi.llm.scripted import chat_completion
from world import World, kind_of, run, write_project


def rewrite(folder, **changes):
    """Other fields for the first question, under its id."""
    first, rest = world.question_lines().split("\n", 1)
    line = json.dumps(json.loads(first) | changes, ensure_ascii=False)
    (folder / "questions.jsonl").write_text(f"{line}\n{rest}", "utf-8")


def first(folder):
    """The first question of the report, and whether each arm has it right."""
    report = json.loads((folder / "out" / "report.json").read_text("utf-8"))
    row = report["questions"][0]
    return row["question"], {each["arm"]: each["verdict"] for each in row["answers"]}


def test_a_question_that_is_reworded_under_its_id_is_asked_again_and_no_other(project):
    folder, endpoint = project
    words = "After how long has Lumenbox faded?"
    rewrite(folder, question=words)
    assert run(folder) == []
    asked = [body["messages"][-1]["content"] for body in endpoint.seen if kind_of(body) == "answer"]
    assert len(asked) == 4
    assert all(words in each for each in asked)
    assert first(folder) == (words, dict.fromkeys(["base", "base+rag", "tuned", "tuned+rag"],
                                                  "NOT_ATTEMPTED"))  # fmt: skip


def test_answers_are_marked_by_the_reference_that_the_question_has_now_without_asking(project):
    folder, endpoint = project
    assert first(folder)[1]["tuned"] == "CORRECT"
    rewrite(folder, answer="41 seconds", accept=[["41 seconds"]])
    assert run(folder) == []
    assert [body for body in endpoint.seen if kind_of(body) == "answer"] == []
    assert first(folder)[1]["tuned"] == "INCORRECT"


def test_answers_that_were_cut_off_are_counted_and_marked_and_every_table_has_one_order_of_arms(
    tmp_path,
):
    with World() as endpoint:
        endpoint.spoil = lambda body: rambling(body, endpoint)
        folder = write_project(tmp_path / "p", endpoint.base_url)
        assert run(folder) == []
    report = json.loads((folder / "out" / "report.json").read_text("utf-8"))
    answers = [each for row in report["questions"] for each in row["answers"]]
    cut = [each["arm"] for each in answers if each["is_cut_off"]]
    assert cut == ["base"] * 12
    (note,) = [each for each in report["notes"] if "cut off" in each]
    assert note.startswith("12 of the 48 answers had not ended at evaluate.max_tokens = 96")
    assert "base 12." in note
    page = (folder / "out" / "report.html").read_text("utf-8")
    assert page.count("… (cut off)") == 12
    order = ["base", "tuned", "base+rag", "tuned+rag"]
    assert list(report["arms"]) == order
    assert all([each["arm"] for each in row["answers"]] == order for row in report["questions"])


def rambling(body, endpoint):
    """The untrained model without search talks on until it is stopped."""
    is_base = body["model"] == "scripted-student"
    if kind_of(body) != "answer" or not is_base or "<context>" in body["messages"][-1]["content"]:
        return None
    return 200, {}, chat_completion(endpoint.right(body), finish_reason="length")
