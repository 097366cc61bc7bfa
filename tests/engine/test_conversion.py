"""A folder of safetensors is served as the model that it is: same tokens, same probabilities."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from posting import post
from safetensors.torch import load_file, save_file

from shikomi.engine.conversion import check_folder, served_gguf
from shikomi.engine.runtime import Runtime, RuntimeSpec
from shikomi.errors import WeightsError

# transformers is slow to load, and every process of tests reads this file: it is imported below.
TEXTS = [
    "The lamp 4711 costs 12.50 euros, doesn't it?",
    "  Two spaces,\n\n\ttabs; WORDS and_names.\n",
    "清掃は14日ごとに行います。ヒカリ3号 🙂",
    "<|im_start|>user\nWho?<|im_end|>\n<|im_start|>assistant\n",
]
# Of the 20 likeliest tokens' log-probabilities, what 8 bits may move. Seen: up to 0.16; without the
# order of llama's rows from 0.46 on, without its scaled positions from 2.1 on.
MOVED = 0.3
SIZES = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "initializer_range": 0.3,
    "max_position_embeddings": 2048,
}
LLAMA3 = {
    "rope_type": "llama3",
    "rope_theta": 10_000.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}
QWEN_SPLITS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|"
    r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


@pytest.fixture
def folder(smollm_folder: Path, tmp_path: Path) -> Path:
    """Its tokenizer and configuration alone."""
    target = tmp_path / "model"
    target.mkdir()
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copy(smollm_folder / name, target)
    return target


def change(file: Path, **fields: Any) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | fields))


def filled(folder: Path, config: Any) -> Path:
    """The folder with random weights."""
    from transformers import AutoModelForCausalLM

    torch.manual_seed(5)
    model = AutoModelForCausalLM.from_config(config)
    for name, parameter in model.named_parameters():
        if name.endswith(".bias"):
            torch.nn.init.normal_(parameter, std=0.3)
    model.save_pretrained(folder)
    return folder


def served(folder: Path, cache: Path) -> Path:
    return served_gguf(folder, "a" * 64, cache=cache)


def assert_served_as_it_is(folder: Path, gguf: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    spec = RuntimeSpec(weights=gguf, n_ctx=256, n_parallel=1, n_threads=2)
    with Runtime.start(spec) as runtime:
        for text in TEXTS:
            ids = tokenizer.encode(text, add_special_tokens=False)
            reply = post(runtime.base_url + "/tokenize", content=text, parse_special=True)
            assert reply["tokens"] == ids
            with torch.no_grad():
                expected = model(torch.tensor([ids])).logits[0, -1].log_softmax(-1)
            seen = logprobs(runtime.base_url, ids)
            off = [abs(expected[token].item() - value) for token, value in seen.items()]
            assert sum(off) / len(off) < MOVED


def logprobs(url: str, ids: list[int]) -> dict[int, float]:
    body = {"prompt": ids, "n_predict": 1, "n_probs": 20, "temperature": 0}
    reply = post(url + "/completion", **body)
    return {x["id"]: x["logprob"] for x in reply["completion_probabilities"][0]["top_logprobs"]}


def test_a_folder_is_served_with_its_tokens_and_probabilities(
    smollm_folder: Path, tmp_path: Path
) -> None:
    assert_served_as_it_is(smollm_folder, served(smollm_folder, tmp_path))


def test_a_qwen2_model_keeps_its_biases_and_its_way_of_cutting_words(
    folder: Path, tmp_path: Path
) -> None:
    from transformers import Qwen2Config

    split = {"type": "Split", "pattern": {"Regex": QWEN_SPLITS}, "behavior": "Isolated"}
    byte_level = json.loads((folder / "tokenizer.json").read_text())["pre_tokenizer"]
    steps = [split | {"invert": False}, byte_level | {"use_regex": False}]
    change(folder / "tokenizer.json", pre_tokenizer={"type": "Sequence", "pretokenizers": steps})
    filled(folder, Qwen2Config(vocab_size=49152, tie_word_embeddings=False, **SIZES))
    assert_served_as_it_is(folder, served(folder, tmp_path))


def test_the_scaled_positions_of_llama_3_are_kept(folder: Path, tmp_path: Path) -> None:
    from transformers import LlamaConfig

    config = LlamaConfig(vocab_size=49152, rope_parameters=LLAMA3, **SIZES)
    assert_served_as_it_is(filled(folder, config), served(folder, tmp_path))


def test_training_reads_the_folder_itself_and_a_second_start_converts_nothing(
    smollm_folder: Path, tmp_path: Path
) -> None:
    before = {path: path.stat().st_mtime_ns for path in smollm_folder.iterdir()}
    from shikomi.engine.dequantise import safetensors_folder

    gguf = served(smollm_folder, tmp_path)
    made = gguf.stat().st_mtime_ns
    assert safetensors_folder(gguf, lambda _: pytest.fail("unpacked")).is_dir()
    weights = gguf.with_name(gguf.name + ".hf") / "model.safetensors"
    assert weights.resolve() == (smollm_folder / "model.safetensors").resolve()
    assert served(smollm_folder, tmp_path).stat().st_mtime_ns == made
    assert {path: path.stat().st_mtime_ns for path in smollm_folder.iterdir()} == before


@pytest.mark.parametrize(
    ("file", "fields", "reason"),
    [
        ("config.json", {"model_type": "gemma3"}, "of type gemma3 cannot be trained here"),
        ("config.json", {"quantization_config": {"bits": 4}}, "a quantised model is not converted"),
        ("config.json", {"rope_parameters": {"rope_type": "yarn"}}, "rope scaling of type yarn"),
        ("tokenizer.json", {"normalizer": {"type": "Lowercase"}}, "splits texts in a way"),
        ("tokenizer.json", {"pre_tokenizer": {"type": "Metaspace"}}, "splits texts in a way"),
        ("tokenizer.json", {"model": {}}, "holds no tokenizer.json of a vocabulary"),
    ],
)
def test_a_folder_that_would_be_served_wrongly_is_refused(
    folder: Path, file: str, fields: dict[str, Any], reason: str
) -> None:
    change(folder / file, **fields)
    with pytest.raises(WeightsError, match=reason):
        check_folder(folder)


def test_an_adapter_alone_is_no_model(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(1)}, tmp_path / "adapter_model.safetensors")
    with pytest.raises(WeightsError, match=r"no config\.json of a whole model"):
        check_folder(tmp_path)


def test_weights_that_are_cut_off_are_named(folder: Path, tmp_path: Path) -> None:
    from transformers import LlamaConfig

    filled(folder, LlamaConfig(vocab_size=49152, **SIZES))
    file = folder / "model.safetensors"
    assert load_file(file)
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(WeightsError, match=r"model\.safetensors is cut off"):
        served(folder, tmp_path)
    assert not list((tmp_path / "converted").iterdir())
