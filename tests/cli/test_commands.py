"""The commands as a person types them."""

import io
import json
import os
import pty
import shutil
import sqlite3
import subprocess
import sys
import termios
from contextlib import redirect_stderr
from pathlib import Path

import pytest

import world
from shikomi.cli import overview
from shikomi.cli.options import HERE, of_project
from shikomi.cli.show import Show
from shikomi.stages import StageReport
from world import TUNED, World, command, run, shikomi, typed, write_project


@pytest.fixture(scope="module")
def endpoint():
    with World() as made:
        yield made


@pytest.fixture(scope="module")
def finished(endpoint, tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli") / "p"
    write_project(
        folder, endpoint.base_url, role="price = { input = 1.0, output = 2.0, training = 3.0 }"
    )
    assert run(folder) == []
    return folder


@pytest.fixture
def says(endpoint):
    """Has the tuned model say this, whatever it is asked."""

    def saying(text):
        endpoint.spoil = lambda body: text

    yield saying
    endpoint.spoil = lambda body: None


def test_no_line_of_help_is_cut_off():
    for group in ((), ("conflicts",), ("review",), ("prompts",), ("export",)):
        assert "..." not in typed(*group, "--help", env={"COLUMNS": "80"}).stdout.replace(
            "[ARGS]...", ""
        )


def test_help_has_a_short_name_everywhere():
    for words in ((), ("run",), ("review", "page")):
        assert typed(*words, "-h").stdout == typed(*words, "--help").stdout != ""


def test_a_stage_that_has_nothing_to_do_says_so(finished):
    for stage in ("convert", "study"):
        done = shikomi(finished, stage)
        assert (done.returncode, done.stderr) == (0, f"nothing is pending up to {stage}\n")


def test_a_project_is_named_as_it_can_be_typed(tmp_path, monkeypatch):
    folders = {HERE: "", Path("a/b-c"): " -p a/b-c", Path("取扱 説明"): ' -p "取扱 説明"'}
    assert {folder: of_project(folder) for folder in folders} == folders
    monkeypatch.chdir(tmp_path)
    done = typed("init", "my project", "--root", "X")
    assert done.stdout.endswith('then: shikomi run -p "my project"\n')


def test_a_port_that_is_none_is_refused_with_what_may_stand_there(finished):
    done = shikomi(finished, "serve", "--port", "99999")
    assert done.returncode == 2 and "less than or equal to 65535" in done.stderr


def test_lines_of_a_run_begin_at_the_margin_on_a_terminal(monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    with redirect_stderr(io.StringIO()) as shown:
        Show().line("all done")
        Show().ended("convert", StageReport(summary="1 page"), 0.0)
    assert shown.getvalue() == "all done\n✓ convert     1 page  (0.0 s)\n"


def test_status_says_what_each_kind_of_text_came_to(finished):
    lines = shikomi(finished, "status").stdout.splitlines()
    [pairs] = [line for line in lines if line.startswith("pairs by coverage: ")]
    assert "asked" in pairs and "kept" in pairs and "rewrite" not in pairs
    counts = {"asked": 3, "kept": 1, "rewrite wanted": 2, "rewrite kept": 1, "taught": 9}
    told = overview._funnel(counts, "coverage")
    assert told == [
        "",
        "pairs by coverage: asked 3, kept 1",
        "rewrites: wanted 2, kept 1",
        "rows in the training file, with those made by program: 9",
    ]


def test_a_stage_of_which_something_failed_is_not_simply_done(finished):
    table = overview.status_table(finished)
    shown = overview.status_lines(table | {"failed": {"generate": ["a.md: x", "b.md: y"]}})
    assert "generate     done, 2 failed\n" in shown and "lint         done\n" in shown


def test_help_names_every_command_and_the_exit_codes():
    done = typed("--help")
    assert done.returncode == 0
    for name in (
        "init",
        "run",
        "status",
        "estimate",
        "cost",
        "search",
        "chat",
        "serve",
        "generate",
        "report",
    ):
        assert name in done.stdout
    assert "Exit codes" in done.stdout


def test_the_version_is_told_by_a_process_of_its_own():
    line = [sys.executable, "-P", "-m", "shikomi", "--version"]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("shikomi 0.")


def test_init_makes_a_project_that_run_understands(tmp_path):
    done = typed("init", str(tmp_path / "p"), "--root", 'The "Lamp"', "--alias", "灯り")
    assert done.returncode == 0
    assert (tmp_path / "p" / "source").is_dir()
    (tmp_path / "p" / "source" / "a.md").write_text(world.PAGES["dimmer.md"], encoding="utf-8")
    assert shikomi(tmp_path / "p", "section").returncode == 0
    assert 'The "Lamp"' in (tmp_path / "p" / "outline.md").read_text(encoding="utf-8")


def test_status_says_what_is_done(finished):
    table = json.loads(shikomi(finished, "status", "--json").stdout)
    assert set(table["stages"].values()) == {0}
    assert table["funnel"]["asked"] == table["funnel"]["kept"]
    assert "report.html" in shikomi(finished, "status").stdout


def test_cost_adds_up(finished):
    table = json.loads(shikomi(finished, "cost", "--json").stdout)
    assert table["usd"] == pytest.approx(sum(row["usd"] for row in table["rows"]))
    assert table["usd"] > 0
    shown = shikomi(finished, "cost").stdout
    assert "total: $" in shown and "host" not in shown
    assert {row["price_source"].split(",")[0] for row in table["rows"]} == {"shikomi.toml"}


def test_cost_says_at_least_where_a_part_has_no_price_and_who_was_asked(finished, tmp_path):
    folder = tmp_path / "p"
    shutil.copytree(finished, folder)
    with sqlite3.connect(folder / "shikomi.db") as db:
        db.execute("UPDATE calls SET cost_nanousd = NULL, reserved_nanousd = NULL,"
                   " host = 'api.example.com' WHERE stage = 'finetune'")  # fmt: skip
    assert json.loads(shikomi(folder, "cost", "--json").stdout)["usd"] is None
    shown = shikomi(folder, "cost").stdout
    assert "total: at least $" in shown
    assert "api.example.com" in shown and "127.0.0.1:" in shown


def test_cost_can_be_read_in_80_columns_and_says_where_prices_are_from(finished):
    said = shikomi(finished, "cost", env={"COLUMNS": "80"}).stdout
    assert max(map(len, said.splitlines())) <= 80
    status = shikomi(finished, "status", env={"COLUMNS": "80"}).stdout
    assert max(map(len, status.splitlines())) <= 80
    assert "prices now:\n  scripted-generator: shikomi.toml" in said


def test_models_that_were_tuned_earlier_cost_one_line_a_stage_and_count_in_full(finished, tmp_path):
    folder = tmp_path / "p"
    shutil.copytree(finished, folder)
    before = json.loads(shikomi(folder, "cost", "--json").stdout)
    assert not any(row["is_earlier"] for row in before["rows"])
    page = folder / "source" / "dimmer.md"
    page.write_text(page.read_text("utf-8") + "\nThe dimmer has 9 steps.\n", "utf-8")
    assert shikomi(folder, "section").returncode == 0
    after = json.loads(shikomi(folder, "cost", "--json").stdout)
    assert {row["model"] for row in after["rows"] if row["is_earlier"]} == {TUNED}
    assert after["usd"] == before["usd"]
    said = shikomi(folder, "cost").stdout
    assert said.count("models tuned earlier") == 1
    assert TUNED not in said


def pair_ids(folder, tmp_path):
    file = tmp_path / "pairs.jsonl"
    assert shikomi(folder, "review", "export", "--all", str(file)).returncode == 0
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def test_show_tells_all_about_a_pair_by_the_beginning_of_its_id(finished, tmp_path):
    pair = next(each for each in pair_ids(finished, tmp_path) if each["view"] == "qa")
    said = shikomi(finished, "show", pair["id"].partition(":")[2][:8]).stdout
    for line in (
        f"pair        {pair['id']}",
        f"question    {pair['question']}",
        f"answer      {pair['answer']}",
        f"page        docs/{pair['section']}",
        f"evidence    {pair['evidence']}",
        "lint        passed",
        "taught      yes",
    ):
        assert line in said
    assert "written by  scripted-generator (call " in said


def test_show_tells_what_is_known_of_a_fact_a_section_a_page_and_a_question(finished, tmp_path):
    pair = pair_ids(finished, tmp_path)[0]
    page = pair["section"].partition("#")[0]
    table = json.loads(shikomi(finished, "show", f"docs/{page}", "--json").stdout)
    assert (table["kind"], table["path"], table["source"]) == ("page", page, page)
    section = table["sections"][0]
    fact = next(each for each in section["facts"] if each["statement"] == pair["evidence"])
    said = shikomi(finished, "show", fact["id"]).stdout
    assert fact["statement"] in said
    assert pair["question"] in said
    said = shikomi(finished, "show", section["section"]["id"]).stdout
    assert all(each["id"].partition(":")[2][:10] in said for each in section["facts"])
    said = shikomi(finished, "show", "q01").stdout
    assert f"reference   {world.QUESTIONS[0][2]}" in said
    assert "tuned       [correct] It is 40 seconds." in said


def test_show_of_what_is_not_there_says_where_ids_are(finished):
    done = shikomi(finished, "show", "nothing")
    assert done.returncode == 1
    assert "is called nothing: `shikomi review export FILE --all` lists pairs" in done.stderr


def test_preview_shows_the_next_requests_and_sends_none(endpoint, tmp_path):
    folder = write_project(tmp_path / "p", endpoint.base_url)
    before = endpoint.n_requests
    said = shikomi(folder, "preview").stdout
    table = json.loads(shikomi(folder, "preview", "-n", "3", "--json").stdout)
    assert endpoint.n_requests == before
    assert f"to scripted-generator at {endpoint.base_url}" in " ".join(said.split())
    assert "--- system\n" in said and "--- user\n" in said
    assert len(table["requests"]) == 3 < table["pending"]
    assert run(folder, "generate") == []
    sent = [body["messages"] for body in endpoint.seen]
    assert all(each["messages"] in sent for each in table["requests"])
    assert shikomi(folder, "preview").stdout.startswith("nothing is pending")


def test_a_project_named_without_its_option_is_told_how(finished):
    done = typed("run", str(finished))
    assert done.returncode == 2
    assert done.stderr.endswith(f"name the project with -p: shikomi run -p {finished}\n")


def test_on_a_terminal_further_lines_stand_below_the_text(finished, tmp_path):
    shutil.copytree(finished, tmp_path / "p")
    (tmp_path / "p" / "out" / "report.html").unlink()
    shown = on_a_terminal(command(tmp_path / "p", "report"))
    _, *lines = [line for line in shown if line]
    assert lines[0].startswith("              ")
    assert any(line.startswith("              The difference is +") for line in lines)


def on_a_terminal(words):
    """The lines that a command shows in 80 columns."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    env = os.environ | {"TERM": "dumb", "NO_COLOR": "1", "COLUMNS": "80"}
    with subprocess.Popen(words, stderr=theirs, stdout=theirs, env=env):
        os.close(theirs)
        shown = b""
        while True:
            try:
                shown += os.read(ours, 1 << 16)
            except OSError:  # the other end is closed
                break
    os.close(ours)
    return shown.decode().replace("\r", "").splitlines()


def test_run_with_json_leaves_standard_output_to_json(finished):
    done = shikomi(finished, "run", "--json")
    assert json.loads(done.stdout) == {"failures": []}
    assert done.stderr == ""


def test_search_shows_ranked_sections_with_their_place(finished):
    done = shikomi(finished, "search", "blown", "fuse")
    first = done.stdout.splitlines()[:3]
    assert first[0].startswith("1. docs/dimmer.md#Dimmer  (")
    assert first[1] == "   Lumenbox > Dimmer"
    assert "LB-17" in first[2]


def test_search_with_json_gives_at_most_k_best_first(finished):
    rows = json.loads(shikomi(finished, "search", "ランプの清掃", "-k", "2", "--json").stdout)
    assert rows[0]["page"] == "cleaning.md"
    assert 1 <= len(rows) <= 2
    assert [row["score"] for row in rows] == sorted((r["score"] for r in rows), reverse=True)


def test_search_says_so_when_nothing_is_found(finished):
    assert shikomi(finished, "search", "zzzzqqq").stdout.startswith("nothing found")
    assert shikomi(finished, "search", "zzzzqqq", "--json").stdout == "[]\n"


def test_search_finds_what_a_page_says_since_it_was_edited(finished, tmp_path):
    shutil.copytree(finished, tmp_path / "copy")
    folder = tmp_path / "copy"
    assert shikomi(folder, "search", "zyxomat").stdout.startswith("nothing found")
    page = folder / "docs" / "alarms.md"
    page.write_text(page.read_text(encoding="utf-8") + "\nA zyxomat.\n", encoding="utf-8")
    assert shikomi(folder, "section").returncode == 0
    assert "docs/alarms.md" in shikomi(folder, "search", "zyxomat").stdout


@pytest.mark.parametrize("words", ["", " ", "!? 。。", "🔥"])
def test_a_search_without_letters_or_digits_says_that_there_is_nothing_to_look_for(finished, words):
    done = typed("search", "-p", str(finished), "--", words)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "nothing to look for: a search goes by letters and digits\n"


def test_search_before_there_are_sections_says_what_to_do(tmp_path):
    assert typed("init", str(tmp_path / "p"), "--root", "Lamp").returncode == 0
    done = shikomi(tmp_path / "p", "search", "lamp")
    assert (done.returncode, done.stdout) == (1, "")
    assert "run `shikomi section` first" in done.stderr


def test_chat_answers_with_the_tuned_model(finished):
    done = shikomi(finished, "chat", *world.QUESTIONS[0][1].split())
    assert done.stdout == "It is 40 seconds.\n"


def test_chat_with_retrieval_marks_what_a_section_supports_and_lists_the_sections(finished, says):
    says("It fades within 40 seconds [7]. It is made of tin.")
    done = shikomi(finished, "chat", "--rag", "How slow is the dimmer of a Lumenbox?")
    answer, _, *listed = done.stdout.splitlines()
    (dimmer,) = [line for line in listed if "docs/dimmer.md#Dimmer" in line]
    number = dimmer.strip()[:3]
    assert dimmer == f"  {number} Lumenbox > Dimmer (docs/dimmer.md#Dimmer)"
    assert answer == f"It fades within 40 seconds. {number} It is made of tin."
    others = [line for line in listed if line != dimmer]
    assert others and all(line.endswith(" - read, not cited") for line in others)


def test_chat_with_retrieval_says_what_no_section_supports_and_what_is_not_documented(
    finished, says
):
    says("It is 77 hours.")
    memory = "No section supports this answer: it is from the model's memory."
    done = shikomi(finished, "chat", "--rag", "How fast is the dimmer of a Lumenbox?")
    assert done.stdout.splitlines()[:3] == ["It is 77 hours.", "", memory]
    done = shikomi(finished, "chat", "--rag", "What does the Lumenbox code LB-99 report?")
    assert done.stdout.splitlines()[2] == f"Not documented in these pages: LB-99. {memory}"
    says("ランプは毎年交換します。")
    done = shikomi(finished, "chat", "--rag", "Lumenboxの保証期間と返品の条件は？")
    assert done.stdout.splitlines()[2].startswith("これらのページには記載がありません。")
    assert done.stdout.splitlines()[-1].endswith(" - 参照のみ")


def test_chat_with_the_base_model_asks_the_base_model(finished):
    done = shikomi(finished, "chat", "--base", world.QUESTIONS[0][1])
    assert done.stdout == "I do not know.\n"


def test_chat_takes_questions_line_by_line(finished):
    done = subprocess.run(
        command(finished, "chat"),
        input=f"{world.QUESTIONS[0][1]}\n{world.QUESTIONS[1][1]}\n",
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.stdout == "It is 40 seconds.\nIt is LB-17.\n"


def test_chat_is_one_conversation_whose_follow_ups_are_searched_for_in_view_of_it(finished):
    done = subprocess.run(
        command(finished, "chat", "--rag"),
        input=f"{world.QUESTIONS[0][1]}\nWhy so long?\n",
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    answered, more = done.stdout.split("I do not know.")
    assert "(docs/dimmer.md#Dimmer)" in answered
    assert "(docs/dimmer.md#Dimmer)" in more


def test_chat_with_retrieval_says_so_where_nothing_is_found(finished):
    done = shikomi(finished, "chat", "--rag", "zzzzqqq")
    assert done.stdout == "Nothing was found about this in the documents.\n"


def test_a_copied_project_is_as_finished_as_the_first(finished, tmp_path):
    shutil.copytree(finished, tmp_path / "copy")
    done = shikomi(tmp_path / "copy", "run")
    assert "all done" in done.stderr


def test_serve_does_not_make_a_folder_of_a_mistyped_name(tmp_path):
    done = shikomi(tmp_path / "nowhere", "serve")
    assert done.returncode == 1
    assert done.stderr.strip().endswith("name a project's, or make it first")
    assert not (tmp_path / "nowhere").exists()
