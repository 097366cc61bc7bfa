"""The arm of a student that was trained alike on other documents."""

import json

import pytest

import world
from shikomi.errors import UserError
from shikomi.stages import finetune
from world import report, run, shikomi, write_project

N = len(world.QUESTIONS)
OTHER = "ft:scripted-student:other"
FEW = {name: world.PAGES[name] for name in ("dimmer.md", "network.md")}
NAMED = '[evaluate]\nplacebo = "../other"\n'


@pytest.fixture
def trained(tmp_path, endpoint):
    """Makes the other project, up to its tuned model."""

    def make(**changes):
        endpoint.tuned = OTHER
        folder = write_project(tmp_path / "other", endpoint.base_url, **changes)
        assert run(folder, only=finetune.STAGE) == []
        endpoint.tuned = world.TUNED
        endpoint.seen.clear()
        return folder

    return make


def project(tmp_path, endpoint, extra=NAMED):
    return write_project(tmp_path / "p", endpoint.base_url, extra=extra)


def test_the_placebo_is_asked_without_search_and_the_gain_over_it_is_planned(
    trained, tmp_path, endpoint
):
    trained(pages=FEW)
    folder = project(tmp_path, endpoint)
    assert run(folder) == []
    asked = [body["messages"][-1]["content"] for body in endpoint.seen if body["model"] == OTHER]
    assert sorted(asked) == sorted(question for _, question, *_ in world.QUESTIONS)
    figures = report(folder)
    assert list(figures["arms"]) == ["base", "tuned", "base+rag", "tuned+rag", "placebo"]
    assert (figures["arms"]["placebo"]["n"], figures["arms"]["placebo"]["correct"]) == (N, 0)
    gain = figures["contrasts"]["tuned-placebo"]
    assert gain["mean"] == figures["contrasts"]["tuned-base"]["mean"] == 1
    assert gain["p_holm"] == pytest.approx(4 * gain["p"])
    assert any("gain over this placebo: +100 points" in line for line in figures["lines"])
    assert figures["settings"]["models"]["placebo"] == OTHER
    assert "trained by its own project on other documents" in (
        folder / "out" / "report.html"
    ).read_text("utf-8")
    endpoint.seen.clear()
    assert run(folder) == []
    assert endpoint.seen == []


def test_training_tokens_of_both_are_told_and_a_difference_of_more_than_a_tenth_is_a_warning(
    trained, tmp_path, endpoint
):
    trained(pages=FEW)
    folder = project(tmp_path, endpoint)
    assert run(folder) == []
    told = report(folder)["placebo"]
    assert 0 < told["tokens"] < 0.9 * told["tuned_tokens"]
    warned = [line for line in report(folder)["lines"] if "amount of training" in line]
    assert len(warned) == 1 and f"{told['tokens']:,} tokens" in warned[0]


def test_a_placebo_trained_on_as_much_is_no_warning(trained, tmp_path, endpoint):
    trained()
    folder = project(tmp_path, endpoint)
    assert run(folder) == []
    told = report(folder)["placebo"]
    assert told["tokens"] == told["tuned_tokens"] > 0
    assert not any("amount of training" in line for line in report(folder)["lines"])


def test_a_placebo_that_is_trained_anew_is_asked_anew_and_no_other_arm(trained, tmp_path, endpoint):
    other = trained(pages=FEW)
    folder = project(tmp_path, endpoint)
    assert run(folder) == []
    endpoint.tuned = newer = f"{OTHER}-2"
    path = other / "shikomi.toml"
    path.write_text(path.read_text("utf-8").replace("[finetune]", "[finetune]\nseed = 2"), "utf-8")
    assert run(other, only=finetune.STAGE) == []
    endpoint.seen.clear()
    assert run(folder) == []
    answers = [body["model"] for body in endpoint.seen if world.kind_of(body) == "answer"]
    assert answers == [newer] * N


def test_the_estimate_counts_what_the_placebo_will_be_asked(trained, tmp_path, endpoint):
    trained(pages=FEW)
    folder = project(tmp_path, endpoint)
    rows = json.loads(shikomi(folder, "estimate", "--json").stdout)["rows"]
    assert {row["part"]: row["calls"] for row in rows if row["model"] == OTHER} == {"placebo": N}


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (None, "no shikomi.toml"),
        ('[models.student]\nmodel = "another"\n', "must train the same student"),
        ("", "is not run yet: run `shikomi finetune -p"),
    ],
)
def test_a_placebo_that_cannot_be_asked_says_what_to_do(tmp_path, endpoint, other, reason):
    folder = project(tmp_path, endpoint)
    if other is not None:
        (tmp_path / "other").mkdir()
        student = (
            f'[models.student]\nmodel = "scripted-student"\nbase_url = "{endpoint.base_url}"\n'
        )
        (tmp_path / "other" / "shikomi.toml").write_text(other or student, "utf-8")
    with pytest.raises(UserError) as caught:
        run(folder)
    assert reason in str(caught.value)
    assert endpoint.seen == []  # told before anything is paid for


def test_a_placebo_whose_training_is_still_to_come_is_named(trained, tmp_path, endpoint):
    other = trained(pages=FEW)
    path = other / "shikomi.toml"
    path.write_text(path.read_text("utf-8").replace("[finetune]", "[finetune]\nseed = 3"), "utf-8")
    with pytest.raises(UserError, match="has no tuned model"):
        run(project(tmp_path, endpoint))


def test_a_project_is_no_placebo_of_its_own(tmp_path, endpoint):
    with pytest.raises(UserError, match="this project itself"):
        run(project(tmp_path, endpoint, extra='[evaluate]\nplacebo = "."\n'))
