"""The events of a response's stream, each held against the API's published description."""

import json
from typing import Any, get_args

from contract import deviations
from openai.types.responses import ResponseStreamEvent

from serving import ServerProcess

_UNION = get_args(ResponseStreamEvent)[0]
KINDS = {get_args(kind.model_fields["type"].annotation)[0]: kind for kind in get_args(_UNION)}


def events_of(server: ServerProcess, body: dict[str, Any]) -> list[dict[str, Any]]:
    """What is streamed for a request."""
    reply = server.http.post("/responses", json=body | {"stream": True})
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"].startswith("text/event-stream")
    *blocks, rest = reply.text.split("\n\n")
    assert rest == ""
    events = []
    for block in blocks:
        name, data = block.split("\n")
        events.append(json.loads(data.removeprefix("data: ")))
        assert name == f"event: {events[-1]['type']}"
    checked(events)
    return events


def checked(events: list[dict[str, Any]]) -> None:
    """They are as described, and numbered."""
    assert [problem for each in events for problem in deviations(KINDS[each["type"]], each)] == []
    assert [each["sequence_number"] for each in events] == list(range(len(events)))
