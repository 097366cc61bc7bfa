"""The classic recipe: a rolling conversation about each page."""

import json
import re
import shutil

import pytest

import test_resume
import world
from rolling_script import attempt_of, page_statements
from shikomi import app
from shikomi.app.endpoints import Machine
from shikomi.errors import UserError
from shikomi.stages.estimate import estimate
from world import kind_of, rows, run, shikomi, write_project

PAGES = {name: world.PAGES[name] for name in ("dimmer.md", "timer.md")}
QUESTIONS = [question for question in world.QUESTIONS if question[3] in PAGES]
EMBEDDINGS = '[models.embeddings]\nmodel = "scripted-embeddings"\nbase_url = "{}"\n'
SMALL_SECTIONS = "[sections]\nmax_units = 40\nmin_units = 1\n"
ROLLING = '[generate]\nstrategy = "rolling"\n[rolling]\n'


@pytest.fixture
def project(tmp_path, endpoint):
    """Make a project of two pages; `rolling` are lines of its settings."""

    def make(rolling="questions = 4\n", *, embeds=False, extra="", **over):
        made = {"pages": PAGES, "questions": QUESTIONS} | over
        roles = EMBEDDINGS.format(endpoint.base_url) if embeds else ""
        extra = f"{ROLLING}{rolling}{roles}{extra}"
        return write_project(tmp_path / "p", endpoint.base_url, extra=extra, **made)

    return make


def asked(endpoint, kind="question", about=""):
    """The calls of a kind, about the page with these words, in the order of their attempts."""
    first = [(body, body["messages"][0]["content"]) for body in endpoint.seen]
    found = [body for body, text in first if kind_of(body) == kind and about in text]
    return sorted(found, key=attempt_of) if kind == "question" else found


def questions_of(body):
    """Those that stand in the conversation."""
    turns = [m["content"] for m in body["messages"] if m["role"] == "assistant"]
    return [json.loads(turn)["question"] for turn in turns]


def attempts(folder):
    """(question, reason) of every attempt."""
    return rows(folder, "SELECT question, reason FROM attempts ORDER BY conversation, position")


def status(folder):
    return json.loads(shikomi(folder, "status", "--json").stdout)


def reconfigure(folder, old, new):
    config = folder / "shikomi.toml"
    text = config.read_text("utf-8")
    assert old in text
    config.write_text(text.replace(old, new), "utf-8")


def test_a_project_may_choose_the_classic_recipe_from_its_pages_to_the_report(project, endpoint):
    folder = project("questions = 4\nattempts = 2\n", pages=None, questions=world.QUESTIONS)
    assert run(folder) == []
    figures = json.loads((folder / "out" / "report.json").read_text("utf-8"))
    funnel = figures["funnel"]
    assert funnel["asked"] == len(attempts(folder)) > funnel["parsed"] >= funnel["kept"] > 10
    lost = sum(row["count"] for row in figures["rejections"] if row["step"] == "generate")
    assert funnel["asked"] - lost == funnel["parsed"]
    dataset = (folder / "out" / "dataset.jsonl").read_text("utf-8")
    assert "within 40 seconds" in dataset and "14日ごと" in dataset
    assert "rolling (lexical)" in (folder / "out" / "report.html").read_text("utf-8")


def test_a_page_has_one_question_at_a_time_and_an_answer_to_each_in_a_call_of_its_own(
    project, endpoint
):
    folder = project()
    assert run(folder, "generate") == []
    assert len(asked(endpoint)) == len(asked(endpoint, "reply")) == 8
    for page in ("dimmer fades", "timer starts"):
        calls = asked(endpoint, about=page)
        said = [question for question, _ in attempts(folder)]
        for n, body in enumerate(calls):
            assert len(questions_of(body)) == n and set(questions_of(body)) <= set(said)
    for body in asked(endpoint, "reply"):
        assert len(body["messages"]) == 1 and page_statements(body)


