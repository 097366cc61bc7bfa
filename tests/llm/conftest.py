import dataclasses

import pytest

from shikomi.llm.ask import Endpoint, Gateway
from shikomi.llm.scripted import ScriptedServer
from shikomi.store import Store
from shikomi.types import Message, Price, Request


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "p.db") as store:
        yield store


@pytest.fixture
def serve():
    """Start a scripted server from a function; all are stopped at the end."""
    started = []

    def start(answer, **over):
        server = ScriptedServer(answer, **over).__enter__()
        started.append(server)
        return server

    yield start
    for server in started:
        server.__exit__()


@pytest.fixture
def connect(store):
    """A gateway to a server, priced and quick to retry; all are closed at the end."""
    opened = []

    def open_gateway(server, **over):
        endpoint = Endpoint(
            identity="scripted", base_url=server.base_url, model="m", api_key="sk-secret",
            price=Price(input_nanousd=100, output_nanousd=1000), concurrency=4, timeout_seconds=5,
        )  # fmt: skip
        names = {field.name for field in dataclasses.fields(Endpoint)}
        changed = {name: over.pop(name) for name in list(over) if name in names}
        endpoint = dataclasses.replace(endpoint, **changed)
        settings = {
            "store": store, "stage": "x", "backoff_seconds": 0.01, "grace_seconds": 2.0,
            "poll_seconds": 30.0,
        }  # fmt: skip
        gateway = Gateway(endpoint=endpoint, **(settings | over))
        opened.append(gateway)
        return gateway

    yield open_gateway
    for gateway in opened:
        gateway.close()


@pytest.fixture
def request_for():
    def make(text, **over):
        settings = {"endpoint": "scripted", "model": "m", "max_tokens": 100} | over
        return Request(messages=(Message(role="user", content=str(text)),), **settings)

    return make


@pytest.fixture
def asks(request_for):
    return lambda count: [(number, request_for(number)) for number in range(count)]


@pytest.fixture
def statuses(store):
    """How many calls of each status the ledger holds."""

    def read():
        rows = store.db.execute("SELECT status, count(*) FROM calls GROUP BY status")
        return dict(map(tuple, rows))

    return read
