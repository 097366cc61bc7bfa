"""`generate --failed`: what the tuned model missed is asked about again, and nothing else."""

import json
import shutil
import sqlite3

import pytest

import world
from world import TUNED, World, kind_of, run, shikomi, target, write_project

FUSE, FADE = world.QUESTIONS[1], world.QUESTIONS[0]


AGAIN = {5: " after all that was tried", 9: " once everything else is ruled out"}


def misses(endpoint, *questions):
    """A tuned model that has no answer to these, and a generator that words each turn anew."""

    def spoil(body):
        if kind_of(body) == "generate" and (more := AGAIN.get(body["seed"])):
            entries = json.loads(endpoint.right(body))
            for field in ("question", "reworded"):
                asked = entries["1"][field]
                entries["1"][field] = f"{asked[:-1]}{more}{asked[-1]}"
            return json.dumps(entries)
        prompt = body["messages"][-1]["content"]
        missed = body["model"] == TUNED and any(each[1] in prompt for each in questions)
        return "I do not know." if missed and "<context>" not in prompt else None

    return spoil


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A project with its tuned model, and its endpoint; tests go on with copies."""
    folder = tmp_path_factory.mktemp("trained") / "p"
    with World() as endpoint:
        write_project(folder, endpoint.base_url)
        endpoint.spoil = misses(endpoint)
        assert run(folder, "finetune") == []
        yield folder, endpoint


@pytest.fixture
def endpoint(trained):
    """That of the trained project, with one job and nothing asked yet."""
    made = trained[1]
    for job_id in list(made.jobs)[1:]:
        del made.jobs[job_id]
    made.seen.clear()
    return made


@pytest.fixture
def evaluated(trained, endpoint, tmp_path):
    """Make a project whose evaluation is done; its endpoint's record is empty again."""

    def make(*missed, nowhere=False):
        folder = tmp_path / "p"
        shutil.copytree(trained[0], folder)
        if nowhere:
            without_pages(folder / "questions.jsonl")
        endpoint.spoil = misses(endpoint, *missed)
        assert run(folder) == []
        endpoint.seen.clear()
        return folder

    return make


def without_pages(file):
    asked = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    for question in asked:
        del question["section"]
    file.write_text("".join(json.dumps(question) + "\n" for question in asked), encoding="utf-8")


def generated(endpoint):
    return [body for body in endpoint.seen if kind_of(body) == "generate"]


