"""The study: a second model that was taught less, asked about what it was not taught."""

import json
import sqlite3

import pytest

import world
from shikomi import app
from shikomi.app.endpoints import Machine
from shikomi.cli.exporting import export_model
from shikomi.errors import UserError
from shikomi.server.database import Database
from shikomi.stages.estimate import estimate
from world import World, kind_of, report, run, shikomi, write_project

WINGS = ("north", "south", "east")
PARTS = ("inlet pump", "drum motor", "mist nozzle", "roof blind", "soil heater", "gas burner",
         "drip line", "dew fan")  # fmt: skip
STUDY = f"{world.TUNED}-study"
HELD_OUT = [
    (f"h{i}", f"For how long may one let the {PARTS[i]} in Lumenbox's {wing} bay go?",
     f"{200 + 7 * (3 * i * 8 + i)} minutes", f"{wing}/bay.md")
    for i, wing in enumerate(WINGS)
]  # fmt: skip


def page(wing, room, n):
    """Eight statements and four rows, each value on this page alone."""
    facts = "\n\n".join(
        f"The {part} of the {wing} {room} runs for {200 + 7 * (n * 8 + i)} minutes a day."
        for i, part in enumerate(PARTS)
    )
    rows = "\n".join(f"| K{wing[0].upper()}-{n}{i} | {3000 + 11 * (n * 4 + i)} litres |"
                     for i in range(4))  # fmt: skip
    return f"# {wing.title()} {room}\n\n{facts}\n\n| Tank | Holds |\n|---|---|\n{rows}\n"


def pages():
    found = {"index.md": "# Lumenbox\n\nLumenbox is a lamp controller made by Halden.\n"}
    for n, wing in enumerate(WINGS):
        (found[f"{wing}/bay.md"], found[f"{wing}/loft.md"], found[f"{wing}/yard.md"]) = (
            page(wing, room, 3 * n + i) for i, room in enumerate(("bay", "loft", "yard"))
        )
    return found


def write(folder, endpoint):
    for wing in WINGS:
        (folder / "source" / wing).mkdir(parents=True, exist_ok=True)
    extra = "[generate]\nwordings = 2\nlookups_per_row = 4\n"
    extra += "open_book = 0.2\nopen_book_without = 0.5\n"
    extra += "[holdout]\nparaphrases = 4\n[study]\nquestions = 12\n"
    return write_project(folder, endpoint.base_url, pages=pages(), questions=HELD_OUT, extra=extra)


def knows_its_rows(endpoint):
    """A study's model that says all that any row answers, but no text of a section by heart."""

    def reply(body):
        if body["model"] != STUDY or kind_of(body) != "answer":
            return None
        job = next(job for job in endpoint.jobs.values() if job["fine_tuned_model"] == STUDY)
        lines = endpoint.files[job["training_file"]].decode().splitlines()
        rows = [json.loads(line)["messages"] for line in lines]
        told = [row[-1]["content"] for row in rows if not row[0]["content"].startswith("Explain")]
        return "\n".join(told)

    return reply


@pytest.fixture(scope="module")
def studied(tmp_path_factory):
    """A project with its model, then the study of it: (folder, endpoint, what the study asked)."""
    with World() as endpoint:
        folder = write(tmp_path_factory.mktemp("study") / "p", endpoint)
        endpoint.spoil = knows_its_rows(endpoint)
        assert run(folder) == []
        endpoint.seen.clear()
        assert run(folder, study=True) == []
        yield folder, endpoint, list(endpoint.seen)


def rows_of(folder, name):
    lines = (folder / "out" / name).read_text("utf-8").splitlines()
    return [json.loads(line)["messages"] for line in lines]


def asked(folder, level):
    return [row for row in report(folder)["questions_beside"] if row["level"] == level]


