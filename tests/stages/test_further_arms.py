"""Arms that a project adds: an oracle's sections, and other models on other endpoints."""

import json
import shutil
import sqlite3

import pytest

import world
from shikomi import app, config
from shikomi.app.endpoints import Machine
from shikomi.errors import ConfigError, UserError
from shikomi.stages.estimate import estimate
from world import World, kind_of, report, run, shikomi, write_project

OWN = ["base", "tuned", "base+rag", "tuned+rag"]
ORACLES = ["base+oracle", "tuned+oracle"]
PRICED = "price = { input = 1.0, output = 2.0, training = 0.0 }"
N = len(world.QUESTIONS)


def large(base_url):
    """The configuration of two further arms: one model, as itself and with search."""
    keys = f'model = "large-model"\nbase_url = "{base_url}"\n'
    keys += "price = { input = 7.0, output = 9.0 }\n"
    arms = {"large": "none", "large-rag": "retrieved"}
    return "".join(
        f'[[evaluate.arms]]\nname = "{name}"\ncontext = "{context}"\n{keys}'
        for name, context in arms.items()
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A finished project of four arms and its endpoint; tests work on copies."""
    folder = tmp_path_factory.mktemp("arms") / "p"
    with World() as endpoint:
        write_project(folder, endpoint.base_url, role=PRICED)
        assert run(folder) == []
        yield folder, endpoint


@pytest.fixture
def project(finished, tmp_path):
    """Make a copy whose configuration has more in it."""
    folder, endpoint = finished

    def make(more):
        shutil.copytree(folder, tmp_path / "p")
        path = tmp_path / "p" / "shikomi.toml"
        path.write_text(path.read_text("utf-8") + more, "utf-8")
        endpoint.seen.clear()
        return tmp_path / "p"

    return make


@pytest.fixture
def other():
    """Another host."""
    with World() as host:
        yield host


def asked(host):
    return [body for body in host.seen if kind_of(body) == "answer"]


def test_an_oracle_gives_both_models_the_page_that_a_question_names(project, finished):
    folder = project("[evaluate]\noracle = true\n")
    assert run(folder) == []
    figures = report(folder)
    assert list(figures["arms"]) == [*OWN, *ORACLES]
    assert figures["arms"]["base+oracle"]["correct"] == N > figures["arms"]["base+rag"]["correct"]
    for row in figures["questions"]:
        sources = {answer["arm"]: answer["sources"] for answer in row["answers"]}
        assert {source.split("#")[0] for source in sources["base+oracle"]} == {row["page"]}
    assert figures["contrasts"]["tuned+oracle-base+oracle"]["mean"] == 0
    html = (folder / "out" / "report.html").read_text("utf-8")
    assert "as a search that never fails" in html


def test_what_a_project_adds_leaves_its_four_arms_as_they_were(project, finished, other):
    before = report(finished[0])
    folder = project("[evaluate]\noracle = true\n" + large(other.base_url))
    assert run(folder) == []
    after = report(folder)
    assert {arm: after["arms"][arm] for arm in OWN} == before["arms"]
    planned = {name: after["contrasts"][name] for name in before["contrasts"]}
    assert planned == before["contrasts"]
    assert after["sentence"] == before["sentence"]
    assert after.keys() == before.keys()


def test_only_the_added_arms_are_asked_and_nothing_twice(project, finished, other):
    endpoint = finished[1]
    folder = project("[evaluate]\noracle = true\n" + large(other.base_url))
    assert run(folder) == []
    assert len(asked(endpoint)) == 2 * N
    assert all("<context>" in body["messages"][-1]["content"] for body in asked(endpoint))
    assert len(asked(other)) == 2 * N
    assert {body["model"] for body in asked(other)} == {"large-model"}
    endpoint.seen.clear()
    other.seen.clear()
    assert run(folder) == []
    assert (endpoint.seen, other.seen) == ([], [])


def test_a_further_model_is_set_against_the_tuned_one_with_the_like_context(project, other):
    folder = project(large(other.base_url))
    assert run(folder) == []
    figures = report(folder)
    assert list(figures["arms"]) == [*OWN, "large", "large-rag"]
    assert figures["arms"]["large-rag"]["correct"] == figures["arms"]["base+rag"]["correct"]
    assert {"tuned-large", "tuned+rag-large-rag"} < figures["contrasts"].keys()
    assert figures["contrasts"]["tuned-large"]["mean"] == 1.0
    assert figures["settings"]["models"]["large"].startswith("large-model (")


def test_questions_that_name_no_page_are_left_out_and_counted(tmp_path):
    with World() as endpoint:
        folder = write_project(
            tmp_path / "p", endpoint.base_url, extra="[evaluate]\noracle = true\n"
        )
        path = folder / "questions.jsonl"
        path.write_text(path.read_text("utf-8").replace(', "section": "network.md"', ""), "utf-8")
        assert run(folder) == []
        endpoint.seen.clear()
        assert run(folder) == []
        assert endpoint.seen == []
    figures = report(folder)
    for arm in ORACLES:
        assert (figures["arms"][arm]["n"], figures["arms"][arm]["unscored"]) == (N - 2, 2)
    assert figures["notes"] == [
        "2 of the questions could not be asked of base+oracle, tuned+oracle, naming no page of"
        " these documents; this counts as unscored there."
    ]


def keyed(settings):
    return settings.replace("base_url", 'api_key_env = "LARGE_KEY"\nbase_url')


def test_a_key_that_an_added_arm_lacks_is_told_before_anything_is_asked(tmp_path, endpoint, other):
    folder = write_project(tmp_path / "p", endpoint.base_url, extra=keyed(large(other.base_url)))
    with pytest.raises(UserError, match="LARGE_KEY"):
        run(folder)
    assert endpoint.seen == []
    assert run(folder, only="generate") == []  # what it is not needed for goes on without it


def test_a_key_is_not_asked_for_where_nothing_is_left_to_ask(project, other):
    folder = project(keyed(large(other.base_url)))
    assert run(folder, environment={"LARGE_KEY": "k"}) == []
    assert run(folder) == []


def test_a_host_that_fails_takes_no_other_arm_with_it(project, other):
    folder = project(large(other.base_url))
    other.spoil = lambda body: (401, {}, {"error": {"message": "no such key"}})
    with pytest.raises(UserError):
        run(folder)
    assert json.loads(shikomi(folder, "status", "--json").stdout)["stages"]["evaluate"] == 2 * N
    other.spoil = lambda body: None
    assert run(folder) == []
    assert report(folder)["arms"]["large"]["n"] == N


def test_a_run_that_was_stopped_goes_on_with_what_is_missing(project, other):
    folder = project(large(other.base_url))
    lost = {world.QUESTIONS[0][1], world.QUESTIONS[1][1]}
    other.spoil = lambda body: (
        (400, {}, {"error": {"message": "too odd"}})
        if body["messages"][-1]["content"] in lost
        else None
    )
    assert len(run(folder)) == 2
    other.spoil = lambda body: None
    other.seen.clear()
    assert run(folder) == []
    assert {body["messages"][-1]["content"] for body in asked(other)} == lost


def test_the_estimate_counts_what_an_added_arm_then_asks_at_its_own_price(project, other):
    folder = project("[evaluate]\noracle = true\n" + large(other.base_url))
    with app.open_project(folder, Machine(cache=folder / "none", environment={})) as ctx:
        lines = {line.part: line for line in estimate(ctx).lines if line.stage == "evaluate"}
    assert other.seen == []
    assert {part: lines[part].calls for part in (*ORACLES, "large", "large-rag")} == dict.fromkeys(
        (*ORACLES, "large", "large-rag"), N
    )
    assert lines["large"].model == "large-model"
    assert lines["large"].cost_nanousd == pytest.approx(
        lines["large"].input_tokens * 7000 + lines["large"].output_tokens * 9000, rel=0.01
    )


def test_an_added_arm_is_held_to_the_budget_and_shown_among_the_costs(project, other):
    folder = project("[budget]\nusd = 0.1\n" + large(other.base_url))
    assert run(folder) == []
    rows = json.loads(shikomi(folder, "cost", "--json").stdout)["rows"]
    found = next(row for row in rows if row["model"] == "large-model")
    assert found["usd"] == pytest.approx(
        (7 * found["input_tokens"] + 9 * found["output_tokens"]) / 1e6
    )
    with sqlite3.connect(folder / "shikomi.db") as db:
        spent = db.execute("SELECT nanousd FROM spent").fetchone()[0] / 1e9
    text = (folder / "shikomi.toml").read_text("utf-8")
    text = text.replace("usd = 0.1", f"usd = {spent:.9f}").replace("large-model", "larger-model")
    (folder / "shikomi.toml").write_text(text, "utf-8")
    other.seen.clear()
    with pytest.raises(UserError, match="budget"):
        run(folder)
    assert other.seen == []


@pytest.mark.parametrize(
    ("arm", "reason"),
    [
        ('name = "tuned"\nmodel = "m"', "the name 'tuned' is taken"),
        ('name = "judge"\nmodel = "m"', "the name 'judge' is taken"),
        ('name = "x"\nmodel = "m"\n[[evaluate.arms]]\nname = "x"\nmodel = "n"', "'x' is taken"),
        ('name = "program"\nmodel = "m"', "the name 'program' is taken"),
        ('name = "x"\nmodel = "m"\n[[evaluate.judges]]\nname = "x"\nmodel = "n"', "'x' is taken"),
        ('name = "x"', "evaluate.arms.0.model: is missing"),
        ('name = "x"\nmodel = "m"\ncontext = "gold"', "evaluate.arms.0.context: "),
        ('name = "x"\nmodel = "m"\nbase_ulr = "u"', "did you mean 'base_url'?"),
    ],
)
def test_an_arm_that_cannot_be_is_refused_with_its_place(arm, reason):
    with pytest.raises(ConfigError) as caught:
        config.parse(f"[[evaluate.arms]]\n{arm}\n")
    assert reason in str(caught.value)
