"""What a person does wrong is answered in one plain line and an exit code."""

import errno
import io
import json
import os
import signal
import sqlite3
import subprocess
import time
from contextlib import redirect_stderr

import pytest

import world
from shikomi.app.lock import run_lock
from shikomi.cli import guarded
from world import World, command, process, question_lines, shikomi, typed, write_project

NOWHERE = "http://127.0.0.1:9/v1"
PAGES = {name: world.PAGES[name] for name in ("dimmer.md", "timer.md")}
QUESTIONS = [question for question in world.QUESTIONS if question[3] in PAGES]


@pytest.fixture
def folder(tmp_path):
    """A project whose endpoint is not there."""
    return write_project(tmp_path / "p", NOWHERE, pages=PAGES, questions=QUESTIONS)


def says(done, *words, code=1):
    """One line, no traceback, all of the words in it."""
    lines = done.stderr.strip().splitlines()
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert lines[-1].startswith("shikomi: ")
    assert sum(line.startswith("shikomi: ") for line in lines) == 1
    for word in words:
        assert word in lines[-1]
    return lines


def only_says(done, *words):
    assert len(says(done, *words)) == 1


def test_a_folder_without_a_project(tmp_path):
    only_says(process(tmp_path, "run"), "no shikomi.toml", "shikomi init")


def test_a_folder_that_is_not_there(tmp_path):
    only_says(shikomi(tmp_path / "nowhere", "status"), "no shikomi.toml")


def test_an_empty_source_folder(folder):
    for file in (folder / "source").iterdir():
        file.unlink()
    only_says(shikomi(folder, "run"), "no documents in")


def test_a_source_folder_that_is_not_there(folder):
    (folder / "source").rename(folder / "elsewhere")
    only_says(shikomi(folder, "run"), "source folder", "does not exist")


def test_the_pages_of_the_project_as_its_source(folder):
    (folder / "source").rename(folder / "docs")
    file = folder / "shikomi.toml"
    file.write_text(file.read_text("utf-8").replace("[project]", '[project]\nsource = "docs"'))
    before = {each.name: each.read_bytes() for each in (folder / "docs").iterdir()}
    only_says(shikomi(folder, "convert"), "is where the project keeps its own pages")
    assert {each.name: each.read_bytes() for each in (folder / "docs").iterdir()} == before


def test_questions_about_pages_that_are_not_there_are_counted(folder):
    lost = {"question": "How loud is it?", "answer": "40 dB", "section": "sound.md#Volume"}
    with (folder / "questions.jsonl").open("a", encoding="utf-8") as file:
        file.writelines(json.dumps({"id": f"lost{n}", **lost}) + "\n" for n in range(2))
    done = shikomi(folder, "holdout")
    assert f"{len(QUESTIONS)} questions of your own held out; 2 left out" in done.stderr
    assert "docs/ has no page sound.md" in done.stderr


def test_a_folder_where_a_file_should_be(folder):
    (folder / "questions.jsonl").unlink()
    (folder / "questions.jsonl").mkdir()
    says(shikomi(folder, "holdout"), "a folder where a file should be", "questions.jsonl")


@pytest.mark.parametrize(
    "url",
    [
        "somewhere",
        "localhost:8000/v1",
        "ftp://example.org/v1",
        "http://",
        "http://a.example:port/v1",
    ],
)
def test_a_base_url_that_is_no_address(folder, url):
    file = folder / "shikomi.toml"
    file.write_text(file.read_text("utf-8").replace(NOWHERE, url, 1))
    only_says(shikomi(folder, "status"), "models.generator.base_url: write it like https://host")


def test_a_hosted_name_without_its_base_url(folder):
    file = folder / "shikomi.toml"
    named = file.read_text("utf-8").replace(f'base_url = "{NOWHERE}"\n', "")
    file.write_text(named)
    says(shikomi(folder, "run"), "scripted-generator is neither", "needs its base_url, too")


