"""What of a training fits into memory beside what is there."""

import importlib.util
from typing import Any

import psutil  # type: ignore[import-untyped]
import torch

_WEIGHTS_SHARE = 0.5  # of the GPU's free memory
_STATES_SHARE = {"cpu": 0.5, "cuda": 0.75}  # of what is free; nobody else needs the GPU's


def in_four_bits(device: str, n_bytes: int, free_bytes: int) -> bool:
    """Whether the frozen weights are held in 4 bits (QLoRA): on a GPU that they, in 16 bits,
    would fill beyond a half, where bitsandbytes is installed."""
    return (
        device == "cuda"
        and n_bytes > free_bytes * _WEIGHTS_SHARE
        and importlib.util.find_spec("bitsandbytes") is not None
    )


def room_for_states(model: Any, device: str) -> int:
    """Bytes that may be filled beside the model, which the Trainer moves to a GPU only later."""
    free = psutil.virtual_memory().available
    if device == "cuda":
        waiting = (each for each in model.parameters() if each.device.type == "cpu")
        n_bytes = sum(each.numel() * each.element_size() for each in waiting)
        free = torch.cuda.mem_get_info()[0] - n_bytes
    return int(free * _STATES_SHARE[device])


def states_fit(config: Any, *, n_layers: int, n_tokens: int, room: int) -> bool:
    """Whether what the backward pass needs of the last `n_layers` layers, for so many tokens at
    once, fits into `room` bytes."""
    # bytes a token; with LoRA of rank 64 three quarters of that were seen (docs/log.md)
    per_layer = 10 * config.intermediate_size + 40 * config.hidden_size
    return bool(n_tokens * n_layers * per_layer < room)
