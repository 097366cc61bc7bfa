"""The door when nothing goes wrong on the way: replay, budget, parsing."""

import sqlite3
import threading
import time
from contextlib import closing
from dataclasses import replace

import pytest
from spoken import number, said

from shikomi.errors import BudgetExceeded
from shikomi.llm.ask import ask_all, ask_one
from shikomi.llm.scripted import chat_completion
from shikomi.store import calls
from shikomi.types import Usage


def test_every_ask_is_answered_once_and_carries_its_call(serve, connect, asks, store):
    server = serve(lambda body: said(body) + "0")
    replies = {r.subject: r for r in ask_all(connect(server), asks(20), number)}
    assert {subject: r.value for subject, r in replies.items()} == {n: n * 10 for n in range(20)}
    call = calls.read_call(store, replies[7].call_id)
    assert (call.status, call.response, call.cost_nanousd) == ("ok", "70", 10 * 100 + 2 * 1000)
    assert replies[7].usage == Usage(input_tokens=10, output_tokens=2)


def test_a_second_run_asks_nothing(serve, connect, asks):
    server = serve(said)
    gateway = connect(server)
    first = {r.subject: r.value for r in ask_all(gateway, asks(9), number)}
    again = list(ask_all(gateway, asks(9), number))
    assert len(server.seen) == 9 and all(r.replayed for r in again)
    assert {r.subject: r.value for r in again} == first


def test_the_intent_is_on_record_before_the_request_arrives(serve, connect, asks, tmp_path):
    seen = []

    def answer(body):
        with closing(sqlite3.connect(tmp_path / "p.db")) as db:
            row = db.execute(
                "SELECT status, reserved_nanousd FROM calls WHERE request LIKE ?",
                (f'%"content":"{said(body)}"%',),
            ).fetchone()
        seen.append(row)
        return "1"

    list(ask_all(connect(serve(answer)), asks(30), number))
    assert len(seen) == 30 and {row[0] for row in seen} == {"pending"}
    assert all(row[1] >= 100 * 1000 for row in seen)


def test_equal_requests_in_flight_are_bought_once(serve, connect, request_for):
    server = serve(lambda body: time.sleep(0.05) or "1")
    replies = list(ask_all(connect(server), [(n, request_for("same")) for n in range(9)], number))
    assert sorted(r.subject for r in replies) == list(range(9))
    assert len(server.seen) == 1 and len({r.call_id for r in replies}) == 1


def test_asks_are_pulled_only_as_slots_free_up(serve, connect, request_for):
    pulled = []

    def lazy():
        for n in range(50):
            pulled.append(n)
            yield n, request_for(n)

    with closing(ask_all(connect(serve(said)), lazy(), number)) as replies:
        next(replies)
        assert len(pulled) <= 4


def test_at_concurrency_one_an_ask_may_depend_on_the_reply_before(serve, connect, request_for):
    values = [1]

    def chain():
        while len(values) < 6:
            yield len(values), request_for(values[-1])

    gateway = connect(serve(lambda body: str(int(said(body)) * 2)), concurrency=1)
    values.extend(reply.value for reply in ask_all(gateway, chain(), number))
    assert values == [1, 2, 4, 8, 16, 32]


class Crowd:
    """Answers once `n` requests are there at the same time, and counts the `most` that ever were.
    A request that nobody joins is answered after a while."""

    def __init__(self, n):
        self._n, self._now, self._changed = n, 0, threading.Condition()
        self.most = 0

    def __call__(self, body):
        with self._changed:
            self._now += 1
            self.most = max(self.most, self._now)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self.most >= self._n, timeout=10)
        time.sleep(0.02)  # one more than there should be would meet the others here
        with self._changed:
            self._now -= 1
        return "1"


def test_no_more_requests_are_in_flight_than_the_endpoint_takes(serve, connect, asks):
    crowd = Crowd(3)
    list(ask_all(connect(serve(crowd), concurrency=3), asks(15), number))
    assert crowd.most == 3


def test_an_unreadable_reply_is_asked_again_under_a_new_sample_number(
    serve, connect, request_for, store, statuses
):
    server = serve(lambda body: "no idea" if len(server.seen) < 3 else "3")
    [reply] = ask_all(connect(server), [("s", request_for("q"))], number, parse_tries=3)
    assert (reply.value, reply.error) == (3, None)
    assert statuses() == {"unparsed": 2, "ok": 1}
    rows = store.db.execute("SELECT json_extract(request, '$.sample') FROM calls ORDER BY id")
    assert [row[0] for row in rows] == [0, 1, 2]


def test_a_reply_that_stays_unreadable_is_an_error_after_the_bounded_tries(
    serve, connect, request_for, statuses, store
):
    server = serve(lambda body: "no idea")
    [reply] = ask_all(connect(server), [("s", request_for("q"))], number, parse_tries=3)
    assert reply.value is None and reply.error == "no number: no idea"
    assert reply.text == "no idea" and len(server.seen) == 3
    assert statuses() == {"unparsed": 3}
    assert calls.spent_nanousd(store) == 3 * (10 * 100 + 7 * 1000)