def test_a_source_folder_without_a_document(folder):
    for file in (folder / "source").iterdir():
        file.unlink()
    (folder / "source" / "core.bin").write_bytes(bytes(range(256)) * 9)
    says(shikomi(folder, "convert"), "core.bin")


def test_a_file_that_is_no_text_is_named_and_the_run_goes_on(tmp_path, endpoint):
    folder = write_project(tmp_path / "p", endpoint.base_url, pages=PAGES, questions=QUESTIONS)
    (folder / "source" / "core.bin").write_bytes(bytes(range(256)) * 9)
    done = shikomi(folder, "run")
    assert done.returncode == 3
    assert "core.bin" in done.stderr
    assert "Traceback" not in done.stderr
    assert (folder / "out" / "report.html").exists()


def test_every_fact_of_a_page_far_longer_than_any_context_is_asked_about(tmp_path, endpoint):
    pages = dict(PAGES)
    pages["log.md"] = "# Log\n\n" + "".join(
        f"The entry E-{i} is kept for {1000 + i} days in the yellow folder of room {i}.\n\n"
        for i in range(400)
    )
    folder = write_project(tmp_path / "p", endpoint.base_url, pages=pages, questions=QUESTIONS,
                           role="concurrency = 16")  # fmt: skip
    assert world.run(folder, "generate") == []
    prompts = [body["messages"][-1]["content"] for body in endpoint.seen]
    assert max(map(len, prompts)) < 8000
    for i in range(400):
        assert any(f"{1000 + i} days" in prompt.rsplit("\n\n", 1)[1] for prompt in prompts)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[project]\nrot = "x"\n', ["'project.rot'", "did you mean 'root'"]),
        ('[projects]\nroot = "x"\n', ["'projects'", "did you mean 'project'"]),
        ('[models.generater]\nmodel = "x"\n', ["did you mean 'generator'"]),
        ("[project\n", ["not valid TOML"]),
        ('[generate]\nturns = "many"\n', ["generate.turns"]),
        ("[generate]\nturns = 0\n", ["generate.turns"]),
        ('[generate]\ntier = "fast"\n', ["tier: should be 'quick', ", "or 'auto'"]),
        ('[project]\naliases = ["a",', ["at the end, line 2"]),
        ("[project]\nroot = My box\n", ["line 2", 'words stand in "quotes"']),
        ('[project]\nsource = "C:\\new\\docs"\n', ["write paths with /"]),
        ('[project]\naliases = "a"\n', ["project.aliases: should be a list"]),
        ('[project]\nroot = " "\n', ["project.root: is empty"]),
        ('[budget]\nusd = "five"\n', ["budget.usd: should be a number"]),
        ("[models.judge]\nprice = 0.4\n", ["models.judge.price: should be a table"]),
    ],
)
def test_a_wrong_line_in_shikomi_toml(folder, text, words):
    (folder / "shikomi.toml").write_text(text, encoding="utf-8")
    only_says(shikomi(folder, "run"), "shikomi.toml", *words)


def test_a_key_in_the_place_of_its_variable_s_name_is_not_repeated(folder):
    text = (folder / "shikomi.toml").read_text("utf-8")
    text = text.replace("[models.judge]\n", '[models.judge]\napi_key_env = "sk-abc-1"\n')
    (folder / "shikomi.toml").write_text(text, "utf-8")
    (line,) = says(shikomi(folder, "run"), "models.judge.api_key_env", "not the key")
    assert "sk-abc" not in line


def test_a_shikomi_toml_with_a_bom_and_windows_line_ends_is_read(folder):
    text = (folder / "shikomi.toml").read_text("utf-8").replace("\n", "\r\n")
    (folder / "shikomi.toml").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert shikomi(folder, "section").returncode == 0


def test_a_file_in_the_place_of_the_project_s_folder(folder):
    only_says(shikomi(folder / "shikomi.toml", "run"), "is a file", "with -p")


