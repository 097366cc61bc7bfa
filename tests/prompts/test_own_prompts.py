"""`shikomi prompts`: taking built-in prompts into a project, listing and checking them."""

import json

import pytest

from shikomi import prompts
from shikomi.prompts import BUILTIN, own
from world import shikomi


@pytest.fixture
def project(tmp_path):
    (tmp_path / "shikomi.toml").write_text('[project]\nroot = "Lamp"\n', encoding="utf-8")
    return tmp_path


def put(project, file, text):
    path = project / "prompts" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return own.check(project / "prompts")


def test_all_prompts_are_taken_byte_for_byte_and_found_right(project):
    done = shikomi(project, "prompts", "eject")
    assert done.returncode == 0, done.stderr
    files = sorted(path.relative_to(BUILTIN) for path in BUILTIN.glob("*/*.md"))
    for file in files:
        assert (project / "prompts" / file).read_bytes() == (BUILTIN / file).read_bytes()
    assert len(done.stdout.splitlines()) == len(files)
    done = shikomi(project, "prompts", "check")
    assert done.stdout == f"{len(files)} prompts of your own, nothing wrong\n"


def test_only_the_named_ones_are_taken_in_the_language_that_is_asked_for(project):
    done = shikomi(project, "prompts", "eject", "answer", "styles", "--lang", "ja")
    assert done.stdout == "wrote prompts/ja/answer.md\nwrote prompts/ja/styles.md\n"
    taken = {path.name for path in (project / "prompts").rglob("*.md")}
    assert taken == {"answer.md", "styles.md"}


def test_taking_a_prompt_reopens_nothing(project):
    own.eject(project / "prompts", ["generate"])
    mine = prompts.load("generate", "en", project / "prompts")
    assert mine.id == prompts.load("generate", "en").id


def test_a_prompt_of_ones_own_is_never_overwritten(project):
    put(project, "en/answer.md", "# user\nTell me: {{question}}\n")
    done = shikomi(project, "prompts", "eject", "answer")
    assert done.stdout.splitlines() == [
        "prompts/en/answer.md is there already: left as it is",
        "wrote prompts/ja/answer.md",
    ]
    assert "Tell me" in (project / "prompts" / "en" / "answer.md").read_text("utf-8")


def test_an_unknown_name_is_told_with_the_nearest_one_and_nothing_is_written(project):
    done = shikomi(project, "prompts", "eject", "answer", "generat")
    assert done.returncode == 1
    assert done.stderr == ("shikomi: there is no prompt 'generat': did you mean generate?\n")
    assert not (project / "prompts").exists()


def test_the_list_says_which_are_the_projects_own(project):
    put(project, "ja/answer.md", "# user\n{{question}}\n")
    rows = [line.split() for line in shikomi(project, "prompts", "list").stdout.splitlines()]
    assert {row[0] for row in rows} == {*prompts.PROMPTS, *prompts.LINES}
    mine = [row for row in rows if row[2] != "built-in"]
    assert mine == [["answer", "ja", "prompts/ja/answer.md"]]


def test_where_there_is_no_project_nothing_is_written(tmp_path):
    done = shikomi(tmp_path, "prompts", "eject")
    assert done.returncode == 1
    assert "no shikomi.toml" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("en/answers.md", "# user\n{{question}}\n", "did you mean answer?"),
        ("answer.md", "# user\n{{question}}\n", "is never read: prompts lie in en/ or ja/"),
        ("fr/answer.md", "# user\n{{question}}\n", "is never read: prompts lie in en/ or ja/"),
        ("en/answer.md", "# user\n{{question}} {{more}}\n", "{{more}} is no variable of answer"),
        ("en/answer.md", "# user\nTell me.\n", "{{question}} is missing"),
        ("en/answer.md", "{{question}}\n# user\nTell me.\n", "{{question}} is missing"),
        ("en/answer.md", "# system\n{{question}}\n", "needs a last part '# user'"),
        ("en/answer.md", "# user\n{{question}}\n# system\nx\n# user\n", "'# system' as its first"),
        ("en/answer.md", "# user\n{{question}} {{ question }}\n", "write {{question}}"),
        ("en/styles.md", "\n \n", "is empty: one style a line"),
    ],
)
def test_check_names_what_is_wrong(project, file, text, words):
    (problem,) = put(project, file, text)
    assert problem.startswith(f"{file}: ")
    assert words in problem


def test_what_an_editor_keeps_in_a_hidden_folder_is_no_prompt(project):
    assert put(project, ".copies/answer.md", "no prompt") == []


def test_check_names_a_question_without_its_answer(project):
    text = (BUILTIN / "en" / "lookup_row.md").read_text("utf-8") + "\n# user\nAnd {{key}}?\n"
    (problem,) = put(project, "en/lookup_row.md", text)
    assert "'# user' and '# assistant' in turn" in problem


def test_check_names_a_file_in_another_encoding(project):
    (project / "prompts" / "ja").mkdir(parents=True)
    (project / "prompts" / "ja" / "styles.md").write_bytes("短くする。".encode("cp932"))
    (problem,) = own.check(project / "prompts")
    assert problem == "ja/styles.md: is not UTF-8 text: save it as UTF-8"


def test_check_tells_that_the_built_in_prompt_has_changed_until_it_is_taken_anew(project):
    folder = project / "prompts"
    own.eject(folder, ["answer"], "en")
    taken = json.loads((folder / "taken.json").read_text("utf-8"))
    taken["en/answer.md"] = "c1:of-an-older-version"
    (folder / "taken.json").write_text(json.dumps(taken), encoding="utf-8")
    (problem,) = own.check(folder)
    assert "has changed since" in problem
    (folder / "en" / "answer.md").unlink()
    own.eject(folder, ["answer"], "en")
    put(project, "en/answer.md", "# user\nTell me: {{question}}\n")
    assert own.check(folder) == []


def test_problems_are_told_by_command_with_exit_code_1(project):
    put(project, "en/answer.md", "# user\n{{more}}\n")
    done = shikomi(project, "prompts", "check")
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 2
    (project / "prompts" / "taken.json").write_text("{", encoding="utf-8")
    assert "taken.json is damaged" in shikomi(project, "prompts", "check").stderr


def test_a_project_without_prompts_of_its_own_has_nothing_wrong(project):
    done = shikomi(project, "prompts", "check")
    assert (done.returncode, done.stdout) == (0, "0 prompts of your own, nothing wrong\n")
