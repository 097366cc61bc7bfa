"""`shikomi compare` as a person types it, on two runs of one project."""

import json
import shutil

import pytest

import world
from world import TUNED, World, kind_of, run, typed, write_project

FORGOTTEN = {"q02", "q05", "q11"}


def forgets(body):
    """A tuned model that has lost three of its answers."""
    prompt = body["messages"][-1]["content"]
    lost = [asked for i, asked, _, _ in world.QUESTIONS if i in FORGOTTEN]
    if kind_of(body) == "answer" and body["model"] == TUNED and any(q in prompt for q in lost):
        return "It is purple."
    return None


@pytest.fixture(scope="module")
def projects(tmp_path_factory):
    """A finished project, and a copy of it that was asked once more with other settings."""
    folder = tmp_path_factory.mktemp("compare")
    with World() as endpoint:
        a = write_project(folder / "a", endpoint.base_url)
        assert run(a) == []
        b = folder / "b"
        shutil.copytree(a, b)
        endpoint.spoil = forgets
        config = (b / "shikomi.toml").read_text("utf-8") + "[evaluate]\nmax_tokens = 64\n"
        (b / "shikomi.toml").write_text(config, "utf-8")
        assert run(b) == []
    return a, b


def compare(*words):
    return typed("compare", *map(str, words))


def test_two_projects_are_set_side_by_side(projects):
    done = compare(*projects)
    assert (done.returncode, done.stderr) == (0, "")
    assert "of 12 questions that both answered, B has 9 right, A 12 (−25 points" in done.stdout
    assert "evaluate.max_tokens: (none) → 64" in done.stdout
    assert "tuned: 3 right in A and wrong in B\n  q02  Which Lumenbox code" in done.stdout
    assert "      A: It is LB-17.\n      B: It is purple.\n" in done.stdout


def test_with_json_the_figures_are_those_of_the_two_reports(projects):
    a, b = projects
    table = json.loads(compare(a, b / "out" / "report.json", "--json").stdout)
    for side, folder in (("a", a), ("b", b)):
        report = json.loads((folder / "out" / "report.json").read_text("utf-8"))
        for name, arm in report["arms"].items():
            assert table["arms"][name][side].items() <= arm.items()
    tuned = table["arms"]["tuned"]
    assert {each["id"] for each in tuned["newly_wrong"]} == FORGOTTEN
    assert tuned["difference"]["p"] == pytest.approx(0.25)
    assert table["arms"]["base"]["difference"]["mean"] == 0
    assert [change["name"] for change in table["changes"]] == ["evaluate.max_tokens"]


def test_a_page_is_written_where_it_is_asked_for(projects, tmp_path):
    done = compare(*projects, "--html", tmp_path / "compare.html")
    assert done.returncode == 0
    html = (tmp_path / "compare.html").read_text("utf-8")
    assert "It is purple." in html
    assert "evaluate.max_tokens" in html


def test_what_cannot_be_compared_is_told_in_one_line(projects, tmp_path):
    (tmp_path / "new").mkdir()
    other = tmp_path / "notes.json"
    other.write_text('{"notes": []}', "utf-8")
    report = json.loads((projects[0] / "out" / "report.json").read_text("utf-8"))
    for each in report["questions"]:
        each["question"] += " Or not?"
    strange = tmp_path / "strange.json"
    strange.write_text(json.dumps(report), "utf-8")
    for b, reason in (
        (tmp_path / "new", "new has no report yet: `shikomi report -p "),
        (tmp_path / "gone", "gone: name a project's folder, or its report.json"),
        (other, "notes.json is no report of Shikomi's"),
        (strange, "strange.json have no question in common"),
    ):
        done = compare(projects[0], b)
        assert (done.returncode, done.stdout) == (1, "")
        assert reason in done.stderr
        assert done.stderr.count("\n") == 1