def test_the_page_stays_in_the_conversation_and_only_the_last_questions_do(project, endpoint):
    run(project("questions = 5\nattempts = 1\nhistory = 2\n"), "generate")
    calls = asked(endpoint, about="timer starts")
    everything = [json.loads(endpoint.right(body))["question"] for body in calls]
    for n, body in enumerate(calls):
        assert "05:30" in body["messages"][0]["content"]
        assert questions_of(body) == everything[max(0, n - 2) : n]
        assert [m["role"] for m in body["messages"]][::2] == ["user"] * (min(n, 2) + 1)


def test_without_history_every_request_is_alike_but_for_its_sample(project, endpoint):
    run(project("questions = 3\nhistory = 0\ntemperature = 1.3\ntop_p = 0.9\n"), "generate")
    calls = asked(endpoint, about="timer starts")
    seeds = [body.pop("seed") for body in calls]
    assert len(calls) == len(set(seeds)) == 3
    assert calls[0] == calls[1] == calls[2]
    assert (calls[0]["temperature"], calls[0]["top_p"]) == (1.3, 0.9)


def spoil_with(questions):
    """An endpoint whose conversations come to these questions, in order."""

    def spoil(body):
        if kind_of(body) != "question":
            return None
        return json.dumps({"question": questions[attempt_of(body) % len(questions)]})

    return spoil


ANAGRAMS = ["Lumenbox timer dab?", "Lumenbox bad timer?", "Lumenbox wheel?"]


def test_a_question_is_kept_if_its_embedding_is_far_from_every_kept_one(project, endpoint):
    endpoint.spoil = spoil_with(ANAGRAMS)
    folder = project("questions = 2\n", embeds=True, pages={"timer.md": PAGES["timer.md"]})
    run(folder, "generate")
    (_, first), (twin, reason), (_, last) = attempts(folder)
    assert (first, twin, last) == ("", ANAGRAMS[1], "")
    assert reason == f"near-duplicate of an earlier question: cosine 1.0000 with {ANAGRAMS[0]}"
    assert endpoint.embedded == ANAGRAMS
    assert status(folder)["strategy"] == "rolling"


def test_without_embeddings_questions_are_compared_by_spelling_and_the_strategy_says_so(
    project, endpoint
):
    endpoint.spoil = spoil_with([*ANAGRAMS, "Lumenbox timer dab!?"])
    folder = project("questions = 4\nattempts = 1\n", pages={"timer.md": PAGES["timer.md"]})
    run(folder, "generate")
    assert [bool(reason) for _, reason in attempts(folder)] == [False, False, False, True]
    assert endpoint.embedded == []
    assert status(folder)["strategy"] == "rolling (lexical)"


def test_attempts_are_bounded_and_a_page_with_too_few_questions_is_named_with_the_reasons(
    project, endpoint
):
    folder = project("questions = 6\nattempts = 2\n")
    done = shikomi(folder, "generate")
    assert done.returncode == 0
    assert len(asked(endpoint)) == 24
    shown = shikomi(folder, "status").stdout
    line = re.search(r"timer.md: (\d+) of 6 questions after 12 \((\d+) near-dup", shown)
    assert int(line[1]) + int(line[2]) == 12
    assert "timer.md" in done.stderr
    before = len(endpoint.seen)
    assert run(folder, "generate") == []
    assert len(endpoint.seen) == before


def test_a_pair_is_about_the_statements_that_it_says_and_may_draw_on_all_of_its_page(
    project, endpoint
):
    def spoil(body):
        if kind_of(body) == "reply":
            invented = "4 seconds" in endpoint.right(body)
            right = "The green key is held for 4 seconds, at 05:30."
            return "It takes 77 hours." if invented else right
        return None

    endpoint.spoil = spoil
    folder = project(pages={"timer.md": PAGES["timer.md"]}, extra=SMALL_SECTIONS)
    run(folder, "lint")
    assert rows(folder, "SELECT count(*) FROM sections")[0][0] > 1
    reasons = dict(rows(folder, "SELECT explanation, count(*) FROM sample_scores GROUP BY 1"))
    assert reasons.keys() == {"", "a number that is not in the source: 77"}
    facts = dict(rows(folder, "SELECT id, statement FROM facts"))
    for answer, ids in rows(folder, "SELECT messages, fact_ids FROM samples"):
        if "05:30" in answer:
            assert "green key" in facts[json.loads(ids)[0]]


