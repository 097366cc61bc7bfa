"""The process in which the sandbox runs code that nobody has read.

A request on standard input is JSON; the verdict is a line of JSON on standard output, with the
request's token: a program that ends the process, however it does, has not passed.
"""

import json
import os
import sys
from typing import Any

from shikomi.isolation import seccomp
from shikomi.isolation.limits import limit

_MOST_SAID = 300
# A second line of defence below the kernel's filter, and the only one where there is none.
_REFUSED = (
    "socket.", "subprocess.", "ctypes.", "shutil.", "os.fork", "os.exec", "os.spawn",
    "os.posix_spawn", "os.system", "os.startfile", "os.kill", "os.remove", "os.rename",
    "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.chown",
    "os.lchmod", "os.lchown", "os.utime", "os.setxattr", "os.removexattr", "winreg.",
)  # fmt: skip
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def main(root: str) -> None:
    """`root` is where this package was found, and is taken off the path: the code gets the
    standard library alone."""
    sys.path[:] = [place for place in sys.path if place != root]
    request = json.loads(sys.stdin.read())
    answers = os.dup(1)
    _close_the_standard_streams()
    limit(
        cpu_seconds=request["cpu_seconds"],
        memory_bytes=request["memory_bytes"],
        file_bytes=request["answer_bytes"],
    )
    guard = "kernel" if seccomp.confine() else "interpreter"
    sys.addaudithook(_refuse)  # last: it refuses what the filter is put on with
    broken = _broken(request["code"], request["asserts"])
    verdict = {"token": request["token"], "broken": broken, "guard": guard}
    os.write(answers, json.dumps(verdict).encode())
    os._exit(0)  # threads that the code has started end here, too


def _close_the_standard_streams() -> None:
    """What the code prints goes nowhere, and what it reads is empty."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)


def _broken(code: str, asserts: list[str]) -> str:
    """What went wrong, in a line; "" where every check held."""
    names: dict[str, Any] = {"__name__": "answer"}
    for place, text in (("the code", code), *((each, each) for each in asserts)):
        try:
            exec(compile(text, "<answer>", "exec"), names)
        except (Exception, SystemExit, KeyboardInterrupt) as error:  # noqa: BLE001  anyone's code
            return f"{place}: {type(error).__name__}: {error}"[:_MOST_SAID]
    return ""


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    opens_to_write = event == "open" and _is_writing(arguments)
    if opens_to_write or event.startswith(_REFUSED):
        raise PermissionError(f"not allowed here: {event}")


def _is_writing(arguments: tuple[Any, ...]) -> bool:
    flags = arguments[2] if len(arguments) > 2 else 0
    return isinstance(flags, int) and bool(flags & _WRITES)
