"""A folder of safetensors as the GGUF file that llama.cpp serves, made once and kept.

Metadata, tensor names and the order of rows follow llama.cpp's `convert_hf_to_gguf.py`.
"""

import json
import math
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from gguf import GGMLQuantizationType, GGUFWriter, LlamaFileType
from gguf.quants import quantize
from gguf.tensor_mapping import TensorNameMap, get_tensor_name_map
from numpy.typing import NDArray

from shikomi.engine.gguf_adapter import ARCHITECTURES, architecture, interleaved
from shikomi.engine.hf_tokenizer import HfTokenizer, read_tokenizer
from shikomi.engine.plain_tensors import PlainTensor, plain_tensors
from shikomi.engine.unpacked import (
    is_complete,
    mark_complete,
    put_in_place,
    scratch_beside,
    unpacked_folder,
)
from shikomi.errors import WeightsError

_CHUNK = 4096  # rows that are held as float32 at once
_BLOCK = 32  # numbers that share a scale in Q8_0
_Q8 = GGMLQuantizationType.Q8_0
_HELP = "make a GGUF file of it by llama.cpp's convert_hf_to_gguf.py, and name that"


def served_gguf(folder: Path, sha256: str, *, cache: Path) -> Path:
    """The GGUF file of a folder of safetensors, made where it is missing: matrices in 8 bits.

    The folder itself is what training then reads, unrounded. `sha256` is the folder's identity.
    Raises: WeightsError where it cannot be converted or written.
    """
    gguf = cache / "converted" / f"{sha256[:32]}.gguf"
    unpacked = unpacked_folder(gguf)
    if gguf.exists() and is_complete(unpacked, gguf):
        return gguf
    with scratch_beside(gguf) as scratch:
        _convert(folder, scratch / gguf.name)
        (scratch / gguf.name).replace(gguf)
        _link(folder, scratch)
        mark_complete(scratch, gguf)
        put_in_place(scratch, unpacked, gguf)
    return gguf


def check_folder(folder: Path) -> None:
    """Raises: WeightsError where `served_gguf` would refuse the folder, before it reads weights."""
    _Model.read(folder)


