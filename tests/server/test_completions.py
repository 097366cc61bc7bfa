"""Text completions, the older route, by the official SDK: what base models and old scripts use."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openai
import pytest
from contract import deviations
from openai.types import Completion
from test_batches import ended, read

from serving import ServerProcess

ASK: dict[str, Any] = {"model": "tiny", "prompt": "The lamp is", "temperature": 0}


def create(server: ServerProcess, **options: Any) -> Completion:
    return server.sdk.completions.create(**(ASK | options))


def test_a_text_is_gone_on_with_and_no_template_is_put_around_it(
    tiny_server: ServerProcess,
) -> None:
    answer = create(tiny_server)
    (choice,) = answer.choices
    assert (answer.object, answer.model, choice.index) == ("text_completion", "tiny", 0)
    assert choice.text and choice.finish_reason == "length" and choice.logprobs is None
    usage = answer.usage
    assert usage is not None and usage.completion_tokens == 16  # as in the API, unless it is told
    chat = [{"role": "user", "content": ASK["prompt"]}]
    told = tiny_server.sdk.chat.completions.create(model="tiny", messages=chat, max_tokens=1).usage
    assert told is not None and usage.prompt_tokens < told.prompt_tokens
    raw = tiny_server.http.post("/completions", json=ASK | {"n": 2, "logprobs": 1}).json()
    assert deviations(Completion, raw) == [] and raw["id"].startswith("cmpl")


def test_several_prompts_have_choices_each_in_their_order(tiny_server: ServerProcess) -> None:
    prompts = ["The lamp is", "One, two,"]
    both = create(tiny_server, prompt=prompts, n=2, max_tokens=4, seed=3, temperature=1)
    assert [choice.index for choice in both.choices] == [0, 1, 2, 3]
    alone = [
        create(tiny_server, prompt=each, n=2, max_tokens=4, seed=3, temperature=1)
        for each in prompts
    ]
    assert [choice.text for choice in both.choices] == [
        choice.text for each in alone for choice in each.choices
    ]
    assert len({choice.text for choice in both.choices}) > 2
    usages = [each.usage for each in (both, *alone)]
    total, *parts = [usage.prompt_tokens for usage in usages if usage is not None]
    assert total == sum(parts)


def test_token_ids_are_a_prompt(tiny_server: ServerProcess) -> None:
    one = create(tiny_server, prompt=[504, 9732], max_tokens=3)
    several = create(tiny_server, prompt=[[504, 9732], [28]], max_tokens=3)
    assert one.usage is not None and one.usage.prompt_tokens == 2
    assert several.choices[0].text == one.choices[0].text
    assert len(several.choices) == 2


def test_a_stream_says_what_the_whole_says_and_ends_with_usage(tiny_server: ServerProcess) -> None:
    options: dict[str, Any] = {"prompt": ["The lamp is", "One, two,"], "max_tokens": 5}
    whole = create(tiny_server, **options)
    more = {"stream": True, "stream_options": {"include_usage": True}}
    *chunks, last = tiny_server.sdk.completions.create(**(ASK | options | more))
    assert {chunk.object for chunk in chunks} == {"text_completion"}
    assert len({chunk.id for chunk in (*chunks, last)}) == 1
    texts = ["", ""]
    for choice in (choice for chunk in chunks for choice in chunk.choices):
        texts[choice.index] += choice.text
    assert texts == [choice.text for choice in whole.choices]
    assert last.choices == [] and last.usage == whole.usage


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize("n_top", [0, 2])
def test_logprobs_stand_in_lists(tiny_server: ServerProcess, n_top: int, streams: bool) -> None:
    options = {"logprobs": n_top, "max_tokens": 4, "stream": streams}
    if streams:
        chunks = tiny_server.sdk.completions.create(**(ASK | options))
        told = [choice.logprobs for chunk in chunks for choice in chunk.choices if choice.logprobs]
    else:
        told = [choice.logprobs for choice in create(tiny_server, **options).choices]
    lists: dict[str, list[Any]] = {
        name: [value for each in told for value in getattr(each, name)]
        for name in ("tokens", "token_logprobs", "top_logprobs", "text_offset")
    }
    assert {len(values) for values in lists.values()} == {4}
    assert all(value <= 0 for value in lists["token_logprobs"])
    assert {len(best) for best in lists["top_logprobs"]} == {max(1, n_top)}
    ends = [
        at + len(token) for at, token in zip(lists["text_offset"], lists["tokens"], strict=True)
    ]
    assert lists["text_offset"] == [0, *ends[:-1]]


@pytest.mark.parametrize("streams", [False, True])
def test_echo_puts_each_prompt_before_its_text(tiny_server: ServerProcess, streams: bool) -> None:
    options: dict[str, Any] = {"prompt": ["The lamp is", "One,"], "n": 2, "max_tokens": 2}
    plain = [choice.text for choice in create(tiny_server, **options).choices]
    options |= {"echo": True, "stream": streams}
    told = [""] * 4
    made = tiny_server.sdk.completions.create(**(ASK | options))
    for answer in made if streams else [made]:
        for choice in answer.choices:
            told[choice.index] += choice.text
    prompts = ["The lamp is", "The lamp is", "One,", "One,"]
    assert told == [prompt + text for prompt, text in zip(prompts, plain, strict=True)]


def test_stop_ends_a_text(tiny_server: ServerProcess) -> None:
    whole = create(tiny_server).choices[0].text
    stop = whole[4:7]
    cut = create(tiny_server, stop=[stop]).choices[0]
    assert (cut.text, cut.finish_reason) == (whole[: whole.index(stop)], "stop")


@pytest.mark.parametrize(
    ("options", "param"),
    [
        ({"echo": True, "logprobs": 1}, "echo"),
        ({"echo": True, "prompt": [1, 2]}, "echo"),
        ({"suffix": "x"}, "suffix"),
        ({"best_of": 3}, "best_of"),
        ({"logprobs": 6}, "logprobs"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"prompt": []}, "prompt"),
        ({"prompt": ["a"] * 65, "n": 2}, None),
        ({"prompt": "word " * 900}, "prompt"),
        ({"extra_body": {"messages": []}}, "messages"),
    ],
)
def test_what_is_wrong_or_not_here_is_named(
    tiny_server: ServerProcess, options: dict[str, Any], param: str | None
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        create(tiny_server, **options)
    assert caught.value.param == param


def test_what_changes_nothing_is_taken(tiny_server: ServerProcess) -> None:
    options: dict[str, Any] = {"echo": False, "best_of": 1, "suffix": None, "user": "someone"}
    assert create(tiny_server, **options).choices[0].text == create(tiny_server).choices[0].text


def test_a_model_with_search_answers_chats_alone(searching: ServerProcess) -> None:
    with pytest.raises(openai.BadRequestError, match="answers chats alone"):
        searching.sdk.completions.create(model="tiny+rag", prompt="x")


def test_a_tuned_model_goes_on_otherwise(
    tiny_server: ServerProcess, validated: dict[str, Any]
) -> None:
    tuned = create(tiny_server, model=validated["fine_tuned_model"])
    assert tuned.choices[0].text != create(tiny_server).choices[0].text


def test_texts_go_in_batches_too_and_to_azures_addresses(
    tiny_server: ServerProcess, tmp_path: Path
) -> None:
    line = {"custom_id": "1", "method": "POST", "url": "/v1/completions", "body": ASK}
    file = tiny_server.sdk.files.create(
        file=("b.jsonl", json.dumps(line).encode()), purpose="batch"
    )
    batch = tiny_server.sdk.batches.create(
        input_file_id=file.id, endpoint="/v1/completions", completion_window="24h"
    )
    (answer,) = read(tiny_server, ended(tiny_server, batch.id).output_file_id)
    body = {name: value for name, value in ASK.items() if name != "model"}
    azure = tiny_server.url.replace("/v1", "/openai/deployments/tiny/completions")
    texts = {answer["response"]["body"]["choices"][0]["text"]}
    texts.add(tiny_server.http.post(azure, json=body).json()["choices"][0]["text"])
    assert texts == {create(tiny_server).choices[0].text}


def test_the_runtime_by_pytorch_says_that_it_has_no_texts(
    new_server: Callable[..., ServerProcess], tiny_model: Path
) -> None:
    server = new_server("--model", str(tiny_model), "--runtime", "torch")
    with pytest.raises(openai.BadRequestError, match=r"set server\.runtime to llama\.cpp"):
        server.sdk.completions.create(model=str(tiny_model), prompt="x")
    server.stop()
