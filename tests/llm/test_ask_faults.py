"""The door when the endpoint or the way to it fails."""

import itertools
import socket
import threading
import time
from contextlib import closing

import pytest
from spoken import said

from shikomi.errors import EndpointError
from shikomi.llm.ask import ask_all
from shikomi.llm.finetune import list_models
from shikomi.llm.streaming import stream
from shikomi.store import calls


def failing_first(times, failure):
    """Fails `times` times, then answers."""
    left = [times]

    def answer(body):
        left[0] -= 1
        return failure if left[0] >= 0 else said(body)

    return answer


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_passing_fault_is_tried_again_and_each_try_is_a_row(
    serve, connect, asks, statuses, store, status
):
    server = serve(failing_first(2, (status, {}, {"error": {"message": "busy"}})))
    [reply] = ask_all(connect(server), asks(1), str)
    assert reply.value == "0" and statuses() == {"error": 2, "ok": 1}
    assert calls.spent_nanousd(store) == 2000


def test_retry_after_holds_back_every_request(serve, connect, asks):
    times, numbers = [], itertools.count(1)

    def answer(body):
        times.append(time.monotonic())
        if next(numbers) == 1:  # one request alone is the first, however close two come
            return 429, {"Retry-After": "0.5"}, {}
        time.sleep(0.1)
        return "1"

    replies = list(ask_all(connect(serve(answer), concurrency=2), asks(6), str))
    assert [r.value for r in replies] == ["1"] * 6 and len(times) == 7
    assert times[2] - times[0] >= 0.5  # the first two left together


def test_an_endpoint_that_asks_to_wait_for_long_ends_the_run_and_says_how_long(
    serve, connect, asks
):
    server = serve(lambda body: (503, {"Retry-After": "3600"}, {}))
    with pytest.raises(EndpointError, match="asks to wait 60 minutes"):
        list(ask_all(connect(server, concurrency=1, retries=0), asks(3), str))
    assert len(server.seen) == 1


@pytest.mark.parametrize("when", ["Wed, 21 Oct 2015 07:28:00 GMT", "soon"])
def test_a_time_to_wait_that_is_over_or_cannot_be_read_is_no_hindrance(serve, connect, asks, when):
    server = serve(failing_first(1, (503, {"Retry-After": when}, {})))
    assert [reply.value for reply in ask_all(connect(server), asks(1), str)] == ["0"]


def test_a_proxy_of_the_system_has_no_part_in_calls_to_this_machine(
    serve, connect, asks, request_for, monkeypatch
):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    models = {"GET /v1/models": lambda path, raw: (200, {}, {"object": "list", "data": []})}
    gateway = connect(serve(lambda body: said(body), routes=models), retries=0)
    assert [reply.value for reply in ask_all(gateway, asks(1), str)] == ["0"]
    assert "".join(stream(gateway, request_for("q"))) == "q"
    assert list_models(gateway.endpoint) == []


def test_a_fault_that_stays_is_a_failed_reply_after_the_bounded_tries(
    serve, connect, asks, statuses
):
    server = serve(lambda body: (500, {}, {"error": {"message": "boom"}}))
    [reply] = ask_all(connect(server, retries=2), asks(1), str)
    assert reply.error == "HTTP 500: boom" and len(server.seen) == 3
    assert statuses() == {"error": 3}


def test_an_endpoint_that_fails_everything_ends_the_run_not_a_thousand_items(serve, connect, asks):
    server = serve(lambda body: (400, {}, {"error": {"message": "no such parameter: seed"}}))
    with pytest.raises(EndpointError, match=r"fails every call to m; the last time: .*seed"):
        list(ask_all(connect(server), asks(1000), str))
    assert len(server.seen) < 30


def test_too_long_a_context_fails_its_item_and_the_run_goes_on(serve, connect, asks):
    error = {"message": "maximum context length is 4096", "code": "context_length_exceeded"}
    server = serve(lambda body: "1" if said(body) == "19" else (400, {}, {"error": error}))
    replies = list(ask_all(connect(server), asks(20), str))
    assert sum(r.error is not None for r in replies) == 19 and len(server.seen) == 20
    assert all("context length" in r.error for r in replies if r.error)


