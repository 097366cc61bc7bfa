"""GGUF weights as a folder of safetensors in bfloat16, made once and kept beside the file."""

import shutil
from collections.abc import Callable
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

from shikomi.engine.gguf_header import n_parameters, scalars
from shikomi.engine.unpacked import (
    is_complete,
    mark_complete,
    put_in_place,
    scratch_beside,
    unpacked_folder,
)
from shikomi.errors import WeightsError

_BYTES_PER_PARAMETER = 2
_SPARE_BYTES = 64 << 20  # the tokenizer and the configuration


def safetensors_folder(gguf: Path, say: Callable[[str], None]) -> Path:
    """The folder `<gguf>.hf` with weights, tokenizer and chat template; made where missing.

    Making it takes a minute or two for 1.5 billion parameters, once. `say` hears when.
    Raises: WeightsError where the disk is too small or the folder cannot be written.
    """
    folder = unpacked_folder(gguf)
    if is_complete(folder, gguf):
        return folder
    _check_space(gguf)
    say(f"Unpacking {gguf.name} for training; this is done once.")
    with scratch_beside(folder) as scratch:
        _unpack(gguf, scratch)
        put_in_place(scratch, folder, gguf)
    return folder


def begins_with_bos(gguf: Path) -> int | None:
    """The token id that llama.cpp puts before every text of this model, or None.

    Raises: WeightsError where the file is no GGUF.
    """
    try:
        meta = dict(scalars(gguf))
    except (OSError, ValueError) as error:
        raise WeightsError(f"{gguf} cannot be read as a GGUF file: {error}") from error
    adds = meta.get("tokenizer.ggml.add_bos_token", meta.get("tokenizer.ggml.model") == "llama")
    bos = meta.get("tokenizer.ggml.bos_token_id")
    return int(bos) if adds and bos is not None else None


def _check_space(gguf: Path) -> None:
    needed = n_parameters(gguf) * _BYTES_PER_PARAMETER + _SPARE_BYTES
    free = shutil.disk_usage(gguf.parent).free
    if free < needed:
        raise WeightsError(
            f"training needs {needed / 1e9:.1f} GB beside {gguf.name}, and {free / 1e9:.1f} GB are"
            " free: make room, or move the model to a larger disk"
        )


def _unpack(gguf: Path, folder: Path) -> None:
    where = {"pretrained_model_name_or_path": str(gguf.parent), "gguf_file": gguf.name}
    tokenizer = AutoTokenizer.from_pretrained(**where)
    model = AutoModelForCausalLM.from_pretrained(
        **where, dtype=torch.bfloat16, quantization_config=GgufConfig(dequantize=True)
    )
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)
    mark_complete(folder, gguf)
