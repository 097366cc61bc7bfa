"""A whole run whose pairs, and their checks, are asked for by the Batch API."""

import json
import os
import signal
import subprocess
import time
from collections import Counter

import pytest

import world
from shikomi.hashing import canonical_json
from world import command, kind_of, rows, run, shikomi, write_project

QUICK = "[batch]\npoll_seconds = 0.05\n"
PAGES = {name: world.PAGES[name] for name in ("dimmer.md", "timer.md")}
QUESTIONS = [question for question in world.QUESTIONS if question[3] in PAGES]
PRICED = "price = {{ input = 1.0, output = 2.0, training = 0{} }}"
HALF = ", batch_input = 0.5, batch_output = 1.0"


@pytest.fixture
def project(tmp_path, endpoint):
    """Make a project whose generator and judge are asked in batches."""

    def make(extra="", role="", *, batch=True, judge=True):
        mode = '[judge]\nmode = "model"\n[quality]\nsample = 0\n' if judge else ""
        folder = write_project(
            tmp_path / "p", endpoint.base_url, pages=PAGES, questions=QUESTIONS, role=role,
            extra=QUICK + mode + extra,
        )  # fmt: skip
        if batch:
            set_batch(folder)
        return folder

    return make


def set_batch(folder):
    config = folder / "shikomi.toml"
    text = config.read_text(encoding="utf-8")
    for role in ("generator", "judge"):
        text = text.replace(f"[models.{role}]\n", f"[models.{role}]\nbatch = true\n")
    config.write_text(text, encoding="utf-8")


def test_pairs_and_their_checks_come_by_batches_and_the_rest_by_calls(project, endpoint):
    folder = project()
    assert run(folder) == []
    assert {kind_of(body) for body in endpoint.batch.bodies} == {"generate", "pairs"}
    assert {kind_of(body) for body in endpoint.seen} == {"answer", "verdict"}
    assert len(endpoint.batch.made) == 2


def test_the_training_file_is_the_same_as_without_batches(project, endpoint):
    folder = project(batch=False)
    run(folder, "freeze")
    calls = sorted(canonical_json(body) for body in endpoint.seen)
    before = (folder / "out" / "dataset.jsonl").read_bytes()
    for name in ("shikomi.db", "shikomi.db-wal", "shikomi.db-shm"):
        (folder / name).unlink(missing_ok=True)
    set_batch(folder)
    run(folder, "freeze")
    assert (folder / "out" / "dataset.jsonl").read_bytes() == before
    assert sorted(canonical_json(body) for body in endpoint.batch.bodies) == calls


def start(folder):
    return subprocess.Popen(
        command(folder, "run"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def until(condition, process):
    end = time.monotonic() + 60
    while not condition():
        assert process.poll() is None and time.monotonic() < end
        time.sleep(0.01)


def test_a_run_killed_while_its_batch_is_under_way_is_collected_by_the_next(project, endpoint):
    folder = project(judge=False)
    endpoint.batch.ending = None
    for _ in range(2):
        before = endpoint.n_requests
        process = start(folder)
        until(lambda n=before: endpoint.batch.made and endpoint.n_requests > n + 6, process)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    endpoint.batch.ending = "completed"
    assert run(folder) == []
    assert len(endpoint.batch.made) == 1
    assert set(Counter(map(canonical_json, endpoint.batch.bodies)).values()) == {1}
    keys = rows(folder, "SELECT request_key FROM calls WHERE stage = 'generate'")
    assert len(keys) == len(set(keys)) == len(endpoint.batch.bodies)
    assert rows(folder, "SELECT DISTINCT status FROM calls") == [("ok",)]


SLOWLY = [pytest.param(moment, marks=pytest.mark.slow) for moment in (0.03, 0.3)]


@pytest.mark.parametrize("moment", [0.0, 0.1, *SLOWLY])
def test_a_run_killed_while_it_sends_its_batch_pays_nothing_twice(project, endpoint, moment):
    folder = project(judge=False)
    endpoint.batch.ending = None
    process = start(folder)
    until(lambda: endpoint.files, process)
    time.sleep(moment)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    time.sleep(0.1)  # what was on its way has arrived
    endpoint.batch.ending = "completed"
    assert run(folder) == []
    assert len(endpoint.batch.made) == 1
    paid = rows(folder, "SELECT count(*) FROM calls WHERE stage = 'generate' AND status = 'ok'")
    assert paid == [(len(endpoint.batch.bodies),)]


def test_one_line_says_that_the_run_can_be_left(project, endpoint):
    done = shikomi(project(judge=False), "generate")
    [line] = [line for line in done.stderr.splitlines() if "batch-1" in line]
    assert "may be stopped" in line and endpoint.base_url in line


def test_status_names_a_batch_that_is_under_way_and_an_estimate_leaves_it_out(project, endpoint):
    folder = project(judge=False)
    endpoint.batch.ending = None
    process = start(folder)
    until(lambda: endpoint.batch.made and endpoint.n_requests > 4, process)
    process.send_signal(signal.SIGINT)
    process.communicate()
    n = len(endpoint.batch.bodies)
    said = shikomi(folder, "status").stdout
    assert f"generate: batch batch-1 with {n} requests is under way" in said
    to_pay = json.loads(shikomi(folder, "estimate", "--json").stdout)["rows"]
    assert {row["stage"] for row in to_pay} == {"finetune", "evaluate"}


def test_estimate_cost_and_budget_have_the_price_of_batches(project, endpoint):
    folder = project(role=PRICED.format(HALF), extra="[budget]\nusd = 50\n")
    estimate = shikomi(folder, "estimate").stdout
    assert "scripted-generator in batches: input 0.5, output 1 " in estimate
    assert run(folder) == []
    for stage, price in (("generate", (500, 1000)), ("judge", (500, 1000)),
                         ("evaluate", (1000, 2000))):  # fmt: skip
        [(read, written, cost)] = rows(
            folder, "SELECT sum(input_tokens), sum(output_tokens), sum(cost_nanousd) FROM calls"
                    f" WHERE stage = '{stage}'"
        )  # fmt: skip
        assert cost == read * price[0] + written * price[1]


def test_without_a_price_for_batches_what_they_cost_is_unknown(project):
    folder = project(role=PRICED.format(""))
    assert "scripted-generator in batches: unknown" in shikomi(folder, "estimate").stdout
    assert run(folder) == []
    unpriced = rows(folder, "SELECT DISTINCT stage FROM calls WHERE cost_nanousd IS NULL")
    assert sorted(unpriced) == [("generate",), ("judge",)]


def test_batches_made_before_their_price_was_known_count_at_it_under_a_budget(project):
    folder = project(role=PRICED.format(""), judge=False)
    run(folder, "generate")
    config = folder / "shikomi.toml"
    text = config.read_text(encoding="utf-8").replace("training = 0", f"training = 0{HALF}")
    config.write_text(text + "[budget]\nusd = 50\n", encoding="utf-8")
    assert run(folder) == []
    [(read, written, cost)] = rows(
        folder, "SELECT sum(input_tokens), sum(output_tokens), sum(cost_nanousd) FROM calls"
                " WHERE stage = 'generate'"
    )  # fmt: skip
    assert cost == read * 500 + written * 1000


def test_a_student_cannot_be_asked_in_batches(project):
    folder = project(batch=False)
    config = folder / "shikomi.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("[models.student]", "[models.student]\nbatch = true"), "utf-8")
    done = shikomi(folder, "run")
    assert done.returncode == 1 and "unknown key 'models.student.batch'" in done.stderr