@pytest.mark.parametrize(
    ("status", "words"),
    [(401, "does not accept the API key"), (403, "forbids"), (404, "has no model m")],
)
def test_what_no_retry_can_mend_ends_the_run_in_one_plain_line(serve, connect, asks, status, words):
    server = serve(lambda body: (status, {}, {"error": {"message": "key sk-secret is bad"}}))
    with pytest.raises(EndpointError, match=words) as caught:
        list(ask_all(connect(server, concurrency=1), asks(50), str))
    assert server.base_url in str(caught.value) and len(server.seen) == 1
    assert "sk-secret" not in str(caught.value) and "\n" not in str(caught.value)


def test_an_account_without_credit_is_not_a_passing_429(serve, connect, asks):
    error = {"message": "You exceeded your current quota", "code": "insufficient_quota"}
    server = serve(lambda body: (429, {}, {"error": error}))
    with pytest.raises(EndpointError, match="no credit left"):
        list(ask_all(connect(server, concurrency=1), asks(3), str))
    assert len(server.seen) == 1


def test_an_endpoint_that_is_not_there_ends_the_run_after_few_tries(connect, asks, store):
    class Nowhere:
        base_url = "http://127.0.0.1:1/v1"

    with pytest.raises(EndpointError, match=r"cannot reach http://127.0.0.1:1/v1"):
        list(ask_all(connect(Nowhere, retries=3), asks(1000), str))
    rows = store.db.execute("SELECT count(*), sum(cost_nanousd) FROM calls").fetchone()
    assert rows[0] <= 4 + 3 and rows[1] == 0


def test_an_endpoint_that_comes_up_late_is_waited_for(serve, connect, asks):
    with closing(socket.socket()) as holder:  # nobody else gets the port, and nobody answers on it
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]

        class Late:
            base_url = f"http://127.0.0.1:{port}/v1"

        opening = threading.Timer(0.15, serve, [said], {"port": port})
        opening.start()
        gateway = connect(Late, retries=8, backoff_seconds=0.1)
        replies = ask_all(gateway, asks(4), str)
        assert sorted(r.value for r in replies) == ["0", "1", "2", "3"]
        opening.join()


def test_a_timeout_is_charged_at_its_worst_case_for_the_work_may_have_been_done(
    serve, connect, asks, store
):
    server = serve(lambda body: time.sleep(1.0) or "1")
    [reply] = ask_all(connect(server, timeout_seconds=0.4, retries=1), asks(1), str)
    assert reply.error.startswith("timeout") and len(server.seen) == 2
    assert calls.spent_nanousd(store) >= 2 * 100_000


def test_a_reply_that_is_no_chat_completion_is_an_item_error(serve, connect, asks, statuses):
    server = serve(lambda body: (200, {}, b"welcome"))
    [reply] = ask_all(connect(server), asks(1), str)
    assert "no chat completion: welcome" in reply.error and statuses() == {"error": 1}


@pytest.mark.parametrize("page", [b"<html>sign in</html>", b"\n<!DOCTYPE html><title>x</title>"])
def test_an_address_where_a_web_page_stands_is_told_at_the_first_call(
    serve, connect, asks, statuses, page
):
    server = serve(lambda body: (200, {"Content-Type": "text/html"}, page))
    with pytest.raises(EndpointError, match=r"answers with a web page .* often ends in /v1"):
        list(ask_all(connect(server, concurrency=1), asks(3), str))
    assert statuses() == {"error": 1}


def test_a_web_page_among_replies_is_an_item_error(serve, connect, asks):
    server = serve(lambda body: (200, {}, b"<html>x</html>") if said(body) == "1" else said(body))
    replies = {r.subject: r for r in ask_all(connect(server, concurrency=1), asks(3), str)}
    assert [replies[n].value for n in (0, 2)] == ["0", "2"]
    assert "a web page" in replies[1].error


def test_an_address_that_leads_elsewhere_is_told_with_where_to(serve, connect, asks):
    server = serve(lambda body: (302, {"Location": "https://example.org/login"}, b""))
    with pytest.raises(
        EndpointError, match=r"elsewhere to https://example\.org/login: set base_url"
    ):
        list(ask_all(connect(server), asks(1), str))


def test_an_error_dressed_as_200_is_retried_by_its_code(serve, connect, asks, statuses):
    server = serve(failing_first(1, (200, {}, {"error": {"message": "busy", "code": 503}})))
    [reply] = ask_all(connect(server), asks(1), str)
    assert reply.value == "0" and statuses() == {"error": 1, "ok": 1}


def test_a_base_url_without_scheme_is_a_plain_line(connect, asks):
    class Odd:
        base_url = "localhost:8080/v1"

    with pytest.raises(EndpointError, match="base_url is 'localhost:8080/v1'"):
        list(ask_all(connect(Odd), asks(1), str))
