"""LoRA adapters from llama.cpp's files, on a model of transformers, at scales of each row."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gguf import GGUFReader, Keys
from gguf.tensor_mapping import get_tensor_name_map
from torch import nn

from shikomi.engine.gguf_adapter import architecture
from shikomi.errors import EngineError

Scales = Sequence[tuple[int, float]]  # of adapters by their numbers; others have 0
Matrices = tuple[torch.Tensor, torch.Tensor]  # A (rank, in), and B (out, rank) times alpha / rank


class Adapters:
    """The adapters of one model, all at scale 0 until `scale` says otherwise."""

    def __init__(self, model: Any, paths: Sequence[Path]) -> None:
        self._scales: dict[int, torch.Tensor] = {}
        self._rows: list[Scales] = []
        self._device, self._dtype = model.device, model.dtype
        names = _module_names(model)
        for number, path in enumerate(paths):
            for name, (a, b) in _read(path).items():
                layer = names.get(name)
                if layer is None or (b.shape[0], a.shape[1]) != tuple(layer.weight.shape):
                    raise EngineError(f"{path} does not fit the model: {name}")
                self._put_on(layer, number, (a, _in_hub_order(b, name, model.config)))

    def scale(self, rows: Sequence[Scales]) -> None:
        """How much of each adapter takes part from now on, for each row of what is asked."""
        if rows == self._rows:
            return  # a token later: nothing has changed
        self._rows = list(rows)
        used = {number for scales in rows for number, scale in scales if scale}
        told = [dict(scales) for scales in rows] if used else []
        self._scales = {
            number: torch.tensor(
                [[[scales.get(number, 0.0)]] for scales in told],
                device=self._device,
                dtype=self._dtype,
            )
            for number in used
        }

    def _put_on(self, layer: nn.Linear, number: int, matrices: Matrices) -> None:
        weights = layer.weight
        a, b = (matrix.to(weights.device, weights.dtype) for matrix in matrices)

        def add(_: nn.Module, given: tuple[torch.Tensor], result: torch.Tensor) -> torch.Tensor:
            scale = self._scales.get(number)
            if scale is None:
                return result
            low = nn.functional.linear(given[0], a)
            return result + nn.functional.linear(low, b) * scale

        layer.register_forward_hook(add)


def _module_names(model: Any) -> dict[str, nn.Linear]:
    """The linear layers by their names in a GGUF file."""
    names = get_tensor_name_map(
        architecture(model.config.model_type), model.config.num_hidden_layers
    )
    found = {}
    for name, module in model.named_modules():
        if isinstance(module, nn.Linear) and (known := names.get_name(name)):
            found[known] = module
    return found


def _read(path: Path) -> dict[str, Matrices]:
    """The matrices by the names of their layers in a GGUF file, rows in its order."""
    reader = GGUFReader(str(path))
    field = reader.get_field(Keys.Adapter.LORA_ALPHA)
    alpha = float(field.contents()) if field else 0.0
    tensors = {each.name: torch.from_numpy(np.array(each.data)) for each in reader.tensors}
    return dict(_matrices(tensors, alpha))


def _matrices(tensors: Mapping[str, torch.Tensor], alpha: float) -> Iterator[tuple[str, Matrices]]:
    for name, a in tensors.items():
        stem, _, half = name.rpartition(".lora_")
        if half == "a":
            scale = alpha / a.shape[0] if alpha else 1.0
            yield (
                stem.removesuffix(".weight"),
                (a.float(), tensors[f"{stem}.lora_b"].float() * scale),
            )


def _in_hub_order(rows: torch.Tensor, name: str, config: Any) -> torch.Tensor:
    """Undoes what `gguf_adapter` does to the query and key rows of llama models."""
    if config.model_type != "llama" or not name.endswith((".attn_q", ".attn_k")):
        return rows
    heads = config.num_attention_heads if name.endswith("q") else config.num_key_value_heads
    return rows.reshape(heads, -1, 2, rows.shape[1]).transpose(1, 2).reshape(rows.shape)