def test_more_questions_go_on_with_the_conversation_and_fewer_take_its_beginning(project, endpoint):
    folder = project("questions = 2\n")
    run(folder, "generate")
    first = [json.dumps(body) for body in endpoint.seen]
    reconfigure(folder, "questions = 2", "questions = 4")
    run(folder, "generate")
    after = [json.dumps(body) for body in endpoint.seen]
    assert after[: len(first)] == first and len(after) == len(set(after)) == 16
    assert len(attempts(folder)) == 8
    reconfigure(folder, "questions = 4", "questions = 1")
    run(folder, "generate")
    assert len(endpoint.seen) == 16
    assert status(folder)["funnel"]["parsed"] == 2


def test_an_edited_page_has_a_new_conversation_and_the_others_keep_theirs(project, endpoint):
    folder = project()
    run(folder, "generate")
    endpoint.seen.clear()
    page = folder / "docs" / "dimmer.md"
    page.write_text(page.read_text("utf-8") + "\nThe dimmer hums at 310 hertz.\n", "utf-8")
    run(folder, "generate")
    assert len(endpoint.seen) == 8
    assert all("310 hertz" in body["messages"][0]["content"] for body in endpoint.seen)


def test_a_page_that_always_fails_stops_after_three_and_the_others_go_on(project, endpoint):
    def spoil(body):
        refused = kind_of(body) == "question" and "dimmer fades" in body["messages"][0]["content"]
        message = "the prompt exceeds the context size"
        return (400, {}, {"error": {"message": message}}) if refused else None

    endpoint.spoil = spoil
    folder = project()
    done = shikomi(folder, "generate")
    assert done.returncode == 3 and "exceeds the context size" in done.stderr
    assert len(asked(endpoint, about="dimmer fades")) == 3
    assert len(asked(endpoint, "reply")) == 4
    endpoint.spoil = lambda body: None
    endpoint.seen.clear()
    assert run(folder, "generate") == []
    assert endpoint.seen == []
    assert run(folder, "generate", retry_failed=True) == []
    assert len(asked(endpoint, "reply")) == 4


def test_a_reply_that_is_no_question_is_asked_for_again_and_then_counts_as_an_attempt(
    project, endpoint
):
    def spoil(body):
        return "Sure!" if kind_of(body) == "question" and 1 < body["seed"] < 10 else None

    endpoint.spoil = spoil
    folder = project("questions = 3\n", pages={"timer.md": PAGES["timer.md"]})
    assert run(folder, "generate") == []
    unparsed = rows(folder, "SELECT count(*) FROM calls WHERE status = 'unparsed'")
    assert unparsed[0][0] == 3 + 3
    found = [why.split(":")[0] for _, why in attempts(folder)]
    assert found == ["", "no question", "no question", "", ""]


def test_an_answer_that_failed_is_named_and_tried_again_when_asked_for(project, endpoint):
    endpoint.spoil = lambda body: (
        (400, {}, {"error": {"message": "no thanks"}})
        if kind_of(body) == "reply" and "05:30" in endpoint.right(body)
        else None
    )
    folder = project()
    (failure,) = run(folder, "generate")
    assert failure.startswith("timer.md: ") and "no thanks" in failure
    assert status(folder)["dropped"][0] == {
        "step": "generate", "reason": "not answered", "count": 1
    }  # fmt: skip
    endpoint.spoil = lambda body: None
    before = len(endpoint.seen)
    assert run(folder, "generate", retry_failed=True) == []
    assert len(endpoint.seen) == before + 1


