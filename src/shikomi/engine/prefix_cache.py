"""The frozen layers below the first trained one, computed once for each text.

Their output does not depend on the adapter, and attention looks back only, so padding on the
right changes nothing: after the first epoch the states are taken from memory.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

Forward = Callable[..., Tensor]


class FrozenPrefix:
    """Replaces the `forward` of the given layers, which must be frozen and without dropout.

    Call `about_to_run(rows, lengths)` before each forward pass of the whole model. States are
    kept in their own type, on the CPU, up to `limit_bytes`; rows beyond it are computed anew.
    """

    def __init__(self, layers: Sequence[nn.Module], *, limit_bytes: int) -> None:
        self._kept: dict[int, Tensor] = {}  # row -> (length, width)
        self._free_bytes = limit_bytes
        self._rows: Sequence[int] = ()
        self._lengths: Sequence[int] = ()
        self._hit = False
        for layer in layers:
            layer.forward = self._wrap(layer.forward, is_last=layer is layers[-1])

    def __contains__(self, row: int) -> bool:
        return row in self._kept

    def about_to_run(self, rows: Sequence[int], lengths: Sequence[int]) -> None:
        """Name the rows of the next batch and their true lengths."""
        self._rows, self._lengths = rows, lengths
        self._hit = bool(rows) and all(row in self._kept for row in rows)

    def _wrap(self, forward: Forward, *, is_last: bool) -> Forward:
        def run(hidden_states: Tensor, *args: Any, **kwargs: Any) -> Tensor:
            if self._hit:
                return self._padded(hidden_states) if is_last else hidden_states
            with torch.no_grad():
                output = forward(hidden_states.detach(), *args, **kwargs)
            if is_last:
                self._keep(output)
            return output

        return run

    def _padded(self, like: Tensor) -> Tensor:
        batch = torch.zeros_like(like)
        for place, row in enumerate(self._rows):
            state = self._kept[row]
            batch[place, : len(state)] = state.to(like.device)
        return batch

    def _keep(self, states: Tensor) -> None:
        for place, (row, length) in enumerate(zip(self._rows, self._lengths, strict=True)):
            size = length * states.shape[-1] * states.element_size()
            if row not in self._kept and size <= self._free_bytes:
                self._kept[row] = states[place, :length].to("cpu", copy=True)
                self._free_bytes -= size