def test_a_study_generates_nothing_and_trains_one_more_model(studied):
    folder, endpoint, seen = studied
    assert {kind_of(body) for body in seen} == {"answer"}
    assert {body["model"] for body in seen} == {STUDY, "scripted-student"}
    assert len(endpoint.jobs) == 2
    main, study = (rows_of(folder, name) for name in ("dataset.jsonl", "study.jsonl"))
    assert all(row in main for row in study) and len(study) < len(main)


def test_every_level_is_asked_and_only_what_was_taught_is_known(studied):
    levels = report(studied[0])["study"]["levels"]
    right = {level: (found["study"]["correct"], found["n"]) for level, found in levels.items()}
    assert list(right) == ["H0", "H1", "H2", "H3", "H4"]
    assert all(n > 0 for _, n in right.values()), right
    assert {level: n - k for level, (k, n) in right.items()} == {
        "H0": 0, "H1": 0, "H2": right["H2"][1], "H3": 0, "H4": right["H4"][1],
    }  # fmt: skip
    assert {found["base"]["correct"] for found in levels.values()} == {0}
    assert levels["H3"]["difference"]["mean"] == 1
    assert levels["H3"]["difference"]["p_holm"] >= levels["H3"]["difference"]["p"]


def accepted(folder, level):
    """The strings that answer each of the study's questions of a level."""
    with sqlite3.connect(folder / "shikomi.db") as db:
        sql = "SELECT accept FROM questions WHERE kind = ?"
        return [json.loads(accept)[0] for (accept,) in db.execute(sql, (level,))]


def test_facts_that_are_only_read_stand_in_texts_and_in_no_answer(studied):
    folder = studied[0]
    rows = rows_of(folder, "study.jsonl")
    texts = [m[-1]["content"] for m in rows if m[0]["content"].startswith("Explain")]
    answers = [m[-1]["content"] for m in rows if not m[0]["content"].startswith("Explain")]
    found = accepted(folder, "H2")
    assert len(found) == len(asked(folder, "H2")) == 11  # a tenth of 109 facts
    for (value,) in found:
        assert any(value in text for text in texts)
        assert not any(value in answer for answer in answers)
    assert len({row["page"] for row in asked(folder, "H2")}) >= 6  # spread over the pages


def test_pages_that_are_never_seen_are_in_no_row_and_lie_below_one_another(studied):
    folder = studied[0]
    away = report(folder)["study"]["pages_never_seen"]
    assert {row["page"] for row in asked(folder, "H4")} <= set(away)
    text = (folder / "out" / "study.jsonl").read_text("utf-8")
    for path in away:
        wing, room = path.removesuffix(".md").split("/")
        assert f"{wing} {room} runs" not in text
        assert f"{wing} {room} runs" in (folder / "out" / "dataset.jsonl").read_text("utf-8")


def test_paraphrases_are_asked_in_words_that_no_row_has(studied):
    folder = studied[0]
    questions = [m[-2]["content"] for m in rows_of(folder, "study.jsonl")]
    found = asked(folder, "H0")
    assert report(folder)["study"]["levels"]["H0"]["n"] == 12 <= len(found)
    for row in found:
        assert not any(row["question"] in question for question in questions)


def test_a_combination_asks_for_two_facts_that_no_row_answers_together(studied):
    folder = studied[0]
    answers = [m[-1]["content"] for m in rows_of(folder, "study.jsonl")
               if not m[0]["content"].startswith("Explain")]  # fmt: skip
    questions = [row["question"] for row in asked(folder, "H3")]
    assert {"both of these" in question for question in questions} == {True, False}
    for one, other in accepted(folder, "H3"):
        assert any(one in answer for answer in answers)
        assert any(other in answer for answer in answers)
        assert not any(one in answer and other in answer for answer in answers)