def aim(folder):
    done = shikomi(folder, "generate", "--failed", "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["aimed"]


def test_the_facts_behind_missed_questions_are_asked_about_in_another_turn(evaluated, endpoint):
    folder = evaluated(FUSE)
    found = aim(folder)
    assert (found["questions"], found["missed"]) == (len(world.QUESTIONS), 1)
    assert [fact["page"] for fact in found["facts"]] == ["dimmer.md"]
    assert "LB-17" in found["facts"][0]["statement"]
    asked = generated(endpoint)
    assert {world.statements(body)["1"][0] for body in asked} == {found["facts"][0]["statement"]}
    assert {body["seed"] for body in asked} == {5}  # the second turn, whose samples start at 3


def test_one_line_says_what_was_missed_and_what_is_aimed_at(evaluated):
    line = shikomi(evaluated(FUSE, FADE), "generate", "--failed").stdout
    assert line.startswith(f"2 of {len(world.QUESTIONS)} questions missed, 2 facts aimed at: ")
    assert "LB-17" in line and "40 seconds" in line and line.count("\n") == 1


def test_the_next_run_trains_on_the_old_pairs_and_the_new_ones(evaluated, endpoint):
    folder = evaluated(FADE)
    before = lines(folder)
    aim(folder)
    assert run(folder) == []
    assert before < lines(folder)
    assert len(endpoint.jobs) == 2


def lines(folder):
    """The taught pairs without search results: which ones have them changes with their number."""
    text = (folder / "out" / "dataset.jsonl").read_text(encoding="utf-8")
    return {line for line in text.splitlines() if "<context>" not in line}


def test_no_word_of_a_held_out_question_is_in_a_prompt_and_none_is_taught(evaluated, endpoint):
    folder = evaluated(*world.QUESTIONS)
    aim(folder)
    prompts = [json.dumps(body, ensure_ascii=False) for body in generated(endpoint)]
    assert prompts
    for _, question, _, _ in world.QUESTIONS:
        assert not any(question in prompt for prompt in prompts)
    endpoint.spoil = lambda body: None
    assert run(folder) == []
    text = (folder / "out" / "dataset.jsonl").read_text(encoding="utf-8")
    assert not any(question in text for _, question, _, _ in world.QUESTIONS)


def test_a_pair_that_repeats_the_missed_question_is_dropped(evaluated, endpoint):
    folder = evaluated(FUSE)

    def spoil(body):
        if kind_of(body) != "generate" or target(body) != "LB-17":
            return None
        entries = json.loads(endpoint.right(body))
        entries["1"]["question"] = FUSE[1]
        return json.dumps(entries)

    endpoint.spoil = spoil
    aim(folder)
    assert run(folder) == []
    figures = json.loads((folder / "out" / "report.json").read_text(encoding="utf-8"))
    reasons = {row["reason"] for row in figures["rejections"]}
    assert "repeats a held-out question" in reasons
    assert FUSE[1] not in (folder / "out" / "dataset.jsonl").read_text(encoding="utf-8")


def test_aiming_twice_at_one_evaluation_asks_nothing_more(evaluated, endpoint):
    folder = evaluated(FUSE)
    first = aim(folder)
    endpoint.seen.clear()
    assert aim(folder) == first
    assert endpoint.seen == []


def test_what_is_missed_again_gets_a_turn_of_its_own(evaluated, endpoint):
    folder = evaluated(FUSE)
    aim(folder)
    assert run(folder) == []
    endpoint.seen.clear()
    aim(folder)
    asked = generated(endpoint)
    assert asked and {body["seed"] for body in asked} == {9}


def test_a_turn_that_brought_nothing_new_can_be_followed_by_another(evaluated, endpoint):
    folder = evaluated(FUSE)
    endpoint.spoil = lambda body: None  # every turn in the same words
    aim(folder)
    assert run(folder) == []
    endpoint.seen.clear()
    aim(folder)
    assert {body["seed"] for body in generated(endpoint)} == {9}


def test_more_turns_for_all_do_not_ask_again_what_was_aimed_at(evaluated, endpoint):
    folder = evaluated(FUSE)
    aim(folder)
    before = {json.dumps(body, sort_keys=True) for body in generated(endpoint)}
    config = folder / "shikomi.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("[generate]\n", "[generate]\nturns = 2\n"), encoding="utf-8")
    endpoint.seen.clear()
    run(folder, "generate")
    again = {json.dumps(body, sort_keys=True) for body in generated(endpoint)}
    assert before and again and not before & again
    with sqlite3.connect(folder / "shikomi.db") as db:
        keys = db.execute("SELECT count(*), count(DISTINCT request_key) FROM calls").fetchone()
    assert keys[0] == keys[1]


def test_a_question_that_names_no_page_is_mapped_by_search(evaluated):
    folder = evaluated(FUSE, nowhere=True)
    assert [fact["page"] for fact in aim(folder)["facts"]] == ["dimmer.md"]


def test_the_report_says_which_questions_are_no_blind_measure_any_more(evaluated, endpoint):
    folder = evaluated(FUSE, FADE)
    aim(folder)
    endpoint.spoil = lambda body: None
    assert run(folder) == []
    line = json.loads((folder / "out" / "report.json").read_text(encoding="utf-8"))["lines"][0]
    assert f"2 of these {len(world.QUESTIONS)} questions" in line


def test_where_nothing_was_missed_nothing_is_asked(evaluated, endpoint):
    done = shikomi(evaluated(), "generate", "--failed")
    assert done.returncode == 0 and done.stdout.startswith("nothing was missed")
    assert endpoint.seen == []


def test_before_there_is_an_evaluation_one_line_says_what_to_do(tmp_path, endpoint):
    folder = write_project(tmp_path / "p", endpoint.base_url)
    done = shikomi(folder, "generate", "--failed")
    assert done.returncode == 1 and endpoint.seen == []
    assert "no evaluation" in done.stderr and "shikomi run" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_project_of_conversations_has_no_facts_to_aim_at(evaluated):
    folder = evaluated(FUSE)
    config = folder / "shikomi.toml"
    text = config.read_text(encoding="utf-8").replace(
        "[generate]", '[generate]\nstrategy = "rolling"', 1
    )
    config.write_text(text, encoding="utf-8")
    done = shikomi(folder, "generate", "--failed")
    assert done.returncode == 1
    assert 'set it to "coverage"' in done.stderr
