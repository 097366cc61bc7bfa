"""People's decisions on pairs, from the exported file to what is taught."""

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

import world
from judge_script import judged
from shikomi import store
from shikomi.dataset import exports
from shikomi.errors import UserError
from shikomi.stages import freeze, funnel, review
from world import SYSTEM, World, kind_of, opened, run, shikomi, target, write_project

LEAK = world.QUESTIONS[1][1]


def spoil(body):
    """One pair that points at the page, and one that repeats a held-out question."""
    if kind_of(body) != "generate" or target(body) not in {"71 degrees", "LB-17"}:
        return None
    right = json.loads(World().right(body))
    pointing = f"According to the document, how warm may a {SYSTEM} be?"
    right["1"]["question"] = LEAK if target(body) == "LB-17" else pointing
    return json.dumps(right)


@pytest.fixture(scope="module")
def frozen(tmp_path_factory):
    folder = tmp_path_factory.mktemp("review") / "p"
    with World(spoil=spoil) as endpoint:
        write_project(folder, endpoint.base_url)
        assert run(folder, "freeze") == []
        yield folder, endpoint


@pytest.fixture
def project(frozen, tmp_path):
    folder, endpoint = frozen
    shutil.copytree(folder, tmp_path / "p")
    endpoint.seen.clear()
    return tmp_path / "p"


def exported(folder, *, everything=True):
    with opened(folder) as ctx:
        text = review.exported(ctx, everything=everything)
    return [json.loads(line) for line in text.split("\n") if line]


