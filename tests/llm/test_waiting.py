"""An endpoint that nothing comes from is told of while it is waited for."""

import pytest
from spoken import said

from shikomi.errors import EndpointError
from shikomi.llm.ask import ask_all
from shikomi.llm.streaming import stream

SLOW_DOWN = (429, {"Retry-After": "30"}, {"error": {"message": "slow down"}})
BROKEN = (500, {}, {"error": {"message": "boom"}})


class Told(list):
    """What was told; the person then presses Ctrl-C, if that is in `after`."""

    def __init__(self, after=None):
        self._after = after

    def __call__(self, waiting):
        self.append(waiting)
        if len(self) == self._after:
            raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (SLOW_DOWN, "it takes no more calls for now (HTTP 429: slow down)"),
        (BROKEN, "its calls fail (HTTP 500: boom)"),
    ],
)
def test_a_long_wait_is_told_before_it_begins(serve, connect, asks, statuses, answer, reason):
    told = Told(after=1)
    server = serve(lambda body: answer)
    gateway = connect(server, on_wait=told, backoff_seconds=60, concurrency=1)
    with pytest.raises(KeyboardInterrupt):
        list(ask_all(gateway, asks(3), str))
    assert (told[0].where, told[0].reason) == (server.base_url, reason)
    assert told[0].is_new and 25 < told[0].seconds <= 60
    assert len(server.seen) == 1 and statuses() == {"error": 1}


def test_an_endpoint_that_is_away_is_told_of_once_as_news(connect, asks):
    class Nowhere:
        base_url = "http://127.0.0.1:1/v1"

    told = Told()
    gateway = connect(Nowhere, retries=3, on_wait=told, silent_seconds=0)
    with pytest.raises(EndpointError, match="cannot reach"):
        list(ask_all(gateway, asks(1), str))
    assert [each.is_new for each in told] == [True, False, False]
    assert told[0].reason.startswith("it cannot be reached (")


def test_a_fault_that_passes_soon_is_no_news(serve, connect, asks):
    faults, told = [BROKEN, (429, {}, {})], Told()
    server = serve(lambda body: faults.pop() if faults else said(body))
    replies = list(ask_all(connect(server, on_wait=told), asks(5), str))
    assert len(replies) == 5 and told == []


def test_what_came_in_between_ends_the_silence(serve, connect, asks):
    """Each call fails once: the second fault follows an answer, and is as short as the first."""
    failed, told = set(), Told()

    def answer(body):
        if said(body) in failed:
            return said(body)
        failed.add(said(body))
        return 500, {"Retry-After": "0.2"}, {}

    gateway = connect(serve(answer), on_wait=told, silent_seconds=0.9, concurrency=1)
    assert len(list(ask_all(gateway, asks(5), str))) == 5
    assert told == []


def test_a_chat_tells_it_too(serve, connect, request_for):
    told = Told(after=1)
    gateway = connect(serve(lambda body: SLOW_DOWN), on_wait=told)
    with pytest.raises(KeyboardInterrupt):
        list(stream(gateway, request_for("Hello?")))
    assert told[0].reason.startswith("it takes no more calls")


def test_a_batch_that_cannot_be_looked_at_tells_it_too(connect, asks):
    from world import World

    with World(spoil=said) as host:
        host.batch.ending, told = None, Told(after=1)
        gateway = connect(host, is_batched=True, poll_seconds=0.01, on_wait=told)

        def vanish(_):
            host.__exit__(None, None, None)

        gateway.on_batch, gateway.silent_seconds = vanish, 0
        with pytest.raises(KeyboardInterrupt):
            list(ask_all(gateway, asks(3), str))
    assert "cannot reach" in told[0].reason
