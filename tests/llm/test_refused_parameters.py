"""Models that want max_completion_tokens, or take no temperature, and say so by an error."""

import pytest

from shikomi.llm.ask import ask_all
from shikomi.llm.streaming import stream
from world import World


def refusal(param, *, coded=True):
    said = {"message": f"Unsupported parameter: '{param}' is not supported with this model."}
    coded_as = {"code": "unsupported_parameter", "param": param} if coded else {}
    return 400, {}, {"error": said | coded_as}


def reasoning(body):
    """A model that refuses one parameter after the other."""
    for param in ("max_tokens", "temperature"):
        if param in body:
            return refusal(param)
    assert body["max_completion_tokens"] == 100
    return body["messages"][-1]["content"]


@pytest.mark.parametrize("coded", [True, False])
def test_a_refused_parameter_is_left_out_from_then_on(serve, connect, asks, coded):
    def answer(body):
        return refusal("max_tokens", coded=coded) if "max_tokens" in body else "1"

    server = serve(answer)
    replies = list(ask_all(connect(server, concurrency=1), asks(9), str))
    assert [reply.value for reply in replies] == ["1"] * 9
    assert ["max_tokens" in body for body in server.seen] == [True] + [False] * 9


def test_several_calls_at_once_may_be_refused_and_none_is_lost(serve, connect, asks, statuses):
    server = serve(reasoning)
    replies = {r.subject: r.value for r in ask_all(connect(server), asks(30), int)}
    assert replies == {n: n for n in range(30)}
    assert statuses()["ok"] == 30 and len(server.seen) <= 30 + 2 * 4


def test_a_refused_call_costs_nothing(serve, connect, asks, store):
    list(ask_all(connect(serve(reasoning)), asks(5), int))
    costs = store.db.execute("SELECT sum(cost_nanousd) FROM calls WHERE status = 'error'")
    assert costs.fetchone()[0] == 0


def test_what_cannot_be_left_out_fails_as_ever(serve, connect, asks):
    server = serve(lambda body: refusal("messages"))
    [reply] = ask_all(connect(server), asks(1), str)
    assert "HTTP 400" in reply.error and len(server.seen) == 1


def test_a_parameter_that_is_refused_though_it_was_left_out_fails(serve, connect, asks):
    server = serve(lambda body: refusal("temperature"))
    [reply] = ask_all(connect(server), asks(1), str)
    assert "HTTP 400" in reply.error and len(server.seen) == 2


def test_a_role_can_say_it_beforehand(serve, connect, asks):
    server = serve(reasoning)
    gateway = connect(server, max_tokens_field="max_completion_tokens", has_temperature=False)
    assert len(list(ask_all(gateway, asks(5), int))) == 5 == len(server.seen)


def test_a_streamed_reply_does_without_them_too(serve, connect, request_for):
    assert "".join(stream(connect(serve(reasoning)), request_for("7"))) == "7"


def test_a_batch_whose_model_refuses_a_parameter_is_sent_without_it(connect, asks):
    with World(spoil=reasoning) as host:
        gateway = connect(host, is_batched=True, poll_seconds=0.01)
        assert {r.subject: r.value for r in ask_all(gateway, asks(9), int)} == {
            n: n for n in range(9)
        }
        assert len(host.batch.made) == 3
