"""A model judges pairs by claim, many of a section in a call."""

import sqlite3
from collections import Counter
from math import ceil

import pytest

import judge_script
import world
from shikomi.cli.overview import status_table
from shikomi.config import Config
from world import kind_of, rows, run, write_project

PAGES = {name: world.PAGES[name] for name in ("dimmer.md", "timer.md")}
QUESTIONS = [question for question in world.QUESTIONS if question[3] in PAGES]
JUDGED = '[judge]\nmode = "model"\npairs_per_call = {}\n'


@pytest.fixture
def project(tmp_path, endpoint):
    def make(failing=None, *, size=3, spoil=None, extra=""):
        def judge(body):
            if kind_of(body) != "pairs":
                return None
            said = spoil(body) if spoil else None
            return said or judge_script.judged(body, failing or (lambda question, answer: None))

        endpoint.spoil = judge
        return write_project(
            tmp_path / "p", endpoint.base_url, pages=PAGES, questions=QUESTIONS,
            extra=JUDGED.format(size) + extra,
        )  # fmt: skip

    return make


def scores(folder):
    """By sample: (value, explanation)."""
    sql = "SELECT sample_id, value, explanation FROM sample_scores WHERE scorer = 'judge'"
    return {each: (value, why) for each, value, why in rows(folder, sql)}


def calls(endpoint):
    return [body for body in endpoint.seen if kind_of(body) == "pairs"]


def forget(folder):
    """As if the run had been killed before any verdict was written down."""
    with sqlite3.connect(folder / "shikomi.db") as db:
        db.execute("DELETE FROM sample_scores WHERE scorer = 'judge'")


def test_pairs_of_a_section_are_judged_together_below_one_copy_of_it(project, endpoint):
    folder = project(size=3)
    run(folder, "judge")
    by_beginning = {}
    for body in calls(endpoint):
        beginning, _, shown = body["messages"][-1]["content"].partition("<pairs>")
        assert beginning.count("<document>") == 1 and "<document>" not in shown
        by_beginning.setdefault(beginning, []).append(len(judge_script.pairs(body)))
    assert len(by_beginning) == len(PAGES)
    for sizes in by_beginning.values():
        assert len(sizes) == ceil(sum(sizes) / 3)
    assert sum(map(sum, by_beginning.values())) == len(scores(folder)) > 6


@pytest.mark.parametrize("how", ["not supported", "contradicted"])
def test_a_pair_with_a_claim_that_fails_is_dropped_and_says_which_and_how(project, how):
    folder = project(lambda q, a: ("it fades in a day", how) if "40 seconds" in a else None)
    run(folder, "judge")
    found = Counter(scores(folder).values())
    assert found.keys() == {(1.0, ""), (0.0, f"{how}: it fades in a day")}
    assert 0 < found[0.0, f"{how}: it fades in a day"] < found[1.0, ""]


def test_a_pair_that_the_reply_leaves_out_is_asked_about_alone_and_no_other_again(
    project, endpoint
):
    left_out = set()

    def once(question, answer):
        first = "40 seconds" in answer and question not in left_out
        left_out.update([question] if first else [])
        return False if first else None

    folder = project(once)
    run(folder, "judge")
    sizes = [judge_script.pairs(body) for body in calls(endpoint)]
    asked = Counter(pair for pairs in sizes for pair in pairs)
    assert left_out and {value for value, _ in scores(folder).values()} == {1.0}
    assert {q for (q, _), n in asked.items() if n == 2} == left_out
    assert [pairs for pairs in sizes if any(q in left_out for q, _ in pairs)][-1][1:] == []


def test_a_pair_that_is_never_readable_is_unscored_and_kept(project, endpoint):
    folder = project(lambda q, a: False if "40 seconds" in a else None)
    run(folder, "judge")
    unread = [why for value, why in scores(folder).values() if value is None]
    assert unread == ["the reply has no entries"] * len(unread) and unread
    asked = Counter(pair for body in calls(endpoint) for pair in judge_script.pairs(body))
    assert set(asked.values()) == {1, 3}
    table = status_table(folder)
    assert table["stages"]["judge"] == 0
    assert table["funnel"]["kept"] == table["funnel"]["deduplicated"] == len(scores(folder))


