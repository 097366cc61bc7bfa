"""The Responses API: what is asked, what is streamed, what is kept and what is refused."""

import asyncio
import json
from typing import Any

import pytest
from contract import deviations
from openai import AsyncOpenAI
from openai.types.responses import Response
from pydantic import BaseModel
from response_events import checked, events_of

from serving import ServerProcess
from shikomi.server.errors import ApiError
from shikomi.server.responses.conversation import messages
from shikomi.server.responses.objects import begun
from shikomi.server.responses.request import parse_response
from shikomi.server.responses.writing import Writing

ASK: dict[str, Any] = {"model": "tiny", "input": "Hello?", "max_output_tokens": 3}
SURE = {"max_output_tokens": None, "temperature": 0}  # what a schema binds comes to its end
SKY = {
    "type": "object",
    "properties": {"sky": {"type": "string", "enum": ["blue", "grey"]}},
    "required": ["sky"],
    "additionalProperties": False,
}
WEATHER = {"type": "function", "name": "weather", "parameters": SKY, "strict": True}
CLOCK = {"type": "function", "name": "clock", "parameters": {"type": "object"}}
CALLED = {
    "type": "function_call",
    "call_id": "call_1",
    "name": "weather",
    "arguments": '{"sky": "grey"}',
}
OUTPUT = {"type": "function_call_output", "call_id": "call_1", "output": "grey"}
TURNS = [{"role": "user", "content": "How is the sky?"}, CALLED, OUTPUT]


class Sky(BaseModel):
    sky: bool


def raw(server: ServerProcess, **more: Any) -> dict[str, Any]:
    """The whole response, which is as the description says."""
    reply = server.http.post("/responses", json=ASK | more)
    assert reply.status_code == 200, reply.text
    response: dict[str, Any] = reply.json()
    assert deviations(Response, response) == []
    return response


def test_a_text_is_answered(tiny_server: ServerProcess) -> None:
    wanted = {"temperature": 0.5, "metadata": {"a": "b"}, "instructions": "Be brief."}
    response = raw(tiny_server, **wanted)
    assert {name: response[name] for name in wanted} == wanted
    assert response["id"].startswith("resp_") and response["model"] == "tiny"
    (message,) = response["output"]
    assert (message["role"], message["id"][:4]) == ("assistant", "msg_")
    cut = ("incomplete", {"reason": "max_output_tokens"}, "incomplete")
    assert (response["status"], response["incomplete_details"], message["status"]) == cut
    assert response["usage"]["output_tokens"] == 3


def test_it_is_what_a_chat_completion_of_the_same_says(tiny_server: ServerProcess) -> None:
    same = {"model": "tiny", "temperature": 0}
    turns = [
        {"role": "system", "content": "Be brief.\n\nBe kind."},
        {"role": "user", "content": "Hello?"},
        {"role": "assistant", "content": "Yes?"},
        {"role": "user", "content": "Who are you?"},
    ]
    chat = tiny_server.sdk.chat.completions.create(**same, messages=turns, max_tokens=5)
    parts = [{"type": "input_text", "text": "Who are "}, {"type": "input_text", "text": "you?"}]
    items = [
        {"role": "developer", "content": "Be kind."},
        {"role": "user", "content": "Hello?"},
        {"role": "assistant", "content": [{"type": "output_text", "text": "Yes?"}]},
        {"type": "message", "role": "user", "content": parts},
    ]
    response = tiny_server.sdk.responses.create(
        **same, input=items, instructions="Be brief.", max_output_tokens=5
    )
    assert response.output_text == chat.choices[0].message.content
    assert response.usage is not None and chat.usage is not None
    assert response.usage.input_tokens == chat.usage.prompt_tokens


def test_a_stream_has_the_events_in_their_order(tiny_server: ServerProcess) -> None:
    events = events_of(tiny_server, ASK | {"temperature": 0})
    kinds = [event["type"].removeprefix("response.") for event in events]
    deltas = [event["delta"] for event in events if "delta" in event]
    assert [kind for kind in kinds if kind != "output_text.delta"] == [
        *("created", "in_progress", "output_item.added", "content_part.added"),
        *("output_text.done", "content_part.done", "output_item.done", "incomplete"),
    ]
    assert kinds[4 : 4 + len(deltas)] == ["output_text.delta"] * len(deltas)
    last = events[-1]["response"]
    assert last["output"][0]["content"][0]["text"] == "".join(deltas)
    assert last["usage"]["output_tokens"] == 3 and events[0]["response"]["usage"] is None
    whole = raw(tiny_server, temperature=0)
    assert whole["output"][0]["content"] == last["output"][0]["content"]


def test_the_sdk_reads_a_stream_whole(tiny_server: ServerProcess) -> None:
    with tiny_server.sdk.responses.stream(**ASK) as stream:
        told = "".join(e.delta for e in stream if e.type == "response.output_text.delta")
    assert next(e.type for e in tiny_server.sdk.responses.create(**ASK, stream=True)) == (
        "response.created"
    )
    assert told