def test_a_disk_that_is_full_is_no_bug(folder):
    def write():
        raise OSError(errno.ENOSPC, "No space left on device", "/somewhere/x")

    said = io.StringIO()
    with redirect_stderr(said), pytest.raises(SystemExit) as end:
        guarded(write)
    assert end.value.code == 1
    assert said.getvalue() == (
        "shikomi: no room is left on the disk (/somewhere/x); see to it and run again\n"
    )


def test_a_shikomi_toml_that_is_not_utf8(folder):
    (folder / "shikomi.toml").write_bytes('[project]\nroot = "灯り"\n'.encode("cp932"))
    only_says(shikomi(folder, "run"), "shikomi.toml")


def test_a_project_whose_root_has_no_name(folder):
    config = folder / "shikomi.toml"
    config.write_text(config.read_text("utf-8").replace('root = "Lumenbox"', ""), "utf-8")
    says(shikomi(folder, "run"), "root", "shikomi.toml")


def test_a_project_made_by_a_newer_version(folder):
    shikomi(folder, "convert")
    with sqlite3.connect(folder / "shikomi.db") as db:
        db.execute("PRAGMA user_version = 9999")
    only_says(shikomi(folder, "run"), "newer Shikomi", "9999")


def test_a_database_that_is_no_database(folder):
    (folder / "shikomi.db").write_bytes(b"dear diary, " * 100)
    only_says(shikomi(folder, "run"), "shikomi.db", "not a database")


def test_a_damaged_database(folder):
    shikomi(folder, "section")
    file = folder / "shikomi.db"
    data = bytearray(file.read_bytes())
    page = int.from_bytes(data[16:18], "big")
    data[2 * page :] = b"\xee" * (len(data) - 2 * page)
    file.write_bytes(data)
    only_says(shikomi(folder, "run"), "shikomi.db", "damaged", "backup")


def test_a_database_of_another_program(folder):
    with sqlite3.connect(folder / "shikomi.db") as db:
        db.execute("CREATE TABLE recipes (name TEXT)")
    only_says(shikomi(folder, "run"), "not a Shikomi database")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{not json", ["questions.jsonl:2", "JSON"]),
        ('{"id": "x", "question": "q?", "answer": "a", "accept": [[]]}',
         ["questions.jsonl:2", "accept"]),
        ('{"id": "x", "question": "", "answer": "a", "accept": [["a"]]}',
         ["questions.jsonl:2", "question"]),
        ('["a", "list"]', ["questions.jsonl:2"]),
        ("[", ["questions.jsonl:2", "each line is an object of its own"]),
        ('{"id": "x", "question": "q?"}', ["questions.jsonl:2: answer: is missing"]),
        ('{"id": "x", "question": "q?", "answer": "a", "note": ""}',
         ["questions.jsonl:2: note: is no key that is known here"]),
        (question_lines(QUESTIONS[:1]).strip(), ["questions.jsonl", "q01", "twice"]),
    ],
)  # fmt: skip
def test_a_bad_line_of_questions_jsonl_is_named(folder, line, words):
    text = question_lines(QUESTIONS[:1]) + line + "\n"
    (folder / "questions.jsonl").write_text(text, encoding="utf-8")
    says(shikomi(folder, "holdout"), *words)


def test_a_questions_jsonl_that_is_not_utf8(folder):
    (folder / "questions.jsonl").write_bytes(question_lines(world.QUESTIONS[10:]).encode("cp932"))
    says(shikomi(folder, "holdout"), "questions.jsonl", "UTF-8")


def test_an_outline_that_is_not_utf8(folder):
    shikomi(folder, "section")
    (folder / "outline.md").write_bytes("# 灯り\n\n- [調光](dimmer.md)\n".encode("cp932"))
    says(shikomi(folder, "section"), "outline.md", "UTF-8")


def test_a_page_of_docs_that_is_not_utf8(folder):
    shikomi(folder, "convert")
    (folder / "docs" / "dimmer.md").write_bytes("# 調光の器\n".encode("cp932"))
    says(shikomi(folder, "section"), "dimmer.md", "UTF-8")


