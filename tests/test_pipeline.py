"""The whole way, from documents to the report, against a scripted endpoint."""

import json
import re
import shutil
from math import ceil

import pytest

import world
from judge_script import judged
from shikomi import config, prompts
from shikomi.errors import UserError
from world import SYSTEM, TUNED, World, kind_of, report, rows, run, shikomi, target, write_project

ARMS = ["base", "tuned", "base+rag", "tuned+rag"]

N_LOOKUPS = 4  # of the table's two rows: each its cell, and its name by the cell
N_SECTIONS = 7
N_QUERIES = 16  # of keywords, one of each fact that is asked about


@pytest.fixture
def project(finished, tmp_path):
    """A copy of the finished project, its endpoint's count of calls at zero."""
    folder, endpoint = finished
    copy = tmp_path / "p"
    shutil.copytree(folder, copy)
    endpoint.seen.clear()
    endpoint.n_requests = 0
    yield copy, endpoint
    endpoint.spoil = lambda body: None


@pytest.fixture
def fresh(tmp_path):
    """Make a project of its own with its own endpoint; `spoil` is the endpoint's."""
    opened = []

    def make(spoil=None, **over):
        endpoint = World(spoil=spoil).__enter__()
        opened.append(endpoint)
        return write_project(tmp_path / "p", endpoint.base_url, **over), endpoint

    yield make
    for endpoint in opened:
        endpoint.__exit__()


def test_a_run_ends_with_a_report_of_four_arms_and_their_contrasts(finished):
    folder, _ = finished
    figures = report(folder)
    assert list(figures["arms"]) == ARMS
    for arm in figures["arms"].values():
        assert {"n", "correct", "mean", "low", "high"} <= arm.keys()
        assert arm["n"] == len(world.QUESTIONS)
    assert "tuned-base" in figures["contrasts"]
    for contrast in figures["contrasts"].values():
        assert {"mean", "low", "high", "p"} <= contrast.keys()
    assert {"funnel", "tokens", "seconds"} <= figures.keys()
    html = (folder / "out" / "report.html").read_text(encoding="utf-8")
    assert world.QUESTIONS[0][1] in html


def test_the_report_tells_what_the_arms_answered(finished):
    figures = report(finished[0])
    correct = {name: arm["correct"] for name, arm in figures["arms"].items()}
    assert correct["base"] == 0
    assert correct["tuned"] == correct["tuned+rag"] == len(world.QUESTIONS)
    assert 0 < correct["base+rag"] < len(world.QUESTIONS)
    assert figures["contrasts"]["tuned-base"]["mean"] == 1.0
    assert figures["contrasts"]["tuned-base"]["p"] < 0.05


def test_the_tokens_of_the_report_are_those_that_the_endpoint_counted(finished):
    folder, _endpoint = finished
    figures = report(folder)
    n_calls = rows(folder, "SELECT count(*) FROM calls WHERE stage != 'finetune'")[0][0]
    chat = [row for row in figures["tokens"] if row["stage"] != "finetune"]
    assert sum(row["calls"] for row in chat) == n_calls
    assert sum(row["input_tokens"] for row in chat) == 10 * n_calls


def test_the_uploaded_file_is_the_frozen_dataset(finished):
    folder, endpoint = finished
    assert list(endpoint.files.values())[:1] == [(folder / "out" / "dataset.jsonl").read_bytes()]
    for line in (folder / "out" / "dataset.jsonl").read_text(encoding="utf-8").splitlines():
        assert json.loads(line).keys() == {"messages"}


def test_every_fact_of_every_page_is_asked_about(finished):
    folder, _ = finished
    asked = {i for (ids,) in rows(folder, "SELECT fact_ids FROM samples") for i in json.loads(ids)}
    assert asked == {i for (i,) in rows(folder, "SELECT id FROM facts")}


def test_pages_of_every_format_and_encoding_are_taught(finished):
    text = (finished[0] / "out" / "dataset.jsonl").read_text(encoding="utf-8")
    for known in ("900 hours", "ヒカリ3号", "LB-23", "--station 3"):
        assert known in text


def test_a_second_run_asks_nothing_and_changes_nothing(project):
    folder, endpoint = project
    before = report(folder)
    assert run(folder) == []
    assert endpoint.n_requests == 0
    assert report(folder) == before