PRICED = "price = { input = 1.0, output = 2.0, training = 0 }"


def test_a_budget_stops_it_and_more_money_goes_on_without_paying_again(project, endpoint):
    folder = project(role=PRICED, embeds=True, extra="[budget]\nusd = 0.003\n")
    reconfigure(folder, "[budget]", f"{PRICED}\n[budget]")
    with pytest.raises(UserError, match="budget"):
        run(folder, "generate")
    assert len(endpoint.seen) > 0
    assert rows(folder, "SELECT nanousd FROM spent")[0][0] <= 0.003e9
    reconfigure(folder, "usd = 0.003", "usd = 50")
    assert run(folder, "generate") == []
    bodies = [json.dumps(body, sort_keys=True) for body in endpoint.seen]
    assert len(bodies) == len(set(bodies))
    assert len(endpoint.embedded) == len(set(endpoint.embedded))


def test_killed_and_started_again_it_ends_as_if_it_had_not_been(project, endpoint, tmp_path):
    folder = project("questions = 5\nattempts = 2\n", role="concurrency = 2")
    shutil.copytree(folder, tmp_path / "q")
    assert run(tmp_path / "q", "generate") == []
    endpoint.seen.clear()
    endpoint.delay = test_resume.SLOW_REPLIES
    assert test_resume.kill_often(folder, endpoint, seed=6, most=4) > 0
    assert run(folder, "generate") == []
    test_resume.assert_nothing_was_paid_twice(folder, endpoint)
    assert attempts(folder) == attempts(tmp_path / "q")
    sql = "SELECT messages FROM samples WHERE view = 'qa' ORDER BY id"
    assert rows(folder, sql) == rows(tmp_path / "q", sql)


def test_an_estimate_counts_the_calls_that_the_run_then_makes(project, endpoint):
    folder = project("questions = 3\n", embeds=True, role=PRICED)
    run(folder, "section")
    with app.open_project(folder, Machine(cache=folder / "no-cache", environment={})) as ctx:
        lines = {(line.stage, line.part): line for line in estimate(ctx).lines}
    assert endpoint.n_requests == 0
    run(folder, "generate")
    assert lines["generate", "rolling, questions"].calls == len(asked(endpoint)) == 6
    assert lines["generate", "rolling, answers"].calls == len(asked(endpoint, "reply")) == 6
    assert lines["generate", "embeddings"].calls == len(endpoint.embedded) == 6
    assert lines["generate", "embeddings"].cost_nanousd is None
    money = lines["generate", "rolling, answers"]
    expected = money.input_tokens * 1000 + money.output_tokens * 2000
    assert money.cost_nanousd == pytest.approx(expected, rel=0.01)
    with app.open_project(folder, Machine(cache=folder / "no-cache", environment={})) as ctx:
        assert not any(line.stage == "generate" for line in estimate(ctx).lines)


def test_a_judge_sees_the_whole_page(project, endpoint):
    folder = project(extra='[judge]\nmode = "model"\n' + SMALL_SECTIONS)
    run(folder, "judge")
    assert rows(folder, "SELECT count(*) FROM sections")[0][0] > 2
    shown = [b["messages"][-1]["content"] for b in endpoint.seen if kind_of(b) == "pairs"]
    of_timer = [text for text in shown if "# Timer" in text]
    assert of_timer
    assert all("mark `T7`" in text and "05:30" in text for text in of_timer)


def test_cost_lists_embeddings_beside_the_generator(project):
    folder = project(embeds=True)
    run(folder, "generate")
    table = json.loads(shikomi(folder, "cost", "--json").stdout)
    found = {row["model"]: row for row in table["rows"]}
    assert found["scripted-embeddings"]["calls"] == 8
    assert found["scripted-embeddings"]["input_tokens"] == 7 * 8
