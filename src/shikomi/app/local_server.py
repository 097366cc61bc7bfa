"""The embedded engine as a child process that speaks the wire on a loopback port."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from shikomi.config import Config
from shikomi.engine.catalogue import CATALOGUE
from shikomi.engine.first_line import first_line
from shikomi.errors import EngineError
from shikomi.server.tuned import is_tuned

_START_SECONDS = 120.0
_LOG = "server.log"
_TAIL_BYTES = 2000
_NEEDED = ("fastapi", "uvicorn", "xllamacpp", "gguf")


class LocalServer:
    """`python -m shikomi.server` with a pipe that ends it when this process ends."""

    def __init__(self, process: subprocess.Popen[bytes], base_url: str) -> None:
        self._process = process
        self.base_url = base_url

    @classmethod
    def start(cls, command: Sequence[str], data: Path) -> "LocalServer":
        """Start what `server_command` says, on a free port, and wait until it answers; `data` is
        the server's own folder, where its log goes.

        Raises:
            EngineError: the local extra is not installed, its folder cannot be written, or the
                server cannot start.
        """
        check_installed()
        with _opened(data / _LOG) as log:
            process = _spawn([*command, "--parent-pipe", "--port", "0"], log)
        return cls(process, _base_url(process, data / _LOG))

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        """End it with all it started: it leaves when its standard input closes."""
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def check_installed() -> None:
    """Raises: EngineError where the local extra is not installed."""
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise EngineError(
            f"the embedded engine needs {', '.join(missing)}: pip install 'shikomi[local]',"
            " or give the role a base_url in shikomi.toml"
        )


def server_command(config: Config, *, data: Path, cache: Path) -> list[str]:
    """The command that serves the wire as a project's settings say; `data` is the server's own
    folder, `cache` that of the models' weights."""
    words = server_words(config, data=data, cache=cache)
    return [sys.executable, "-P", "-m", "shikomi.server", *words]


def server_words(config: Config, *, data: Path, cache: Path) -> list[str]:
    """The command line of `server_command` behind the program's name."""
    settings = config.server
    words = ["--parallel", str(settings.parallel), "--context", str(settings.context)]
    words += ["--runtime", settings.runtime, "--idle-seconds", str(settings.idle_seconds)]
    words += ["--adapter-below-search", str(config.evaluate.adapter_below_search)]
    words += ["--data", str(data), "--cache", str(cache)]
    for hosted, embedded in settings.aliases.items():
        words += ["--alias", f"{hosted}={embedded}"]
    for model in local_models(config):
        words += ["--model", model]
    if settings.embeddings is not None:
        words += ["--embeddings", settings.embeddings]
    return words


def local_models(config: Config) -> list[str]:
    """The files, folders and hub's models that embedded roles name, not those of the catalogue."""
    names = {role.model for role in config.model_roles if not role.is_hosted}
    return sorted(name for name in names - CATALOGUE.keys() if not is_tuned(name))


def _opened(log: Path) -> IO[bytes]:
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        return log.open("ab")
    except OSError as error:
        raise EngineError(f"cannot write {log}: {error.strerror}") from None


def _spawn(command: list[str], log: IO[bytes]) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C reaches the run alone, which then ends the server in order.
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, start_new_session=True
    )


def _base_url(process: subprocess.Popen[bytes], log: Path) -> str:
    assert process.stdout is not None
    line = first_line(process.stdout, seconds=_START_SECONDS)
    if not line:
        process.kill()
        process.wait()
        tail = log.read_bytes()[-_TAIL_BYTES:].decode(errors="replace").strip()
        reason = tail.splitlines()[-1] if tail else "it says nothing"
        raise EngineError(f"the local server does not start: {reason} (all of it: {log})")
    return str(json.loads(line)["base_url"])
