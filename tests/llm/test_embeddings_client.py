"""Vectors are asked for and booked like any other call."""

import base64
import json
import struct

import pytest

from shikomi.llm import embeddings
from shikomi.llm.ask import ask_one
from shikomi.store import calls

VALUES = [0.5, -2.0, 0.25]
BASE64 = base64.b64encode(struct.pack("<3f", *VALUES)).decode()


def reply(embedding):
    usage = {"prompt_tokens": 7, "total_tokens": 7}
    return 200, {}, {"data": [{"index": 0, "embedding": embedding}], "usage": usage}


@pytest.fixture
def ask(serve, connect):
    """Ask an endpoint that gives this answer for the vector of a text; its calls are in `sent`."""

    def make(answer):
        sent = []

        def embed(path, raw):
            sent.append(json.loads(raw))
            return answer

        server = serve(lambda body: "no chat", routes={"POST /v1/embeddings": embed})
        line = connect(server, kind="embeddings")

        def asked(text="Why?"):
            request = embeddings.request(text, endpoint="scripted", model="m")
            return ask_one(line, request, embeddings.vector)

        return asked, sent

    return make


@pytest.mark.parametrize("form", [VALUES, BASE64])
def test_a_vector_comes_in_either_form_and_is_booked_with_its_tokens_and_cost(ask, store, form):
    asked, sent = ask(reply(form))
    assert asked().value == tuple(VALUES)
    assert sent == [{"model": "m", "input": "Why?"}]
    (line,) = calls.costs(store)
    assert (line.status, line.calls, line.input_tokens, line.output_tokens) == ("ok", 1, 7, 0)
    assert line.cost_nanousd == 700


def test_a_vector_is_never_paid_for_twice(ask):
    asked, sent = ask(reply(VALUES))
    assert asked().value == asked().value == tuple(VALUES)
    assert asked("Why not?").value == tuple(VALUES)
    assert len(sent) == 2


NO_VECTORS = [
    {"object": "list"},
    {"data": []},
    {"data": [{}]},
    {"data": [{"embedding": []}]},
    {"data": [{"embedding": ["x"]}]},
]


@pytest.mark.parametrize("body", NO_VECTORS)
def test_a_reply_without_a_vector_is_an_error_with_its_beginning(ask, statuses, body):
    asked, sent = ask((200, {}, body))
    assert asked().error.startswith("the reply is no embedding: {")
    assert len(sent) == 1 and statuses() == {"error": 1}
