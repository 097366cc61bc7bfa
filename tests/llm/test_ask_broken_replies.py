"""The door when the endpoint breaks off, says nothing, lies, or takes fewer calls than it gets."""

import json
import socket
import threading
import time

import pytest
from spoken import number, said

from shikomi.errors import BudgetExceeded, EndpointError
from shikomi.llm.ask import ask_all
from shikomi.llm.scripted import chat_completion
from shikomi.store import calls

WORST = 100 * 1000  # the least that a call of the fixtures costs at its worst: its output


def http(body: bytes, *, length: int | None = None) -> bytes:
    n = len(body) if length is None else length
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {n}\r\n\r\n"
    return head.encode() + body


WHOLE = json.dumps(chat_completion("7")).encode()


class Sockets:
    """A server that answers the n-th connection with the n-th of `replies` and hangs up."""

    def __init__(self, *replies: bytes) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.base_url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/v1"
        self._replies = list(replies)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        for reply in self._replies:
            connection, _ = self._listener.accept()
            with connection:
                head = b""
                while b"\r\n\r\n" not in head:
                    head += connection.recv(1 << 16)
                head, _, body = head.partition(b"\r\n\r\n")
                n_bytes = int(head.lower().partition(b"content-length:")[2].split()[0])
                while len(body) < n_bytes:
                    body += connection.recv(1 << 16)
                connection.sendall(reply)
        self._listener.close()


CUT = {
    "nothing": b"",
    "half a status line": b"HTTP/1.1 20",
    "half the headers": b"HTTP/1.1 200 OK\r\nContent-Ty",
    "half a body": http(WHOLE[:40], length=len(WHOLE)),
}


@pytest.mark.parametrize("reply", CUT.values(), ids=CUT.keys())
def test_a_connection_that_is_cut_is_tried_again_and_charged_for_it_may_have_worked(
    connect, asks, statuses, store, reply
):
    [answer] = ask_all(connect(Sockets(reply, reply, http(WHOLE))), asks(1), number)
    assert (answer.value, statuses()) == (7, {"error": 2, "ok": 1})
    assert calls.spent_nanousd(store) >= 2 * WORST


@pytest.mark.parametrize("body", [b"", b"  \n", b'{"id": "chatcmpl-1", "choices": [{"mess'])
def test_a_reply_that_ends_before_its_json_does_is_tried_again(
    serve, connect, asks, statuses, body
):
    server = serve(lambda _: (200, {}, body) if len(server.seen) < 3 else "7")
    [answer] = ask_all(connect(server), asks(1), number)
    assert (answer.value, statuses()) == (7, {"error": 2, "ok": 1})


def test_half_json_to_the_end_is_an_item_error_and_the_others_go_on(serve, connect, asks):
    server = serve(lambda body: (200, {}, WHOLE[:50]) if said(body) == "1" else said(body))
    replies = {r.subject: r for r in ask_all(connect(server, retries=2), asks(4), number)}
    assert {n: r.value for n, r in replies.items()} == {0: 0, 1: None, 2: 2, 3: 3}
    assert "no chat completion" in replies[1].error and len(server.seen) == 3 + 3


def test_a_reply_that_cannot_be_unpacked_is_tried_again(serve, connect, asks, statuses):
    packed = 200, {"Content-Encoding": "gzip"}, b"no gzip at all"
    server = serve(lambda _: packed if len(server.seen) < 3 else "7")
    [answer] = ask_all(connect(server), asks(1), number)
    assert (answer.value, statuses()) == (7, {"error": 2, "ok": 1})


def test_json_that_is_nested_without_end_is_an_item_error_and_the_others_go_on(
    serve, connect, asks
):
    deep = 200, {}, b"[" * 200_000
    server = serve(lambda body: deep if said(body) == "1" else said(body))
    replies = {r.subject: r for r in ask_all(connect(server), asks(3), number)}
    assert {n: r.value for n, r in replies.items()} == {0: 0, 1: None, 2: 2}
    assert "no chat completion" in replies[1].error


def test_half_of_a_character_is_booked_as_one_that_can_be_shown(serve, connect, asks, store):
    body = json.dumps(chat_completion("a \ud83d\ude00 \ud83d")).encode()
    [answer] = ask_all(connect(serve(lambda _: (200, {}, body))), asks(1), str)
    assert answer.value == "a \U0001f600 \ufffd"
    assert calls.read_call(store, answer.call_id).response == answer.value


