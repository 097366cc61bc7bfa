"""Chat completions: several choices, tools, and what is refused; on the tiny model."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openai
import psutil
import pytest
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from serving import ServerProcess, until
from shikomi.app.local_server import server_words
from shikomi.config import Config, ServerPart
from shikomi.server.calling import Calling

ASK: dict[str, Any] = {"model": "tiny", "messages": [{"role": "user", "content": "Hello?"}]}
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {
            "type": "object",
            "properties": {"sky": {"$ref": "#/$defs/Sky"}},
            "required": ["sky"],
            "additionalProperties": False,
            "$defs": {"Sky": {"type": "string", "enum": ["blue", "grey"]}},
        },
    },
}
NAMED = {"type": "function", "function": {"name": "weather"}}
CLOCK = {"type": "function", "function": {"name": "clock", "parameters": {"type": "object"}}}


def test_several_choices_differ_and_are_numbered(tiny_server: ServerProcess) -> None:
    body = ASK | {"n": 3, "seed": 4, "max_tokens": 5, "temperature": 1}
    answer = tiny_server.http.post("/chat/completions", json=body).json()
    completion = ChatCompletion.model_validate(answer)
    assert [choice.index for choice in completion.choices] == [0, 1, 2]
    assert len({choice.message.content for choice in completion.choices}) == 3
    assert completion.usage is not None and completion.usage.completion_tokens <= 15
    alone = tiny_server.sdk.chat.completions.create(**(body | {"n": 1, "seed": 5}))
    assert alone.choices[0].message.content == completion.choices[1].message.content


@pytest.mark.parametrize("more", [{}, {"top_logprobs": 0}, {"top_logprobs": 2}])
def test_so_many_likeliest_tokens_as_are_asked_for(
    tiny_server: ServerProcess, more: dict[str, Any]
) -> None:
    ask = ASK | {"max_tokens": 3, "logprobs": True} | more
    create = tiny_server.sdk.chat.completions.create
    streamed = [choice for chunk in create(**ask, stream=True) for choice in chunk.choices]
    for choices in (create(**ask).choices, streamed):
        tokens = [token for each in choices if each.logprobs for token in each.logprobs.content]
        told = [len(token.top_logprobs) for token in tokens]
        assert told == [more.get("top_logprobs", 0)] * 3


def test_several_choices_stream_under_one_id(tiny_server: ServerProcess) -> None:
    options = {"stream": True, "stream_options": {"include_usage": True}}
    stream = tiny_server.sdk.chat.completions.create(**ASK, n=2, max_tokens=4, **options)
    chunks: list[ChatCompletionChunk] = list(stream)
    assert len({chunk.id for chunk in chunks}) == 1
    assert {chunk.choices[0].index for chunk in chunks[:-1]} == {0, 1}
    assert chunks[-1].choices == [] and chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens <= 8
    assert all(chunk.choices[0].delta.content is not None for chunk in chunks[:2])


def test_tools_are_refused_where_the_runtime_would_pass_over_them(
    tiny_server: ServerProcess,
) -> None:
    for choice in ("auto", "required", NAMED):
        with pytest.raises(openai.BadRequestError) as caught:
            tiny_server.sdk.chat.completions.create(**ASK, tools=[WEATHER], tool_choice=choice)
        assert (caught.value.param, caught.value.code) == ("tools", "tools_not_supported")


def test_tools_are_shown_to_a_model_whose_template_knows_them(tooled: ServerProcess) -> None:
    ask = ASK | {"max_tokens": 1}
    without, shown, forced = (
        tooled.sdk.chat.completions.create(**ask, **more).usage
        for more in (
            {},
            {"tools": [CLOCK, WEATHER]},
            {"tools": [CLOCK, WEATHER], "tool_choice": "required"},
        )
    )
    assert without is not None and shown is not None and forced is not None
    assert shown.prompt_tokens > without.prompt_tokens + 50
    assert forced.prompt_tokens == shown.prompt_tokens


@pytest.mark.parametrize(("choice", "reason"), [("required", "tool_calls"), ("named", "stop")])
def test_a_call_that_is_wanted_is_made(tooled: ServerProcess, choice: str, reason: str) -> None:
    wanted = {"tools": [WEATHER], "tool_choice": choice}
    if choice == "named":
        wanted = {"tools": [CLOCK, WEATHER], "tool_choice": NAMED}
    answer = tooled.sdk.chat.completions.create(**ASK, **wanted).choices[0]
    assert (answer.message.content, answer.finish_reason) == (None, reason)
    (call,) = answer.message.tool_calls or ()
    assert call.function.name == "weather"
    assert json.loads(call.function.arguments)["sky"] in ("blue", "grey")


def test_a_call_that_is_wanted_is_streamed(tooled: ServerProcess) -> None:
    with tooled.sdk.chat.completions.stream(**ASK, tools=[WEATHER], tool_choice="required") as all_:
        events = list(all_)
        (call,) = all_.get_final_completion().choices[0].message.tool_calls or ()
    assert "content.delta" not in {event.type for event in events}
    assert json.loads(call.function.arguments)["sky"] in ("blue", "grey")


def test_a_call_that_was_cut_off_is_told_as_far_as_it_came() -> None:
    choice: dict[str, Any] = {
        "message": {"content": '{"name": "weather", "arguments": {"sk'},
        "finish_reason": "length",
    }
    Calling(finish_reason="stop").whole(choice)
    assert choice["finish_reason"] == "length"
    function = choice["message"]["tool_calls"][0]["function"]
    assert function == {"name": "weather", "arguments": '{"sk'}


def test_a_tools_answer_is_read_and_none_is_called_where_none_may_be(
    tiny_server: ServerProcess,
) -> None:
    called = {"name": "weather", "arguments": '{"sky": "grey"}'}
    told = [
        *ASK["messages"],
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c1", "type": "function", "function": called}],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "grey"},
    ]
    answer = tiny_server.sdk.chat.completions.create(
        model="tiny", messages=told, tools=[WEATHER], tool_choice="none", max_tokens=3
    )
    assert not answer.choices[0].message.tool_calls


@pytest.mark.parametrize("arguments", ["", '{"sk', "grey", '{"sky": "grey"}'])
def test_a_call_that_was_cut_off_can_be_sent_back(tooled: ServerProcess, arguments: str) -> None:
    """The runtime reads arguments as JSON; what an agent was answered is not always that."""
    call = {"id": "c1", "type": "function", "function": {"name": "w", "arguments": arguments}}
    turns = [
        *ASK["messages"],
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "What?"},
    ]
    body = {"model": "tiny", "messages": turns, "max_tokens": 1}
    reply = tooled.http.post("/chat/completions", json=body)
    assert reply.status_code == 200, reply.text


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"n": 0}, "n"),
        ({"top_logprobs": 2}, "logprobs"),
        ({"stream_options": {"include_usage": True}}, "stream"),
        ({"tool_choice": "auto"}, "tools"),
        (
            {"tools": [CLOCK], "tool_choice": {"type": "function", "function": {"name": "x"}}},
            "tool_choice",
        ),
        ({"tools": [{"type": "function", "function": {"name": "no way"}}]}, "name"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "tool_call_id"),
        ({"messages": [{"role": "user", "content": None}]}, "content"),
    ],
)
def test_what_does_not_fit_together_is_refused(
    tiny_server: ServerProcess, options: dict[str, Any], word: str
) -> None:
    reply = tiny_server.http.post("/chat/completions", json=ASK | options)
    assert reply.status_code == 400, reply.text
    error = reply.json()["error"]
    assert word in (error["param"] or "") or word in error["message"]


def test_roles_and_names_of_limits_old_and_new(tiny_server: ServerProcess) -> None:
    messages = [
        {"role": "developer", "content": [{"type": "text", "text": "Be brief."}]},
        {"role": "user", "content": "Hi"},
    ]
    answer = tiny_server.sdk.chat.completions.create(
        model="tiny",
        messages=messages,
        max_completion_tokens=3,
        logit_bias={"2": -100},
        user="someone",
        store=False,
        metadata={"a": "b"},
    )
    assert answer.usage is not None and answer.usage.completion_tokens == 3
    assert answer.choices[0].finish_reason == "length"


def test_memory_is_small_without_a_model_and_freed_when_idle(
    new_server: Callable[..., ServerProcess], tiny_model: Path, tmp_path: Path
) -> None:
    settings = Config(server=ServerPart(context=64, idle_seconds=0.5))
    words = server_words(settings, data=tmp_path / "data", cache=tmp_path / "cache")
    server = new_server(*words, "--model", str(tiny_model), data=tmp_path / "data")
    server.http.get("/models")
    assert psutil.Process(server.process.pid).memory_info().rss < 300e6
    assert server.ask(str(tiny_model), "Hi", max_tokens=1) is not None
    until(lambda: not server.children_named("runtime_child"))
    assert server.ask(str(tiny_model), "Hi", max_tokens=1) is not None


def test_too_many_waiting_requests_are_sent_away() -> None:
    """Tried on the pool itself: a flood of real requests would be the slowest test of all."""
    import asyncio

    from shikomi.server.errors import ApiError
    from shikomi.server.supervisor import Arm, PoolSettings, RuntimePool

    async def check() -> None:
        settings = PoolSettings(
            n_ctx=64, n_parallel=1, n_threads=1, max_runtimes=1, max_adapters=1,
            max_pending=0, idle_seconds=60, backend="llama.cpp",
        )  # fmt: skip
        pool = RuntimePool(settings, lambda base, limit: [])
        arm = Arm(base="b", weights=Path("none.gguf"), adapter=None)
        with pytest.raises(ApiError) as caught:
            async with pool.lease(arm):
                raise AssertionError("it was let in")
        assert (caught.value.status, caught.value.code) == (429, "rate_limit_exceeded")
        pool.close()

    asyncio.run(check())


def test_a_wrong_json_number_is_refused(tiny_server: ServerProcess) -> None:
    text = json.dumps(ASK)[:-1] + ', "temperature": NaN}'
    reply = tiny_server.http.post("/chat/completions", content=text.encode())
    assert reply.status_code == 400 and "not valid JSON" in reply.json()["error"]["message"]
    with pytest.raises(openai.NotFoundError):
        tiny_server.ask("nothing", "Hi")


def test_an_address_without_v1_says_where_the_routes_begin(tiny_server: ServerProcess) -> None:
    root = tiny_server.url.removesuffix("/v1")
    for route in (f"{root}/chat/completions", f"{tiny_server.url}/nothing"):
        error = tiny_server.http.post(route, json=ASK).json()["error"]
        assert error["code"] == "unknown_url"
        assert ("base_url" in error["message"]) == (not route.endswith("nothing"))


def test_a_method_that_a_route_has_not_is_a_405_that_names_those_it_has(
    tiny_server: ServerProcess,
) -> None:
    reply = tiny_server.http.get("/chat/completions")
    assert (reply.status_code, reply.headers["allow"]) == (405, "POST")
    assert reply.json()["error"]["code"] == "method_not_supported"
