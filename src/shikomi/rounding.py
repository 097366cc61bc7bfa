"""Figures rounded as people round them."""

from decimal import ROUND_HALF_UP, Decimal

_EXACT = 9  # decimals: what a float adds to a share of whole numbers stands behind them


def rounded(value: float, decimals: int = 0) -> str:
    """Halves away from zero, where Python's own formatting takes the even neighbour: 12.5 is 13,
    and 3.5 is 4 as well. So one of eight is 13 % and seven of eight are 88 %."""
    exact = Decimal(repr(round(value, _EXACT)))
    return str(exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP) + 0)


def whole_percent(share: float) -> str:
    """A share (0.125) in whole percent ("13")."""
    return rounded(100 * share)
