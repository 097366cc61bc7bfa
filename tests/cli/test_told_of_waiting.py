"""A person who watches a run is told that an endpoint is waited for, and why."""

import signal
import subprocess

from shikomi import app
from shikomi.app.endpoints import Machine
from shikomi.llm.ask import Waiting
from shikomi.stages.context import gateway
from world import PAGES, World, command, write_project

LIMIT = (429, {"Retry-After": "40"}, {"error": {"message": "slow down"}})


def test_a_run_that_waits_says_for_whom_and_why_once(tmp_path):
    with World(spoil=lambda body: LIMIT) as host:
        folder = write_project(tmp_path / "p", host.base_url, pages={"timer.md": PAGES["timer.md"]})
        shown = []
        with subprocess.Popen(command(folder, "run"), stderr=subprocess.PIPE, text=True) as process:
            for line in process.stderr:
                shown.append(line)
                if "waiting" in line:
                    process.send_signal(signal.SIGINT)
        assert process.returncode == 130, shown
    (line,) = (each for each in shown if "waiting" in each)
    assert f"waiting for {host.base_url}: it takes no more calls for now (HTTP 429" in line
    assert "asked again in 40 s" in line and "Ctrl-C" in line


def test_the_progress_says_in_short_what_is_waited_for(tmp_path):
    told, reason = [], "its calls fail (HTTP 500: " + "no room " * 40 + ")"
    with app.open_project(
        write_project(
            tmp_path / "p", "http://127.0.0.1:1/v1", pages={"timer.md": PAGES["timer.md"]}
        ),
        Machine(cache=tmp_path, environment={}),
        app.Watch(progress=told.append),
    ) as ctx:
        line = gateway(ctx, "judge", ctx.endpoints.open("judge"))
        for is_new in (True, False):
            line.on_wait(Waiting(where="http://h/v1", reason=reason, seconds=12.2, is_new=is_new))
    first, second = told
    assert first.example.startswith("judge: waiting for http://h/v1: its calls fail (HTTP 500")
    assert second.example == "" and first.done is second.done is None
    assert second.note.startswith("waiting 12 s: its calls fail") and len(second.note) <= 72
