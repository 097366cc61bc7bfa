"""A person who watches a run is told that an endpoint is waited for, and why."""

import signal
import subprocess

from world import PAGES, World, command, write_project

LIMIT = (429, {"Retry-After": "40"}, {"error": {"message": "slow down"}})


def test_a_run_that_waits_says_for_whom_and_why_once(tmp_path):
    with World(spoil=lambda body: LIMIT) as host:
        folder = write_project(tmp_path / "p", host.base_url, pages={"timer.md": PAGES["timer.md"]})
        process = subprocess.Popen(command(folder, "run"), stderr=subprocess.PIPE, text=True)
        shown = []
        for line in process.stderr:
            shown.append(line)
            if "waiting" in line:
                process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130, shown
    (line,) = (each for each in shown if "waiting" in each)
    assert f"waiting for {host.base_url}: it takes no more calls for now (HTTP 429" in line
    assert "asked again in 40 s" in line and "Ctrl-C" in line
