"""How good the kept pairs are, estimated on a sample of them."""

import json
import sqlite3
from collections import Counter

import pytest

import judge_script
import world
from judge_script import alone, judged
from shikomi import app
from shikomi.app.endpoints import Machine
from shikomi.cli.exporting_dataset import export_dataset
from shikomi.cli.overview import status_lines, status_table
from shikomi.config import Config
from shikomi.stages.estimate import estimate
from world import kind_of, rows, run, write_project

PAGES = {name: world.PAGES[name] for name in ("dimmer.md", "timer.md", "alarms.md")}
QUESTIONS = [question for question in world.QUESTIONS if question[3] in PAGES]
ALL = "[quality]\nsample = 1\n"
DROPS = ALL + "drops = true\n"
OTHER = "its section gives another answer"


@pytest.fixture
def project(tmp_path, endpoint):
    """Make a project whose judge does as it is told, unless `spoil` says otherwise."""

    def make(extra=ALL, spoil=None, **over):
        endpoint.spoil = spoil or (lambda body: None)
        made = {"pages": PAGES, "questions": QUESTIONS} | over
        return write_project(tmp_path / "p", endpoint.base_url, extra=extra, **made)

    return make


def scores(folder, check):
    """By sample: (value, explanation)."""
    sql = "SELECT sample_id, value, explanation FROM sample_scores WHERE scorer = ?"
    with sqlite3.connect(folder / "shikomi.db") as db:
        return {each: (value, why) for each, value, why in db.execute(sql, (check,))}


def booked(folder):
    return dict(rows(folder, "SELECT stage, count(*) FROM calls GROUP BY stage"))


def n_answers(folder):
    """How many of the round trip's calls asked for an answer, and no verdict."""
    text = "json_extract(request, '$.schema') IS NULL"
    sql = f"SELECT count(*) FROM calls WHERE stage = 'round-trip' AND {text}"
    return rows(folder, sql)[0][0]


def change(folder, old, new):
    file = folder / "shikomi.toml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def wrong_fade(body):
    """The section of the dimmer is said to give another time, which the judge confirms."""
    if kind_of(body) == "again" and "40 seconds" in world.right_again(body):
        return "It takes 90 seconds."
    if kind_of(body) == "verdict" and "90 seconds" in body["messages"][-1]["content"]:
        return json.dumps({"verdict": "INCORRECT"})
    return None


def test_each_question_is_answered_again_from_its_section_and_shown_alone(project, endpoint):
    folder = project()
    run(folder, "quality")
    n = len(scores(folder, "lint"))
    for check in ("round-trip", "standalone"):
        assert set(scores(folder, check).values()) == {(1.0, "")}
        assert len(scores(folder, check)) == n
    again = [b["messages"][-1]["content"] for b in endpoint.seen if kind_of(b) == "again"]
    assert len(again) == n
    chats = rows(folder, "SELECT messages FROM samples WHERE view = 'qa'")
    answers = {json.loads(chat)[-1]["content"] for (chat,) in chats}
    below = [text.rpartition("</document>")[2] for text in again]
    assert not any(answer in text for answer in answers for text in below)
    shown = [b for b in endpoint.seen if kind_of(b) == "alone"]
    assert sum(len(judge_script.questions(b)) for b in shown) == n > len(shown)
    assert not any("<document>" in b["messages"][-1]["content"] for b in shown)


def test_the_judge_compares_what_no_program_can_tell_and_its_reason_is_kept(project, endpoint):
    folder = project(spoil=wrong_fade)
    run(folder, "quality")
    found = Counter(scores(folder, "round-trip").values())
    n_other = found[0.0, f"{OTHER}: It takes 90 seconds."]
    assert set(found) == {(1.0, ""), (0.0, f"{OTHER}: It takes 90 seconds.")} and n_other
    assert n_answers(folder) == found.total()
    assert booked(folder)["round-trip"] - n_answers(folder) < found.total() / 2


def test_by_default_no_pair_is_dropped_and_the_share_is_shown_with_its_interval(project, tmp_path):
    folder = project(spoil=wrong_fade)
    run(folder, "freeze")
    table = status_table(folder)
    share = table["quality"]["round-trip"]
    assert 0 < share["low"] < share["mean"] < share["high"] < 1
    assert table["funnel"]["kept"] == table["funnel"]["deduplicated"] == share["n"]
    assert "quality, round-trip: " in status_lines(table) and "judged" not in table["funnel"]
    export_dataset(folder, [], tmp_path / "out")
    card = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert f"| asked again, its section gives the same answer | {share['n']} |" in card


def test_pairs_that_fail_are_dropped_where_the_project_asks_for_it(project):
    def spoil(body):
        if kind_of(body) == "alone":
            return alone(body, lambda question: "dangling" if "timer" in question else None)
        return wrong_fade(body)

    folder = project(DROPS, spoil)
    run(folder, "freeze")
    failed = {
        each
        for check in ("round-trip", "standalone")
        for each, (value, _) in scores(folder, check).items()
        if value == 0.0
    }
    table = status_table(folder)
    dropped = Counter({r["reason"]: r["count"] for r in table["dropped"] if r["step"] == "quality"})
    assert dropped.total() == len(failed) > 0 and dropped[OTHER]
    assert table["funnel"]["kept"] == table["funnel"]["judged"] - len(failed)
    frozen = rows(folder, "SELECT sample_id FROM dataset_items")
    assert not failed & {each for (each,) in frozen}
    assert any(OTHER in left["why"] for left in table["coverage"]["left"])


