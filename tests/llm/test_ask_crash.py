"""The door when the run ends early: bugs, Ctrl-C, closing, kill -9."""

import itertools
import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing

import pytest
from spoken import said

from shikomi.llm.ask import ask_all
from shikomi.store import Store, calls

CHILD = """
import sys
from shikomi.llm.ask import Endpoint, Gateway, ask_all
from shikomi.store import Store, calls, progress
from shikomi.types import Message, Price, Request

store = Store(sys.argv[1])
calls.settle_lost(store)
endpoint = Endpoint(identity="e", base_url=sys.argv[2], model="m", api_key=None,
                    price=Price(input_nanousd=1, output_nanousd=10),
                    concurrency=8, timeout_seconds=60)
done = progress.done_subjects(store, "x", "f")
asks = ((str(n), Request(endpoint="e", model="m", max_tokens=50,
                         messages=(Message(role="user", content=str(n)),)))
        for n in range(90) if str(n) not in done)
with Gateway(store=store, endpoint=endpoint, stage="x", poll_seconds=1) as gateway:
    for reply in ask_all(gateway, asks, int):
        with store.transaction():
            store.set_meta(reply.subject, str(reply.value))
            progress.mark(store, "x", reply.subject, "f")
print("finished")
"""


def run_child(path, server):
    command = [sys.executable, "-c", CHILD, str(path), server.base_url]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_killed_at_random_moments_nothing_is_lost_or_bought_again(serve, tmp_path):
    path, dice = tmp_path / "killed.db", random.Random(7)
    served, again, ok = [], [], set()

    def answer(body):
        text = said(body)
        if text in ok:
            again.append(text)
        served.append(text)
        time.sleep(0.05)
        return text

    server = serve(answer)
    for n_requests in (1, 4, 9, 12, 15, 20):
        kill_child(path, server, served, n_requests, dice.uniform(0.0, 0.04))
        with Store(path) as store:
            ok |= booked(store)
    last = run_child(path, server)
    output, errors = last.communicate(timeout=300)
    assert "finished" in output, errors
    # eight are under way at most, and a further one is sent once the one before it is booked
    assert len(ok) >= 24 and again == []
    check_ledger(path, served)


def kill_child(path, server, served, n_requests, seconds):
    """Run the child until `seconds` after so many requests, then kill -9."""
    before, child = len(served), run_child(path, server)
    while child.poll() is None and len(served) < before + n_requests:
        time.sleep(0.002)
    time.sleep(seconds)
    child.kill()
    child.communicate()
    time.sleep(0.06)  # what was on its way has arrived


def booked(store):
    rows = store.db.execute(
        "SELECT json_extract(request, '$.messages[0].content') FROM calls WHERE status = 'ok'"
    )
    return {row[0] for row in rows}


def check_ledger(path, served):
    with Store(path) as store:
        rows = store.db.execute("SELECT status, count(*) FROM calls GROUP BY status")
        status = dict(map(tuple, rows))
        assert status["ok"] == 90 and set(status) <= {"ok", "unknown"}
        assert len(served) <= status["ok"] + status.get("unknown", 0)  # every call has a row
        assert {store.meta(str(n)) for n in range(90)} == {str(n) for n in range(90)}
        total = store.db.execute("SELECT sum(cost_nanousd) FROM calls").fetchone()[0]
        assert calls.spent_nanousd(store) == total


def test_a_bug_in_the_parser_leaves_every_paid_call_booked(serve, connect, asks, statuses):
    server = serve(lambda body: time.sleep(0.02) or "1")

    def buggy(text):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(ask_all(connect(server), asks(12), buggy))
    assert 0 < len(server.seen) < 12 and statuses() == {"ok": len(server.seen)}


def test_closing_early_books_what_is_in_flight(serve, connect, asks, statuses):
    server = serve(lambda body: time.sleep(0.05) or "1")
    with closing(ask_all(connect(server), asks(50), str)) as replies:
        next(replies)
    assert len(server.seen) < 15 and statuses() == {"ok": len(server.seen)}


def test_a_call_that_does_not_end_in_the_grace_is_booked_as_unknown(
    serve, connect, asks, statuses, store
):
    over = threading.Event()
    server = serve(lambda body: "1" if said(body) == "0" or over.wait(60) else "never")
    with closing(ask_all(connect(server, grace_seconds=0.05), asks(3), str)) as replies:
        next(replies)
    over.set()
    assert statuses() == {"ok": 1, "unknown": 2}
    assert calls.spent_nanousd(store) > 2 * 100_000


def test_ctrl_c_while_waiting_books_what_is_in_flight(serve, connect, asks, statuses):
    arrived = itertools.count(1)

    def answer(body):
        last = next(arrived) == 4  # as many as are asked at a time
        time.sleep(0.1)
        if last:
            os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.2)
        return "1"

    server = serve(answer)
    with pytest.raises(KeyboardInterrupt):
        list(ask_all(connect(server, grace_seconds=60), asks(50), str))
    assert len(server.seen) == 4 and statuses() == {"ok": 4}


def test_a_second_ctrl_c_ends_the_wait_at_once(serve, connect, asks, statuses):
    arrived, over = itertools.count(1), threading.Event()

    def answer(body):
        if next(arrived) == 4:
            for seconds in (0.1, 0.4):
                threading.Timer(seconds, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        over.wait(90)  # whoever waits for the answers has them all
        return "1"

    server = serve(answer)
    try:
        with pytest.raises(KeyboardInterrupt):
            list(ask_all(connect(server, grace_seconds=600), asks(50), str))
        assert statuses() == {"unknown": 4}
    finally:
        over.set()
