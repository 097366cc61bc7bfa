"""`functions` and `function_call` of 2023: the SDK still has them, and the scripts of then do."""

import json
from typing import Any

import openai
import pytest
from contract import deviations
from openai.types.chat import ChatCompletion

from serving import ServerProcess
from shikomi.server.chat_request import parse_chat
from shikomi.server.choices import MergedStream
from shikomi.server.functions import OldCall

SKY = {"type": "string", "enum": ["blue", "grey"]}
WEATHER = {
    "name": "weather",
    "description": "What the sky is like.",
    "parameters": {"type": "object", "properties": {"sky": SKY}, "required": ["sky"]},
}
ASK: dict[str, Any] = {
    "model": "tiny",
    "messages": [{"role": "user", "content": "Hello?"}],
    "functions": [WEATHER],
}
NAMED = {"function_call": {"name": "weather"}}
CALLED = {"name": "weather", "arguments": '{"sky": "grey"}'}
TURNS = [
    *ASK["messages"],
    {"role": "assistant", "content": None, "function_call": CALLED},
    {"role": "function", "name": "weather", "content": "grey"},
]


def test_a_named_function_is_called(tooled: ServerProcess) -> None:
    answer = tooled.sdk.chat.completions.create(**ASK, **NAMED).choices[0]
    assert (answer.message.content, answer.finish_reason) == (None, "stop")
    assert answer.message.tool_calls is None and answer.message.function_call is not None
    assert answer.message.function_call.name == "weather"
    assert json.loads(answer.message.function_call.arguments)["sky"] in ("blue", "grey")
    raw = tooled.http.post("/chat/completions", json=ASK | NAMED).json()
    assert deviations(ChatCompletion, raw) == []


def test_a_named_function_is_called_in_a_stream(tooled: ServerProcess) -> None:
    chunks = list(tooled.sdk.chat.completions.create(**ASK, **NAMED, stream=True))
    calls = [choice.delta.function_call for chunk in chunks for choice in chunk.choices]
    written = "".join(call.arguments or "" for call in calls if call)
    assert json.loads(written)["sky"] in ("blue", "grey")
    assert {call.name for call in calls if call} == {"weather"}


def test_functions_are_shown_as_tools_are(tooled: ServerProcess) -> None:
    create = tooled.sdk.chat.completions.create
    given = {name: value for name, value in ASK.items() if name != "functions"}
    as_tools = create(**given, tools=[{"type": "function", "function": WEATHER}], max_tokens=1)
    old = create(**ASK, max_tokens=1, function_call="auto")
    assert old.usage is not None and as_tools.usage is not None
    assert old.usage.prompt_tokens == as_tools.usage.prompt_tokens


def test_what_a_function_said_is_sent_back(tooled: ServerProcess) -> None:
    answer = tooled.sdk.chat.completions.create(
        **(ASK | {"messages": TURNS}), function_call="none", max_tokens=2
    )
    assert answer.usage is not None and answer.usage.completion_tokens == 2
    told = parse_chat(ASK | {"messages": TURNS}).messages
    assert told[1].tool_calls is not None and told[1].function_call is None
    assert told[1].tool_calls[0].function.model_dump() == CALLED
    assert (told[2].role, told[2].tool_call_id) == ("tool", told[1].tool_calls[0].id)


def test_a_call_that_the_model_made_by_itself_has_the_older_form() -> None:
    """From llama.cpp's words: a model of random weights makes no call."""
    calls = [{"id": "c1", "type": "function", "function": CALLED}]
    choice: dict[str, Any] = {
        "message": {"role": "assistant", "content": None, "tool_calls": calls},
        "finish_reason": "tool_calls",
    }
    OldCall(None).whole(choice)
    assert choice["message"] == {"role": "assistant", "content": None, "function_call": CALLED}
    assert choice["finish_reason"] == "function_call"

    sent: list[dict[str, Any]] = []
    stream = MergedStream({"model": "tiny"}, sent.append, marks=[OldCall(None).part])
    for delta, reason in (({"tool_calls": [calls[0] | {"index": 0}]}, None), ({}, "tool_calls")):
        one = {"index": 0, "finish_reason": reason, "delta": delta}
        stream.event({"id": "x", "created": 1, "choices": [one]}, 0)
    first, last = (each["choices"][0] for each in sent)
    assert first["delta"] == {"function_call": CALLED}
    assert last["finish_reason"] == "function_call"


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"tools": [{"type": "function", "function": WEATHER}]}, "older name of 'tools'"),
        ({"function_call": {"name": "clock"}}, "names none of 'functions'"),
        ({"functions": None, "function_call": "auto"}, "'function_call' needs 'functions'"),
        ({"functions": [{"name": "no way"}]}, "functions.0.name"),
    ],
)
def test_what_does_not_fit_together_is_told(
    tooled: ServerProcess, more: dict[str, Any], reason: str
) -> None:
    reply = tooled.http.post("/chat/completions", json=ASK | more)
    assert reply.status_code == 400 and reason in reply.json()["error"]["message"]


def test_a_model_whose_template_knows_no_tools_says_so(tiny_server: ServerProcess) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        tiny_server.sdk.chat.completions.create(**ASK)
    assert (caught.value.param, caught.value.code) == ("functions", "tools_not_supported")