def test_an_outline_line_that_cannot_be_read(folder):
    shikomi(folder, "section")
    (folder / "outline.md").write_text("# Lumenbox\n\nDimmer, then timer\n", encoding="utf-8")
    says(shikomi(folder, "section"), "outline.md", "3")


def test_a_prompt_of_ones_own_with_a_wrong_variable(folder):
    own = folder / "prompts" / "en"
    own.mkdir(parents=True)
    (own / "generate.md").write_text("# user\nAsk about {{page}}.\n", encoding="utf-8")
    says(shikomi(folder, "run"), "generate.md", "page")


def test_a_prompt_of_ones_own_that_is_not_utf8(folder):
    own = folder / "prompts" / "en"
    own.mkdir(parents=True)
    (own / "generate.md").write_bytes("# user\n質問を {{facts}}\n".encode("cp932"))
    says(shikomi(folder, "run"), "generate.md", "UTF-8")


def test_an_endpoint_that_refuses_the_key(tmp_path):
    refusal = (401, {}, {"error": {"message": "bad key"}})
    with World(spoil=lambda body: refusal) as endpoint:
        folder = write_project(tmp_path / "p", endpoint.base_url, pages=PAGES, questions=QUESTIONS)
        says(shikomi(folder, "run"), "does not accept the API key")


def test_a_variable_that_holds_no_key(tmp_path):
    folder = write_project(tmp_path / "p", NOWHERE, pages=PAGES, questions=QUESTIONS,
                           role='api_key_env = "LUMEN_TEST_KEY"')  # fmt: skip
    says(shikomi(folder, "run"), "LUMEN_TEST_KEY")


def test_a_second_run_while_one_is_at_work(folder):
    shikomi(folder, "convert")
    with run_lock(folder):
        only_says(shikomi(folder, "run"), "another run is at work")


def test_status_and_cost_answer_while_a_run_is_at_work(folder):
    shikomi(folder, "convert")
    with run_lock(folder):
        assert shikomi(folder, "status").returncode == 0
        assert shikomi(folder, "cost").returncode == 0


def test_chat_before_there_is_a_tuned_model(folder):
    says(shikomi(folder, "chat", "Hello?"), "no tuned model", "shikomi run")


def test_ctrl_c_keeps_what_was_booked_and_exits_130(tmp_path):
    with World(delay=0.15) as endpoint:
        folder = write_project(tmp_path / "p", endpoint.base_url, pages=PAGES,
                               questions=QUESTIONS, role="concurrency = 1")  # fmt: skip
        process = subprocess.Popen(
            command(folder, "run"), stderr=subprocess.PIPE, text=True, encoding="utf-8"
        )
        deadline = time.monotonic() + 60
        while len(endpoint.seen) < 3 and time.monotonic() < deadline:
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGINT)
        stderr = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert "Traceback" not in stderr
    assert "the next run goes on" in stderr.strip().splitlines()[-1]
    with sqlite3.connect(folder / "shikomi.db") as db:
        statuses = dict(db.execute("SELECT status, count(*) FROM calls GROUP BY status"))
    assert statuses.keys() == {"ok"}
    assert statuses["ok"] >= 2


def test_an_unknown_command_is_a_matter_of_usage(tmp_path):
    done = typed("nosuchcommand")
    assert done.returncode == 2
    assert "nosuchcommand" in done.stderr
    assert "Traceback" not in done.stderr


def test_init_where_a_project_is_already(folder):
    only_says(typed("init", str(folder)), "exists already")


def test_init_at_a_file(folder):
    only_says(typed("init", str(folder / "shikomi.toml" / "x")), "cannot make", "another folder")


def test_init_with_a_source_that_is_not_there(tmp_path):
    words = ["init", str(tmp_path / "p"), "--source", str(tmp_path / "nowhere")]
    only_says(typed(*words), "nowhere", "does not exist")


@pytest.mark.slow
def test_an_endpoint_that_is_not_there(folder):
    says(shikomi(folder, "run"), "cannot reach", NOWHERE)
