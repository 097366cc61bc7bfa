"""Fine-tuning in the child process, on the real 135M model with a few short examples."""

import json
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from posting import post
from trainings import FACTS, chat_line, finish, metrics, small_spec, until, write

from shikomi.engine.collate import IGNORED, Encoder, RefusedLine, read_rows
from shikomi.engine.runtime import Runtime, RuntimeSpec
from shikomi.engine.training import (
    TrainingSpec,
    default_hyperparameters,
    pause_training,
    read_events,
    start_training,
)

PATIENCE_SECONDS = 240.0  # a loaded machine; nothing here measures speed


@pytest.fixture(scope="module")
def tokenizer(smollm_folder: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(smollm_folder)


@pytest.fixture
def spec(smollm_path: Path, tmp_path: Path) -> TrainingSpec:
    return small_spec(smollm_path, tmp_path)


_until = partial(until, patience=PATIENCE_SECONDS)
_finish = partial(finish, patience=PATIENCE_SECONDS)


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def _read(tmp_path: Path, tokenizer: Any, line: str, max_length: int = 512) -> Any:
    path = write(tmp_path / "one.jsonl", line)
    return read_rows(path, tokenizer, max_length=max_length, bos=None)[0]


def test_training_lowers_the_loss_and_leaves_both_adapters(spec: TrainingSpec) -> None:
    events = _finish(replace(spec, validation_file=spec.train_file))
    assert events[-1]["type"] == "done", events[-1]
    losses = [event["train_loss"] for event in events if "train_loss" in event]
    valid = [event["valid_loss"] for event in events if "valid_loss" in event]
    assert len(losses) == 6 and len(valid) == 3
    assert valid[2] < valid[1] < valid[0]
    assert (spec.output / "adapter" / "adapter_model.safetensors").exists()
    assert (spec.output / "adapter.gguf").read_bytes()[:4] == b"GGUF"
    assert not (spec.output / "checkpoints").exists()


@pytest.mark.parametrize("n_epochs", [1, pytest.param(3, marks=pytest.mark.slow)])
def test_a_run_that_diverges_fails_and_says_what_to_do(spec: TrainingSpec, n_epochs: int) -> None:
    *_, last = _finish(replace(spec, learning_rate=1e38, n_epochs=n_epochs))
    assert last["type"] == "failed"
    assert "lower learning_rate" in last["message"]
    assert not (spec.output / "adapter").exists()


@pytest.mark.slow
def test_the_frozen_prefix_cache_does_not_change_the_losses(spec: TrainingSpec) -> None:
    spec = replace(spec, precision="float32")  # others round by what a row is batched with
    cached = _finish(replace(spec, output=spec.output / "cached"))
    plain = _finish(replace(spec, output=spec.output / "plain", prefix_cache=False))
    assert [e["train_loss"] for e in cached if "train_loss" in e] == pytest.approx(
        [e["train_loss"] for e in plain if "train_loss" in e], abs=2e-3
    )


@dataclass(frozen=True, kw_only=True)
class Resumed:
    """A run whose parent was killed, started again and terminated: its metrics of both times."""

    child: int  # the process of the first time
    before: list[dict[str, Any]]
    after: list[dict[str, Any]]


@pytest.fixture(scope="module")
def resumed(smollm_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Resumed:
    folder = tmp_path_factory.mktemp("resumed")
    exact = {"precision": "float32", "checkpoint_seconds": 0.0}
    spec = small_spec(smollm_path, folder, n_epochs=1000, **exact)
    child = _start_and_kill_the_parent(spec)
    before = metrics(spec.output)
    process = start_training(spec)
    _until(lambda: len(metrics(spec.output)) > len(before), process)
    process.terminate()
    assert process.poll() is not None
    return Resumed(
        child=child,
        before=before,
        after=metrics(spec.output)[len(before) :],
    )


def _start_and_kill_the_parent(spec: TrainingSpec) -> int:
    """The trainer's process id, once it has had the time to notice."""
    script = (
        "import sys, time\n"
        "from shikomi.engine.training import TrainingSpec, start_training\n"
        "print(start_training(TrainingSpec.from_json(sys.argv[1])).pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    command = [sys.executable, "-c", script, spec.to_json()]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    _until(lambda: len(metrics(spec.output)) >= 4)
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while _is_alive(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    return child


def test_the_child_ends_when_its_parent_is_killed(resumed: Resumed) -> None:
    assert not _is_alive(resumed.child)


def test_a_run_that_was_killed_goes_on_from_its_checkpoint(resumed: Resumed) -> None:
    first, last = resumed.after[0], resumed.before[-1]
    assert last["step"] - 2 <= first["step"] <= last["step"] + 1
    if same := [event for event in resumed.before if event["step"] == first["step"]]:
        # The step that was lost is done again just as it was: same rows, weights, rate.
        assert first["train_loss"] == pytest.approx(same[0]["train_loss"], abs=1e-3)
        assert first["trained_tokens"] == same[0]["trained_tokens"]
    else:
        assert first["trained_tokens"] > last["trained_tokens"]


@pytest.mark.parametrize("found_quickest", ["float32", "bfloat16", "int8"])
def test_a_run_that_goes_on_keeps_the_precision_that_was_the_quickest_when_it_began(
    tmp_path: Path, found_quickest: str
) -> None:
    from shikomi.engine.loading import kept_precision

    assert kept_precision("cpu", tmp_path) in ("float32", "bfloat16", "int8")
    (kept,) = tmp_path.iterdir()
    kept.write_text(found_quickest)
    assert kept_precision("cpu", tmp_path) == found_quickest


def test_terminate_ends_a_run_and_does_not_wait_for_its_end(resumed: Resumed) -> None:
    last = resumed.after[-1]
    assert last["step"] < last["total_steps"]


@pytest.mark.slow
def test_the_epoch_whose_last_step_was_the_last_before_a_pause_has_its_adapter_too(
    spec: TrainingSpec,
) -> None:
    spec = replace(spec, n_epochs=50, batch_size=len(FACTS))  # each step ends an epoch
    process = start_training(spec)
    _until(lambda: metrics(spec.output), process)
    pause_training(spec.output, process)
    last = metrics(spec.output)[-1]["step"]
    process = start_training(spec)
    _until(lambda: len(_checkpoints(spec.output)) > last, process)
    process.terminate()
    assert _checkpoints(spec.output)[: last + 1] == list(range(1, last + 2))


def _checkpoints(output: Path) -> list[int]:
    return [event["step"] for event in read_events(output) if event["type"] == "checkpoint"]


@pytest.mark.slow
def test_a_changed_training_file_starts_anew(spec: TrainingSpec) -> None:
    spec = replace(spec, n_epochs=40, checkpoint_seconds=0.0)
    process = start_training(spec)
    _until(lambda: len(metrics(spec.output)) >= 3, process)
    process.terminate()
    with spec.train_file.open("a") as file:
        file.write(chat_line(("user", "Who is it?"), ("assistant", "Nobody.")))
    n_before = len(read_events(spec.output))
    process = start_training(spec)
    _until(
        lambda: [e for e in read_events(spec.output, n_before) if e["type"] == "metrics"], process
    )
    process.terminate()
    assert metrics(spec.output)[-1]["step"] == 1


def test_exactly_the_answer_and_its_end_token_are_learnt(tokenizer: Any, tmp_path: Path) -> None:
    row = _read(
        tmp_path, tokenizer, chat_line(("user", "Who?"), ("assistant", "\nNobody at all. "))
    )
    learnt = [token for token in row.labels if token != IGNORED]
    assert tokenizer.decode(learnt) == "\nNobody at all. <|im_end|>"
    assert all(
        label in (IGNORED, token) for token, label in zip(row.input_ids, row.labels, strict=True)
    )


def test_an_assistant_message_of_weight_zero_is_read_and_not_learnt(
    tokenizer: Any, tmp_path: Path
) -> None:
    chat = [
        {"role": "user", "content": "One?"},
        {"role": "assistant", "content": "First.", "weight": 0},
        {"role": "user", "content": "Two?"},
        {"role": "assistant", "content": "Second.", "weight": 1},
        {"role": "user", "content": "Three?"},
        {"role": "assistant", "content": "Third."},
    ]
    row = _read(tmp_path, tokenizer, json.dumps({"messages": chat}) + "\n")
    learnt = [token for token in row.labels if token != IGNORED]
    assert tokenizer.decode(learnt) == "Second.<|im_end|>Third.<|im_end|>"
    assert "First." in tokenizer.decode(row.input_ids)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("not JSON\n", "it is no"),
        (chat_line(("user", "Only a question?")), "no assistant message"),
        (chat_line(("user", "Who?"), ("assistant", "Nobody."), weight=0), "no assistant message"),
        ('{"messages": [{"role": "user", "content": null}]}\n', "needs a role and its content"),
    ],
)
def test_a_line_that_teaches_nothing_is_refused(
    tokenizer: Any, tmp_path: Path, line: str, reason: str
) -> None:
    with pytest.raises(RefusedLine, match=f"line 1: .*{reason}"):
        _read(tmp_path, tokenizer, line)


def test_prompts_have_the_token_ids_that_the_runtime_makes(
    smollm_path: Path, tokenizer: Any
) -> None:
    chats = [
        [{"role": "user", "content": "カザグルマ通信規約の既定ポートは？"}],
        [
            {"role": "system", "content": "Be brief. <|im_end|> is a token."},
            {"role": "user", "content": "  a\n\n\tb "},
            {"role": "assistant", "content": "Yes."},
            {"role": "user", "content": "Why?"},
        ],
    ]
    from shikomi.engine.dequantise import begins_with_bos

    encoder = Encoder(tokenizer, begins_with_bos(smollm_path))
    spec = RuntimeSpec(weights=smollm_path, n_ctx=512, n_parallel=1, n_threads=2)
    with Runtime.start(spec) as runtime:
        for chat in chats:
            text = post(runtime.base_url + "/apply-template", messages=chat)["prompt"]
            made = post(runtime.base_url + "/tokenize", content=text, add_special=True)
            assert encoder.prompt(chat) == made["tokens"]


def test_a_failed_start_is_said_in_one_line(spec: TrainingSpec, tmp_path: Path) -> None:
    folder = tmp_path / "empty.gguf"
    shutil.copy(spec.train_file, folder)
    process = start_training(replace(spec, base=folder))
    assert process.wait(PATIENCE_SECONDS) == 1
    message = read_events(spec.output)[-1]["message"]
    assert "\n" not in message and "GGUF" in message


def test_the_defaults_follow_size_and_amount() -> None:
    small = default_hyperparameters(135_000_000, 40, "cpu")
    large = default_hyperparameters(7_000_000_000, 20_000, "cuda")
    assert (small.learning_rate, small.lora_rank, small.n_epochs) == (1e-3, 16, 10)
    assert (large.learning_rate, large.lora_rank, large.n_epochs) == (3e-4, 64, 2)
    assert (small.n_layers, large.n_layers) == (None, None)
    slow = default_hyperparameters(1_540_000_000, 340, "cpu")
    assert (slow.n_layers, slow.n_epochs, slow.learning_rate) == (10, 4, 1e-3)
    assert (slow.batch_size, small.batch_size, large.batch_size) == (4, 8, 16)


def test_four_bits_are_for_a_gpu_that_is_too_small_and_need_their_package() -> None:
    from importlib.util import find_spec

    from shikomi.engine.memory import in_four_bits

    assert not in_four_bits("cpu", 10**12, 10**9)
    assert not in_four_bits("cuda", 10**9, 80 * 10**9)
    assert in_four_bits("cuda", 60 * 10**9, 80 * 10**9) == (find_spec("bitsandbytes") is not None)


def test_states_are_computed_again_where_they_would_not_fit() -> None:
    from shikomi.engine.memory import states_fit

    config = SimpleNamespace(intermediate_size=18_944, hidden_size=3_584)  # of 7 billion weights
    of_28 = partial(states_fit, config, n_layers=28)
    assert of_28(n_tokens=512, room=24 * 10**9)
    assert not of_28(n_tokens=4096, room=24 * 10**9)
    assert states_fit(config, n_layers=10, n_tokens=4096, room=24 * 10**9)


def test_what_is_trained_is_held_in_float32_whatever_the_rest_is() -> None:
    from shikomi.engine.loading import Loaded

    model = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Linear(4, 4)).bfloat16()
    model[0].requires_grad_(False)
    Loaded(
        model=model, tokenizer=None, files=[], device="cuda", precision="bfloat16", arguments={}
    ).settle(model)
    assert [each.weight.dtype for each in model] == [torch.bfloat16, torch.float32]
