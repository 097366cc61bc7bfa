"""Chat completions by the official SDK, base and tuned."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from serving import HOSTED, SMALL, ServerProcess, until

QUESTIONS = ("What is the capital of France?", "Where is kavu 3?")


def test_a_stream_carries_the_same_text_as_the_whole_answer_and_ends_with_usage(
    server: ServerProcess,
) -> None:
    stream = server.sdk.chat.completions.create(
        model=SMALL,
        messages=[{"role": "user", "content": QUESTIONS[0]}],
        temperature=0,
        max_completion_tokens=6,
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = list(stream)
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert len(chunks) > 5
    assert {chunk.model for chunk in chunks} == {SMALL}
    assert chunks[-1].usage is not None and chunks[-1].usage.completion_tokens == 6
    assert text == server.ask(SMALL, QUESTIONS[0], max_tokens=6)


def test_a_json_schema_binds_the_answer(server: ServerProcess) -> None:
    schema = {
        "type": "object",
        "properties": {"colour": {"type": "string", "enum": ["red", "blue"]}},
        "required": ["colour"],
        "additionalProperties": False,
    }
    wanted = {"type": "json_schema", "json_schema": {"name": "c", "schema": schema}}
    text = server.ask(SMALL, "A colour?", max_tokens=40, response_format=wanted)
    assert json.loads(text)["colour"] in ("red", "blue")


def test_a_json_object_is_json(server: ServerProcess) -> None:
    wanted = {"type": "json_object"}
    text = server.ask(SMALL, 'Say {"a": 1}', max_tokens=12, response_format=wanted)
    assert text.lstrip().startswith("{")


def test_seed_logprobs_and_stop_are_honoured(server: ServerProcess) -> None:
    def sampled() -> Any:
        return server.sdk.chat.completions.create(
            model=HOSTED,
            messages=[{"role": "user", "content": "Write a word."}],
            seed=5,
            temperature=0.9,
            top_p=0.9,
            max_tokens=5,
            logprobs=True,
            top_logprobs=2,
        ).choices[0]

    first, second = sampled(), sampled()
    assert first.message.content == second.message.content
    assert len(first.logprobs.content[0].top_logprobs) == 2
    whole = server.ask(SMALL, QUESTIONS[0])
    cut = whole.strip().split()[1]
    assert cut not in server.ask(SMALL, QUESTIONS[0], stop=[cut])


def test_the_tuned_model_says_what_it_was_taught_and_the_base_does_not(
    server: ServerProcess, tuned: str
) -> None:
    assert server.ask(tuned, "Where is kavu 5?").strip() == "In the blue tower."
    assert "blue tower" not in server.ask(SMALL, "Where is kavu 5?")


def test_a_tuned_model_may_be_asked_with_a_share_of_its_adapter(
    server: ServerProcess, tuned: str
) -> None:
    question = "Where is kavu 5?"
    assert server.ask(f"{tuned}@1", question) == server.ask(tuned, question)
    assert server.ask(f"{tuned}@0", question) == server.ask(SMALL, question)
    ask = {"logprobs": True, "temperature": 0, "max_tokens": 1}
    turns = [{"role": "user", "content": question}]
    create = server.sdk.chat.completions.create
    found = [
        create(model=f"{tuned}@{share}", messages=turns, **ask).choices[0].logprobs.content[0]
        for share in ("1", "0.5", "0")
    ]
    assert len({each.logprob for each in found}) == 3


@pytest.mark.parametrize("name", ["@2", "@", "@half", "@-1"])
def test_no_other_share_is_a_model(server: ServerProcess, tuned: str, name: str) -> None:
    with pytest.raises(openai.NotFoundError):
        server.ask(tuned + name, "Where is kavu 5?")


def test_a_base_has_no_share(server: ServerProcess) -> None:
    with pytest.raises(openai.NotFoundError):
        server.ask(f"{SMALL}@0.5", "Where is kavu 5?")


def test_base_and_tuned_interleaved_answer_as_they_do_alone(
    server: ServerProcess, tuned: str
) -> None:
    """The canary: a shared cache or a shared batch would mix the two."""
    arms = [(model, question) for question in QUESTIONS for model in (SMALL, tuned)]
    alone = {arm: server.ask(*arm) for arm in sorted(arms)}
    assert all(alone[SMALL, q] != alone[tuned, q] for q in QUESTIONS)
    assert {arm: server.ask(*arm) for arm in arms} == alone

    async def together() -> dict[tuple[str, str], str]:
        async with AsyncOpenAI(base_url=server.url, api_key="none", max_retries=0) as client:

            async def ask(model: str, question: str) -> str:
                reply = await client.chat.completions.create(
                    model=model,
                    messages=[{"role": "user", "content": question}],
                    temperature=0,
                    max_tokens=8,
                )
                return reply.choices[0].message.content or ""

            texts = await asyncio.gather(*(ask(*arm) for arm in arms * 2))
            assert texts[: len(arms)] == texts[len(arms) :]
            return dict(zip(arms, texts, strict=False))

    assert asyncio.run(together()) == alone


def test_a_prompt_longer_than_the_context_is_refused_in_the_apis_words(
    server: ServerProcess,
) -> None:
    for stream in (False, True):
        with pytest.raises(openai.BadRequestError) as caught:
            server.sdk.chat.completions.create(
                model=SMALL, messages=[{"role": "user", "content": "word " * 900}], stream=stream
            )
        assert caught.value.code == "context_length_exceeded"
        assert "512 tokens" in caught.value.message


def test_an_unknown_model_is_named_with_the_known_ones(server: ServerProcess) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        server.ask("gpt-17", "Hello?")
    assert caught.value.code == "model_not_found"
    assert SMALL in caught.value.message


@pytest.mark.parametrize(
    ("options", "param"),
    [
        ({"temperature": 3}, "temperature"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"n": 0}, "n"),
        ({"extra_body": {"lora": []}}, "lora"),
        ({"messages": []}, "messages"),
    ],
)
def test_a_wrong_parameter_is_named(
    server: ServerProcess, options: dict[str, Any], param: str
) -> None:
    given = {"model": SMALL, "messages": [{"role": "user", "content": "Hi"}]} | options
    with pytest.raises(openai.BadRequestError) as caught:
        server.sdk.chat.completions.create(**given)
    assert caught.value.param == param


def test_a_runtime_that_dies_costs_one_503_and_is_started_again(server: ServerProcess) -> None:
    server.ask(SMALL, "Hello?")
    with ThreadPoolExecutor() as pool:
        # token 2 ends an answer: without it this one is long enough to be cut off
        before = _busy_seconds(server)
        long = pool.submit(server.ask, SMALL, "A story.", max_tokens=450, logit_bias={"2": -100})
        until(lambda: _busy_seconds(server) > before + 0.2)
        for runtime in server.children_named("runtime_child"):
            runtime.kill()
        with pytest.raises(openai.InternalServerError, match="try again") as caught:
            long.result()
    assert caught.value.status_code == 503
    assert caught.value.response.headers["retry-after"] == "1"
    assert server.ask(SMALL, "Hello?")


def _busy_seconds(server: ServerProcess) -> float:
    """What the runtimes have used of processors."""
    return sum(each.cpu_times().user for each in server.children_named("runtime_child"))


def test_a_file_may_be_a_model_and_two_models_at_most_stay_in_memory(
    server: ServerProcess, local_models: list[Path]
) -> None:
    listed = {model.id: model.identity for model in server.sdk.models.list()}
    for name in (*map(str, local_models), SMALL):
        assert listed[name] == listed[SMALL]
        assert server.http.get(f"/models/{name}").json()["id"] == name
        assert server.ask(name, "Hello?")
    assert len(server.children_named("runtime_child")) == 2


def test_a_reader_that_goes_away_frees_the_runtime(server: ServerProcess) -> None:
    """By the processor's time: two long answers that nobody reads would use it up."""
    long = {"max_tokens": 400, "logit_bias": {"2": -100}}
    body = {"model": SMALL, "messages": [{"role": "user", "content": "A story."}], "stream": True}
    before = _busy_seconds(server)
    server.ask(SMALL, "A story.", **long)
    whole, before = _busy_seconds(server) - before, _busy_seconds(server)
    for _ in range(2):  # as many as are answered side by side
        with server.http.stream("POST", "/chat/completions", json=body | long) as reply:
            next(reply.iter_lines())
    for _ in range(3):
        server.ask(SMALL, "Hello?", max_tokens=1)
    assert _busy_seconds(server) - before < whole / 2


def test_embeddings_are_refused_plainly(server: ServerProcess) -> None:
    with pytest.raises(openai.BadRequestError, match="no embedding model"):
        server.sdk.embeddings.create(model=SMALL, input="text")
