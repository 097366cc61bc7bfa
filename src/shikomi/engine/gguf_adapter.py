"""A PEFT LoRA adapter as the GGUF file that llama.cpp loads beside its base model.

Tensor names and the order of rows follow llama.cpp's `convert_lora_to_gguf.py`.
"""

import json
import math
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from gguf import MODEL_ARCH_NAMES, GGUFType, GGUFWriter, Keys, LlamaFileType
from gguf.tensor_mapping import TensorNameMap, get_tensor_name_map
from numpy.typing import NDArray
from safetensors import safe_open

from shikomi.engine.gguf_header import Scalar, scalars, shapes
from shikomi.errors import EngineError

Array = NDArray[np.float32]

ARCHITECTURES = ("llama", "qwen2")
_PEFT_NAME = re.compile(r"base_model\.model\.(.+)\.lora_([AB])\.weight")
_UNSUPPORTED = (
    "use_dora", "modules_to_save", "alpha_pattern", "rank_pattern", "lora_bias",
    "trainable_token_indices", "target_parameters", "use_qalora", "fan_in_fan_out",
)  # fmt: skip


class _Base:
    """What must be known of the base model: its sizes, names and heads."""

    def __init__(self, gguf: Path) -> None:
        meta = dict(scalars(gguf))
        self.arch = str(meta.get("general.architecture"))
        known = architecture(self.arch)
        self.n_heads = self._number(meta, "attention.head_count")
        self.n_kv_heads = self._number(meta, "attention.head_count_kv")
        self.shapes = shapes(gguf)
        n_blocks = self._number(meta, "block_count")
        self.names: TensorNameMap = get_tensor_name_map(known, n_blocks)

    def _number(self, meta: dict[str, Scalar], name: str) -> int:
        key = f"{self.arch}.{name}"
        if key not in meta:
            raise EngineError(f"the base model's GGUF file has no {key}")
        return int(meta[key])


@lru_cache(maxsize=1)
def _base(gguf: Path, modified_ns: int) -> _Base:
    """Kept: a run writes an adapter after each epoch, and reading a vocabulary takes a second."""
    return _Base(gguf)


def architecture(name: str) -> Any:
    """The `gguf` package's constant for one of ARCHITECTURES. Raises: EngineError."""
    if name not in ARCHITECTURES:
        raise EngineError(f"adapters for {name} models are not supported")
    return next(key for key, value in MODEL_ARCH_NAMES.items() if value == name)


def write_adapter(peft_folder: Path, base_gguf: Path, out: Path) -> int:
    """Write `out` and return the number of tensors in it; `out` appears whole or not at all.

    Raises: EngineError for adapter options or base models that llama.cpp's adapters cannot
    hold, and where adapter and base do not fit each other.
    """
    config = json.loads((peft_folder / "adapter_config.json").read_text())
    _refuse_unsupported(config)
    base = _base(base_gguf, base_gguf.stat().st_mtime_ns)
    tensors = dict(_tensors(peft_folder / "adapter_model.safetensors", base))
    scratch = out.with_name(out.name + ".tmp")
    writer = GGUFWriter(str(scratch), base.arch)
    writer.add_type(GGUFType.ADAPTER)
    writer.add_string(Keys.Adapter.TYPE, "lora")
    writer.add_float32(Keys.Adapter.LORA_ALPHA, _alpha(config))
    writer.add_file_type(LlamaFileType.ALL_F32)
    for name, tensor in tensors.items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    scratch.replace(out)
    return len(tensors)


def _refuse_unsupported(config: dict[str, Any]) -> None:
    found = [name for name in _UNSUPPORTED if config.get(name)]
    if config.get("bias", "none") != "none":
        found.append("bias")
    if config.get("peft_type") != "LORA":
        found.append(f"peft_type {config.get('peft_type')}")
    if found:
        raise EngineError(f"the adapter cannot be written as GGUF: {', '.join(found)}")


def _alpha(config: dict[str, Any]) -> float:
    """llama.cpp scales by alpha / rank; rank-stabilised LoRA by alpha / sqrt(rank)."""
    alpha = float(config["lora_alpha"])
    return alpha * math.sqrt(config["r"]) if config.get("use_rslora") else alpha


def _tensors(file: Path, base: _Base) -> Iterator[tuple[str, Array]]:
    with safe_open(str(file), "pt") as adapter:
        for key in sorted(adapter.keys()):
            match = _PEFT_NAME.fullmatch(key)
            if match is None:
                raise EngineError(f"the adapter holds {key}, which is no LoRA matrix")
            name = base.names.get_name(match[1] + ".weight", try_suffixes=(".weight",))
            if name is None or name not in base.shapes:
                raise EngineError(f"the base model has no {match[1]}")
            tensor: Array = adapter.get_tensor(key).float().numpy()
            _check_shape(match[1], tensor, base.shapes[name], is_a=match[2] == "A")
            if match[2] == "B":
                tensor = _in_runtime_order(tensor, name, base)
            yield f"{name}.lora_{match[2].lower()}", np.ascontiguousarray(tensor)


def _check_shape(module: str, tensor: Array, base: tuple[int, ...], *, is_a: bool) -> None:
    """`base` is (in, out), GGUF's order; A is (rank, in), B is (out, rank)."""
    fits = tensor.shape[1] == base[0] if is_a else tensor.shape[0] == base[1]
    if not fits:
        raise EngineError(f"{module}: the adapter's {tensor.shape} does not fit the base's {base}")


def _in_runtime_order(rows: Array, name: str, base: _Base) -> Array:
    """llama models' query and key rows interleave the two halves of each head (their rope)."""
    if base.arch != "llama" or not re.search(r"\.attn_[qk]\.weight$", name):
        return rows
    return interleaved(rows, base.n_heads if ".attn_q." in name else base.n_kv_heads)


def interleaved(rows: NDArray[Any], n_heads: int) -> NDArray[Any]:
    """Rows of heads, each a first and a second half, as llama.cpp turns them: in pairs."""
    shape = rows.shape
    return rows.reshape(n_heads, 2, -1, *shape[1:]).swapaxes(1, 2).reshape(shape)