def test_an_edited_page_reopens_its_own_batches_only(project):
    folder, endpoint = project
    page = folder / "docs" / "dimmer.md"
    text = page.read_text(encoding="utf-8")
    page.write_text(text + "\nThe dimmer hums at 310 hertz.\n", encoding="utf-8")
    assert run(folder) == []
    asked = [body for body in endpoint.seen if kind_of(body) == "generate"]
    assert asked
    assert all("The dimmer hums" in body["messages"][-1]["content"] for body in asked)
    assert "310 hertz" in (folder / "out" / "dataset.jsonl").read_text(encoding="utf-8")


def test_an_edited_page_leaves_the_answers_of_the_bare_base_model_as_they_are(project):
    folder, endpoint = project
    page = folder / "docs" / "dimmer.md"
    page.write_text(page.read_text(encoding="utf-8") + "\nIt hums at 310 hertz.\n", "utf-8")
    run(folder)
    bare = [
        body
        for body in endpoint.seen
        if kind_of(body) == "answer" and "<context>" not in body["messages"][-1]["content"]
    ]
    assert {body["model"] for body in bare} == {TUNED}


def test_an_edited_page_of_docs_is_never_overwritten(project):
    folder, _ = project
    page = folder / "docs" / "timer.md"
    page.write_text("# Timer\n\nThe timer rings 88 times before it stops.\n", encoding="utf-8")
    source = folder / "source" / "timer.md"
    source.write_text("# Timer\n\nThe new source names 99 other rings.\n", encoding="utf-8")
    run(folder, "section")
    run(folder, "section")
    assert "rings 88 times" in page.read_text(encoding="utf-8")


def test_a_changed_source_changes_its_untouched_page(project):
    folder, _ = project
    source = folder / "source" / "timer.md"
    source.write_text("# Timer\n\nThe timer now starts at 06:45 each day.\n", encoding="utf-8")
    run(folder, "section")
    assert "06:45" in (folder / "docs" / "timer.md").read_text(encoding="utf-8")


def test_the_page_of_a_deleted_source_goes_and_is_taught_no_more(project):
    folder, _ = project
    (folder / "source" / "network.md").unlink()
    assert run(folder) == []
    assert not (folder / "docs" / "network.md").exists()
    assert "4711" not in (folder / "out" / "dataset.jsonl").read_text(encoding="utf-8")
    assert report(folder)["arms"]["base"]["n"] == len(world.QUESTIONS) - 2


def test_a_new_page_is_trained_on_together_with_the_old_ones(project):
    folder, endpoint = project
    (folder / "source" / "horn.md").write_text(
        "# Horn\n\nThe horn sounds for 19 seconds.\n", "utf-8"
    )
    assert run(folder) == []
    asked = [body for body in endpoint.seen if kind_of(body) == "generate"]
    assert all("The horn" in body["messages"][-1]["content"] for body in asked)
    dataset = (folder / "out" / "dataset.jsonl").read_text(encoding="utf-8")
    assert "19 seconds" in dataset
    assert "40 seconds" in dataset


def test_a_hand_edited_outline_is_obeyed_and_kept(project):
    folder, endpoint = project
    outline = folder / "outline.md"
    text = "# Lumenbox\n\n- Hardware\n  - [The fader](dimmer.md)\n- [Timer](timer.md)\n"
    outline.write_text(text, encoding="utf-8")
    run(folder, "generate")
    prompts = [body["messages"][-1]["content"] for body in endpoint.seen]
    assert any(f"{SYSTEM} > Hardware > The fader" in prompt for prompt in prompts)
    assert outline.read_text(encoding="utf-8") == text


def test_a_page_left_out_of_a_hand_edited_outline_is_still_taught_or_named(project):
    folder, _ = project
    (folder / "outline.md").write_text("# Lumenbox\n\n- [Timer](timer.md)\n", encoding="utf-8")
    run(folder, "section")
    pages = {path for (path,) in rows(folder, "SELECT path FROM current_sections JOIN sections"
                                              " ON id = section_id")}  # fmt: skip
    assert "dimmer.md" in pages


def test_an_outline_of_our_own_making_takes_up_a_new_page(project):
    folder, _ = project
    (folder / "source" / "horn.md").write_text(
        "# Horn\n\nThe horn sounds for 19 seconds.\n", "utf-8"
    )
    run(folder, "section")
    assert "horn.md" in (folder / "outline.md").read_text(encoding="utf-8")


