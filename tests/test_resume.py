"""Killed at any moment and started again, a run loses nothing and pays nothing twice."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import time
from collections import Counter

import pytest

import world
from shikomi.hashing import canonical_json
from shikomi.llm import wire
from shikomi.types import Message, Request
from world import World, command, run, write_project

PAGES = {name: world.PAGES[name] for name in ("dimmer.md", "timer.md")}
QUESTIONS = [question for question in world.QUESTIONS if question[3] in PAGES]
SLOW_REPLIES = 0.02
VIEWS = """[generate]
wordings = 2
goals_per_fact = 1
tier = "quick"
texts_per_section = 8
cross_document = 0.125
"""


@pytest.fixture(scope="module", params=["", VIEWS], ids=["pairs", "views"])
def recipe(request):
    return request.param


def make(folder, endpoint, recipe):
    return write_project(
        folder, endpoint.base_url, pages=PAGES, questions=QUESTIONS, role="concurrency = 2",
        extra=recipe,
    )  # fmt: skip


@pytest.fixture(scope="module")
def unkilled(tmp_path_factory, recipe):
    """(training file, number of samples, answers) of a run that nothing disturbed."""
    folder = tmp_path_factory.mktemp("unkilled") / "p"
    with World() as endpoint:
        assert run(make(folder, endpoint, recipe)) == []
    return outcome(folder)


def outcome(folder):
    with sqlite3.connect(folder / "shikomi.db") as db:
        origins = db.execute("SELECT count(*) FROM sample_origins").fetchone()[0]
        answers = db.execute("SELECT question_id, arm, text FROM responses").fetchall()
    figures = json.loads((folder / "out" / "report.json").read_text(encoding="utf-8"))
    dataset = (folder / "out" / "dataset.jsonl").read_bytes()
    return dataset, origins, sorted(answers), figures["funnel"], figures["arms"]


def kill_at_random(folder, endpoint, chance) -> bool:
    """Start a run and kill it. False: it was done before that. Half of the moments are counted
    in requests, so that they lie where the work is."""
    process = subprocess.Popen(
        command(folder, "run"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    until = time.monotonic() + chance.uniform(0.2, 2.0)
    requests = endpoint.n_requests + chance.randint(1, 12)
    by_requests = chance.random() < 0.6
    while process.poll() is None:
        reached = endpoint.n_requests >= requests if by_requests else time.monotonic() > until
        if reached:
            time.sleep(chance.uniform(0, 0.05))
            break
        time.sleep(0.002)
    finished = process.poll() is not None
    if not finished:
        os.kill(process.pid, signal.SIGKILL)
    process.wait()
    return not finished


def calls(folder):
    with sqlite3.connect(folder / "shikomi.db") as db:
        return db.execute(
            "SELECT id, request_key, status, request FROM calls ORDER BY id"
        ).fetchall()


def is_job(request) -> bool:
    return "messages" not in json.loads(request)


def body_of(request) -> str:
    values = json.loads(request)
    values["messages"] = tuple(Message(**message) for message in values["messages"])
    return canonical_json(wire.body(Request(**values)))


def assert_nothing_was_paid_twice(folder, endpoint):
    answered = set()
    for _, key, status, _ in calls(folder):
        assert key not in answered, "asked again although its answer was booked"
        if status == "ok":
            answered.add(key)
    sent = Counter(canonical_json(body) for body in endpoint.seen)
    chat = [request for _, _, _, request in calls(folder) if not is_job(request)]
    booked = Counter(body_of(request) for request in chat)
    assert not sent - booked, "sent without a row in the ledger"


def kill_often(folder, endpoint, seed, most) -> int:
    chance = random.Random(seed)
    kills = 0
    while kills < most and kill_at_random(folder, endpoint, chance):
        kills += 1
    return kills


def assert_as_if_unkilled(folder, endpoint, unkilled):
    assert run(folder) == []
    assert outcome(folder) == unkilled
    assert_nothing_was_paid_twice(folder, endpoint)
    assert len(endpoint.jobs) == 1
    jobs = [status for _, _, status, request in calls(folder) if is_job(request)]
    assert jobs.count("ok") == 1 and set(jobs) <= {"ok", "error"}


def test_a_run_killed_a_few_times_ends_as_if_it_had_not_been(tmp_path, unkilled, recipe):
    with World(delay=SLOW_REPLIES) as endpoint:
        folder = make(tmp_path / "p", endpoint, recipe)
        assert kill_often(folder, endpoint, seed=1, most=4) > 0
        assert_as_if_unkilled(folder, endpoint, unkilled)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3, 4, 5])
def test_a_run_killed_at_many_random_moments_ends_as_if_it_had_not_been(
    tmp_path, unkilled, recipe, seed
):
    kills = 0
    while kills < 7:
        with World(delay=SLOW_REPLIES) as endpoint:
            folder = make(tmp_path / f"p{kills}", endpoint, recipe)
            kills += kill_often(folder, endpoint, seed + 10 * kills, most=7 - kills)
            assert_as_if_unkilled(folder, endpoint, unkilled)
