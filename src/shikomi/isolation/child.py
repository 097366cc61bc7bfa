"""The process that runs the functions: `python -m shikomi.isolation.child`.

A request on standard input is a line of JSON and then its data; an answer on standard output is a
line of JSON. End-of-file on standard input, as when the parent is gone, ends the process at once,
whatever it is doing.
"""

import json
import os
import queue
import signal
import threading
from importlib import import_module
from typing import IO, Any

from shikomi.errors import SourceError
from shikomi.isolation.limits import limit

_Request = tuple[dict[str, Any], bytes]


def main() -> None:
    """Answer requests, one after the other."""
    source, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever native code writes to standard output must not mix with the answers
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then ends this
    requests: queue.SimpleQueue[_Request] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(source, requests), daemon=True).start()
    while True:
        request, data = requests.get()
        limit(cpu_seconds=request["cpu_seconds"], memory_bytes=request["memory_bytes"])
        answers.write(json.dumps(_answer(request, data)).encode() + b"\n")
        answers.flush()


def _read(source: IO[bytes], requests: "queue.SimpleQueue[_Request]") -> None:
    try:
        while line := source.readline():
            request = json.loads(line)
            requests.put((request, source.read(request["size"])))
    finally:
        os._exit(0)  # not sys.exit: native code must not delay the end


def _answer(request: dict[str, Any], data: bytes) -> dict[str, Any]:
    module, name = request["function"].split(":")
    try:
        return {"result": getattr(import_module(module), name)(data, **request["arguments"])}
    except SourceError as error:
        return {"error": str(error)}
    except MemoryError:
        most = request["memory_bytes"] >> 20
        return {"error": f"it takes more than {most} MB to read", "is_over_limits": True}
    except RecursionError:
        return {"error": "it is nested too deeply"}


if __name__ == "__main__":
    main()