@pytest.mark.parametrize("content", ["", None])
def test_an_empty_reply_is_asked_again_with_the_next_sample_and_then_is_an_item_error(
    serve, connect, asks, statuses, content
):
    empty = 200, {}, chat_completion(content)
    server = serve(lambda body: empty if said(body) == "1" else said(body))
    replies = {r.subject: r for r in ask_all(connect(server), asks(3), number, parse_tries=3)}
    assert {n: r.value for n, r in replies.items()} == {0: 0, 1: None, 2: 2}
    assert statuses() == {"ok": 2, "unparsed": 3} and replies[1].error == "no number: "


LIES = {
    "negative": {"prompt_tokens": -900_000, "completion_tokens": -900_000},
    "no number": {"prompt_tokens": "many", "completion_tokens": 2},
    "more than there are": {"prompt_tokens": 10**30, "completion_tokens": 2},
    "not a number": {"prompt_tokens": float("nan"), "completion_tokens": 2},
    "negative cached": {"prompt_tokens": 9, "prompt_tokens_details": {"cached_tokens": -5}},
    "a list": [10, 2],
    "a word": "none",
}


@pytest.mark.parametrize("usage", LIES.values(), ids=LIES.keys())
def test_a_usage_that_can_be_no_count_is_charged_at_the_worst_case_and_the_reply_is_kept(
    serve, connect, asks, store, usage
):
    server = serve(lambda body: (200, {}, chat_completion("7") | {"usage": usage}))
    [answer] = ask_all(connect(server), asks(1), number)
    call = calls.read_call(store, answer.call_id)
    assert (answer.value, answer.usage) == (7, None)
    assert call.cost_nanousd == call.reserved_nanousd >= WORST


def test_a_server_that_says_it_gave_money_back_does_not_lift_the_budget(serve, connect, asks):
    usage = {"prompt_tokens": -(10**6), "completion_tokens": 0}
    server = serve(lambda body: (200, {}, chat_completion("7") | {"usage": usage}))
    with pytest.raises(BudgetExceeded):
        list(ask_all(connect(server, budget_nanousd=3 * WORST), asks(50), number))
    assert len(server.seen) <= 3


class RateLimited:
    """Takes `n` calls in each `seconds`, and refuses the others without a Retry-After."""

    def __init__(self, n, seconds):
        self._n, self._seconds = n, seconds
        self._taken, self._lock = [], threading.Lock()
        self.n_refused = 0

    def __call__(self, body):
        now = time.monotonic()
        with self._lock:
            self._taken = [when for when in self._taken if now - when < self._seconds]
            if len(self._taken) >= self._n:
                self.n_refused += 1
                return 429, {}, {"error": {"message": "slow down", "code": "rate_limit_exceeded"}}
            self._taken.append(now)
        return said(body)


def test_a_rate_limit_loses_nothing_and_meets_no_storm_of_refused_calls(
    serve, connect, asks, statuses
):
    limit = RateLimited(4, seconds=0.1)
    gateway = connect(serve(limit), concurrency=32, retries=3, backoff_seconds=0.05)
    replies = list(ask_all(gateway, asks(80), number))
    assert sorted(r.value for r in replies) == list(range(80))
    assert statuses() == {"ok": 80, "error": limit.n_refused} and 0 < limit.n_refused < 160


def test_a_rate_limit_that_lets_nothing_through_ends_the_run(serve, connect, asks):
    server = serve(lambda body: (429, {}, {"error": {"message": "slow down"}}))
    gateway = connect(server, concurrency=8, retries=3, backoff_seconds=0.001)
    with pytest.raises(EndpointError, match="fails every call"):
        list(ask_all(gateway, asks(500), number))
    assert len(server.seen) < 40


def test_a_call_that_is_always_refused_for_want_of_room_fails_alone(serve, connect, asks):
    refusal = 429, {}, {"error": {"message": "Request too large for m on tokens per minute"}}
    server = serve(lambda body: refusal if said(body) == "3" else said(body))
    replies = {r.subject: r for r in ask_all(connect(server, retries=3), asks(20), number)}
    assert [n for n, r in replies.items() if r.error] == [3] and len(replies) == 20
    assert "too large" in replies[3].error
