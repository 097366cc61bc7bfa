"""A server that answers by PyTorch says what one that answers by llama.cpp says."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from serving import QUICK, ServerProcess, good_examples, write_examples

FORM = {
    "type": "json_schema",
    "json_schema": {
        "name": "a",
        "strict": True,
        "schema": {
            "type": "object",
            "properties": {"n": {"type": "integer", "minimum": 1, "maximum": 9}},
            "required": ["n"],
            "additionalProperties": False,
        },
    },
}
QUESTIONS = ["Where is kavu 3?", "Where is kavu 11?", "Where is the kavu?"]


@pytest.fixture(scope="module")
def options(tiny_model: Path) -> list[str]:
    return ["--model", str(tiny_model), "--alias", f"tiny={tiny_model}", "--context", "256"]


@pytest.fixture(scope="module")
def server(
    new_server: Callable[..., ServerProcess],
    options: list[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> ServerProcess:
    data = tmp_path_factory.mktemp("torch") / "data"
    return new_server(*options, "--runtime", "torch", "--parallel", "8", data=data)


def test_the_sdk_gets_schemas_choices_streams_and_log_probabilities(
    server: ServerProcess,
) -> None:
    ask = {"model": "tiny", "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 12}
    create = server.sdk.chat.completions.create
    several = create(**ask, n=3, seed=1, response_format=FORM)
    assert [1 <= json.loads(c.message.content or "")["n"] <= 9 for c in several.choices] == [
        True
    ] * 3
    assert several.usage is not None
    assert several.usage.total_tokens > several.usage.prompt_tokens > 0
    whole = create(**ask, temperature=0, logprobs=True, top_logprobs=2)
    parts = list(create(**ask, temperature=0, stream=True))
    said = "".join(part.choices[0].delta.content or "" for part in parts if part.choices)
    assert said == whole.choices[0].message.content
    told = whole.choices[0].logprobs
    assert told is not None and told.content is not None
    assert all(token.logprob == token.top_logprobs[0].logprob for token in told.content)


def test_a_tuned_model_answers_alike_by_both_runtimes(
    server: ServerProcess,
    new_server: Callable[..., ServerProcess],
    options: list[str],
    tmp_path: Path,
) -> None:
    file = server.upload(write_examples(tmp_path / "rows.jsonl", good_examples()))
    settings = QUICK | {"n_layers": 2, "n_epochs": 20}
    job = server.sdk.fine_tuning.jobs.create(
        model="tiny", training_file=file, hyperparameters=settings
    )
    tuned = server.wait_for_job(job.id)["fine_tuned_model"]
    ours = {(model, q): server.ask(model, q) for q in QUESTIONS for model in (tuned, "tiny")}
    assert ours[tuned, QUESTIONS[0]] != ours["tiny", QUESTIONS[0]]
    names = [child.name() for child in server.children_named("batching")]
    assert len(names) == 1
    assert not server.children_named("runtime_child")
    server.stop()  # the other one takes its folder over: this is the last test here
    data = Path(server.log).parent / "data"
    other = new_server(*options, "--runtime", "llama.cpp", data=data)
    theirs = {(model, q): other.ask(model, q) for q in QUESTIONS for model in (tuned, "tiny")}
    assert {q: ours[tuned, q] for q in QUESTIONS} == {q: theirs[tuned, q] for q in QUESTIONS}
