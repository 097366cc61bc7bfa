from contextlib import closing

import pytest

from shikomi.errors import BudgetExceeded, EndpointError, ProviderError
from shikomi.llm.scripted import sse
from shikomi.llm.streaming import stream
from shikomi.store import calls

EVENTS = {"Content-Type": "text/event-stream"}


def test_a_reply_comes_in_pieces_and_is_booked_at_its_end(serve, connect, request_for, store):
    server = serve(lambda body: "犬と猫。")
    assert list(stream(connect(server), request_for("q"))) == ["犬", "と", "猫", "。"]
    call = calls.find_answer(store, request_for("q").key)
    assert (call.response, call.cost_nanousd) == ("犬と猫。", 10 * 100 + 4 * 1000)


def test_a_character_that_the_endpoint_cuts_in_half_comes_whole(serve, connect, request_for, store):
    server = serve(lambda body: (200, EVENTS, sse("a\ud83d\ude00 \ud83d")))
    pieces = list(stream(connect(server), request_for("q")))
    assert "".join(pieces) == "a\U0001f600 \ufffd"
    call = calls.find_answer(store, request_for("q").key)
    assert call.response == "".join(pieces)


def test_an_answer_already_paid_for_is_not_asked_again(serve, connect, request_for):
    server = serve(lambda body: "yes")
    gateway = connect(server)
    list(stream(gateway, request_for("q")))
    assert list(stream(gateway, request_for("q"))) == ["yes"] and len(server.seen) == 1


def test_a_chat_left_early_is_booked_as_unknown_with_what_was_seen(
    serve, connect, request_for, store, statuses
):
    with closing(stream(connect(serve(lambda body: "abcdef")), request_for("q"))) as pieces:
        next(pieces)
    assert statuses() == {"unknown": 1} and calls.spent_nanousd(store) > 100_000
    assert calls.read_call(store, 1).response == "a"


def test_a_stream_that_breaks_off_is_an_error_after_its_pieces(
    serve, connect, request_for, statuses
):
    server = serve(lambda body: (200, EVENTS, sse("abc", finish_reason=None)))
    pieces = []
    with pytest.raises(ProviderError, match="broke off"):
        pieces.extend(iter_into(stream(connect(server), request_for("q")), pieces))
    assert pieces == ["a", "b", "c"] and statuses() == {"unknown": 1}


def iter_into(source, target):
    for piece in source:
        target.append(piece)
    return []


def test_a_fault_before_the_first_piece_is_tried_again(serve, connect, request_for, statuses):
    server = serve(lambda body: (503, {}, {}) if len(server.seen) == 1 else "ok")
    assert "".join(stream(connect(server), request_for("q"))) == "ok"
    assert statuses() == {"error": 1, "ok": 1}


def test_a_rate_limit_before_the_first_piece_is_waited_for_as_often_as_a_fault(
    serve, connect, request_for, statuses
):
    server = serve(lambda body: (429, {}, {}) if len(server.seen) < 3 else "ok")
    assert "".join(stream(connect(server, retries=2), request_for("q"))) == "ok"
    server.seen.clear()
    with pytest.raises(ProviderError, match="429"):
        list(stream(connect(server, retries=1), request_for("again")))
    assert statuses() == {"error": 4, "ok": 1}


def test_a_truncated_stream_is_told(serve, connect, request_for, statuses):
    server = serve(lambda body: (200, EVENTS, sse("abc", finish_reason="length")))
    with pytest.raises(ProviderError, match="truncated"):
        list(stream(connect(server), request_for("q")))
    assert statuses() == {"truncated": 1}


def test_a_bad_key_and_an_absent_endpoint_are_plain_lines(serve, connect, request_for):
    server = serve(lambda body: (401, {}, {"error": {"message": "bad"}}))
    with pytest.raises(EndpointError, match="API key"):
        list(stream(connect(server), request_for("q")))

    class Nowhere:
        base_url = "http://127.0.0.1:1/v1"

    with pytest.raises(EndpointError, match="cannot reach"):
        list(stream(connect(Nowhere, retries=1), request_for("q")))


def test_the_budget_holds_for_a_stream_too(serve, connect, request_for):
    server = serve(lambda body: "x")
    with pytest.raises(BudgetExceeded):
        list(stream(connect(server, budget_nanousd=10), request_for("q")))
    assert server.seen == []