def text_of(rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def decide(folder, *rows):
    with opened(folder) as ctx:
        return review.imported(ctx, text_of(rows), name="pairs.jsonl")


def refused(folder, text):
    with opened(folder) as ctx, pytest.raises(UserError) as caught:
        review.imported(ctx, text, name="pairs.jsonl")
    assert n_rows(folder) == 0
    return str(caught.value).splitlines()


def n_rows(folder):
    with sqlite3.connect(folder / "shikomi.db") as db:
        return db.execute("SELECT count(*) FROM reviews").fetchone()[0]


def pick(folder, words, *, view="qa"):
    """The first pair whose question has these words in it."""
    return next(row for row in exported(folder) if words in row["question"] and row["view"] == view)


def taught(folder):
    """The pairs of the training file, as questions with their answers, once it is made anew."""
    run(folder, "freeze")
    text = (folder / "out" / "dataset.jsonl").read_text(encoding="utf-8")
    chats = [json.loads(line)["messages"] for line in text.splitlines()]
    return {chat[0]["content"]: chat[-1]["content"] for chat in chats}


def test_the_file_shows_each_kept_pair_with_its_source_and_the_checks(project):
    rows = exported(project, everything=False)
    assert {row["view"] for row in rows} == {"qa", "lookup"}
    assert all(row["decision"] is None and row["taught"] for row in rows)
    row = pick(project, "fades a lamp")
    assert row["section"] == "dimmer.md#Dimmer"
    assert row["evidence"] == "The dimmer fades a lamp within 40 seconds."
    assert row["verdicts"] == {"lint": "passed"}


def test_all_shows_the_rejected_pairs_too_with_the_reason(project):
    kept = {row["id"] for row in exported(project, everything=False)}
    others = [row for row in exported(project) if row["id"] not in kept]
    reasons = {row["question"]: row["verdicts"]["lint"] for row in others}
    assert reasons[LEAK] == "repeats a held-out question"
    assert "points at the document" in reasons.values()
    assert not any(row["taught"] for row in others)


def test_a_rejected_pair_is_taught_no_more(project):
    row = pick(project, "fades a lamp")
    assert row["question"] in taught(project)
    decide(project, row | {"decision": "reject", "note": "too easy"})
    assert row["question"] not in taught(project)


def test_a_rejected_lookup_is_taught_no_more(project):
    row = pick(project, "LB-23", view="lookup")
    decide(project, row | {"decision": "reject"})
    assert row["question"] not in taught(project)


def test_an_edited_pair_is_taught_in_its_new_words(project):
    row = pick(project, "fades a lamp")
    words = {"question": f"How slowly does a {SYSTEM} fade a lamp?", "answer": "In 40 seconds."}
    assert decide(project, row | words | {"decision": "edit"}).notes == ()
    found = taught(project)
    assert row["question"] not in found
    assert found[words["question"]] == words["answer"]


def test_an_edit_that_fails_a_check_of_form_is_told_and_taught_all_the_same(project):
    row = pick(project, "fades a lamp")
    words = {"question": "How slowly does it fade a lamp, in short?", "decision": "edit"}
    (note,) = decide(project, row | words).notes
    assert note == f"{row['id']}: taught in your words, although: does not name what it is about"
    assert words["question"] in taught(project)


@pytest.mark.parametrize("words", [LEAK, LEAK.upper(), LEAK.replace("Which", "What")])
def test_an_edit_that_repeats_a_held_out_question_is_never_taught(project, words):
    row = pick(project, "fades a lamp")
    (note,) = decide(project, row | {"question": words, "decision": "edit"}).notes
    assert note == f"{row['id']}: not taught: repeats a held-out question"
    found = taught(project)
    assert words not in found
    assert row["question"] not in found
    assert exported(project, everything=False)[0]["taught"]
    (line,) = [each for each in exported(project) if each["id"] == row["id"]]
    assert (line["taught"], line["verdicts"]["review"]) == (False, "repeats a held-out question")


def test_a_question_that_is_held_out_later_takes_an_accepted_pair_out(project):
    row = pick(project, "fades a lamp")
    decide(project, row | {"decision": "accept"})
    assert row["question"] in taught(project)
    later = ("late", row["question"], "40 seconds", "dimmer.md")
    text = world.question_lines([*world.QUESTIONS, later])
    (project / "questions.jsonl").write_text(text, encoding="utf-8")
    assert row["question"] not in taught(project)


def test_an_accepted_pair_is_taught_although_lint_rejected_its_form(project):
    row = pick(project, "According to the document")
    assert row["question"] not in taught(project)
    assert decide(project, row | {"decision": "accept"}).notes == ()
    assert row["question"] in taught(project)


def test_an_accepted_pair_that_repeats_a_held_out_question_is_not_taught(project):
    row = pick(project, LEAK)
    (note,) = decide(project, row | {"decision": "accept"}).notes
    assert note.endswith("not taught: repeats a held-out question")
    assert LEAK not in taught(project)


def test_a_pair_that_asks_what_an_edited_one_asks_now_gives_way_to_it(project):
    row, other = pick(project, "fades a lamp"), pick(project, "dimmer card carries")
    words = {"question": other["question"].upper(), "decision": "edit"}
    (note,) = decide(project, row | words).notes
    assert note == f"{other['id']}: left out: near-duplicate of an edited pair"
    found = taught(project)
    assert words["question"] in found
    assert other["question"] not in found


def test_two_pairs_that_a_person_wants_alike_both_stay(project):
    row, other = pick(project, "fades a lamp"), pick(project, "dimmer card carries")
    words = {"question": other["question"].upper(), "decision": "edit"}
    assert decide(project, row | words, other | {"decision": "accept"}).notes == ()
    assert {words["question"], other["question"]} <= taught(project).keys()


def test_an_edit_to_the_very_words_of_another_pair_is_taught_once(project):
    row = pick(project, "fades a lamp")
    other = next(
        each
        for each in exported(project)
        if each["evidence"] == row["evidence"] and each["id"] != row["id"]
    )
    words = {"question": other["question"], "answer": other["answer"], "decision": "edit"}
    decide(project, row | words)
    found = taught(project)
    assert found[other["question"]] == other["answer"]
    assert row["question"] not in found


def test_the_last_decision_wins_and_no_row_is_lost(project):
    row = pick(project, "fades a lamp")
    decide(project, row | {"decision": "reject"})
    decide(project, {"id": row["id"], "decision": "accept"})
    assert row["question"] in taught(project)
    assert n_rows(project) == 2


def test_importing_twice_changes_nothing(project):
    rows = exported(project)
    rows[0]["decision"] = "accept"
    assert decide(project, *rows).counts == {"accept": 1}
    assert decide(project, *rows).counts == {}
    assert n_rows(project) == 1


def test_an_exported_file_is_imported_as_it_is(project):
    row = pick(project, "fades a lamp")
    other = pick(project, "dimmer card carries")
    edit = {"answer": "40 s\u2028(that is, seconds).", "decision": "edit", "note": "shorter"}
    decide(project, row | edit, other | {"decision": "reject", "note": "dull"})
    assert decide(project, *exported(project)).counts == {}
    rows = {each["id"]: each for each in exported(project, everything=False)}
    assert rows[row["id"]] == row | edit
    assert rows[other["id"]]["decision"] == "reject"
    assert not rows[other["id"]]["taught"]


def test_a_decision_that_is_withdrawn_leaves_the_pair_as_nobody_had_decided(project):
    row = pick(project, "fades a lamp")
    before = taught(project)
    decide(project, row | {"answer": "In 40 seconds.", "decision": "edit"})
    assert taught(project) != before
    edited = next(each for each in exported(project) if each["id"] == row["id"])
    assert decide(project, edited | {"decision": "withdraw"}).counts == {"withdraw": 1}
    assert taught(project) == before
    assert next(each for each in exported(project) if each["id"] == row["id"]) == row
    assert decide(project, row | {"decision": "withdraw"}).counts == {}
    assert n_rows(project) == 2


def test_decisions_of_an_earlier_version_stay_and_can_be_withdrawn(project):
    row = pick(project, "fades a lamp")
    decide(project, row | {"decision": "reject", "note": "dull"})
    with sqlite3.connect(project / "shikomi.db") as db:
        first = Path(store.__file__).parent / "schema" / "0006_reviews.sql"
        (kept,) = db.execute("SELECT * FROM reviews").fetchall()
        db.executescript("DROP TABLE reviews;" + first.read_text("utf-8"))
        db.execute("INSERT INTO reviews VALUES (?, ?, ?, ?, ?, ?, ?)", kept)
        db.execute("PRAGMA user_version = 11")
    assert next(each for each in exported(project) if each["id"] == row["id"])["note"] == "dull"
    assert decide(project, {"id": row["id"], "decision": "withdraw"}).counts == {"withdraw": 1}


def test_an_accepted_pair_that_was_kept_anyway_trains_nothing_anew(project):
    before = (project / "out" / "dataset.jsonl").read_bytes()
    decide(project, pick(project, "fades a lamp") | {"decision": "accept"})
    with opened(project) as ctx:
        assert freeze.pending(ctx) == []
    assert (project / "out" / "dataset.jsonl").read_bytes() == before


def test_reviews_stay_when_pairs_are_generated_again(project, frozen):
    row = pick(project, "fades a lamp")
    decide(project, row | {"decision": "reject"})
    config = project / "shikomi.toml"
    text = config.read_text("utf-8").replace("[generate]\n", "[generate]\nseed = 5\n")
    config.write_text(text, encoding="utf-8")
    assert row["question"] not in taught(project)
    assert [body for body in frozen[1].seen if kind_of(body) == "generate"]


def test_a_decision_on_a_pair_that_is_gone_is_kept_and_told(project):
    row = next(each for each in exported(project) if each["section"].startswith("network.md"))
    (project / "source" / "network.md").unlink()
    run(project, "freeze")
    (note,) = decide(project, row | {"decision": "reject"}).notes
    assert "not among the current pairs" in note


def test_a_run_trains_on_what_was_decided_when_it_began(project):
    row = pick(project, "fades a lamp")
    with opened(project) as ctx:
        before = freeze.dataset_id(ctx)
        decide(project, row | {"decision": "reject"})
        assert freeze.dataset_id(ctx) == before
    with opened(project) as ctx:
        assert freeze.dataset_id(ctx) != before


def test_the_funnel_counts_what_people_decided(project):
    rows = [pick(project, "fades a lamp"), pick(project, "dimmer card carries")]
    decide(
        project,
        *(row | {"decision": "reject"} for row in rows),
        pick(project, "According to the document") | {"decision": "accept"},
    )
    with opened(project) as ctx:
        steps = {row.step: row.count for row in funnel.steps(ctx)}
        reasons = {row.reason: row.count for row in funnel.rejections(ctx) if row.step == "review"}
        assert steps["reviewed"] == steps["kept"] - 2 + 1
        assert steps["taught"] == exports.messages_jsonl(freeze.items(ctx)).count("\n")
        assert reasons == {"rejected by a person": 2}


def test_every_wrong_line_is_named_and_nothing_is_imported(project):
    good = pick(project, "fades a lamp") | {"decision": "reject"}
    bare = {"id": good["id"], "decision": "accept"}
    other = {"id": pick(project, "dimmer card carries")["id"]}
    more = [row["id"] for row in exported(project)[5:15]]
    broken = [
        "{no",
        "[]",
        text_of([bare]),
        text_of([{"id": "c1:none", "decision": "reject"}]),
        text_of([other | {"decision": "Reject"}]),
        text_of([{"id": more[0], "decison": "reject"}]),
        text_of([{"id": more[1], "question": "Other words?"}]),
        text_of([{"id": more[2], "question": "Other words?", "decision": "accept"}]),
        text_of([{"id": more[3], "decision": "edit"}]),
        text_of([{"id": more[4], "answer": " ", "decision": "edit"}]),
        text_of([{"id": more[5], "note": "hm"}]),
        '{"id": "x", "note": "\\ud800", "decision": "reject"}',
        "[" * 100_000,
        text_of([{"decision": "reject"}]),
    ]
    text = text_of([good]) + "\n" + "\n".join(line.strip() for line in broken)
    head, *problems = refused(project, text)
    assert head == f"nothing was imported: {len(broken)} lines of pairs.jsonl to mend"
    expected = [
        "is not JSON", "is no JSON object", "the pair of line 1 once more",
        "there is no pair c1:none", "'accept', 'reject', 'edit' or 'withdraw'", "decison",
        "there is no decision", '"accept" takes the pair as it was written', "nothing is edited",
        "needs a question and an answer", "a note needs a decision", "half of a character",
        "is not JSON", "id: is missing",
    ]  # fmt: skip
    for number, (problem, words) in enumerate(zip(problems, expected, strict=True), start=3):
        assert problem.startswith(f"line {number}: ")
        assert words in problem


def test_pairs_that_are_not_checked_yet_are_not_exported(tmp_path):
    with World() as endpoint:
        folder = write_project(tmp_path / "p", endpoint.base_url)
        run(folder, "section")
        with opened(folder) as ctx, pytest.raises(UserError, match="run `shikomi judge` first"):
            review.exported(ctx)
        run(folder, "generate")
        with opened(folder) as ctx, pytest.raises(UserError, match="not checked yet"):
            review.exported(ctx)


def test_table_questions_are_not_exported_before_questions_are_held_out(tmp_path):
    table = "# Codes\n\n| Code | Meaning |\n|---|---|\n| LB-17 | fuse blown |\n| LB-23 | waits |\n"
    with World() as endpoint:
        extra = "[generate]\ngoals_per_row = 0\n"
        pages = {"dimmer.md": table}
        folder = write_project(tmp_path / "p", endpoint.base_url, pages=pages, extra=extra)
        run(folder, "section")
        with opened(folder) as ctx, pytest.raises(UserError, match="not checked yet"):
            review.exported(ctx)
        run(folder, "judge")
        assert {row["view"] for row in exported(folder)} == {"lookup"}


def test_a_model_judges_word_is_shown_and_may_be_overruled(tmp_path):
    def failing(question, answer):
        return ("it is the port 4711", "not supported") if "4711" in answer else None

    def unsupported(body):
        return judged(body, failing) if kind_of(body) == "pairs" else None

    with World(spoil=unsupported) as endpoint:
        folder = write_project(tmp_path / "p", endpoint.base_url, extra='[judge]\nmode = "model"\n')
        run(folder, "freeze")
        rows = [
            each for each in exported(folder)
            if each["verdicts"].get("judge") == "not supported: it is the port 4711"
        ]  # fmt: skip
        assert rows
        assert rows[0]["question"] not in taught(folder)
        decide(folder, rows[0] | {"decision": "accept"})
        assert rows[0]["question"] in taught(folder)


def test_by_command_a_file_goes_out_and_comes_in(project, tmp_path):
    file = tmp_path / "pairs.jsonl"
    done = shikomi(project, "review", "export", str(file))
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert done.stdout == f"wrote {len(rows)} pairs to {file}\n"
    rows[0]["decision"] = "reject"
    file.write_text("\ufeff" + text_of(rows).replace("\n", "\r\n"), encoding="utf-8", newline="")
    done = shikomi(project, "review", "import", str(file))
    assert done.stdout == f"1 rejected\nthen: shikomi run -p {project}\n"
    table = json.loads(shikomi(project, "status", "--json").stdout)
    assert table["reviews"] == {"reject": 1}
    assert table["stages"]["freeze"] == 1
    shown = shikomi(project, "status").stdout
    assert "reviews: 1 rejected\n" in shown
    assert "   1  rejected by a person\n" in shown


def test_by_command_a_file_that_is_there_is_not_overwritten(project, tmp_path):
    file = tmp_path / "pairs.jsonl"
    file.write_text("work of hours", encoding="utf-8")
    done = shikomi(project, "review", "export", str(file))
    assert (done.returncode, file.read_text("utf-8")) == (1, "work of hours")
    assert "exists already" in done.stderr
    done = shikomi(project, "review", "import", str(file))
    assert done.returncode == 1
    assert "line 1: is not JSON" in done.stderr
    done = shikomi(project, "review", "import", str(tmp_path / "none"))
    assert (done.returncode, "there is no file" in done.stderr) == (1, True)
