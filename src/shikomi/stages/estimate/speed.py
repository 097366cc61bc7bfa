"""How long the embedded engine takes, from speeds seen on two laptop-class cores."""

from shikomi.config import ModelRole
from shikomi.engine.catalogue import CATALOGUE

_READS_PER_SECOND = 50.0  # tokens, 1.5B parameters
_WRITES_ALONE_PER_SECOND = 11.0
_WRITES_TOGETHER_PER_SECOND = 22.0  # from four requests at a time on
_TRAINS_PER_SECOND = 105.0
_REFERENCE_PARAMETERS = 1.54e9


def answering_seconds(role: ModelRole, *, reads: float, writes: float, parallel: int) -> float:
    """For so many tokens read and written; 0 for weights of unknown size."""
    gain = _WRITES_TOGETHER_PER_SECOND - _WRITES_ALONE_PER_SECOND
    speed = _WRITES_ALONE_PER_SECOND + gain * (min(parallel, 4) - 1) / 3
    return (reads / _READS_PER_SECOND + writes / speed) * _scale(role)


def training_seconds(role: ModelRole, tokens: float) -> float:
    return tokens / _TRAINS_PER_SECOND * _scale(role)


def _scale(role: ModelRole) -> float:
    """Against the reference model."""
    entry = CATALOGUE.get(role.model)
    return entry.n_parameters / _REFERENCE_PARAMETERS if entry else 0.0