def _link(folder: Path, target: Path) -> None:
    """All files of a folder under their names in another, taking no room where that is possible."""
    for file in folder.iterdir():
        if not file.is_file():
            continue
        try:
            (target / file.name).symlink_to(file.resolve())
        except OSError:  # a system that lets only some users do that
            shutil.copyfile(file, target / file.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Model:
    """What a folder says of its model."""

    config: dict[str, Any]
    tokenizer: HfTokenizer
    rope: dict[str, Any]

    @classmethod
    def read(cls, folder: Path) -> "_Model":
        try:
            config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            kind = config["model_type"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise WeightsError(f"{folder} holds no config.json of a whole model") from error
        if kind not in ARCHITECTURES:
            known = " and ".join(ARCHITECTURES)
            raise WeightsError(
                f"{folder}: models of type {kind} cannot be trained here, only {known}"
            )
        rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
        if what := _unknown(config, rope):
            raise WeightsError(f"{folder}: {what} is not converted here: {_HELP}")
        try:
            tokenizer = read_tokenizer(folder)
        except WeightsError as error:
            raise WeightsError(f"{error}: {_HELP}") from error
        return cls(config=config, tokenizer=tokenizer, rope=rope)

    @property
    def head_size(self) -> int:
        own = self.config.get("head_dim")
        return int(own or self.config["hidden_size"] // self.config["num_attention_heads"])

    @property
    def n_kv_heads(self) -> int:
        return int(self.config.get("num_key_value_heads") or self.config["num_attention_heads"])

    @property
    def rope_theta(self) -> float:
        return float(self.rope.get("rope_theta") or self.config.get("rope_theta") or 10_000.0)


def _unknown(config: dict[str, Any], rope: dict[str, Any]) -> str | None:
    """What of a model would be lost."""
    kind = rope.get("rope_type") or rope.get("type") or "default"
    if kind not in ("default", "llama3"):
        return f"rope scaling of type {kind}"
    if config.get("quantization_config"):
        return "a quantised model"
    return "a sliding window" if config.get("use_sliding_window") else None


def _convert(folder: Path, out: Path) -> None:
    model, found = _Model.read(folder), plain_tensors(folder)
    if "model.embed_tokens.weight" not in found:
        raise WeightsError(f"{folder} holds no weights of a whole model")
    writer = GGUFWriter(str(out), model.config["model_type"])
    _add_metadata(writer, model, folder)
    n_tokens = found["model.embed_tokens.weight"].shape[0]
    writer.add_vocab_size(n_tokens)
    model.tokenizer.add_to(writer, folder, n_tokens)
    factors = _rope_factors(model)
    if factors is not None:
        writer.add_tensor_info("rope_freqs.weight", factors.shape, factors.dtype, factors.nbytes)
    tensors = list(_named(found, model))
    for name, tensor in tensors:
        _announce(writer, name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    if factors is not None:
        writer.write_tensor_data(factors)
    for name, tensor in tensors:
        writer.write_tensor_data(_stored(tensor, _order(name, tensor, model)))
    writer.close()


def _add_metadata(writer: GGUFWriter, model: _Model, folder: Path) -> None:
    config = model.config
    writer.add_name(folder.resolve().name)
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(model.n_kv_heads)
    writer.add_key_length(model.head_size)
    writer.add_value_length(model.head_size)
    writer.add_rope_dimension_count(model.head_size)
    writer.add_rope_freq_base(model.rope_theta)
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_file_type(LlamaFileType.MOSTLY_Q8_0)
    writer.add_quantization_version(2)


def _rope_factors(model: _Model) -> NDArray[np.float32] | None:
    """How much slower each frequency turns; None: none does. Source: Llama 3.1's scaling."""
    rope = model.rope
    if (rope.get("rope_type") or rope.get("type")) != "llama3":
        return None
    turns = np.arange(0, model.head_size, 2) / model.head_size
    waves = 2 * math.pi * model.rope_theta**turns
    low, high, factor = rope["low_freq_factor"], rope["high_freq_factor"], rope["factor"]
    share = (rope["original_max_position_embeddings"] / waves - low) / (high - low)
    share = share.clip(0, 1)
    factors: NDArray[np.float32] = (1 / ((1 - share) / factor + share)).astype(np.float32)
    return factors


def _named(found: dict[str, PlainTensor], model: _Model) -> Iterator[tuple[str, PlainTensor]]:
    """Tensors by llama.cpp's names; a head that is the embedding once more is left out."""
    kind, n_layers = model.config["model_type"], model.config["num_hidden_layers"]
    names: TensorNameMap = get_tensor_name_map(architecture(kind), n_layers)
    for key, tensor in found.items():
        is_twin = key == "lm_head.weight" and model.config.get("tie_word_embeddings")
        if is_twin or key.endswith(".rotary_emb.inv_freq"):
            continue
        name = names.get_name(key, try_suffixes=(".weight", ".bias"))
        if name is None:
            raise WeightsError(f"the tensor {key} is not one of a {kind} model: {_HELP}")
        yield name, tensor


def _announce(writer: GGUFWriter, name: str, tensor: PlainTensor) -> None:
    n_numbers = math.prod(tensor.shape)
    if not _in_eight_bits(tensor):
        writer.add_tensor_info(name, tensor.shape, np.dtype(np.float32), 4 * n_numbers)
        return
    n_bytes = n_numbers // _BLOCK * (_BLOCK + 2)  # a block's scale has 16 bits
    writer.add_tensor_info(name, tensor.shape, np.dtype(np.int8), n_bytes, raw_dtype=_Q8)


def _in_eight_bits(tensor: PlainTensor) -> bool:
    return len(tensor.shape) == 2 and tensor.shape[1] % _BLOCK == 0


def _order(name: str, tensor: PlainTensor, model: _Model) -> NDArray[np.intp]:
    """The rows in llama.cpp's order."""
    rows = np.arange(tensor.shape[0])
    if model.config["model_type"] != "llama" or ".attn_" not in name:
        return rows
    if ".attn_q." in name:
        return interleaved(rows, model.config["num_attention_heads"])
    return interleaved(rows, model.n_kv_heads) if ".attn_k." in name else rows


def _stored(tensor: PlainTensor, rows: NDArray[np.intp]) -> NDArray[Any]:
    chunks = [tensor.floats(rows[i : i + _CHUNK]) for i in range(0, len(rows), _CHUNK)]
    if _in_eight_bits(tensor):
        return np.concatenate([quantize(chunk, _Q8) for chunk in chunks])
    return np.concatenate(chunks)
