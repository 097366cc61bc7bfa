"""The main job for real: the 135M model, llama.cpp, a short LoRA job, all through HTTP."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import world
from world import SYSTEM, World, question_lines, write_documents

PAGES = {name: world.PAGES[name] for name in ("index.md", "dimmer.md", "timer.md")}
QUESTIONS = [question for question in world.QUESTIONS if question[3] in PAGES][:4]

STUDENT = """
[generate]
wordings = 1
texts_per_section = 0
lookups_per_row = 2
[models.student]
model = "smollm2-135m-instruct"
[finetune]
n_epochs = 2
batch_size = 4
n_layers = 6
[evaluate]
max_tokens = 16
judge_sample = 2
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, smollm_path: Path) -> Iterator[Path]:
    """A finished project: a scripted generator and judge, the real student."""
    folder = tmp_path_factory.mktemp("project")
    with World() as endpoint:
        write_documents(folder / "source", PAGES)
        (folder / "questions.jsonl").write_text(question_lines(QUESTIONS), encoding="utf-8")
        remote = f'base_url = "{endpoint.base_url}"\nmodel = "scripted"\n'
        (folder / "shikomi.toml").write_text(
            f'[project]\nroot = "{SYSTEM}"\n[models.generator]\n{remote}'
            f"[models.judge]\n{remote}{STUDENT}",
            encoding="utf-8",
        )
        result = _shikomi(folder, "run")
        assert result.returncode == 0, result.stderr
        yield folder


def _shikomi(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "shikomi", *arguments, "--project", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, timeout=840, check=False)


def test_the_report_compares_all_four_arms_on_the_held_out_questions(project: Path) -> None:
    report = json.loads((project / "out" / "report.json").read_text())
    assert set(report["arms"]) == {"base", "tuned", "base+rag", "tuned+rag"}
    assert all(arm["n"] == len(QUESTIONS) for arm in report["arms"].values())
    assert {"mean", "low", "high", "p"} <= report["contrasts"]["tuned-base"].keys()
    assert report["funnel"] and report["tokens"] and report["seconds"]


def test_below_search_the_tuned_model_takes_part_with_a_share_of_its_adapter(
    project: Path,
) -> None:
    with sqlite3.connect(project / "shikomi.db") as database:
        query = "SELECT DISTINCT model FROM calls WHERE stage = 'evaluate' AND model LIKE 'ft:%'"
        whole, below = sorted((model for (model,) in database.execute(query)), key=len)
    assert below == f"{whole}@0.3"
    report = json.loads((project / "out" / "report.json").read_text())
    (note,) = [each for each in report["notes"] if "adapter_below_search" in each]
    assert "with 30 % of its adapter" in note and "tuned+rag are not quite the model" in note


def test_the_exported_adapter_names_the_weights_that_other_programs_load_it_on(
    project: Path, tmp_path: Path
) -> None:
    result = _shikomi(project, "export", "model", "--out", str(tmp_path / "model"))
    assert result.returncode == 0, result.stderr
    config = json.loads((tmp_path / "model" / "adapter" / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == "HuggingFaceTB/SmolLM2-135M-Instruct"


def test_no_held_out_question_is_in_the_training_file(project: Path) -> None:
    text = (project / "out" / "dataset.jsonl").read_text()
    assert not any(asked in text for _, asked, _, _ in QUESTIONS)


def test_training_lowered_the_loss(project: Path) -> None:
    log = _shikomi(project, "status", "--json").stdout
    assert all(n == 0 for n in json.loads(log)["stages"].values())
    report = json.loads((project / "out" / "report.json").read_text())
    losses = [point["loss"] for point in report["curve"]]
    third = len(losses) // 3
    assert sum(losses[-third:]) < sum(losses[:third])


def test_a_second_run_has_nothing_to_do_and_starts_no_server(project: Path) -> None:
    log = project / "server" / "server.log"
    before = log.stat().st_mtime_ns
    result = _shikomi(project, "run")
    assert result.returncode == 0
    assert "all done" in result.stderr
    assert log.stat().st_mtime_ns == before


def test_the_tuned_model_chats_and_names_its_sources(project: Path) -> None:
    result = _shikomi(project, "chat", "--rag", "What does the dimmer do?")
    assert result.returncode == 0, result.stderr
    assert "(docs/dimmer.md" in result.stdout