def test_a_larger_sample_goes_on_from_a_smaller_one(project, endpoint):
    folder = project("[quality]\nsample = 0.4\n")
    run(folder, "quality")
    some = scores(folder, "round-trip").keys()
    n_paid = len(endpoint.seen)
    assert run(folder, "quality") == [] and len(endpoint.seen) == n_paid
    change(folder, "sample = 0.4", "sample = 1")
    run(folder, "quality")
    every = scores(folder, "round-trip").keys()
    assert 0 < len(some) < len(every) and some < every
    assert n_answers(folder) == len(every)


def test_dropping_what_fails_later_asks_nobody_again(project, endpoint):
    folder = project(spoil=wrong_fade)
    run(folder, "freeze")
    n_paid = len(endpoint.seen)
    before = status_table(folder)["funnel"]["kept"]
    change(folder, "sample = 1", "sample = 1\ndrops = true")
    run(folder, "freeze")
    assert status_table(folder)["funnel"]["kept"] < before and len(endpoint.seen) == n_paid


def test_what_cannot_be_read_is_unscored_and_kept(project):
    def spoil(body):
        if kind_of(body) == "alone":
            return alone(body, lambda question: False if "timer" in question else None)
        return "Hm." if wrong_fade(body) and kind_of(body) == "verdict" else wrong_fade(body)

    folder = project(DROPS, spoil)
    run(folder, "quality")
    table = status_table(folder)
    for check in ("round-trip", "standalone"):
        values = [value for value, _ in scores(folder, check).values()]
        assert set(values) == {1.0, None}
        assert table["quality"][check]["n_unscored"] == values.count(None)
    assert table["funnel"]["kept"] == table["funnel"]["judged"]
    assert table["stages"]["quality"] == 0


def test_a_run_killed_before_it_wrote_its_findings_down_pays_for_none_again(project, endpoint):
    folder = project(spoil=wrong_fade)
    run(folder, "quality")
    before, n_paid = scores(folder, "round-trip"), len(endpoint.seen)
    with sqlite3.connect(folder / "shikomi.db") as db:
        db.execute("DELETE FROM sample_scores WHERE scorer IN ('round-trip', 'standalone')")
    run(folder, "quality")
    assert scores(folder, "round-trip") == before and len(endpoint.seen) == n_paid


def test_it_goes_by_batches_where_the_judge_does(project, endpoint):
    folder = project(ALL + "[batch]\npoll_seconds = 0.05\n", spoil=wrong_fade)
    change(folder, "[models.judge]\n", "[models.judge]\nbatch = true\n")
    run(folder, "quality")
    assert {kind_of(body) for body in endpoint.batch.bodies} == {"again", "verdict", "alone"}
    assert len(endpoint.batch.made) == 3
    assert len(scores(folder, "round-trip")) == len(scores(folder, "standalone"))


def test_in_the_classic_recipe_the_whole_page_answers(project, endpoint):
    extra = '[generate]\nstrategy = "rolling"\n[rolling]\nquestions = 2\n' + ALL
    small = "[sections]\nmax_units = 40\nmin_units = 1\n"
    folder = project(extra + small)
    run(folder, "quality")
    assert rows(folder, "SELECT count(*) FROM sections")[0][0] > len(PAGES)
    again = [b["messages"][-1]["content"] for b in endpoint.seen if kind_of(b) == "again"]
    of_timer = [text for text in again if "# Timer" in text]
    assert of_timer
    assert all("mark `T7`" in text and "05:30" in text for text in of_timer)


def test_an_estimate_counts_the_calls_that_follow(project):
    folder = project(ALL + '[judge]\nmode = "model"\n')
    run(folder, "section")
    found = estimated(folder)
    run(folder, "quality")
    taken = booked(folder)
    assert found["judge", ""] == taken["judge"]
    assert found["quality", "round-trip"] == n_answers(folder)
    assert found["quality", "standalone"] == taken["standalone"]
    assert not any(stage == "quality" for stage, _ in estimated(folder))


def estimated(folder):
    with app.open_project(folder, Machine(cache=folder / "no-cache", environment={})) as ctx:
        return {(line.stage, line.part): line.calls for line in estimate(ctx).lines}


def test_a_tenth_is_looked_at_where_a_hosted_judge_checks_pairs_and_nothing_else_by_default():
    hosted = {"models": {"judge": {"base_url": "http://127.0.0.1:1/v1", "model": "m"}}}
    judge = {"judge": {"mode": "model"}}
    samples = [Config.model_validate(each).quality_sample for each in ({}, hosted, judge)]
    assert samples == [0, 0, 0]
    assert Config.model_validate(hosted | judge).quality_sample == 0.1


def test_what_was_found_is_written_beside_the_pairs_that_are_exported(project):
    from shikomi.stages import review

    folder = project(spoil=wrong_fade)
    run(folder, "quality")
    with app.open_project(folder, Machine(cache=folder / "no-cache", environment={})) as ctx:
        lines = [json.loads(line) for line in review.exported(ctx).splitlines()]
    said = {line["verdicts"].get("round-trip") for line in lines if line["view"] == "qa"}
    assert said == {"passed", f"{OTHER}: It takes 90 seconds."}


def test_pairs_that_the_judge_rejects_are_not_looked_at(project):
    def spoil(body):
        if kind_of(body) != "pairs":
            return None
        return judged(body, lambda q, a: ("never", "contradicted") if "40 seconds" in a else None)

    folder = project(ALL + '[judge]\nmode = "model"\n', spoil)
    run(folder, "quality")
    rejected = {each for each, (value, _) in scores(folder, "judge").items() if value == 0.0}
    assert rejected and not rejected & scores(folder, "round-trip").keys()