def test_the_asynchronous_client_asks_and_streams(tiny_server: ServerProcess) -> None:
    async def ask() -> None:
        async with AsyncOpenAI(base_url=tiny_server.url, api_key="x", max_retries=0) as sdk:
            asked = [sdk.responses.create(**ASK) for _ in range(3)]
            assert all(each.output_text for each in await asyncio.gather(*asked))
            async with sdk.responses.stream(**ASK) as stream:
                kinds = [event.type async for event in stream]
            assert kinds[-1] == "response.incomplete"

    asyncio.run(ask())


def test_a_schema_binds_the_answer(tiny_server: ServerProcess) -> None:
    wanted = ASK | SURE
    parsed = tiny_server.sdk.responses.parse(**wanted, text_format=Sky).output_parsed
    assert parsed is not None
    given = {"type": "json_schema", "name": "sky", "schema": SKY, "strict": True}
    response = raw(tiny_server, **SURE, text={"format": given})
    assert response["text"] == {"format": given} and response["status"] == "completed"
    assert json.loads(response["output"][0]["content"][0]["text"])["sky"] in ("blue", "grey")


def test_the_probabilities_of_tokens_are_told(tiny_server: ServerProcess) -> None:
    wanted = {"include": ["message.output_text.logprobs"], "top_logprobs": 2}
    (message,) = raw(tiny_server, **wanted)["output"]
    assert [len(token["top_logprobs"]) for token in message["content"][0]["logprobs"]] == [2] * 3
    (alone,) = raw(tiny_server, include=wanted["include"])["output"]
    assert [token["top_logprobs"] for token in alone["content"][0]["logprobs"]] == [[]] * 3
    events = events_of(tiny_server, ASK | wanted)
    tokens = [n for event in events if "delta" in event for n in event["logprobs"]]
    assert len(tokens) == 3 and len(tokens[0]["top_logprobs"]) == 2


@pytest.mark.parametrize(
    "choice",
    [
        "required",
        {"type": "function", "name": "weather"},
        {"type": "allowed_tools", "mode": "required",
         "tools": [{"type": "function", "name": "weather"}]},
    ],
)  # fmt: skip
def test_a_call_that_is_wanted_is_made(tooled: ServerProcess, choice: Any) -> None:
    tools = [WEATHER] if choice == "required" else [CLOCK, WEATHER]
    wanted = {"tools": tools, "tool_choice": choice} | SURE
    (call,) = raw(tooled, **wanted)["output"]
    assert (call["type"], call["name"], call["status"]) == ("function_call", "weather", "completed")
    assert json.loads(call["arguments"])["sky"] in ("blue", "grey")
    assert call["call_id"] != call["id"] and call["id"].startswith("fc_")


def test_a_call_is_streamed(tooled: ServerProcess) -> None:
    wanted = {"tools": [WEATHER], "tool_choice": "required"} | SURE
    events = events_of(tooled, ASK | wanted)
    assert [event["type"].removeprefix("response.") for event in events] == [
        *("created", "in_progress", "output_item.added", "function_call_arguments.delta"),
        *("function_call_arguments.done", "output_item.done", "completed"),
    ]
    (call,) = events[-1]["response"]["output"]
    assert call["arguments"] == events[3]["delta"] == events[4]["arguments"]


