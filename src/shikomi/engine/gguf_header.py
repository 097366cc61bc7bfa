"""The header of a GGUF file: its metadata and the shapes of its tensors, without the tensors.

Layout: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import BinaryIO

MAGIC = b"GGUF"
_STRING, _ARRAY = 8, 9
_SCALARS = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}

Scalar = int | float | bool | str


def is_gguf(path: Path) -> bool:
    """True where the file begins with GGUF's magic."""
    with path.open("rb") as file:
        return file.read(4) == MAGIC


def scalars(path: Path) -> Iterator[tuple[str, Scalar]]:
    """The metadata's (key, value) pairs in file order; arrays are passed over.

    Raises: ValueError where the file is no GGUF of version 2 or 3, or is cut off.
    """
    with _opened(path) as file:
        _, n_pairs = _counts(file)
        yield from _pairs(file, n_pairs)


def shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """The tensors' names and shapes in GGUF's order, the innermost dimension first.

    Raises: as `scalars`.
    """
    with _opened(path) as file:
        n_tensors, n_pairs = _counts(file)
        for _ in _pairs(file, n_pairs):
            pass
        return dict(_shape(file) for _ in range(n_tensors))


def n_parameters(path: Path) -> int:
    """The number of weights: the sum over its tensors.

    Raises: as `scalars`.
    """
    return sum(map(prod, shapes(path).values()))


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    with path.open("rb") as file:
        try:
            yield file
        except (struct.error, UnicodeDecodeError, KeyError) as error:
            raise ValueError("the GGUF header is cut off or damaged") from error


def _counts(file: BinaryIO) -> tuple[int, int]:
    """Of tensors and of metadata's pairs."""
    if file.read(4) != MAGIC:
        raise ValueError("not a GGUF file")
    version = _number(file, "I")
    if version not in (2, 3):
        raise ValueError(f"GGUF version {version} is not known")
    return int(_number(file, "Q")), int(_number(file, "Q"))


def _shape(file: BinaryIO) -> tuple[str, tuple[int, ...]]:
    name = _string(file)
    shape = tuple(int(_number(file, "Q")) for _ in range(int(_number(file, "I"))))
    file.seek(struct.calcsize("<IQ"), 1)  # its type, and where it lies
    return name, shape


def _pairs(file: BinaryIO, n: int) -> Iterator[tuple[str, Scalar]]:
    for _ in range(n):
        key = _string(file)
        kind = int(_number(file, "I"))
        if kind == _ARRAY:
            _skip_array(file)
        else:
            yield key, _string(file) if kind == _STRING else _number(file, _SCALARS[kind])


def _number(file: BinaryIO, code: str) -> int | float | bool:
    size = struct.calcsize("<" + code)
    value: int | float | bool = struct.unpack("<" + code, file.read(size))[0]
    return value


def _string(file: BinaryIO) -> str:
    return file.read(int(_number(file, "Q"))).decode()


def _skip_array(file: BinaryIO) -> None:
    kind, length = int(_number(file, "I")), int(_number(file, "Q"))
    if kind == _STRING:
        for _ in range(length):
            file.seek(int(_number(file, "Q")), 1)
    elif kind == _ARRAY:
        for _ in range(length):
            _skip_array(file)
    else:
        file.seek(length * struct.calcsize("<" + _SCALARS[kind]), 1)
