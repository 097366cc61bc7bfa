"""PEFT adapters as llama.cpp reads them, compared by log-probabilities on the real model."""

import json
import shutil
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

import pytest
import torch
from gguf import GGUFReader
from posting import post
from safetensors.torch import load_file, save_file

from shikomi.engine.gguf_adapter import write_adapter
from shikomi.engine.runtime import Runtime, RuntimeSpec, lora_scales
from shikomi.errors import EngineError

if TYPE_CHECKING:  # slow to load, and every process of tests reads this file
    from peft import PeftModel

PROJECTIONS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
TEXTS = [
    "The capital of France is",
    "def add(a, b):\n    return",
    "Once upon a time there was a small",
    "Water boils at a temperature of",
    "The HTTP status code 404 means",
]
# Of tuned minus base, mean over prompts and the 20 likeliest tokens. Seen: 0.12 with the rows in
# the right order (the Q4 base's own noise), 0.68 without; the shift itself is 2 to 4.
RIGHT, WRONG = 0.25, 0.4


@pytest.fixture(scope="module")
def peft_model(smollm_folder: Path) -> "PeftModel":
    """An adapter on all seven projections that changes the model a good deal."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(3)
    model = AutoModelForCausalLM.from_pretrained(smollm_folder, dtype=torch.float32)
    config = LoraConfig(r=8, lora_alpha=16, target_modules=PROJECTIONS, task_type="CAUSAL_LM")
    model = get_peft_model(model, config).eval()
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            is_permuted = "q_proj" in name or "k_proj" in name
            torch.nn.init.normal_(parameter, std=0.2 if is_permuted else 0.004)
    return model


@pytest.fixture(scope="module")
def adapter(peft_model: "PeftModel", tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("adapter")
    peft_model.save_pretrained(folder)
    return folder


def _unpermuted(adapter: Path, to: Path) -> Path:
    """The same adapter, its q and k rows moved so that the writer's reordering is undone."""
    tensors = load_file(adapter / "adapter_model.safetensors")
    for name, tensor in tensors.items():
        if "lora_B" in name and ("q_proj" in name or "k_proj" in name):
            heads = 9 if "q_proj" in name else 3
            swapped = tensor.reshape(heads, -1, 2, tensor.shape[1]).swapaxes(1, 2)
            tensors[name] = swapped.reshape(tensor.shape).contiguous()
    to.mkdir()
    save_file(tensors, to / "adapter_model.safetensors")
    (to / "adapter_config.json").write_text((adapter / "adapter_config.json").read_text())
    return to


def _shift_in_peft(model: "PeftModel", ids: list[int]) -> Any:
    with torch.no_grad():
        tuned = model(torch.tensor([ids])).logits[0, -1].log_softmax(-1)
        with model.disable_adapter():
            base = model(torch.tensor([ids])).logits[0, -1].log_softmax(-1)
    return tuned - base


def _shift_in_runtime(url: str, ids: list[int], active: int) -> dict[int, float]:
    tuned, base = _logprobs(url, ids, active), _logprobs(url, ids, None)
    return {token: tuned[token] - base[token] for token in list(tuned)[:20] if token in base}


def _logprobs(url: str, ids: list[int], active: int | None) -> dict[int, float]:
    body = {
        "prompt": ids,
        "n_predict": 1,
        "n_probs": 2000,
        "temperature": 0,
        "cache_prompt": False,
        "lora": lora_scales(2, active),
    }
    first = post(f"{url}/completion", **body)["completion_probabilities"][0]
    return {item["id"]: item["logprob"] for item in first["top_logprobs"]}


def test_the_runtime_shifts_log_probabilities_as_peft_does_and_only_with_permuted_rows(
    smollm_path: Path,
    smollm_folder: Path,
    peft_model: "PeftModel",
    adapter: Path,
    tmp_path: Path,
) -> None:
    from transformers import AutoTokenizer

    right, wrong = tmp_path / "right.gguf", tmp_path / "wrong.gguf"
    assert write_adapter(adapter, smollm_path, right) == 30 * 7 * 2
    write_adapter(_unpermuted(adapter, tmp_path / "unpermuted"), smollm_path, wrong)
    tokenizer = AutoTokenizer.from_pretrained(smollm_folder)
    spec = RuntimeSpec(
        weights=smollm_path, adapters=(right, wrong), n_ctx=128, n_parallel=1, n_threads=2
    )
    off: dict[int, list[float]] = {0: [], 1: []}
    with Runtime.start(spec) as runtime:
        for text in TEXTS:
            ids = tokenizer.encode(text)
            expected = _shift_in_peft(peft_model, ids)
            for active, found in off.items():
                shift = _shift_in_runtime(runtime.base_url, ids, active)
                found.append(fmean(abs(expected[token].item() - s) for token, s in shift.items()))
    assert fmean(off[0]) < RIGHT
    assert fmean(off[1]) > WRONG


def test_rank_stabilised_scaling_is_folded_into_alpha(
    smollm_path: Path, adapter: Path, tmp_path: Path
) -> None:
    changed = _with_option(adapter, tmp_path / "rs", use_rslora=True)
    write_adapter(changed, smollm_path, tmp_path / "rs.gguf")
    field = GGUFReader(str(tmp_path / "rs.gguf")).get_field("adapter.lora.alpha")
    assert field is not None
    assert field.contents() == pytest.approx(16 * 8**0.5)


def test_what_llama_cpp_cannot_hold_is_refused_and_nothing_is_written(
    smollm_path: Path, adapter: Path, tmp_path: Path
) -> None:
    changed = _with_option(adapter, tmp_path / "dora", use_dora=True)
    with pytest.raises(EngineError, match="use_dora"):
        write_adapter(changed, smollm_path, tmp_path / "out.gguf")
    assert not list(tmp_path.glob("out.gguf*"))


def test_an_adapter_of_another_model_is_refused_and_nothing_is_written(
    smollm_path: Path, adapter: Path, tmp_path: Path
) -> None:
    changed = _with_option(adapter, tmp_path / "other")
    tensors = load_file(changed / "adapter_model.safetensors")
    name = next(key for key in tensors if "lora_A" in key)
    save_file(
        tensors | {name: tensors[name][:, :-1].contiguous()}, changed / "adapter_model.safetensors"
    )
    with pytest.raises(EngineError, match="does not fit"):
        write_adapter(changed, smollm_path, tmp_path / "out.gguf")
    assert not list(tmp_path.glob("out.gguf*"))


def _with_option(adapter: Path, to: Path, **options: bool) -> Path:
    shutil.copytree(adapter, to)
    config = json.loads((to / "adapter_config.json").read_text())
    (to / "adapter_config.json").write_text(json.dumps(config | options))
    return to