def test_a_text_and_two_calls_of_one_answer() -> None:
    """From llama.cpp's words: a model of random weights makes no call."""
    events: list[dict[str, Any]] = []
    writing = Writing(begun(parse_response(ASK)), events.append)

    def part(delta: dict[str, Any], reason: str | None = None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": reason, "logprobs": None}
        writing.chunk({"choices": [choice]})

    part({"content": "Wait."})
    for number, name in enumerate(("weather", "clock")):
        opened = {"index": number, "id": f"c{number}", "function": {"name": name}}
        part({"tool_calls": [opened]})
        for piece in ("{", "}"):
            part({"tool_calls": [{"index": number, "function": {"arguments": piece}}]})
    part({}, "tool_calls")
    writing.finish()
    writing.end()
    checked(events)
    text, *calls = writing.response["output"]
    assert text["content"][0]["text"] == "Wait."
    assert [(c["name"], c["call_id"], c["arguments"]) for c in calls] == [
        *(("weather", "c0", "{}"), ("clock", "c1", "{}")),
    ]
    assert [e["output_index"] for e in events if e["type"].endswith("item.done")] == [0, 1, 2]


def test_a_stream_that_breaks_off_says_so() -> None:
    events: list[dict[str, Any]] = []
    writing = Writing(begun(parse_response(ASK)), events.append)
    writing.chunk({"choices": [{"index": 0, "delta": {"content": "a"}, "finish_reason": None}]})
    writing.fail(ApiError(503, "It ended."))
    checked(events)
    assert events[-1]["response"]["error"] == {"code": "server_error", "message": "It ended."}


def test_calls_and_what_they_gave_are_the_messages_of_a_chat(tooled: ServerProcess) -> None:
    assert raw(tooled, input=TURNS, tools=[WEATHER], tool_choice="none")["output"]
    thought = {"type": "reasoning", "id": "rs_1", "summary": []}
    more = [CALLED | {"call_id": "call_2"}, OUTPUT | {"call_id": "call_2"}]
    wanted = parse_response(
        ASK | {"input": [TURNS[0], thought, CALLED, *more[:1], OUTPUT, more[1]]}
    )
    assert not isinstance(wanted.input, str)
    told = messages(None, wanted.input)  # type: ignore[arg-type]
    roles = [(each["role"], len(each.get("tool_calls", ()))) for each in told]
    assert roles == [("user", 0), ("assistant", 2), ("tool", 0), ("tool", 0)]
    assert told[2]["tool_call_id"] == "call_1"


def test_a_model_with_search_tells_its_sources(searching: ServerProcess) -> None:
    wanted = {"model": "tiny+rag", "input": "How long is a tick?", "max_output_tokens": 3}
    response = raw(searching, **wanted)
    assert response["shikomi"]["sources"]
    events = events_of(searching, wanted)
    assert events[-1]["response"]["shikomi"] == response["shikomi"]
    nobody = {"input": [{"role": "developer", "content": "a"}]}
    error = searching.http.post("/responses", json=wanted | nobody).json()["error"]
    assert error["param"] == "input"


def test_a_mark_of_a_source_is_an_annotation() -> None:
    events: list[dict[str, Any]] = []
    writing = Writing(begun(parse_response(ASK)), events.append)
    where = {"start_index": 0, "end_index": 1, "title": "t", "url": "u"}
    mark = {"type": "url_citation", "url_citation": where}
    delta = {"content": "a", "annotations": [mark]}
    writing.chunk({"choices": [{"index": 0, "delta": delta, "finish_reason": "stop"}]})
    writing.finish()
    checked(events)
    (told,) = [e["annotation"] for e in events if e["type"].endswith("annotation.added")]
    assert told == {"type": "url_citation"} | where
    assert writing.response["output"][0]["content"][0]["annotations"] == [told]


IMAGE = {"type": "input_image", "image_url": "data:image/png;base64,AAAA"}


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"input": [{"role": "user", "content": [IMAGE]}]}, "input.0.content.0"),
        ({"input": [{"type": "computer_call"}]}, "input.0"),
        ({"input": [7]}, "input.0"),
        ({"input": []}, "input"),
        ({"input": None}, "input"),
        ({"input": {"role": "user"}}, "input"),
        ({"input": [{"role": "user", "content": "a", "extra": 1}]}, "input.0.extra"),
        ({"input": [OUTPUT]}, "input"),
        ({"input": [{"type": "item_reference", "id": "msg_none"}]}, "input"),
        ({"input": "x " * 5000}, "input"),
        ({"tools": [{"type": "web_search"}]}, "tools.0.type"),
        ({"tools": [CLOCK | {"name": "no way"}]}, "tools.0.name"),
        ({"tool_choice": {"type": "web_search"}}, "tool_choice"),
        ({"tool_choice": "required"}, None),
        ({"tool_choice": {"type": "function", "name": "clock"}}, None),
        ({"tools": [CLOCK]}, "tools"),
        ({"background": True}, "background"),
        ({"conversation": "conv_1"}, "conversation"),
        ({"prompt": {"id": "pmpt_1"}}, "prompt"),
        ({"truncation": "auto"}, "truncation"),
        ({"text": {"format": {"type": "grammar"}}}, "text.format"),
        ({"max_output_tokens": 0}, "max_output_tokens"),
        ({"temperature": 2.1}, "temperature"),
        ({"include": ["everything"]}, "include.0"),
        ({"stream_options": {}, "stream": False}, None),
        ({"messages": []}, "messages"),
        ({"model": "none"}, "model"),
        ({"previous_response_id": "resp_none"}, "previous_response_id"),
    ],
)
def test_what_is_not_there_is_refused(
    tiny_server: ServerProcess, more: dict[str, Any], param: str | None
) -> None:
    for streams in ({}, {"stream": True}):
        reply = tiny_server.http.post("/responses", json=ASK | streams | more)
        assert reply.status_code in (400, 404), reply.text
        assert reply.json()["error"]["param"] == param, reply.text


@pytest.mark.parametrize(
    "more",
    [
        {"background": False, "reasoning": {"effort": "low"}, "service_tier": "auto"},
        {"user": "u", "safety_identifier": "s", "prompt_cache_key": "k", "truncation": "disabled"},
        {"tools": [], "tool_choice": "auto", "parallel_tool_calls": True},
        {"include": ["reasoning.encrypted_content"], "conversation": None, "max_tool_calls": 3},
        {"stream": True, "stream_options": {"include_obfuscation": False}},
    ],
)
def test_what_clients_send_by_habit_changes_nothing(
    tiny_server: ServerProcess, more: dict[str, Any]
) -> None:
    reply = tiny_server.http.post("/responses", json=ASK | more)
    assert reply.status_code == 200, reply.text