@pytest.mark.parametrize("talks", [False, True])
def test_a_run_killed_before_it_wrote_verdicts_down_pays_for_none_again(project, endpoint, talks):
    def spoil(body):
        pairs = judge_script.pairs(body)
        return "Fine." if talks and len(pairs) > 1 and "40 seconds" in pairs[0][1] else None

    folder = project(lambda q, a: False if "9 minutes" in a else None, spoil=spoil)
    run(folder, "judge")
    before, n_paid = scores(folder), len(calls(endpoint))
    forget(folder)
    endpoint.spoil = lambda body: judge_script.judged(body) if kind_of(body) == "pairs" else None
    run(folder, "judge")
    again = calls(endpoint)[n_paid:]
    assert {len(judge_script.pairs(body)) for body in again} <= {1}
    unread = [each for each, (value, _) in before.items() if value is None]
    assert len(again) <= len(unread)
    assert scores(folder).keys() == before.keys()


def test_another_number_of_pairs_a_call_judges_nothing_again(project, endpoint):
    folder = project(size=3)
    run(folder, "judge")
    n_paid = len(endpoint.seen)
    file = folder / "shikomi.toml"
    file.write_text(file.read_text("utf-8").replace("pairs_per_call = 3", "pairs_per_call = 5"))
    run(folder, "judge")
    assert len(endpoint.seen) == n_paid


def test_a_call_that_its_batch_lost_goes_into_the_next_one_whole(project, endpoint):
    folder = project(extra="[batch]\npoll_seconds = 0.05\n")
    file = folder / "shikomi.toml"
    text = file.read_text("utf-8")
    file.write_text(text.replace("[models.judge]\n", "[models.judge]\nbatch = true\n"), "utf-8")
    endpoint.batch.ending = "expired"
    endpoint.batch.skip = lambda body: len(endpoint.batch.made) == 1
    run(folder, "judge")
    sizes = [len(judge_script.pairs(body)) for body in endpoint.batch.bodies]
    half = len(sizes) // 2
    assert sizes[:half] == sizes[half:]
    assert {value for value, _ in scores(folder).values()} == {1.0}


def test_a_small_judge_is_shown_fewer_pairs_at_a_time():
    hosted = {"models": {"judge": {"base_url": "http://127.0.0.1:1/v1", "model": "m"}}}
    assert Config().pairs_per_call < Config.model_validate(hosted).pairs_per_call
    asked = Config.model_validate({"judge": {"pairs_per_call": 7}})
    assert asked.pairs_per_call == 7


@pytest.mark.parametrize(
    ("hosted", "settings", "judges"),
    [
        ((), {}, False),
        (("generator",), {}, False),
        (("judge",), {}, False),
        (("generator", "judge"), {}, True),
        (("generator", "judge"), {"generate": {"answers": "statement"}}, False),
        (("judge",), {"generate": {"strategy": "rolling"}}, True),
        (("generator", "judge"), {"judge": {"mode": "program"}}, False),
        ((), {"judge": {"mode": "model"}}, True),
    ],
)
def test_a_hosted_judge_sees_the_answers_that_a_model_wrote(hosted, settings, judges):
    role = {"base_url": "http://127.0.0.1:1/v1", "model": "m"}
    config = Config.model_validate({"models": dict.fromkeys(hosted, role)} | settings)
    assert config.judges_by_model is judges


def test_a_project_that_asks_no_judge_makes_no_such_call(tmp_path, endpoint):
    folder = write_project(tmp_path / "p", endpoint.base_url, pages=PAGES, questions=QUESTIONS)
    run(folder, "judge")
    assert not calls(endpoint)
    assert rows(folder, "SELECT DISTINCT stage FROM calls") == [("generate",)]
