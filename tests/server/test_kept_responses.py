"""Responses that are kept: gone on from, read, deleted, and dropped."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from contract import deviations
from openai.types.responses import Response, ResponseItemList
from response_events import events_of

from serving import ServerProcess
from shikomi.server.database import Database
from shikomi.server.errors import ApiError
from shikomi.server.responses.objects import begun
from shikomi.server.responses.request import parse_response
from shikomi.server.responses.store import ResponseStore

ASK: dict[str, Any] = {"model": "tiny", "input": "Hello?", "max_output_tokens": 3}


def raw(server: ServerProcess, **more: Any) -> dict[str, Any]:
    """The whole response, which is as the description says."""
    response: dict[str, Any] = server.http.post("/responses", json=ASK | more).json()
    assert deviations(Response, response) == []
    return response


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "server.db")
    yield opened
    opened.close()


def test_the_next_request_goes_on_from_a_kept_response(tiny_server: ServerProcess) -> None:
    sdk = tiny_server.sdk
    first = sdk.responses.create(**ASK, instructions="Be brief.", temperature=0)
    second = sdk.responses.create(
        **(ASK | {"input": "And then?"}), previous_response_id=first.id, temperature=0
    )
    turns = [
        {"role": "user", "content": "Hello?"},
        {"role": "assistant", "content": first.output_text},
        {"role": "user", "content": "And then?"},
    ]
    alone = sdk.responses.create(**(ASK | {"input": turns}), temperature=0, store=False)
    assert second.previous_response_id == first.id
    assert second.usage is not None and alone.usage is not None
    assert second.usage.input_tokens == alone.usage.input_tokens  # without the instructions
    assert second.output_text == alone.output_text
    third = sdk.responses.create(**(ASK | {"input": "So?"}), previous_response_id=second.id)
    assert third.usage is not None and third.usage.input_tokens > second.usage.input_tokens + 3


def test_an_answer_is_sent_back_as_the_sdk_has_it_or_by_its_id(tiny_server: ServerProcess) -> None:
    first = tiny_server.sdk.responses.create(**ASK, temperature=0)
    asked: list[Any] = [{"role": "user", "content": "Hello?"}]
    counts = set()
    for answer in (
        first.output,
        [each.model_dump() for each in first.output],
        [{"type": "item_reference", "id": first.output[0].id}],
        [{"id": first.output[0].id}],
    ):
        turns = [*asked, *answer, {"role": "user", "content": "So?"}]
        usage = tiny_server.sdk.responses.create(**(ASK | {"input": turns})).usage
        assert usage is not None
        counts.add(usage.input_tokens)
    assert len(counts) == 1


def test_a_response_can_be_read_and_deleted(tiny_server: ServerProcess) -> None:
    response = raw(tiny_server)
    route = f"/responses/{response['id']}"
    assert tiny_server.http.get(route).json() == response
    streamed = events_of(tiny_server, ASK)[-1]["response"]
    assert tiny_server.sdk.responses.retrieve(streamed["id"]).id == streamed["id"]
    deleted = {"id": response["id"], "object": "response", "deleted": True}
    assert tiny_server.http.delete(route).json() == deleted
    assert tiny_server.http.get(route).status_code == 404
    with pytest.raises(openai.NotFoundError):
        tiny_server.sdk.responses.delete(response["id"])


CALL = {"type": "function_call", "call_id": "c1", "name": "clock", "arguments": "{}"}
GIVEN = {"type": "function_call_output", "call_id": "c1"}
TURNS: list[dict[str, Any]] = [
    {"role": "developer", "content": "Be brief."},
    {"role": "user", "content": [{"type": "input_text", "text": "When?"}], "id": "msg_own"},
    {"type": "reasoning", "id": "rs_1"},
    CALL | {"id": "fc_1", "status": "completed"},
    GIVEN | {"output": "noon"},
    GIVEN | {"output": [{"type": "input_text", "text": "noon"}]},
    {"role": "assistant", "content": "At noon."},
    {
        "role": "assistant",
        "content": [{"type": "refusal", "refusal": "No."}],
        "phase": "commentary",
    },
    {"role": "user", "content": "And then?", "id": "msg_own"},
]


def test_what_a_response_was_asked_with_is_listed_whole(tiny_server: ServerProcess) -> None:
    response = raw(tiny_server, input=TURNS)
    body = tiny_server.http.get(f"/responses/{response['id']}/input_items?order=asc").json()
    assert deviations(ResponseItemList, body) == []
    kinds = [each.get("role") or each["type"] for each in body["data"]]
    assert kinds == [turn.get("role") or turn["type"] for turn in TURNS]
    ids = [each["id"] for each in body["data"]]
    assert len(set(ids)) == len(TURNS)
    assert (ids[1], ids[2], ids[3]) == ("msg_own", "rs_1", "fc_1")
    assert (body["first_id"], body["last_id"], body["has_more"]) == (ids[0], ids[-1], False)
    newest_first = tiny_server.sdk.responses.input_items.list(response["id"], limit=2)
    assert [each.id for each in newest_first] == ids[::-1]  # page by page


def test_the_list_has_the_conversation_before_the_request_too(tiny_server: ServerProcess) -> None:
    sdk = tiny_server.sdk
    first = sdk.responses.create(**ASK)
    second = sdk.responses.create(
        **(ASK | {"input": "And then?"}), previous_response_id=first.id, instructions="Be brief."
    )
    listed = list(sdk.responses.input_items.list(second.id, order="asc"))
    assert [each.to_dict()["role"] for each in listed] == ["user", "assistant", "user"]
    assert listed[1].id == first.output[0].id
    route = f"/responses/{second.id}/input_items"
    refused = tiny_server.http.get(route, params={"after": "msg_none"})
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "after")
    assert tiny_server.http.get(route, params={"limit": 101}).status_code == 400


def test_what_shall_not_be_kept_is_not(tiny_server: ServerProcess) -> None:
    response = raw(tiny_server, store=False)
    with pytest.raises(openai.NotFoundError) as caught:
        tiny_server.sdk.responses.create(**ASK, previous_response_id=response["id"])
    told = (caught.value.param, caught.value.code)
    assert told == ("previous_response_id", "previous_response_not_found")


def test_few_responses_are_kept_and_not_for_ever(
    database: Database,
) -> None:
    def keep(store: ResponseStore, age: int = 0, size: int = 1) -> str:
        response = begun(parse_response(ASK | {"instructions": "x" * size}))
        response["created_at"] -= age
        store.keep(response, [])
        return str(response["id"])

    def kept(*ids: str) -> list[bool]:
        rows = database.rows("SELECT id FROM responses")
        return [each in {row["id"] for row in rows} for each in ids]

    few = ResponseStore(database, most_kept=2)
    ids = [keep(few) for _ in range(3)]
    assert kept(*ids) == [False, True, True]
    small = ResponseStore(database, most_bytes=10_000)
    large = keep(small, size=9_000)
    assert kept(*ids, large) == [False, False, False, True]
    month = 30 * 24 * 3600
    old = keep(small, age=month + 1)
    assert kept(large, old) == [True, False]
    with database.transaction() as db:
        db.execute("UPDATE responses SET created_at = created_at - ?", (month + 1,))
    with pytest.raises(ApiError, match="is kept here"):
        small.get(large)
