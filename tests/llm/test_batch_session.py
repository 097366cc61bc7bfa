"""The door by batches: left and collected, never paid twice, what fails within bounds."""

import json
from collections import Counter
from contextlib import closing

import pytest
from spoken import number, said

from shikomi.errors import BudgetExceeded, EndpointError, UserError
from shikomi.llm.ask import ask_all
from shikomi.store import calls
from world import World


@pytest.fixture
def host():
    """An endpoint that repeats what it is asked."""
    with World(spoil=said) as world:
        yield world


@pytest.fixture
def batched(connect, host):
    def open_gateway(**over):
        settings = {"is_batched": True, "poll_seconds": 0.01} | over
        return connect(host, **settings)

    return open_gateway


def left(gateway, asks):
    """A run that is stopped as soon as it waits for its batch."""

    def stop(batch):
        raise KeyboardInterrupt

    gateway.on_batch = stop
    with pytest.raises(KeyboardInterrupt):
        list(ask_all(gateway, asks, number))
    calls.settle_lost(gateway.store)  # as the next run does
    gateway.on_batch = None


def answers(gateway, asks, **over):
    return {reply.subject: reply.value for reply in ask_all(gateway, asks, number, **over)}


def n_sent(host):
    return Counter(map(said, host.batch.bodies))


def test_all_asks_go_off_in_one_batch_and_are_booked_call_by_call(host, batched, asks, store):
    gateway = batched()
    replies = list(ask_all(gateway, asks(20), number))
    assert {reply.subject: reply.value for reply in replies} == {n: n for n in range(20)}
    assert len(host.batch.made) == 1 and host.seen == []
    call = calls.read_call(store, replies[15].call_id)
    assert (call.status, call.response, call.cost_nanousd) == ("ok", "15", 10 * 100 + 2 * 1000)
    assert call.seconds == 60  # from the batch's beginning to its end


def test_a_later_run_collects_what_an_earlier_one_sent(host, batched, asks, statuses):
    gateway, host.batch.ending = batched(), None
    left(gateway, asks(20))
    assert statuses() == {"pending": 20}
    host.batch.ending = "completed"
    assert answers(gateway, asks(20)) == {n: n for n in range(20)}
    assert len(host.batch.made) == 1 and statuses() == {"ok": 20}


def test_what_a_batch_has_is_not_sent_again_beside_what_is_new(host, batched, asks):
    gateway, host.batch.ending = batched(), None
    left(gateway, asks(5))
    host.batch.ending = "completed"
    assert answers(gateway, asks(8)) == {n: n for n in range(8)}
    assert set(n_sent(host).values()) == {1}


def test_calls_under_way_count_at_their_worst_case(host, batched, asks, store):
    gateway, host.batch.ending = batched(), None
    left(gateway, asks(5))
    assert calls.spent_nanousd(store) > 5 * 100 * 1000
    host.batch.ending = "completed"
    answers(gateway, asks(5))
    assert calls.spent_nanousd(store) == 5 * (10 * 100 + 1000)


def test_an_answered_request_is_never_in_a_batch(host, batched, asks):
    gateway = batched()
    answers(gateway, asks(5))
    assert answers(gateway, asks(5)) == {n: n for n in range(5)}
    assert len(host.batch.made) == 1


def test_equal_requests_are_one_line_for_all_that_ask(host, batched, request_for):
    twins = [(n, request_for("7")) for n in range(3)]
    assert answers(batched(), twins) == {0: 7, 1: 7, 2: 7}
    assert n_sent(host) == {"7": 1}


def test_a_reply_in_the_wrong_form_is_asked_again_in_a_further_batch(host, batched, request_for):
    spoiled = ["?", "?"]
    host.spoil = lambda body: spoiled.pop() if said(body) == "3" and spoiled else said(body)
    asked = [(n, request_for(n, seed=1)) for n in range(5)]
    assert answers(batched(), asked)[3] == 3
    assert n_sent(host)["3"] == 3 == len(host.batch.made)
    assert len({body["seed"] for body in host.batch.bodies if said(body) == "3"}) == 3


