"""What one server is told at its start."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from shikomi.engine import hardware


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """`data` holds server.db, files and adapters; `cache` holds model weights.

    `aliases` maps hosted names to embedded ones; `local_models` are GGUF files, or folders of
    safetensors, that may be named by their path, and models of the Hugging Face hub as
    OWNER/MODEL. `n_ctx` is the context of one request, in tokens; `n_parallel` is the number of
    requests of one model that run side by side, and `runtime` who answers them; `max_runtimes`
    models and `max_adapters` adapters of each stay in memory until nothing was asked for
    `idle_seconds`; `max_pending` requests may wait.
    `embeddings` is a GGUF file of an embedding model. A training keeps a checkpoint every
    `checkpoint_seconds`. Tuned models answer below search results with their adapter at the scale
    `adapter_below_search`.
    """

    data: Path
    cache: Path
    aliases: Mapping[str, str] = field(default_factory=dict)
    local_models: tuple[Path, ...] = ()
    n_ctx: int = 4096
    n_parallel: int | Literal["auto"] = "auto"
    runtime: hardware.Wanted = "auto"
    n_threads: int
    max_runtimes: int = 2
    max_adapters: int = 4
    max_pending: int = 256
    idle_seconds: float = 900.0
    embeddings: Path | None = None
    device: str = "auto"
    checkpoint_seconds: float = 60.0
    adapter_below_search: float = 1.0

    @property
    def slots(self) -> int:
        """The number of requests of one model that run side by side."""
        return hardware.slots(self.n_parallel, self.runtime)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    """Which models there are: those of ServerSettings by the same names, and tuned ones, whose
    files lie in `adapters`."""

    cache: Path
    adapters: Path
    aliases: Mapping[str, str] = field(default_factory=dict)
    local_models: tuple[Path, ...] = ()
    embeddings: Path | None = None
    adapter_below_search: float = 1.0
