"""People's labels of answers: out to a file, in again, and what the report says then."""

import json

import pytest

from shikomi.errors import ConfigError
from world import TUNED, World, kind_of, report, run, shikomi


@pytest.fixture
def other():
    """Another host, whose judge calls everything wrong."""
    with World(spoil=strict) as host:
        yield host


def strict(body):
    return json.dumps({"verdict": "INCORRECT"}) if kind_of(body) == "verdict" else None


def rows(file):
    return [json.loads(line) for line in file.read_text("utf-8").split("\n") if line]


def label(folder, rows, of):
    lines = [json.dumps(row | {"label": of(row)}, ensure_ascii=False) + "\n" for row in rows]
    (folder / "labels.jsonl").write_text("".join(lines), "utf-8")


def as_they_are(row):
    return "CORRECT" if row["reference"] in row["answer"] else "NOT_ATTEMPTED"


def test_answers_go_out_once_each_without_their_arms_and_labels_come_back_into_the_report(project):
    folder, endpoint = project
    file = folder / "to-label.jsonl"
    assert shikomi(folder, "review", "answers", str(file)).returncode == 0
    found = rows(file)
    assert len({(row["id"], row["answer"]) for row in found}) == len(found) > 12
    assert found[0].keys() == {"id", "question", "reference", "answer", "label"}
    assert TUNED not in file.read_text("utf-8")
    label(folder, found, as_they_are)
    assert run(folder) == []
    program, judge = report(folder)["calibration"]
    assert (program["marker"], program["n"], program["right"]["kappa"]) == (
        "program", len(found), 1.0,
    )  # fmt: skip
    # The scripted judge calls everything correct.
    assert (judge["marker"], judge["n"], judge["right"]["kappa"]) == ("judge", len(found), 0.0)
    assert judge["reliability"] == "not_reliable"
    assert any("Not reliable here: the judge" in line for line in report(folder)["lines"])
    assert {kind_of(body) for body in endpoint.seen} == {"verdict"}
    endpoint.seen.clear()
    assert run(folder) == []
    assert endpoint.seen == []


def test_what_is_labelled_already_is_not_asked_for_again_and_no_file_is_overwritten(project):
    folder, _ = project
    file = folder / "to-label.jsonl"
    shikomi(folder, "review", "answers", str(file), "--count", "5")
    first = rows(file)
    assert len(first) == 5
    assert shikomi(folder, "review", "answers", str(file)).returncode == 1
    label(folder, first, as_they_are)
    shikomi(folder, "review", "answers", str(folder / "more.jsonl"))
    more = {(row["id"], row["answer"]) for row in rows(folder / "more.jsonl")}
    assert more and not more & {(row["id"], row["answer"]) for row in first}


def test_labels_of_answers_that_nobody_gives_any_more_are_counted_and_left_out(project):
    folder, _ = project
    label(folder, [{"id": "q01", "answer": "It is gone.", "reference": "no"}], as_they_are)
    assert run(folder) == []
    assert report(folder)["calibration"] == []
    assert report(folder)["notes"] == [
        "1 labels are of answers that no arm gives any more; they were left out."
    ]


def test_two_judges_are_each_held_against_program_labels_and_each_other(project, other):
    folder, _ = project
    shikomi(folder, "review", "answers", str(folder / "to-label.jsonl"))
    label(folder, rows(folder / "to-label.jsonl"), as_they_are)
    path = folder / "shikomi.toml"
    judge = f'[[evaluate.judges]]\nname = "strict"\nmodel = "m"\nbase_url = "{other.base_url}"\n'
    path.write_text(path.read_text("utf-8") + judge, "utf-8")
    assert run(folder) == []
    figures = report(folder)
    assert [each["marker"] for each in figures["calibration"]] == ["program", "judge", "strict"]
    strict = figures["calibration"][2]
    assert {label: set(found) for label, found in strict["table"].items()} == {
        "CORRECT": {"INCORRECT"}, "NOT_ATTEMPTED": {"INCORRECT"},
    }  # fmt: skip
    between = {tuple(each["between"]): each["same"] for each in figures["further_agreements"]}
    assert between.keys() == {("program", "strict"), ("judge", "strict")}
    assert between["judge", "strict"] == 0
    assert figures["settings"]["models"]["strict"].startswith("m (")
    assert {kind_of(body) for body in other.seen} == {"verdict"}
    sample = json.loads(shikomi(folder, "estimate", "--json").stdout)["rows"]
    assert sample == []


def test_a_project_that_wants_no_judge_has_its_program_calibrated_alone(project):
    folder, endpoint = project
    shikomi(folder, "review", "answers", str(folder / "to-label.jsonl"))
    label(folder, rows(folder / "to-label.jsonl"), as_they_are)
    path = folder / "shikomi.toml"
    path.write_text(path.read_text("utf-8") + "[evaluate]\njudge_sample = 0\n", "utf-8")
    assert run(folder) == []
    assert endpoint.seen == []
    assert report(folder)["calibration"][0]["n"] > 12


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"id": "q01", "answer": "a", "label": "RIGHT"}', "labels.jsonl:1: label: "),
        ('{"id": "q01"}', "labels.jsonl:1: answer: "),
        ('{"id": "q01", "answer": "a", "arm": "x"}', "labels.jsonl:1: arm: "),
        ("nonsense", "labels.jsonl:1: "),
        (
            '{"id": "q", "answer": "a", "label": "CORRECT"}\n'
            '{"id": "q", "answer": "a ", "label": "INCORRECT"}',
            "labels.jsonl:2: this answer has another label above",
        ),
    ],
)
def test_a_line_that_cannot_be_is_refused_with_its_place(project, line, reason):
    folder, _ = project
    (folder / "labels.jsonl").write_text(line + "\n", "utf-8")
    with pytest.raises(ConfigError) as caught:
        run(folder)
    assert reason in str(caught.value)