def test_the_tries_of_a_request_are_bounded(host, batched, asks, statuses):
    host.spoil = lambda body: "?" if said(body) == "3" else said(body)
    assert answers(batched(), asks(5))[3] is None
    assert n_sent(host)["3"] == 3 and statuses() == {"ok": 4, "unparsed": 3}


def test_an_entry_that_failed_is_tried_again_and_costs_nothing(host, batched, asks, store):
    faults = [(500, {}, {"error": {"message": "oops"}})]
    host.spoil = lambda body: faults.pop() if said(body) == "3" and faults else said(body)
    assert answers(batched(), asks(5))[3] == 3
    assert n_sent(host)["3"] == 2
    assert calls.spent_nanousd(store) == 5 * (10 * 100 + 1000)


def test_an_entry_that_always_fails_ends_within_the_tries(host, batched, asks):
    host.spoil = lambda body: (500, {}, {}) if said(body) == "3" else said(body)
    [error] = [r.error for r in ask_all(batched(), asks(5), number) if r.value is None]
    assert "HTTP 500" in error and n_sent(host)["3"] == 3


def test_tries_of_earlier_runs_count(host, batched, asks):
    gateway = batched()
    host.spoil = lambda body: (500, {}, {}) if said(body) == "3" else said(body)
    for _ in range(2):
        host.batch.ending = None
        left(gateway, asks(5))
        host.batch.ending = "completed"
    [error] = [r.error for r in ask_all(gateway, asks(5), number) if r.value is None]
    assert "HTTP 500" in error and n_sent(host)["3"] <= 4


def test_a_request_that_is_refused_is_not_tried_again(host, batched, asks):
    refusal = (400, {}, {"error": {"message": "too long", "code": "context_length_exceeded"}})
    host.spoil = lambda body: refusal if said(body) == "3" else said(body)
    assert answers(batched(), asks(5))[3] is None
    assert n_sent(host)["3"] == 1


def test_an_expired_batch_is_collected_and_the_rest_is_asked_again(host, batched, asks, statuses):
    host.batch.ending, late = "expired", [True] * 3
    host.batch.skip = lambda body: bool(int(said(body)) > 6 and late and late.pop())
    assert answers(batched(), asks(10)) == {n: n for n in range(10)}
    assert statuses() == {"ok": 10, "error": 3}
    assert n_sent(host)["1"] == 1 and n_sent(host)["8"] == 2


def test_a_cancelled_batch_is_collected_as_far_as_it_went(host, batched, asks, store):
    host.batch.ending, host.batch.skip = "cancelled", lambda body: int(said(body)) > 6
    gateway, kept = batched(), []
    with pytest.raises(EndpointError, match=r"cancelled at .* 7 of its 10 answers are kept"):
        kept.extend(ask_all(gateway, asks(10), number))
    assert calls.spent_nanousd(store) == 7 * (10 * 100 + 1000)
    host.batch.ending, host.batch.skip = "completed", lambda body: False
    assert answers(gateway, asks(10)) == {n: n for n in range(10)}
    assert n_sent(host)["1"] == 1 and n_sent(host)["8"] == 2


def test_a_batch_that_fails_says_why_and_costs_nothing(host, batched, asks, store):
    host.batch.ending = "failed"
    with pytest.raises(EndpointError, match="line 1 is no JSON"):
        answers(batched(), asks(5))
    assert len(host.batch.made) == 1 and calls.spent_nanousd(store) == 0


def test_a_batch_whose_beginning_was_lost_is_found_and_not_sent_again(host, batched, asks):
    gateway, host.batch.refusal, host.batch.starts_all_the_same = batched(), 503, True
    with pytest.raises(EndpointError, match="503"):
        answers(gateway, asks(5))
    calls.settle_lost(gateway.store)
    host.batch.refusal = None
    assert answers(gateway, asks(5)) == {n: n for n in range(5)}
    assert len(host.batch.made) == 1


