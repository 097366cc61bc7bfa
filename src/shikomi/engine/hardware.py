"""What this machine has for models, told without loading anything large."""

import ctypes
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from shikomi.errors import EngineError

Backend = Literal["llama.cpp", "torch"]
Wanted = Literal["auto", "llama.cpp", "torch"]

_DRIVERS = ("libcuda.so.1", "nvcuda.dll")
_SLOTS: dict[Backend, int] = {
    "llama.cpp": 4,  # decodes about twice as fast as 1 on two cores (docs/log.md)
    "torch": 128,
}


@cache
def has_cuda() -> bool:
    """Whether there is an NVIDIA GPU, and a PyTorch that can use it."""
    spec = find_spec("torch")
    if spec is None or spec.origin is None:
        return False
    library = Path(spec.origin).parent / "lib"
    built = any((library / name).exists() for name in ("libtorch_cuda.so", "torch_cuda.dll"))
    return built and _n_gpus() > 0


def backend(wanted: Wanted) -> Backend:
    """Who answers chat: PyTorch where there is a GPU for it, else llama.cpp.

    Raises: EngineError where what was asked for is not installed.
    """
    if wanted == "llama.cpp":
        return wanted
    found = find_spec("llguidance") is not None and find_spec("torch") is not None
    if wanted == "torch" and not found:
        raise EngineError("the torch runtime is not installed: pip install 'shikomi[local]'")
    return "torch" if wanted == "torch" or (found and has_cuda()) else "llama.cpp"


def answers_on_gpu(wanted: Wanted) -> bool:
    """Whether chat is answered there: PyTorch may also be asked for where there is none."""
    return backend(wanted) == "torch" and has_cuda()


def slots(parallel: int | Literal["auto"], wanted: Wanted) -> int:
    """How many requests of one model are answered side by side."""
    return _SLOTS[backend(wanted)] if parallel == "auto" else parallel


def n_training_gpus() -> int:
    """How many GPUs one training can use side by side: elsewhere than on Linux one, if any."""
    if not has_cuda():
        return 0
    return _n_gpus() if sys.platform == "linux" else 1


def _n_gpus() -> int:
    """By the driver's own library; 0 where there is none."""
    for name in _DRIVERS:
        try:
            driver = ctypes.CDLL(name)
        except OSError:
            continue
        count = ctypes.c_int()
        if driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0:
            return count.value
    return 0
