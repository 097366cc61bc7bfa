"""The runtime by PyTorch gives what llama.cpp gives, to the same requests.

On a small model of random weights: what is asked of the runtime does not depend on what it says.
"""

import json
import math
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest
import torch
from gguf import GGUFType, GGUFWriter, Keys

from shikomi.engine.gguf_header import shapes
from shikomi.engine.runtime import Runtime, RuntimeSpec, lora_scales
from shikomi.errors import EngineError

SEEDS = (5, 6)  # of two adapters, both of which answer each question below otherwise
KEY = {"Authorization": "Bearer sk-runtime"}
QUESTION = "The capital of France is"
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string", "pattern": "^[A-Z][a-z]{2,20}$"}},
    "required": ["city"],
    "additionalProperties": False,
}
FORM = {"type": "json_schema", "json_schema": {"name": "a", "schema": SCHEMA, "strict": True}}


def adapter(base: Path, out: Path, *, seed: int) -> Path:
    """A LoRA adapter by chance on every query and value projection, strong enough to be seen."""
    numbers = np.random.default_rng(seed)
    writer = GGUFWriter(str(out), "llama")
    writer.add_type(GGUFType.ADAPTER)
    writer.add_string(Keys.Adapter.TYPE, "lora")
    writer.add_float32(Keys.Adapter.LORA_ALPHA, 8.0)
    for name, (n_in, n_out) in ((n, s) for n, s in shapes(base).items() if len(s) == 2):
        if name.endswith(("attn_q.weight", "attn_v.weight")):
            a, b = numbers.normal(0, 0.2, (4, n_in)), numbers.normal(0, 0.2, (n_out, 4))
            writer.add_tensor(f"{name}.lora_a", a.astype(np.float32))
            writer.add_tensor(f"{name}.lora_b", b.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return out


@pytest.fixture(scope="module")
def spec(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> RuntimeSpec:
    folder = tmp_path_factory.mktemp("adapters")
    adapters = tuple(adapter(tiny_model, folder / f"{n}.gguf", seed=n) for n in SEEDS)
    return RuntimeSpec(
        weights=tiny_model,
        adapters=adapters,
        n_ctx=256,
        n_parallel=4,
        n_threads=2,
        backend="torch",
        api_key="sk-runtime",
    )


@pytest.fixture(scope="module")
def runtime(spec: RuntimeSpec) -> Iterator[Runtime]:
    with Runtime.start(spec) as running:
        yield running


def body(text: str, active: int | None = None, **fields: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": text}]
    lora = lora_scales(2, active)
    return {"messages": messages, "temperature": 0, "max_tokens": 12, "lora": lora, **fields}


def post(runtime: Runtime, asked: dict[str, Any]) -> httpx2.Response:
    url = f"{runtime.base_url}/v1/chat/completions"
    return httpx2.post(url, json=asked, headers=KEY, timeout=120, trust_env=False)


def stream(url: str, asked: dict[str, Any]) -> AbstractContextManager[httpx2.Response]:
    return httpx2.stream("POST", url, json=asked, headers=KEY, timeout=120, trust_env=False)


def said(runtime: Runtime, text: str, active: int | None = None, **fields: Any) -> str:
    answer = post(runtime, body(text, active, **fields)).raise_for_status().json()
    content: str = answer["choices"][0]["message"]["content"]
    return content


def likelihoods(runtime: Runtime, active: int | None) -> dict[str, float]:
    """Log-probabilities of the likeliest first tokens."""
    asked = body(QUESTION, active, max_tokens=1, logprobs=True, top_logprobs=10)
    (choice,) = post(runtime, asked).raise_for_status().json()["choices"]
    return {
        top["token"]: top["logprob"] for top in choice["logprobs"]["content"][0]["top_logprobs"]
    }


def test_with_a_key_nobody_is_answered_without_it(runtime: Runtime, spec: RuntimeSpec) -> None:
    url = f"{runtime.base_url}/v1/chat/completions"
    asked = body("Hi", max_tokens=1)
    for headers in ({}, {"Authorization": "Bearer sk-other"}):
        reply = httpx2.post(url, json=asked, headers=headers, timeout=120, trust_env=False)
        assert reply.status_code == 401
    assert post(runtime, asked).status_code == 200
    assert "sk-runtime" not in repr(spec)


def test_base_and_adapters_are_as_likely_as_by_llama_cpp(
    runtime: Runtime, spec: RuntimeSpec
) -> None:
    native = RuntimeSpec(
        weights=spec.weights, adapters=spec.adapters, n_ctx=256, n_parallel=1, n_threads=2
    )
    with Runtime.start(native) as other:
        for active in (None, 0, 1):
            ours, theirs = likelihoods(runtime, active), likelihoods(other, active)
            both = ours.keys() & theirs.keys()
            assert len(both) >= 8
            assert all(math.isclose(ours[t], theirs[t], abs_tol=0.02) for t in both)
            nearest = min((None, 0, 1), key=lambda n: distance(ours, likelihoods(other, n)))
            assert nearest == active


def distance(ours: dict[str, float], theirs: dict[str, float]) -> float:
    both = ours.keys() & theirs.keys()
    missing = 5.0 * (len(ours) - len(both))
    return missing + sum(abs(ours[token] - theirs[token]) for token in both)


def test_requests_side_by_side_are_answered_as_if_alone(runtime: Runtime) -> None:
    asked = [
        (f"{QUESTION}{' again' * n}. Count to {n + 2}.", (None, 0, 1)[n % 3]) for n in range(6)
    ]
    alone = [said(runtime, text, active) for text, active in asked]
    together: dict[str, str] = {}
    threads = [
        threading.Thread(target=lambda t=text, a=active: together.update({t: said(runtime, t, a)}))
        for text, active in asked
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [together[text] for text, _ in asked] == alone
    assert len(set(alone)) == len(alone)


def test_a_long_answer_holds_a_short_one_not_up(runtime: Runtime) -> None:
    """The long one is bound by a schema, which makes each of its tokens take its time."""
    ended = []
    schema = {"type": "string", "minLength": 2000}
    form = {"type": "json_schema", "json_schema": {"name": "a", "schema": schema, "strict": True}}
    asked = body(QUESTION, max_tokens=200, response_format=form, stream=True)
    url = f"{runtime.base_url}/v1/chat/completions"
    settings = {"headers": KEY, "timeout": 120, "trust_env": False}
    with httpx2.Client(**settings) as ready, stream(url, asked) as reply:
        lines = reply.iter_lines()
        next(lines)
        reader = threading.Thread(target=lambda: ended.append(("long", len(list(lines)))))
        reader.start()
        ready.post(url, json=body(QUESTION, 1, max_tokens=2)).raise_for_status()
        ended.append(("short", 2))
        reader.join()
    assert [name for name, _ in ended] == ["short", "long"]


def test_an_answer_follows_a_json_schema_at_any_temperature(runtime: Runtime) -> None:
    for seed in range(3):
        text = said(
            runtime, QUESTION, temperature=1.5, seed=seed, max_tokens=60, response_format=FORM
        )
        city = json.loads(text)["city"]
        assert city[0].isupper() and city[1:].islower()


def test_a_schema_that_cannot_be_followed_is_refused(runtime: Runtime) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "nothing"}}}
    reply = post(runtime, body("hello", response_format=form))
    assert reply.status_code == 400
    assert "schema" in reply.json()["error"]["message"]


def test_a_seed_draws_the_same_answer_again(runtime: Runtime) -> None:
    drawn = {said(runtime, "Say a word.", temperature=1.2, seed=seed) for seed in (1, 2)}
    assert len(drawn) > 1
    again = {said(runtime, "Say a word.", temperature=1.2, seed=seed) for seed in (1, 2)}
    assert again == drawn


def test_answers_that_come_and_go_leave_the_others_drawn_as_they_were() -> None:
    from shikomi.engine.batching.draw import Drawing
    from shikomi.engine.batching.request import Answer, Asked, Sampling

    options = [Sampling(temperature=2.0), Sampling(top_k=1), Sampling(temperature=0), Sampling()]
    logits = torch.randn(4, 1000, generator=torch.Generator().manual_seed(1))

    def drawn(batches: list[list[int]], of: int) -> list[int]:
        answers = [
            Answer(Asked(prompt_ids=[], max_tokens=9, sampling=each, seed=n))
            for n, each in enumerate(options)
        ]
        drawing = Drawing()
        found = [drawing.draw(logits[rows], [answers[row] for row in rows]) for rows in batches]
        return [tokens[rows.index(of)] for tokens, rows in zip(found, batches, strict=True)]

    together = [[0, 1], [0, 1], [2, 0, 1, 3], [3, 0], [0]]
    assert drawn(together, of=0) == drawn([[0]] * 5, of=0)
    assert len(set(drawn(together, of=0))) > 1


def test_narrow_choices_leave_the_likeliest_token(runtime: Runtime) -> None:
    plain = said(runtime, QUESTION)
    for narrow in ({"top_k": 1}, {"top_p": 0.0}, {"min_p": 1.0}):
        assert said(runtime, QUESTION, **(narrow | {"temperature": 2.0, "seed": 5})) == plain


def test_stops_are_left_out_in_whole_answers_and_streams(runtime: Runtime) -> None:
    whole = said(runtime, QUESTION)
    stop = whole[6:9]
    assert said(runtime, QUESTION, stop=[stop]) == whole[: whole.index(stop)]
    assert "".join(streamed(runtime, QUESTION, stop=stop)) == whole[: whole.index(stop)]


def streamed(runtime: Runtime, text: str, **fields: Any) -> list[str]:
    asked = body(text, stream=True, stream_options={"include_usage": True}, **fields)
    url = f"{runtime.base_url}/v1/chat/completions"
    with stream(url, asked) as reply:
        lines = [line.removeprefix("data: ") for line in reply.iter_lines() if line]
    assert lines[-1] == "[DONE]"
    events = [json.loads(line) for line in lines[:-1]]
    assert events[-1]["usage"]["completion_tokens"] > 0
    assert events[-2]["choices"][0]["finish_reason"] in {"stop", "length"}
    return [each["choices"][0]["delta"].get("content", "") for each in events[:-1]]


def test_a_stream_says_what_the_whole_answer_says(runtime: Runtime) -> None:
    text = "Write three Japanese characters: こんにちは"
    assert "".join(streamed(runtime, text)) == said(runtime, text)


def test_a_prompt_that_is_too_long_is_refused_with_both_numbers(runtime: Runtime) -> None:
    reply = post(runtime, body("word " * 400))
    error = reply.json()["error"]
    assert reply.status_code == 400
    assert error["type"] == "exceed_context_size_error"
    assert error["n_prompt_tokens"] > error["n_ctx"] == 256


def test_an_answer_ends_where_the_context_does(runtime: Runtime) -> None:
    asked = body("word " * 180, max_tokens=5000, logit_bias={"2": -100, "0": -100})
    answer = post(runtime, asked).raise_for_status().json()
    assert answer["usage"]["total_tokens"] <= 256


def test_penalties_and_biases_move_the_choice(runtime: Runtime) -> None:
    told = post(runtime, body(QUESTION, max_tokens=1, logprobs=True)).json()
    first = told["choices"][0]["logprobs"]["content"][0]["token"]
    tokens = {str(number): -100.0 for number in range(49152)}
    only = tokens | {"4": 100.0}
    assert said(runtime, QUESTION, max_tokens=1, logit_bias=only) != first
    repeated = said(runtime, "Repeat: a a a a a a a a", max_tokens=30)
    varied = said(runtime, "Repeat: a a a a a a a a", max_tokens=30, frequency_penalty=2.0)
    assert varied != repeated


def test_tools_are_refused_and_not_passed_over(runtime: Runtime) -> None:
    tool = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}
    reply = post(runtime, body("hello", tools=[tool]))
    assert reply.status_code == 400
    assert "tools" in reply.json()["error"]["message"]


def test_a_caller_that_hangs_up_frees_its_place(runtime: Runtime) -> None:
    bias = {"2": -100, "0": -100}
    asked = body(QUESTION, max_tokens=200, logit_bias=bias, stream=True)
    url = f"{runtime.base_url}/v1/chat/completions"
    with stream(url, asked) as reply:
        next(reply.iter_lines())
    assert said(runtime, QUESTION, max_tokens=2)


def test_an_adapter_of_another_model_is_named(spec: RuntimeSpec, tmp_path: Path) -> None:
    writer = GGUFWriter(str(tmp_path / "wrong.gguf"), "llama")
    writer.add_float32(Keys.Adapter.LORA_ALPHA, 8.0)
    for half in "ab":
        writer.add_tensor(f"blk.99.attn_q.weight.lora_{half}", np.ones((4, 4), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    wrong = RuntimeSpec(
        weights=spec.weights, adapters=(tmp_path / "wrong.gguf",), n_ctx=64, n_parallel=1,
        n_threads=1, backend="torch",
    )  # fmt: skip
    with pytest.raises(EngineError, match="does not fit"):
        Runtime.start(wrong)
