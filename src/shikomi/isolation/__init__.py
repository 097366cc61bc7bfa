"""Functions run in a child process, within limits: for native code that strange input can keep
busy for hours, make eat the memory, or crash.

One child serves all calls, started at the first and again after it had to be ended. It ends with
this process.
"""

import atexit
import json
import threading
from dataclasses import asdict, dataclass
from typing import Any

from shikomi.errors import SourceError
from shikomi.isolation.process import Child, End

# A busy machine is no fault of the input; the clock is for a child that waits for nothing.
_CLOCK_FACTOR, _CLOCK_LEAST_SECONDS = 20, 600


class OverLimits(SourceError):
    """The function took more than its limits, or crashed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Of one call. Where the system does not limit what a process uses (Windows; the memory on
    macOS), the time on the clock alone ends a call."""

    cpu_seconds: int
    memory_bytes: int = 2 << 30


def call(function: str, data: bytes, *, limits: Limits, **arguments: str) -> Any:
    """What `function` ("package.module:name") makes of `data` and `arguments`, as JSON has it: a
    tuple comes back as a list.

    Raises:
        SourceError: the function raised it.
        OverLimits: it went over the limits, or crashed.
        RuntimeError: the function raised anything else; its traceback is the message.
    """
    request = {"function": function, "arguments": arguments, "size": len(data), **asdict(limits)}
    with _lock:
        seconds = max(_CLOCK_LEAST_SECONDS, _CLOCK_FACTOR * limits.cpu_seconds)
        answer = _child.ask(json.dumps(request).encode() + b"\n" + data, seconds=seconds)
        if answer is None:
            raise _error(_child.ended(), limits)
    found = json.loads(answer)
    if "error" in found:
        raise (OverLimits if found.get("is_over_limits") else SourceError)(found["error"])
    return found["result"]


def _error(end: End, limits: Limits) -> Exception:
    if end.traceback:
        return RuntimeError(end.traceback)
    if end.out_of_time:
        return OverLimits(f"it takes more than {limits.cpu_seconds} s to read")
    most = limits.memory_bytes >> 20
    return OverLimits(f"it takes more than {most} MB to read, or crashes its reader")


_lock = threading.Lock()
_child = Child()
atexit.register(_child.end)