def test_a_later_run_takes_up_after_the_unreadable_replies(serve, connect, request_for):
    server = serve(lambda body: "no idea" if len(server.seen) == 1 else "5")
    gateway = connect(server)
    [first] = ask_all(gateway, [(0, request_for("q"))], number, parse_tries=1)
    [second] = ask_all(gateway, [(0, request_for("q"))], number)
    [third] = ask_all(gateway, [(0, request_for("q"))], number)
    assert (first.value, second.value, third.value) == (None, 5, 5)
    assert len(server.seen) == 2


def test_a_retry_that_meets_a_deliberate_repeat_shares_its_answer(serve, connect, request_for):
    def answer(body):
        time.sleep(0.05)
        return "x" if body["seed"] == 0 else "4"

    server = serve(answer)
    pair = [(n, request_for("q", seed=0, sample=n)) for n in range(2)]
    replies = list(ask_all(connect(server), pair, number))
    assert [r.value for r in replies] == [4, 4] and len(server.seen) == 2


def test_refused_and_truncated_are_told_apart_and_what_was_cut_off_is_not_paid_again(
    serve, connect, asks, statuses, store
):
    def answer(body):
        reason = "length" if said(body) == "0" else "content_filter"
        return 200, {}, chat_completion("12", finish_reason=reason)

    server = serve(answer)
    gateway = connect(server)
    errors = {r.subject: r.error for r in ask_all(gateway, asks(2), number)}
    assert errors[0].startswith("truncated") and errors[1].startswith("refused")
    assert statuses() == {"truncated": 1, "refused": 1}
    assert calls.spent_nanousd(store) == 2 * (10 * 100 + 2 * 1000)
    again = {r.subject: r for r in ask_all(gateway, asks(2), number)}
    assert [said(body) for body in server.seen].count("0") == 1
    assert len(server.seen) == 3
    assert again[0].error == errors[0] and again[0].text == "12" and again[0].replayed


def test_what_was_cut_off_before_its_first_word_is_asked_again(serve, connect, asks):
    server = serve(lambda body: (200, {}, chat_completion("", finish_reason="length")))
    gateway = connect(server)
    for _ in range(2):
        list(ask_all(gateway, asks(1), number))
    assert len(server.seen) == 2


def test_a_structured_reply_that_ran_on_is_asked_again_with_the_next_sample(
    serve, connect, request_for, statuses
):
    cut = [(200, {}, chat_completion("1", finish_reason="length"))]
    server = serve(lambda body: cut.pop() if cut else "2")
    ask = replace(request_for("q"), schema={"type": "integer"})
    [reply] = ask_all(connect(server), [("q", ask)], number)
    assert reply.value == 2 and len(server.seen) == 2
    assert statuses() == {"truncated": 1, "ok": 1}
    [reply] = ask_all(connect(server), [("q", ask)], number)
    assert reply.value == 2


def test_the_budget_stops_before_the_call_and_is_never_passed(serve, connect, asks, store):
    server = serve(lambda body: time.sleep(0.01) or "1")
    worst = 100 * 1000 + 9 * 100
    gateway = connect(server, budget_nanousd=worst + 10_000)
    with pytest.raises(BudgetExceeded, match=r"\$0.0001 of the budget .* is left: raise"):
        for _ in ask_all(gateway, asks(50), number):
            assert calls.spent_nanousd(store) <= gateway.budget_nanousd
    assert 1 < len(server.seen) < 50
    assert calls.spent_nanousd(store) == len(server.seen) * 2000


def test_calls_in_flight_count_at_their_worst_case(serve, connect, asks):
    crowd = Crowd(2)
    gateway = connect(serve(crowd), budget_nanousd=220_000)  # room for two worst cases
    list(ask_all(gateway, asks(6), number))
    assert crowd.most == 2


def test_a_budget_with_an_unknown_price_is_refused_before_anything_is_sent(serve, connect, asks):
    server = serve(said)
    gateway = connect(server, price=None, budget_nanousd=10**12)
    with pytest.raises(BudgetExceeded, match="price of m is unknown"):
        list(ask_all(gateway, asks(2), number))
    assert server.seen == []


def test_without_a_price_the_cost_is_null(serve, connect, asks, store):
    [reply] = ask_all(connect(serve(said), price=None), asks(1), number)
    assert calls.read_call(store, reply.call_id).cost_nanousd is None
    assert calls.costs(store)[0].n_unpriced == 1


def test_a_reply_without_usage_is_charged_at_its_worst_case(serve, connect, asks, store):
    body = chat_completion("1")
    del body["usage"]
    [reply] = ask_all(connect(serve(lambda _: (200, {}, body))), asks(1), number)
    call = calls.read_call(store, reply.call_id)
    assert reply.value == 1 and reply.usage is None
    assert call.cost_nanousd == call.reserved_nanousd > 100_000


def test_asking_inside_a_transaction_is_a_bug(serve, connect, asks, store):
    server = serve(said)
    with pytest.raises(RuntimeError, match="transaction"), store.transaction():
        list(ask_all(connect(server), asks(1), number))
    assert server.seen == []


def test_ask_one_answers_one(serve, connect, request_for):
    reply = ask_one(connect(serve(said)), request_for(8), number)
    assert (reply.value, reply.error) == (8, None)
