"""Training lines with tools: checked by line, and trained where the model's template knows them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from serving import ServerProcess, write_examples
from shikomi.server.validate import check_examples

TOOL = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}
SHORT = {"n_epochs": 1, "batch_size": 6, "learning_rate": 0.01, "lora_rank": 4, "max_length": 256}


def line(number: int, **function: Any) -> dict[str, Any]:
    """A question, a call, what the tool says and an answer; `function` changes the call."""
    called = {"name": "weather", "arguments": f'{{"day": {number}}}'} | function
    call = {"id": "c1", "type": "function", "function": called}
    messages = [
        {"role": "user", "content": f"Will it rain on day {number}?"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "rain"},
        {"role": "assistant", "content": "Yes."},
    ]
    return {"messages": messages, "tools": [TOOL], "parallel_tool_calls": False}


def changed(number: int, message: int, **fields: Any) -> dict[str, Any]:
    found = line(number)
    found["messages"][message] |= fields
    return found


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (line(1, arguments="rain"), "messages[1]: tool_calls[0]: arguments must be a JSON object"),
        (line(1, name=3), "messages[1]: tool_calls[0].function.name: "),
        (changed(1, 0, tool_calls=[]), "messages[0]: tool_calls belong on assistant messages"),
        (changed(1, 2, tool_call_id="c2"), "messages[2]: a tool's message needs the tool_call_id"),
        (changed(1, 1, tool_calls=None), "messages[1]: content is empty"),
        (line(1) | {"tools": [{"type": "function"}]}, "tools[0].function: Field required"),
    ],
)
def test_wrong_tools_and_calls_are_named(
    tmp_path: Path, wrong: dict[str, Any], reason: str
) -> None:
    path = write_examples(tmp_path / "t.jsonl", [*map(line, range(10)), wrong])
    assert f"line 11: {reason}" in check_examples(path).summary()


def test_lines_with_tools_are_well_formed_in_both_methods(tmp_path: Path) -> None:
    path = write_examples(tmp_path / "t.jsonl", list(map(line, range(10))))
    assert check_examples(path).problems == ()
    told = line(1)
    messages = told.pop("messages")
    preference = {
        "input": told | {"messages": messages[:1]},
        "preferred_output": messages[1:2],
        "non_preferred_output": messages[3:],
    }
    path = write_examples(tmp_path / "p.jsonl", [preference] * 10)
    assert check_examples(path, method="dpo").problems == ()


def old(number: int, **function: Any) -> dict[str, Any]:
    """The same as files of 2023 write it."""
    called = {"name": "weather", "arguments": f'{{"day": {number}}}'} | function
    messages = [
        {"role": "user", "content": f"Will it rain on day {number}?"},
        {"role": "assistant", "function_call": called},
        {"role": "function", "name": "weather", "content": "rain"},
        {"role": "assistant", "content": "Yes."},
    ]
    return {"messages": messages, "functions": [TOOL["function"]]}


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (old(1, arguments="rain"), "tool_calls[0]: arguments must be a JSON object"),
        (old(1) | {"functions": "weather"}, "unknown key functions"),
        (old(1) | {"functions": [{}]}, "tools[0].function.name: Field required"),
        (old(1) | {"tools": [TOOL]}, "unknown key functions"),
        ({"messages": ["x"], "functions": []}, "messages[0]: not a JSON object"),
        ({"messages": [{"function_call": 3}]}, "messages[0]: role must be one of"),
    ],
)
def test_functions_of_2023_are_checked_as_tools_are(
    tmp_path: Path, wrong: dict[str, Any], reason: str
) -> None:
    path = write_examples(tmp_path / "t.jsonl", [*map(old, range(10)), wrong])
    report = check_examples(path)
    assert {problem.line for problem in report.problems} == {11}
    assert reason in report.summary()


@pytest.mark.slow
def test_a_model_is_trained_on_calls_if_its_template_knows_tools(
    new_server: Callable[..., ServerProcess], tooled_model: Path, tiny_model: Path, tmp_path: Path
) -> None:
    named = [option for path in (tooled_model, tiny_model) for option in ("--model", str(path))]
    server = new_server(*named, "--context", "256")
    path = write_examples(tmp_path / "t.jsonl", list(map(line, range(10))))

    def trained(model: Path) -> dict[str, Any]:
        created = server.sdk.fine_tuning.jobs.create(
            model=str(model), training_file=server.upload(path), hyperparameters=SHORT
        )
        return server.wait_for_job(created.id)

    job = trained(tooled_model)
    assert job["status"] == "succeeded", job
    refused = trained(tiny_model)["error"]
    assert refused["param"] == "training_file"
    assert "line 1: the model's chat template knows no tools" in refused["message"]
