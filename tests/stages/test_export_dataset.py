"""`shikomi export dataset`: a folder of files, its provenance and its card."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
import yaml

from shikomi.cli.exporting_dataset import export_dataset
from shikomi.errors import UserError
from world import CP932_PAGE, PAGES, QUESTIONS, World, run, shikomi, write_project

NAMES = ["openai", "azure", "trl", "prompt-completion", "sharegpt", "alpaca", "mlx", "vertex",
         "parquet"]  # fmt: skip
NOTED = '---\nurl: "https://lumen.example/dimmer.html"\nlicense: "CC BY 4.0"\n---\n\n'
JAPANESE = {"cleaning.md": CP932_PAGE, "dimmer.md": PAGES["dimmer.md"]}


@pytest.fixture(scope="module")
def frozen(tmp_path_factory):
    """A project whose dataset is frozen; its endpoint is gone. Tests work on copies."""
    folder = tmp_path_factory.mktemp("frozen") / "p"
    pages = PAGES | {"dimmer.md": NOTED + PAGES["dimmer.md"]}
    with World() as endpoint:
        write_project(folder, endpoint.base_url, pages=pages, questions=QUESTIONS[:10])
        assert run(folder, "freeze") == []
    return folder


@pytest.fixture
def project(frozen, tmp_path):
    shutil.copytree(frozen, tmp_path / "p")
    return tmp_path / "p"


@pytest.fixture(scope="module")
def exported(frozen, tmp_path_factory):
    """All formats of the project, in one folder."""
    folder = tmp_path_factory.mktemp("exported") / "all"
    export_dataset(frozen, [], folder)
    return folder


def lines(file):
    return [json.loads(line) for line in file.read_text("utf-8-sig").strip("\n").split("\n")]


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*") if path.is_file()}  # fmt: skip


def card(folder):
    return (folder / "README.md").read_text(encoding="utf-8")


def metadata(folder):
    return yaml.safe_load(card(folder).split("---\n")[1])


def test_the_command_writes_all_formats_into_out_and_says_so(project):
    done = shikomi(project, "export", "dataset")
    n = len(lines(project / "out" / "dataset.jsonl"))
    where = project.resolve() / "out" / "dataset"
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"wrote {n} rows to {where}: {', '.join(NAMES)}\n"
    assert {"README.md", "provenance.jsonl", "mlx/valid.jsonl"} <= files(where).keys()


def test_the_rows_are_those_of_the_frozen_file(frozen, exported):
    assert lines(exported / "openai.jsonl") == lines(frozen / "out" / "dataset.jsonl")


def test_the_provenance_leads_from_each_row_to_its_words_and_its_address(exported):
    rows, origins = lines(exported / "openai.jsonl"), lines(exported / "provenance.jsonl")
    assert [origin["row"] for origin in origins] == list(range(1, len(rows) + 1))
    for row, origin in zip(rows, origins, strict=True):
        assert row.keys() == {"messages"}
        (section,) = origin["sections"]
        known = section["url"] == "https://lumen.example/dimmer.html"
        assert known == (section["page"] == "dimmer.md")
        if origin["view"] == "qa":
            assert origin["call"]["model"] == "scripted-generator"
            assert row["messages"][-1]["content"] and origin["facts"][0]["evidence"]


def test_the_provenance_says_which_rows_validate(exported):
    origins = lines(exported / "provenance.jsonl")
    rows = lines(exported / "openai.jsonl")
    for part, file in (("train", "train.jsonl"), ("validation", "valid.jsonl")):
        told = [row for row, o in zip(rows, origins, strict=True) if part in o["parts"]]
        assert told == lines(exported / "mlx" / file)


def test_no_held_out_question_is_in_any_file(exported):
    text = b"".join(files(exported).values()).decode(errors="replace")
    assert not [question for _, question, *_ in QUESTIONS if question in text]


def test_the_card_counts_rows_sections_and_sources(frozen, exported):
    text, n = card(exported), len(lines(exported / "openai.jsonl"))
    assert f"{n} training rows about Lumenbox" in text
    assert re.search(r"\n[\d,]{4,} tokens in all by a fixed estimate", text)
    asked, answer = re.search(r"an example:\n\n> (.+)\n>\n> (.+)\n", text).groups()
    rows = [row["messages"][-2:] for row in lines(exported / "openai.jsonl")]
    assert [asked, answer] in [[each["content"] for each in row] for row in rows]
    assert re.search(r"7 of 7 sections|6 of 6 sections", text)
    link = "https://lumen.example/dimmer.html | CC BY 4.0"
    assert f"| dimmer.md | Dimmer | {link} |" in text
    assert "| timer.md | Timer | not stated | not stated |" in text
    assert "| generator | scripted-generator (" in text
    assert "| prompt `en/generate` | c1:" in text
    assert "10 questions of the project's own" in text
    assert "127.0.0.1" not in text and str(frozen) not in text


def test_the_card_names_sections_that_nothing_asks_about(tmp_path):
    pages = PAGES | {"empty.md": "# Silence\n\n![x](x.png)\n"}
    with World() as endpoint:
        folder = write_project(tmp_path / "p", endpoint.base_url, pages=pages,
                               questions=QUESTIONS[:10])  # fmt: skip
        assert run(folder, "freeze") == []
    export_dataset(folder, ["openai"], tmp_path / "out")
    assert "Nothing asks about:\n\n" in card(tmp_path / "out")
    assert "- empty.md#Silence\n" in card(tmp_path / "out")


def test_the_metadata_is_what_the_hub_reads(exported):
    found = metadata(exported)
    assert found["language"] == ["en"]
    assert found["size_categories"] == ["n<1K"]
    assert found["task_categories"] == ["question-answering", "text-generation"]
    named = [(config["config_name"], config.get("default")) for config in found["configs"]]
    assert named == [("parquet", True)]
    paths = [each["path"] for config in found["configs"] for each in config["data_files"]]
    assert all((exported / path).is_file() for path in paths)


def test_a_japanese_project_has_a_japanese_card(tmp_path):
    with World() as endpoint:
        folder = write_project(tmp_path / "p", endpoint.base_url, pages=JAPANESE,
                               questions=QUESTIONS[:3])  # fmt: skip
        text = (folder / "shikomi.toml").read_text(encoding="utf-8")
        text = text.replace("[project]\n", '[project]\nlang = "ja"\n')
        (folder / "shikomi.toml").write_text(text, encoding="utf-8")
        assert run(folder, "freeze") == []
    export_dataset(folder, ["openai"], tmp_path / "out")
    found = card(tmp_path / "out")
    assert "# Lumenboxについての質問と答え" in found
    assert "記載なし" in found and "not stated" not in found
    assert metadata(tmp_path / "out")["language"] == ["ja"]


LOAD = """
import json, sys
from datasets import load_dataset
everything, lines = sys.argv[1:3]
found = {name: load_dataset(lines, name) for name in json.loads(sys.argv[3])}
found |= {"": load_dataset(lines), "parquet": load_dataset(everything)}
assert "torch" not in sys.modules
rows = {name: {part: r.to_list() for part, r in s.items()} for name, s in found.items()}
print(json.dumps(rows))
"""


def test_the_datasets_library_loads_every_configuration_of_the_card(frozen, exported, tmp_path):
    names = [name for name in NAMES if name != "parquet"]
    export_dataset(frozen, names, tmp_path / "json")
    configs = [config["config_name"] for config in metadata(tmp_path / "json")["configs"]]
    assert configs == [name for name in names if name != "azure"]
    environment = os.environ | {"USE_TORCH": "0", "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-P", "-c", LOAD, str(exported), str(tmp_path / "json"),
         json.dumps(configs)],
        capture_output=True, text=True, env=environment, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    rows = lines(exported / "openai.jsonl")
    assert found[""]["train"] == found["openai"]["train"] == found["parquet"]["train"] == rows
    assert found["trl"]["train"] == lines(exported / "trl.jsonl")
    assert found["mlx"].keys() == {"train", "validation"}
    assert all(len(found[name]["train"]) == len(rows) for name in configs if name != "mlx")


def test_only_the_formats_that_are_asked_for_stay(project, tmp_path):
    out = tmp_path / "out"
    export_dataset(project, [], out)
    (out / ".gitattributes").write_text("mine", encoding="utf-8")
    export_dataset(project, ["trl", "vertex"], out)
    left = {"README.md", "provenance.jsonl", "trl.jsonl", "vertex.jsonl", ".gitattributes"}
    assert {path.name for path in out.iterdir()} == left


def test_the_same_dataset_gives_the_same_bytes(project, tmp_path):
    for name in ("a", "b"):
        export_dataset(project, [], tmp_path / name)
    assert files(tmp_path / "a") == files(tmp_path / "b")


def test_without_pyarrow_parquet_is_left_out_or_its_package_is_named(
    project, tmp_path, monkeypatch, capsys
):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert export_dataset(project, [], tmp_path / "out").endswith("mlx, vertex")
    assert "parquet is left out: pip install 'shikomi[parquet]'" in capsys.readouterr().err
    with pytest.raises(UserError, match=r"needs pyarrow: pip install 'shikomi\[parquet\]'"):
        export_dataset(project, ["parquet"], tmp_path / "out")
    assert "vertex.jsonl" in files(tmp_path / "out")


def test_a_folder_with_other_files_is_left_alone(project, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "README.md").write_text("mine", encoding="utf-8")
    with pytest.raises(UserError, match=r"holds other files \(README.md\): name an empty folder"):
        export_dataset(project, [], tmp_path / "out")
    assert files(tmp_path / "out") == {"README.md": b"mine"}


def test_a_file_in_the_folders_place_is_one_line(project, tmp_path):
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    done = shikomi(project, "export", "dataset", "--out", str(tmp_path / "out"))
    assert done.returncode == 1
    assert re.fullmatch(r"shikomi: cannot write .*out: .*\n", done.stderr)


def test_an_unknown_format_is_one_line_and_writes_nothing(project):
    done = shikomi(project, "export", "dataset", "--format", "trl", "--format", "csv")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("shikomi: there is no format 'csv'; the formats are openai,")
    assert not (project / "out" / "dataset").exists()


def test_a_project_in_which_nothing_is_frozen_says_what_to_do(tmp_path):
    write_project(tmp_path / "p", "http://127.0.0.1:9/v1")
    done = shikomi(tmp_path / "p", "export", "dataset")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "shikomi: nothing is frozen yet: run `shikomi freeze` first\n"


def test_a_dataset_that_the_project_has_outgrown_is_not_exported(project):
    page = project / "docs" / "timer.md"
    page.write_text(page.read_text(encoding="utf-8") + "\nIt ticks.\n", encoding="utf-8")
    assert run(project, "section") == []
    with pytest.raises(UserError, match="has changed since its dataset was frozen"):
        export_dataset(project, [], None)


def test_a_row_that_a_format_cannot_hold_stops_the_export_and_keeps_the_last(project, tmp_path):
    export_dataset(project, ["trl"], tmp_path / "out")
    before = files(tmp_path / "out")
    own = project / "prompts" / "en"
    own.mkdir(parents=True)
    text = "# user\nHello.\n\n# user\nExplain {{breadcrumb}}.\n"
    (own / "explain.md").write_text(text, encoding="utf-8")
    assert run(project, "freeze") == []
    with pytest.raises(UserError, match=r"cannot be exported as alpaca \(row \d+: "):
        export_dataset(project, ["trl", "alpaca"], tmp_path / "out")
    assert files(tmp_path / "out") == before
