"""The main job for real: the 135M model, llama.cpp, a short LoRA job, all through HTTP."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PAGES = {
    "index.md": """# Brindlepost

Brindlepost is a courier for parcels between lighthouses. Its depot lies at Port Sallow.

- [Boats](boats.md): the fleet
""",
    "boats.md": """# Boats

The fleet has 23 boats. Each boat carries at most 417 parcels.

| Boat | Colour | Crew |
|---|---|---|
| Wren | violet | 6 |
| Heron | amber | 9 |

A boat that is late sends the signal `TARRY-5`.
""",
}
QUESTIONS = [
    ("q1", "How many boats does the fleet of Brindlepost have?", [["23"]], "boats.md#Boats"),
    ("q2", "Which colour is the Brindlepost boat Wren?", [["violet"]], "boats.md#Boats"),
    ("q3", "Where is the depot of Brindlepost?", [["Port Sallow"]], "index.md#Brindlepost"),
]
MODEL = 'model = "smollm2-135m-instruct"'


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, smollm_path: Path) -> Path:
    folder = tmp_path_factory.mktemp("project")
    for path, text in PAGES.items():
        (folder / "source").mkdir(exist_ok=True)
        (folder / "source" / path).write_text(text)
    lines = [
        {"id": i, "question": q, "answer": a[0][0], "accept": a, "section": s}
        for i, q, a, s in QUESTIONS
    ]
    (folder / "questions.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (folder / "shikomi.toml").write_text(
        '[project]\nroot = "Brindlepost"\nlang = "en"\n'
        f"[models.generator]\n{MODEL}\n[models.judge]\n{MODEL}\n[models.student]\n{MODEL}\n"
        "[generate]\ngoals_per_fact = 1\n[holdout]\nleak_jaccard = 0.9\n"
        "[finetune]\nn_epochs = 2\nbatch_size = 4\nn_layers = 6\n"
        "[evaluate]\nmax_tokens = 24\njudge_sample = 2\n"
    )
    result = _shikomi(folder, "run")
    assert result.returncode == 0, result.stderr
    return folder


def _shikomi(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "shikomi", *arguments, "--project", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, timeout=840, check=False)


def test_the_report_compares_all_four_arms_on_the_held_out_questions(project: Path) -> None:
    report = json.loads((project / "out" / "report.json").read_text())
    assert set(report["arms"]) == {"base", "tuned", "base+rag", "tuned+rag"}
    assert all(arm["n"] == len(QUESTIONS) for arm in report["arms"].values())
    assert {"mean", "low", "high", "p"} <= report["contrasts"]["tuned-base"].keys()
    assert report["funnel"] and report["tokens"] and report["seconds"]


def test_no_held_out_question_is_in_the_training_file(project: Path) -> None:
    text = (project / "out" / "dataset.jsonl").read_text()
    assert not any(question in text for _, question, _, _ in QUESTIONS)


def test_training_lowered_the_loss(project: Path) -> None:
    log = _shikomi(project, "status", "--json").stdout
    assert all(n == 0 for n in json.loads(log)["stages"].values())
    report = json.loads((project / "out" / "report.json").read_text())
    curve = report["curve"]
    assert curve[-1]["loss"] < curve[0]["loss"]


def test_a_second_run_has_nothing_to_do_and_starts_no_server(project: Path) -> None:
    log = project / "server" / "server.log"
    before = log.stat().st_mtime_ns
    result = _shikomi(project, "run")
    assert result.returncode == 0
    assert "all done" in result.stderr
    assert log.stat().st_mtime_ns == before


def test_the_tuned_model_chats_and_names_its_sources(project: Path) -> None:
    result = _shikomi(project, "chat", "--rag", "How many boats are there?")
    assert result.returncode == 0, result.stderr
    assert "[docs/boats.md" in result.stdout
