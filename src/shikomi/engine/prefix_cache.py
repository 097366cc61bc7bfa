"""The frozen layers below the first trained one, computed once for each text.

Their output does not depend on the adapter, and a text's tokens see nothing of the texts packed
beside them: after the first epoch the states are taken from memory.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

SHARED = -1  # the row of what all rows begin with

Forward = Callable[..., Tensor]


class FrozenPrefix:
    """Replaces the `forward` of the given layers, which must be frozen and without dropout.

    Call `about_to_run(segments)` before each forward pass of the whole model. States are kept in
    their own type, on the CPU, up to `limit_bytes`; rows beyond it are computed anew.
    """

    def __init__(self, layers: Sequence[nn.Module], *, limit_bytes: int) -> None:
        self._kept: dict[int, Tensor] = {}  # row -> (tokens, width)
        self._free_bytes = limit_bytes
        self._segments: Sequence[tuple[int, int]] = ()
        self._hit = False
        for layer in layers:
            layer.forward = self._wrap(layer.forward, is_last=layer is layers[-1])

    def __contains__(self, row: int) -> bool:
        return row in self._kept

    def about_to_run(self, segments: Sequence[tuple[int, int]]) -> None:
        """Name the (row, tokens) that the next sequence is made of, in order."""
        self._segments = segments
        self._hit = all(row in self._kept for row, _ in segments)

    def _wrap(self, forward: Forward, *, is_last: bool) -> Forward:
        def run(hidden_states: Tensor, *args: Any, **kwargs: Any) -> Tensor:
            if self._hit:
                return self._known(hidden_states) if is_last else hidden_states
            with torch.no_grad():
                output = forward(hidden_states.detach(), *args, **kwargs)
            if is_last:
                self._keep(output[0])
            return output

        return run

    def _known(self, like: Tensor) -> Tensor:
        states = torch.cat([self._kept[row] for row, _ in self._segments])
        return states.to(like.device)[None]

    def _keep(self, states: Tensor) -> None:
        start = 0
        for row, length in self._segments:
            size = length * states.shape[-1] * states.element_size()
            if row not in self._kept and size <= self._free_bytes:
                self._kept[row] = states[start : start + length].to("cpu", copy=True)
                self._free_bytes -= size
            start += length
