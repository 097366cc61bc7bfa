"""Frozen layers in int8, for CPUs that multiply int8 four times as fast as float32.

Weights are rounded to 8 bits by row of the output. States are held in 16 bits a token, as a high
and a low byte, and each byte is multiplied on its own: what is lost is the weights' rounding,
less than what a 4-bit base has lost already. Splitting numbers into int8 slices whose products
are exact is the Ozaki scheme (arXiv:2306.11975); frozen layers in int8 both ways, arXiv:2304.13013.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

_TOP = 127  # the largest magnitude of a weight, and of a state's high byte
_LOW = 256  # values of the low byte
_INT32_MAX = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Int8Matrix:
    """A weight matrix: `rows` (out, in) int8, times `scale` (out,) float32."""

    rows: Tensor
    scale: Tensor

    @classmethod
    def of(cls, weight: Tensor) -> "Int8Matrix":
        """`weight` (out, in) of any floating type, rounded."""
        scale = weight.abs().amax(1).float().clamp_(min=torch.finfo(torch.float32).tiny) / _TOP
        return cls((weight / scale[:, None]).round_().to(torch.int8), scale)

    def forward(self, states: Tensor) -> Tensor:
        """(n, in) to (n, out), float32."""
        return _product(states, self.rows.t()).mul_(self.scale)

    def backward(self, gradient: Tensor) -> Tensor:
        """(n, out) to (n, in), float32: the gradient of the states that `forward` was given."""
        return _product(gradient * self.scale, self.rows)


class Int8Linear(nn.Module):  # type: ignore[misc]
    """An nn.Linear that is not trained, its weights an Int8Matrix."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.matrix = Int8Matrix.of(linear.weight.detach())
        self.bias = None if linear.bias is None else linear.bias.detach().float()

    def forward(self, states: Tensor) -> Tensor:
        """(..., in) to (..., out), float32."""
        product: Tensor = _Product.apply(states, self.matrix)
        return product if self.bias is None else product + self.bias


def hold_in_int8(model: nn.Module, *, keep: nn.Module | None = None) -> None:
    """Replace every frozen nn.Linear of the model but `keep`; all else becomes float32."""
    for module in list(model.modules()):
        for name, child in module.named_children():
            if (
                child is not keep
                and isinstance(child, nn.Linear)
                and not child.weight.requires_grad
            ):
                setattr(module, name, Int8Linear(child))
    model.float()


class _Product(torch.autograd.Function):  # type: ignore[misc]
    """`Int8Matrix.forward` for states of any number of dimensions; the matrix has no gradient."""

    @staticmethod
    def forward(ctx: Any, states: Tensor, matrix: Int8Matrix) -> Tensor:
        ctx.matrix = matrix
        return matrix.forward(states.flatten(0, -2)).unflatten(0, states.shape[:-1])

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (gradient,) = gradients
        back = ctx.matrix.backward(gradient.flatten(0, -2))
        return back.unflatten(0, gradient.shape[:-1]), None


def _product(states: Tensor, columns: Tensor) -> Tensor:
    """(n, k) float32 by (k, m) int8: the states' two bytes in one product, float32."""
    top = min(_TOP, _INT32_MAX // (_TOP * max(1, len(columns))))  # sums stay within 32 bits
    peak = states.abs().amax(1, keepdim=True).clamp_(min=torch.finfo(torch.float32).tiny)
    whole = (states * (top * _LOW / peak)).round_().to(torch.int16)
    halves = torch.empty((2, *states.shape), dtype=torch.int8)
    halves[1] = whole  # the low byte, from -128 to 127
    halves[0] = whole.add_(_LOW // 2).bitwise_right_shift_(8)
    high, low = torch._int_mm(halves.flatten(0, 1), columns).unflatten(0, (2, -1))
    return low.float().add_(high, alpha=_LOW).mul_(peak / (top * _LOW))
