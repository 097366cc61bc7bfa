"""Projects about the made-up system in folders, and commands run on them."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import AbstractContextManager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from unittest.mock import patch

import pytest

from shikomi import app, cli
from shikomi.app.endpoints import Machine
from world.documents import CP932_PAGE, PAGES, QUESTIONS, SYSTEM


def write_documents(source: Path, pages=None) -> None:
    source.mkdir(parents=True, exist_ok=True)
    for name, text in (PAGES if pages is None else pages).items():
        (source / name).write_text(text, encoding="utf-8")
    if pages is None:
        (source / "cleaning.txt").write_bytes(CP932_PAGE.encode("cp932"))


GENERATE = "[generate]\ngoals_per_row = 3\nwordings = 2\n"
# Views that hosted students get by default; the tests of each have their own.
WITHOUT = {"structure": 0, "negatives": 0, "replay": 0, "open_book_without": 0}


def question_lines(questions=QUESTIONS) -> str:
    return "".join(
        json.dumps(
            {"id": i, "question": q, "answer": a, "accept": [[a]], "section": page},
            ensure_ascii=False,
        )
        + "\n"
        for i, q, a, page in questions
    )


def write_project(folder: Path, base_url: str, *, pages=None, questions=QUESTIONS, extra="",
                  role="") -> Path:  # fmt: skip
    """A project whose models are all at `base_url`; `role` is added to each of them. Nothing but
    pairs is written unless `extra` names a tier, and no judge sees them unless it has [judge]."""
    write_documents(folder / "source", pages)
    settings = extra if "[generate]" in extra else GENERATE + extra
    if "goals_per_call" not in settings:
        settings = settings.replace("[generate]\n", "[generate]\ngoals_per_call = 1\n")
    if "tier =" not in settings:
        settings = settings.replace("[generate]\n", "[generate]\ntexts_per_section = 0\n")
    if "[judge]\n" not in settings:
        settings += '\n[judge]\nmode = "program"\n'
    roles = "".join(
        f'[models.{name}]\nmodel = "scripted-{name}"\nbase_url = "{base_url}"\n{role}\n'
        for name in ("generator", "judge", "student")
    )
    (folder / "shikomi.toml").write_text(
        f'[project]\nroot = "{SYSTEM}"\n{roles}[finetune]\npoll_seconds = 0.02\n'
        f"{_without(settings)}",
        encoding="utf-8",
    )
    if questions:
        (folder / "questions.jsonl").write_text(question_lines(questions), encoding="utf-8")
    return folder


def _without(settings: str) -> str:
    """The settings, further views off that they do not speak of."""
    off = [f"{view} = {n}\n" for view, n in WITHOUT.items() if f"\n{view} = " not in settings]
    settings = settings.replace("[generate]\n", "[generate]\n" + "".join(off), 1)
    if "paraphrases =" in settings:
        return settings
    without = "[holdout]\nparaphrases = 0\n"  # their own tests have them
    if "[holdout]\n" in settings:
        return settings.replace("[holdout]\n", without, 1)
    return f"{settings}\n{without}"


def run(folder: Path, only=None, *, retry_failed=False, environment=None, study=False) -> list[str]:
    """A run in this process. Returns the reasons of what failed."""
    machine = Machine(cache=folder / "no-cache", environment=environment or {})
    with app.open_project(folder, machine, study=study) as ctx:
        if retry_failed:
            app.reopen_failed(ctx)
        return app.run(ctx, only=only)


def opened(folder: Path) -> AbstractContextManager[app.Context]:
    """The project, without any model's weights."""
    return app.open_project(folder, Machine(cache=folder / "no-cache", environment={}))


def report(folder: Path):
    """What the latest report says, as data."""
    return json.loads((folder / "out" / "report.json").read_text(encoding="utf-8"))


def rows(folder: Path, sql: str) -> list[tuple]:
    """What the project's database holds."""
    with sqlite3.connect(folder / "shikomi.db") as db:
        return db.execute(sql).fetchall()


def command(folder: Path, *words: str) -> list[str]:
    """`shikomi WORDS --project FOLDER` as a process of its own: to be killed, or fed by a pipe."""
    return [sys.executable, "-P", "-m", "shikomi", *words, "--project", str(folder)]


def shikomi(folder: Path, *words: str, env=None) -> subprocess.CompletedProcess:
    """`shikomi WORDS --project FOLDER`, to its end, in this process: a process of its own takes
    half a second to start."""
    return typed(*words, "--project", str(folder), env=env)


def typed(*words: str, env=None) -> subprocess.CompletedProcess:
    """`shikomi WORDS`, to its end, by its entry point in this process and in wide lines. A bug is
    an error of the test."""
    out, err = StringIO(), StringIO()
    settings = {"NO_COLOR": "1", "COLUMNS": "300"} | (env or {})
    with (
        patch.object(sys, "argv", ["shikomi", *words]),
        patch.dict(os.environ, settings),
        redirect_stdout(out),
        redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        cli.main()
    code = ended.value.code or 0
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())


def process(folder: Path, *words: str, env=None) -> subprocess.CompletedProcess:
    """The same in a process of its own."""
    return subprocess.run(
        command(folder, *words),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        env=os.environ | {"NO_COLOR": "1"} | (env or {}),
        check=False,
    )
