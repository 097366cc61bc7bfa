"""The tensors of safetensors files as NumPy arrays, without PyTorch.

Layout: https://github.com/huggingface/safetensors#format
"""

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shikomi.errors import WeightsError

_STORED = {"BF16": np.uint16, "F16": np.float16, "F32": np.float32, "F64": np.float64}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainTensor:
    """A tensor in its file: nothing is read before `floats`."""

    name: str
    shape: tuple[int, ...]
    _file: Path
    _kind: str
    _offset: int

    def floats(self, rows: NDArray[np.intp] | slice) -> NDArray[np.float32]:
        """These rows (of a vector: elements), as float32."""
        stored: NDArray[Any] = np.memmap(
            self._file, _STORED[self._kind], mode="r", offset=self._offset, shape=self.shape
        )[rows]
        if self._kind != "BF16":
            return stored.astype(np.float32)
        return (stored.astype(np.uint32) << 16).view(np.float32)  # its upper half


def plain_tensors(folder: Path) -> dict[str, PlainTensor]:
    """All tensors of a folder's safetensors files, by name.

    Raises: WeightsError for a damaged file, or numbers that are no plain floats.
    """
    files = sorted(folder.glob("*.safetensors"))
    return {tensor.name: tensor for file in files for tensor in _of_file(file)}


def _of_file(file: Path) -> Iterator[PlainTensor]:
    try:
        with file.open("rb") as opened:
            (n_bytes,) = struct.unpack("<Q", opened.read(8))
            header: dict[str, Any] = json.loads(opened.read(n_bytes))
    except (struct.error, ValueError, MemoryError, OverflowError) as error:
        raise WeightsError(f"{file} is not a safetensors file, or is cut off") from error
    header.pop("__metadata__", None)
    for name, told in header.items():
        if told["dtype"] not in _STORED:
            raise WeightsError(
                f"{file} holds {name} as {told['dtype']}: give the unquantised model"
            )
        start, end = told["data_offsets"]
        if 8 + n_bytes + end > file.stat().st_size:
            raise WeightsError(f"{file} is cut off")
        yield PlainTensor(
            name=name,
            shape=tuple(told["shape"]),
            _file=file,
            _kind=told["dtype"],
            _offset=8 + n_bytes + start,
        )