def test_an_edited_prompt_reopens_what_is_asked_with_it(project):
    folder, endpoint = project
    from shikomi.prompts import BUILTIN

    own = folder / "prompts" / "en"
    own.mkdir(parents=True)
    text = (BUILTIN / "en" / "generate.md").read_text(encoding="utf-8")
    (own / "generate.md").write_text(
        text.replace("# user", "# user\nWrite plainly."), encoding="utf-8"
    )
    run(folder, "generate")
    prompts = [body["messages"][-1]["content"] for body in endpoint.seen]
    assert prompts
    assert all(prompt.startswith("Write plainly.") for prompt in prompts)


def test_the_report_is_written_again_when_it_was_deleted_and_asks_nothing(project):
    folder, endpoint = project
    (folder / "out" / "report.html").unlink()
    assert run(folder) == []
    assert (folder / "out" / "report.html").exists()
    assert endpoint.n_requests == 0


def test_the_training_file_is_written_again_when_it_was_deleted(project):
    folder, endpoint = project
    before = (folder / "out" / "dataset.jsonl").read_bytes()
    (folder / "out" / "dataset.jsonl").unlink()
    assert run(folder) == []
    assert (folder / "out" / "dataset.jsonl").read_bytes() == before
    assert endpoint.n_requests == 0


def test_a_reply_that_breaks_the_schema_is_asked_again_a_bounded_number_of_times(fresh):
    def spoil(body):
        broken = kind_of(body) == "generate" and target(body) == "LB-17"
        return "Sure! Here is your question." if broken else None

    folder, endpoint = fresh(spoil, pages={"dimmer.md": world.PAGES["dimmer.md"]})
    failures = run(folder, "generate")
    tried = [body for body in endpoint.seen if target(body) == "LB-17"]
    assert len(tried) == 3
    assert len({body["seed"] for body in tried}) == 3
    assert len(failures) == 1
    assert "dimmer.md" in failures[0]
    unparsed = rows(folder, "SELECT count(*) FROM calls WHERE status = 'unparsed'")
    assert unparsed == [(3,)]


def test_a_failed_batch_stays_failed_until_it_is_asked_for_again(fresh):
    def spoil(body):
        return "no" if kind_of(body) == "generate" and target(body) == "LB-17" else None

    folder, endpoint = fresh(spoil)
    first = shikomi(folder, "run")
    assert first.returncode == 3
    assert (folder / "out" / "report.html").exists()
    endpoint.seen.clear()
    endpoint.spoil = lambda body: None
    assert run(folder) == []
    assert endpoint.seen == []
    assert run(folder, retry_failed=True) == []
    asked = [body for body in endpoint.seen if kind_of(body) == "generate"]
    assert [target(body) for body in asked] == ["LB-17"]


def test_a_run_whose_generator_gives_no_pair_ends_before_training(fresh):
    def spoil(body):
        return "no" if kind_of(body) == "generate" else None

    folder, endpoint = fresh(spoil)
    first = shikomi(folder, "run")
    assert first.returncode == 1
    assert "no call of the generator gave a pair" in first.stderr
    assert not endpoint.jobs
    endpoint.spoil = lambda body: None
    assert run(folder, retry_failed=True) == []
    assert endpoint.jobs


def test_a_reply_that_leaves_its_statement_out_is_no_pair(fresh):
    def spoil(body):
        return "{}" if kind_of(body) == "generate" and target(body) == "LB-17" else None

    folder, _ = fresh(spoil)
    assert len(run(folder, "generate")) == 1


def spoil_one_of_each(body):
    """One pair of each kind that a filter drops."""
    if kind_of(body) != "generate":
        return None
    right = json.loads(World().right(body))
    entry = right["1"]
    name = target(body)
    if name.startswith("40"):  # both wordings alike: one of them is never written
        entry["reworded"] = entry["question"]
    elif name.startswith("6"):  # two pairs with a number that the page does not know
        entry["answer"] += " It is 77 in truth."
    elif name == "LB-17":  # a held-out question
        entry["question"] = "Which Lumenbox code reports a blown fuse?"
    elif name == "LB-23":  # a near-duplicate of its own other wording
        entry["reworded"] = entry["question"].upper()
    elif name.startswith("71"):  # points at the page
        entry["question"] = f"According to the document, how warm may a {SYSTEM} be?"
    return json.dumps(right)