def test_a_batch_that_never_began_costs_nothing_and_is_sent_anew(host, batched, asks, store):
    gateway, host.batch.refusal = batched(), 503
    with pytest.raises(EndpointError):
        answers(gateway, asks(5))
    host.batch.refusal = None
    assert answers(gateway, asks(5)) == {n: n for n in range(5)}
    assert calls.spent_nanousd(store) == 5 * (10 * 100 + 1000)


def test_an_endpoint_that_lists_no_batches_is_asked_anew(host, batched, asks):
    gateway, host.batch.refusal, host.batch.is_listed = batched(), 503, False
    with pytest.raises(EndpointError):
        answers(gateway, asks(5))
    host.batch.refusal = None
    assert answers(gateway, asks(5)) == {n: n for n in range(5)}


def test_an_endpoint_without_batches_says_so_and_single_calls_go_on(host, batched, connect, asks):
    gateway, host.batch.refusal = batched(), 404
    with pytest.raises(UserError, match="take `batch = true` out"):
        answers(gateway, asks(5))
    assert answers(connect(host), asks(5)) == {n: n for n in range(5)}


def test_single_calls_wait_until_a_batch_that_is_under_way_is_collected(
    host, batched, connect, asks
):
    gateway, host.batch.ending = batched(), None
    left(gateway, asks(5))
    with pytest.raises(UserError, match="with `batch = true`"):
        answers(connect(host), asks(5))
    assert host.seen == []
    host.batch.ending = "completed"
    answers(gateway, asks(5))
    assert len(answers(connect(host), asks(7))) == 7 and len(host.seen) == 2


def test_a_batch_that_the_endpoint_forgot_is_spent_and_asked_again(host, batched, asks, statuses):
    gateway, host.batch.ending = batched(), None
    left(gateway, asks(5))
    host.batch.made.clear()
    host.batch.ending = "completed"
    assert answers(gateway, asks(5)) == {n: n for n in range(5)}
    assert statuses() == {"ok": 5, "unknown": 5}
    assert calls.spent_nanousd(gateway.store) > 5 * 100 * 1000


def test_answers_that_are_gone_count_as_paid_for(host, batched, asks, statuses):
    host.batch.skip = lambda body: said(body) == "3"
    assert answers(batched(), asks(5))[3] is None
    assert statuses() == {"ok": 4, "unknown": 3}


def test_no_more_goes_off_than_the_budget_covers(host, batched, asks):
    worst = 100 * 1000 + (len("1") + 8 + 32) * 100
    gateway = batched(budget_nanousd=3 * worst)
    with pytest.raises(BudgetExceeded):
        answers(gateway, asks(200))
    assert calls.spent_nanousd(gateway.store) <= 3 * worst
    assert len(host.files["file-1"].splitlines()) == 3


def test_a_budget_asks_for_the_price_in_batches(host, batched, asks):
    with pytest.raises(BudgetExceeded, match="batch_input and batch_output"):
        answers(batched(budget_nanousd=10**9, price=None), asks(3))
    assert host.files == {}


def test_large_batches_go_off_in_several_files(host, batched, asks):
    assert answers(batched(lines_per_batch=8), asks(20)) == {n: n for n in range(20)}
    assert len(host.batch.made) == 3 and set(n_sent(host).values()) == {1}


def test_a_bug_in_the_parser_leaves_every_answer_booked(batched, asks, statuses):
    def buggy(text):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), closing(ask_all(batched(), asks(9), buggy)) as replies:
        list(replies)
    assert statuses() == {"ok": 9}


def test_a_line_of_a_batch_is_what_a_single_call_would_send(host, batched, connect, request_for):
    asked = {"temperature": 0.5, "seed": 3, "schema": {"type": "object", "title": "t"}}
    answers(batched(), [(1, request_for("1", **asked))])
    answers(connect(host, identity="other"), [(1, request_for("1", endpoint="other", **asked))])
    [line] = [json.loads(line) for line in host.files["file-1"].splitlines()]
    assert line["body"] == host.seen[0]
    assert (line["method"], line["url"]) == ("POST", "/v1/chat/completions")