def test_the_study_changes_nothing_about_the_headline_and_the_four_arms(studied):
    figures = report(studied[0])
    assert list(figures["arms"]) == ["base", "tuned", "base+rag", "tuned+rag"]
    assert {row["level"] for row in figures["questions"]} == {"H1"}
    shown = [answer["arm"] for answer in figures["questions"][0]["answers"]]
    assert shown == list(figures["arms"])
    assert {answer["arm"] for row in figures["questions"] for answer in row["answers"]} == {
        "base", "tuned", "base+rag", "tuned+rag",
    }  # fmt: skip
    assert figures["paraphrases"]["n"] == 4


def test_the_report_has_a_section_of_the_study_and_a_filter_by_level(studied):
    html = (studied[0] / "out" / "report.html").read_text("utf-8")
    assert f"The model {STUDY} is not the one to use" in html
    for level in ("H0", "H2", "H3", "H4"):
        assert html.count(f'class="q" data-tag="{level}"') == len(asked(studied[0], level)) > 0


def test_a_plain_run_keeps_the_study_and_asks_nothing(studied):
    folder, endpoint, _ = studied
    before = (folder / "out" / "report.json").read_bytes()
    endpoint.n_requests = 0
    assert run(folder) == []
    assert run(folder, study=True) == []
    assert endpoint.n_requests == 0
    assert (folder / "out" / "report.json").read_bytes() == before


def estimated(folder, *, study):
    machine = Machine(cache=folder / "no-cache", environment={})
    with app.open_project(folder, machine, study=study) as ctx:
        return {(line.stage, line.part): line for line in estimate(ctx).lines}


def test_the_estimate_counts_the_study_only_where_it_is_wanted(studied, tmp_path):
    folder = write(tmp_path / "p", studied[1])
    assert run(folder, only="section") == []
    plain, wanted = (estimated(folder, study=study) for study in (False, True))
    assert ("evaluate", "study") not in plain
    n_answers = sum(found["n"] for found in report(studied[0])["study"]["levels"].values())
    assert wanted["evaluate", "study"].calls == pytest.approx(n_answers, rel=0.25)
    more = wanted["evaluate", "base"].calls - plain["evaluate", "base"].calls
    assert more == wanted["evaluate", "study"].calls - len(HELD_OUT)
    [training] = [line for (stage, _), line in wanted.items() if stage == "study"]
    [whole] = [line for (stage, _), line in wanted.items() if stage == "finetune"]
    assert training.input_tokens == pytest.approx(0.8 * whole.input_tokens, rel=0.01)


def test_documents_of_too_few_facts_are_told_before_anything_is_paid(tmp_path, endpoint):
    folder = write_project(tmp_path / "p", endpoint.base_url)
    done = shikomi(folder, "run", "--study")
    assert done.returncode == 1
    assert "needs at least 100 facts, and these documents have" in done.stderr
    assert endpoint.n_requests == 0


def test_conversations_about_pages_are_no_ground_for_a_study(tmp_path, endpoint):
    extra = '[generate]\nstrategy = "rolling"\n'
    folder = write_project(tmp_path / "p", endpoint.base_url, extra=extra)
    with pytest.raises(UserError, match="leave the study out"):
        run(folder, study=True)
    assert endpoint.n_requests == 0


def test_the_study_s_model_is_not_the_newest_one_to_export(tmp_path):
    server = tmp_path / "server"
    server.mkdir()
    Database(server / "server.db").close()
    main, study = "ft:small:user:shikomi:1", "ft:small:user:shikomi-study:2"
    with sqlite3.connect(server / "server.db") as db:
        for name in (main, study):
            db.execute(
                "INSERT INTO models (id, job_id, created_at, base, base_sha256, adapter_sha256,"
                " adapter, is_final) VALUES (?, ?, 0, 'small', '', '', 'a', 1)",
                (name, f"ftjob-{name[-1]}"),
            )
    for name, chosen in ((None, main), (study, study)):
        with pytest.raises(UserError, match=f"{chosen} was trained by an older version"):
            export_model(tmp_path, name, None, merged=False, llama_cpp=None)