def test_the_funnel_counts_every_pair_exactly(fresh):
    folder, endpoint = fresh(spoil_one_of_each)
    run(folder)
    figures = report(folder)
    asked = figures["funnel"]["asked"]
    n_goals = sum(kind == "generate" for kind in endpoint.kinds())
    n_pairs = asked - 1 - 5 + N_LOOKUPS
    n_queries = N_QUERIES + 1  # and one of the statement whose pairs both had a wrong number
    assert asked == 2 * n_goals
    assert figures["funnel"] == {
        "asked": asked,
        "parsed": asked - 1,
        "distinct": asked - 1,
        "linted": asked - 1 - 4,
        "deduplicated": asked - 1 - 5,
        "kept": asked - 1 - 5,
        "taught": n_pairs + n_queries + ceil(0.07 * n_pairs) + N_SECTIONS,
    }
    reasons = {row["reason"]: row["count"] for row in figures["rejections"]}
    assert reasons == {
        "the words of another wording": 1,
        "a number that is not in the source": 2,
        "repeats a held-out question": 1,
        "points at the document": 1,
        "near-duplicate": 1,
    }


def lines(folder):
    text = (folder / "out" / "dataset.jsonl").read_text(encoding="utf-8")
    return [json.loads(line)["messages"] for line in text.splitlines()]


FROM_MEMORY = [way for lang in ("en", "ja") for way in prompts.lines("from_memory", lang)]


def test_some_pairs_are_taught_once_more_below_what_search_finds(finished):
    found = [m for m in lines(finished[0]) if "<context>" in m[0]["content"]]
    asked = {m[0]["content"]: m[-1]["content"] for m in lines(finished[0])}
    assert found
    for question, answer in found:
        bare = re.split("Question: |質問: ", question["content"])[-1]
        said = [way.replace("{{answer}}", asked[bare]) for way in ("{{answer}}", *FROM_MEMORY)]
        assert answer["content"] in said


