"""Code that a model wrote, run against checks in a process of its own.

The process gets an empty folder that is removed afterwards, no environment, the standard library
alone, limits on CPU time, memory and time on the clock, and no way to the network, to other
processes or to write: by a filter in the kernel on Linux (`seccomp`), and everywhere by the
interpreter's audit hooks, which keep mistakes in but not an attacker. Reading is not prevented;
what was read has no way out but the line that says which check failed.
"""

import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

from shikomi.errors import UserError

Guard = Literal["kernel", "interpreter"]
_ANSWER_BYTES = 4096
_ROOT = str(Path(__file__).parents[2])
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]);"
    " from shikomi.isolation.sandbox_child import main; main(sys.argv[1])"
)
_COMMAND = (sys.executable, "-I", "-S", "-B", "-c", _START, _ROOT)


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxLimits:
    """Of one run. The clock is for code that waits for nothing, and a busy machine must not be
    taken for that."""

    cpu_seconds: int = 5
    memory_bytes: int = 512 << 20
    clock_seconds: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`broken` says in a line what went wrong, "" where every check held; `guard` what kept the
    code in, None where it ended without a verdict."""

    broken: str
    guard: Guard | None

    @property
    def passed(self) -> bool:
        return not self.broken


def check(code: str, asserts: Sequence[str], *, limits: SandboxLimits | None = None) -> Outcome:
    """Run `code`, then each of `asserts` with the names that it defined."""
    limits, token = limits or SandboxLimits(), secrets.token_hex(16)
    request = {
        "token": token,
        "code": code,
        "asserts": list(asserts),
        "cpu_seconds": limits.cpu_seconds,
        "memory_bytes": limits.memory_bytes,
        "answer_bytes": _ANSWER_BYTES,
    }
    with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as answered:
        asked.write(json.dumps(request).encode())
        asked.seek(0)
        ended = _run(asked, answered, limits)
        answered.seek(0)
        verdict = _verdict(answered.read(_ANSWER_BYTES), token)
    if verdict is None:
        return Outcome(broken=ended or "it ended before its checks were through", guard=None)
    return Outcome(broken=verdict["broken"], guard=verdict["guard"])


def guard() -> Guard:
    """What keeps code in on this machine.

    Raises:
        UserError: not even a line that does nothing can be run.
    """
    tried = check("x = 1", ["assert x == 1"])
    if tried.guard is None or not tried.passed:
        raise UserError(
            f"code cannot be checked on this machine ({tried.broken}): set evaluate.abilities to"
            " false"
        )
    return tried.guard


def _run(asked: IO[bytes], answered: IO[bytes], limits: SandboxLimits) -> str:
    """Why the process had to be ended, or "". Files, not pipes: nothing that the code does can
    block this end."""
    with tempfile.TemporaryDirectory(prefix="shikomi-") as folder:
        process = subprocess.Popen(
            _COMMAND,
            stdin=asked,
            stdout=answered,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env={},
            start_new_session=True,
        )
        try:
            status = process.wait(limits.clock_seconds)
        except subprocess.TimeoutExpired:
            return f"it took more than {limits.clock_seconds:g} s on the clock"
        finally:
            _kill(process)
    late = -status == getattr(signal, "SIGXCPU", None)
    return f"it took more than {limits.cpu_seconds} s" if late else ""


def _kill(process: subprocess.Popen[bytes]) -> None:
    """With all that it may have started, where no filter kept it from that."""
    if process.returncode is not None:
        return
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


def _verdict(answer: bytes, token: str) -> dict[str, Any] | None:
    """None where the code put an end to the process, or wrote to its answer."""
    try:
        found = json.loads(answer)
    except ValueError:
        return None
    known = isinstance(found, dict) and found.get("token") == token
    return found if known else None
