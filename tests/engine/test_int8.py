"""Products of frozen weights in int8 against the same in float64."""

import pytest
import torch
from torch import nn

from shikomi.engine.int8 import Int8Linear, Int8Matrix, hold_in_int8

ROUNDING = 3e-4  # of the largest entry: states are held in 16 bits


def _states(n: int, width: int) -> torch.Tensor:
    """Some channels a thousand times as large as the others, as in real models."""
    states = torch.randn(n, width, generator=torch.Generator().manual_seed(n))
    states[:, ::97] *= 1000
    return states


def _weights(matrix: Int8Matrix) -> torch.Tensor:
    return matrix.rows.double() * matrix.scale[:, None].double()


@pytest.mark.parametrize("n", [1, 2, 17, 300])
def test_a_product_and_its_gradient_lose_no_more_than_sixteen_bits(n: int) -> None:
    matrix = Int8Matrix.of(torch.randn(64, 576, generator=torch.Generator().manual_seed(0)))
    states, gradient = _states(n, 576), _states(n, 64)

    forward = states.double() @ _weights(matrix).T
    backward = gradient.double() @ _weights(matrix)

    assert (matrix.forward(states) - forward).abs().max() <= ROUNDING * forward.abs().max()
    assert (matrix.backward(gradient) - backward).abs().max() <= ROUNDING * backward.abs().max()


def test_sums_as_wide_as_a_vocabulary_do_not_overflow() -> None:
    matrix = Int8Matrix.of(torch.ones(4, 300_000))

    assert matrix.forward(torch.ones(1, 300_000))[0, 0].item() == pytest.approx(300_000, rel=0.02)
    assert matrix.forward(-torch.ones(1, 300_000))[0, 0].item() == pytest.approx(-300_000, rel=0.02)


def test_weights_are_rounded_by_their_rows() -> None:
    weights = torch.randn(8, 32) * torch.tensor([10.0**k for k in range(-4, 4)])[:, None]
    weights[3] = 0

    error = (_weights(Int8Matrix.of(weights)) - weights).abs().amax(1)

    assert (error <= weights.abs().amax(1) / 250).all()


def test_a_number_that_is_none_is_not_hidden() -> None:
    matrix = Int8Matrix.of(torch.randn(8, 32))

    assert matrix.forward(torch.full((1, 32), float("nan"))).isnan().all()
    assert not matrix.forward(torch.zeros(1, 32)).any()


def test_only_what_is_not_trained_is_replaced_and_gradients_pass_through_it() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 8)).to(torch.bfloat16)
    model[2].requires_grad_(False)
    exact = nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 8))
    exact.load_state_dict(model.state_dict())

    hold_in_int8(model)

    assert isinstance(model[0], nn.Linear)
    assert isinstance(model[2], Int8Linear)
    states = torch.randn(3, 5, 32)
    assert torch.allclose(model(states), exact(states), atol=0.02)
    model(states).square().sum().backward()
    exact(states).square().sum().backward()
    assert torch.allclose(model[0].weight.grad, exact[0].weight.grad, rtol=0.05, atol=0.05)


def test_a_layer_can_be_kept_as_it_is() -> None:
    model = nn.Sequential(nn.Linear(32, 64), nn.Linear(64, 8)).requires_grad_(False)

    hold_in_int8(model, keep=model[1])

    assert isinstance(model[0], Int8Linear)
    assert isinstance(model[1], nn.Linear)
