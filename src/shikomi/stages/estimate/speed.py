"""How long the embedded engine takes, from speeds seen on two machines with a 1.5B model: two
laptop-class cores, and an H100 (docs/log.md). What reads and writes there is one forward pass for
all requests side by side."""

import re
from dataclasses import dataclass

from shikomi.config import ModelRole
from shikomi.engine.catalogue import CATALOGUE

_REFERENCE_PARAMETERS = 1.54e9
_SAID = re.compile(r"(?<![a-z0-9.])(\d+(?:\.\d+)?)([bm])(?![a-z0-9])", re.IGNORECASE)
_UNITS = {"b": 1e9, "m": 1e6}


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Tokens a second of the reference model. `writes_together` is that of `n_together` requests
    side by side, above which nothing is gained."""

    reads: float
    writes_alone: float
    writes_together: float
    n_together: int
    trains: float

    def writes(self, parallel: int) -> float:
        """Of all requests together, so many of them side by side."""
        share = (max(1, min(parallel, self.n_together)) - 1) / (self.n_together - 1)
        return self.writes_alone + share * (self.writes_together - self.writes_alone)


CPU = Speed(reads=50.0, writes_alone=11.0, writes_together=22.0, n_together=4, trains=105.0)
# 59 requests side by side had a step of 110 ms, reading included: about six calls a second.
# Reading takes less than half of what training does, which also goes back through the layers.
GPU = Speed(reads=15_000.0, writes_alone=9.0, writes_together=540.0, n_together=59, trains=7_000.0)


def answering_seconds(
    role: ModelRole, *, reads: float, writes: float, parallel: int, speed: Speed
) -> float:
    """For so many tokens read and written; 0 for weights whose size neither the catalogue nor
    their name tells."""
    return (reads / speed.reads + writes / speed.writes(parallel)) * _scale(role)


def training_seconds(role: ModelRole, tokens: float, *, speed: Speed) -> float:
    return tokens / speed.trains * _scale(role)


def _scale(role: ModelRole) -> float:
    """Against the reference model."""
    return n_parameters(role.model) / _REFERENCE_PARAMETERS


def n_parameters(model: str) -> int:
    """As models are called on the hub and in folders: "Qwen2.5-0.5B" has half a billion. A tuned
    one is as large as its base, which its name has; 0 where no name tells."""
    name = model.split(":")[1] if model.startswith("ft:") else model
    if name in CATALOGUE:
        return CATALOGUE[name].n_parameters
    said = _SAID.search(name)
    return round(float(said[1]) * _UNITS[said[2].casefold()]) if said else 0