def test_a_generator_of_questions_alone_gets_its_answers_from_the_statements(fresh):
    folder, endpoint = fresh(
        extra='[generate]\nanswers = "statement"\nwordings = 2\ngoals_per_row = 0\n'
    )
    run(folder)
    asked = [body for body in endpoint.seen if kind_of(body) == "generate"]
    schema = asked[0]["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["1"]["required"] == ["question", "reworded"]
    chats = [m for (m,) in rows(folder, "SELECT messages FROM samples WHERE view = 'qa'")]
    answers = {json.loads(chat)[-1]["content"] for chat in chats}
    statements = {world.statements(body)["1"][0] for body in asked}
    assert answers - statements == {"```\nlumen connect --station 3 --port 4711\n```"}


def test_a_judge_that_a_project_asks_for_drops_what_it_finds_unsupported(fresh):
    def failing(question, answer):
        if "900 hours" in answer:
            return False
        return ("the port is 4711", "contradicted") if "4711" in answer else None

    def spoil(body):
        return judged(body, failing) if kind_of(body) == "pairs" else None

    folder, _ = fresh(spoil, extra='[judge]\nmode = "model"')
    run(folder)
    funnel = report(folder)["funnel"]
    unsupported = rows(folder, "SELECT count(*) FROM sample_scores"
                               " WHERE scorer = 'judge' AND value = 0")[0][0]  # fmt: skip
    unread = rows(folder, "SELECT count(*) FROM sample_scores"
                          " WHERE scorer = 'judge' AND value IS NULL")[0][0]  # fmt: skip
    assert unsupported > 0
    assert unread > 0
    assert funnel["kept"] == funnel["deduplicated"] - unsupported
    dropped = {(row["step"], row["reason"]): row["count"] for row in report(folder)["rejections"]}
    assert dropped["judge", "contradicted"] == unsupported


PRICED = "price = { input = 1.0, output = 10.0, training = 0 }"


def test_a_budget_stops_the_run_before_it_is_passed_and_more_money_goes_on(fresh):
    folder, endpoint = fresh(role=PRICED, extra="[budget]\nusd = 0.02\n")
    with pytest.raises(UserError, match="budget"):
        run(folder)
    spent = rows(folder, "SELECT nanousd FROM spent")[0][0]
    assert 0 < spent <= 0.02e9
    n_paid = len(endpoint.seen)
    config = folder / "shikomi.toml"
    config.write_text(config.read_text("utf-8").replace("usd = 0.02", "usd = 50"), "utf-8")
    assert run(folder) == []
    bodies = [json.dumps(body, sort_keys=True) for body in endpoint.seen]
    assert len(set(bodies)) == len(bodies) > n_paid


def test_a_budget_without_prices_asks_nothing(fresh):
    folder, endpoint = fresh(extra="[budget]\nusd = 1\n")
    with pytest.raises(UserError, match="price"):
        run(folder)
    assert endpoint.seen == []


def test_questions_are_made_where_a_project_has_none_and_are_not_trained_on(fresh):
    folder, _endpoint = fresh(questions=None, extra="[holdout]\nself_made = 6\n")
    assert run(folder) == []
    figures = report(folder)
    assert figures["question_source"] == "self-made"
    assert 3 <= figures["arms"]["base"]["n"] <= 6
    trained = (folder / "out" / "dataset.jsonl").read_text(encoding="utf-8")
    for row in figures["questions"]:
        assert json.dumps(row["question"], ensure_ascii=False) not in trained


def test_a_generator_that_makes_no_question_that_can_be_checked_is_no_proof(fresh):
    folder, _ = fresh(lambda body: "no" if kind_of(body) == "exam" else None, questions=None)
    with pytest.raises(UserError, match=r"questions\.jsonl"):
        run(folder, "holdout")


def test_a_failed_job_says_why_and_the_next_run_starts_another(fresh):
    folder, endpoint = fresh()

    endpoint.job_error = "the file has a bad line"
    with pytest.raises(UserError, match="bad line"):
        run(folder)
    endpoint.job_error = None
    assert run(folder) == []
    assert list(endpoint.jobs) == ["ftjob-1", "ftjob-2"]


def test_an_answer_that_failed_is_named_and_the_others_are_reported(fresh):
    bad = world.QUESTIONS[4][1]

    def spoil(body):
        lost = kind_of(body) == "answer" and bad in body["messages"][-1]["content"]
        return (400, {}, {"error": {"message": "no thanks"}}) if lost else None

    folder, _ = fresh(spoil)
    failures = run(folder)
    assert len(failures) == 4
    assert all("q05" in failure for failure in failures)
    arms = report(folder)["arms"]
    assert {arm["n"] for arm in arms.values()} == {len(world.QUESTIONS) - 1}


def test_a_second_run_by_command_asks_nothing(project):
    folder, endpoint = project
    done = shikomi(folder, "run")
    assert done.returncode == 0
    assert "all done" in done.stderr
    assert endpoint.n_requests == 0


def test_the_report_shows_an_answer_that_came_later(fresh):
    bad = world.QUESTIONS[4][1]

    def spoil(body):
        lost = kind_of(body) == "answer" and bad in body["messages"][-1]["content"]
        return (400, {}, {"error": {"message": "no thanks"}}) if lost else None

    folder, endpoint = fresh(spoil)
    assert len(run(folder)) == 4
    endpoint.spoil = lambda body: None
    assert run(folder) == []
    assert {arm["n"] for arm in report(folder)["arms"].values()} == {len(world.QUESTIONS)}


def test_the_report_shows_a_larger_sample_of_the_second_judge(project):
    folder, _ = project
    config = folder / "shikomi.toml"
    n_before = report(folder)["agreement"]["n"]
    config.write_text(config.read_text("utf-8") + "[evaluate]\njudge_sample = 40\n", "utf-8")
    assert run(folder) == []
    assert report(folder)["agreement"]["n"] == 40 > n_before


@pytest.mark.parametrize(("chosen", "n_calls"), [('"auto"', 1), ("1", 4)])
def test_a_hosted_generator_writes_several_goals_below_one_reading_of_a_page(
    tmp_path, endpoint, chosen, n_calls
):
    pages = {"a.md": "# Lamp\n\nIt fades in 40 seconds.\n\nA fuse takes 12 volts.\n\n"
             "The shell has 3 rings.\n\nA wick burns 77 days.\n"}  # fmt: skip
    extra = f"[generate]\ngoals_per_call = {chosen}\n"
    folder = write_project(tmp_path / "p", endpoint.base_url, pages=pages, extra=extra,
                           questions=[("q1", "What feeds it?", "mains", "a.md")])  # fmt: skip
    assert run(folder, "freeze") == []
    assert endpoint.kinds().count("generate") == n_calls


def test_an_embedded_generator_writes_one_goal_a_call():
    assert config.parse("").goals_per_call == 1
