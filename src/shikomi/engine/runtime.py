"""A model in a child process, speaking the OpenAI wire on a loopback port: by llama.cpp, or by
PyTorch on a GPU."""

import json
import re
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Self

from shikomi.engine import gguf_header
from shikomi.engine.first_line import first_line
from shikomi.engine.hardware import Backend
from shikomi.errors import EngineError

_LOAD_SECONDS = 600.0
_CLOSE_SECONDS = 5.0
_MODULES: dict[Backend, str] = {
    "llama.cpp": "shikomi.engine.runtime_child",
    "torch": "shikomi.engine.batching",
}
_NATIVE_ERROR = re.compile(r"[\d.]+ E +(.+)")  # the first one is the cause


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeSpec:
    """What to load. `n_ctx` is the context of one slot; `n_parallel` is the number of slots.

    Requests name adapters by their place in `adapters`. With `embeds` it makes embeddings (the
    model's own pooling, else the mean) and no text, and `backend` must be llama.cpp. With an
    `api_key` it answers only requests that carry it as a bearer token: its port is open to all
    programs and users of this machine.
    """

    weights: Path
    adapters: tuple[Path, ...] = ()
    n_ctx: int
    n_parallel: int
    n_threads: int
    embeds: bool = False
    backend: Backend = "llama.cpp"
    api_key: str | None = field(default=None, repr=False)


class Runtime:
    """A running model. It dies with this process; use it in a `with` statement.

    Every request must name every adapter's scale: see `lora_scales`.
    """

    def __init__(self, process: subprocess.Popen[bytes], base_url: str) -> None:
        self._process = process
        self._base_url = base_url

    @classmethod
    def start(cls, spec: RuntimeSpec) -> "Runtime":
        """Load the model and wait until it answers.

        Raises: EngineError, in one line, where a file is no GGUF, the load fails,
        or xllamacpp is not installed.
        """
        if spec.backend == "llama.cpp" and find_spec("xllamacpp") is None:
            raise EngineError("the local engine is not installed: pip install 'shikomi[local]'")
        for path in (spec.weights, *spec.adapters):
            _check_gguf(path)
        with tempfile.TemporaryFile() as log:
            process = _spawn(spec.backend, log)
            try:
                base_url = _handshake(process, spec, log)
            except BaseException:
                _end(process)
                raise
        return cls(process, base_url)

    @property
    def base_url(self) -> str:
        """`http://127.0.0.1:PORT`; chat completions lie under `/v1`."""
        return self._base_url

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        """End the child process; may be called twice."""
        _end(self._process)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def lora_scales(n_adapters: int, active: int | None, scale: float = 1.0) -> list[dict[str, float]]:
    """The `lora` field of a request: adapter `active` at `scale`, all others at 0; None is the
    base.

    Raises: ValueError for an adapter that is not there; llama.cpp would ignore it in silence.
    """
    if active is not None and not 0 <= active < n_adapters:
        raise ValueError(f"adapter {active} of {n_adapters} does not exist")
    return [{"id": n, "scale": scale * (n == active)} for n in range(n_adapters)]


def context_length(gguf: Path) -> int:
    """The context a model was trained for, in tokens, from its metadata.

    Raises: EngineError where the file does not say.
    """
    found: dict[str, gguf_header.Scalar] = {}
    try:
        for key, value in gguf_header.scalars(gguf):
            found[key] = value
            length = found.get(f"{found.get('general.architecture')}.context_length")
            if length is not None:
                return int(length)
    except (OSError, ValueError) as error:
        raise EngineError(f"{gguf} cannot be read as a GGUF file: {error}") from error
    raise EngineError(f"{gguf} does not say its context length")


@lru_cache(maxsize=64)
def knows_tools(gguf: Path) -> bool:
    """Whether the model's chat template speaks of tools; llama.cpp passes over them in silence
    where it does not."""
    return any(
        key == "tokenizer.chat_template" and "tools" in str(value)
        for key, value in gguf_header.scalars(gguf)
    )


def _pools(gguf: Path) -> bool:
    """Whether the model says how the states of its tokens become one embedding."""
    return any(key.endswith(".pooling_type") for key, _ in gguf_header.scalars(gguf))


def _check_gguf(path: Path) -> None:
    try:
        good = gguf_header.is_gguf(path)
    except OSError as error:
        raise EngineError(f"{path} cannot be read: {error.strerror}") from error
    if not good:
        raise EngineError(f"{path} is not a GGUF file")


def _config(spec: RuntimeSpec) -> bytes:
    on_main_thread = threading.current_thread() is threading.main_thread()
    config = asdict(spec) | {
        "weights": str(spec.weights),
        "adapters": [str(path) for path in spec.adapters],
        "by_signal": on_main_thread,
        "mean_pooling": spec.embeds and not _pools(spec.weights),
    }
    return json.dumps(config).encode() + b"\n"


def _spawn(backend: Backend, log: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", _MODULES[backend]],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
    )


def _handshake(process: subprocess.Popen[bytes], spec: RuntimeSpec, log: IO[bytes]) -> str:
    if process.stdin is None or process.stdout is None:
        raise AssertionError("the child was started without pipes")
    try:
        process.stdin.write(_config(spec))
        process.stdin.flush()
    except BrokenPipeError:
        raise _load_error(process, spec.backend, log) from None
    line = first_line(process.stdout, seconds=_LOAD_SECONDS)
    if line is None:
        raise EngineError(
            f"{spec.backend} did not load the model within {_LOAD_SECONDS:.0f} seconds"
        )
    answer: dict[str, str] = json.loads(line) if line else {}
    if "base_url" not in answer:
        raise _load_error(process, spec.backend, log)
    return answer["base_url"]


def _load_error(process: subprocess.Popen[bytes], backend: Backend, log: IO[bytes]) -> EngineError:
    process.wait()  # until then the log may lack its last lines
    log.seek(0)
    lines = [line.strip() for line in log.read().decode(errors="replace").splitlines()]
    errors = [match[1] for line in lines if (match := _NATIVE_ERROR.match(line))]
    reason = (errors[:1] or [line for line in lines if line][-1:] or ["it gave no reason"])[0]
    return EngineError(f"{backend} cannot load the model (exit {process.returncode}): {reason}")


def _end(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):  # a dead child's pipe cannot be flushed
                pipe.close()
    try:
        process.wait(_CLOSE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
