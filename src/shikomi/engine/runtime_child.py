"""The process that holds llama.cpp: `python -m shikomi.engine.runtime_child`.

One JSON line on standard input says what to load; one JSON line on standard output answers
`{"base_url": ...}`. A failure ends the process; the reason is on standard error. End-of-file on
standard input ends it at once.
"""

import json
import os
import sys
import threading
from typing import TYPE_CHECKING, Any

from shikomi.engine.parent import leave_with_parent

if TYPE_CHECKING:
    import xllamacpp


def main() -> None:
    """Read the configuration, load, answer, and wait until the parent has gone."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever native code writes to standard output must not mix with the answer
    config = json.loads(sys.stdin.buffer.readline())
    leave_with_parent(by_signal=config["by_signal"])
    # Before libgomp is loaded: threads that spin for long while they wait starve each other where
    # the CPU is shared, threads that do not spin at all lose a third of the tokens a second where
    # it is not (docs/log.md).
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")
    import xllamacpp

    server = xllamacpp.Server(common_params(config))
    answers.write(json.dumps({"base_url": server.listening_address}) + "\n")
    answers.flush()
    threading.Event().wait()


def common_params(config: dict[str, Any]) -> "xllamacpp.CommonParams":
    """llama.cpp's settings.

    An adapter starts with scale 0 and takes part only where a request names it. The prompt
    cache in RAM is off: it is shared between adapters and answers for the wrong one. Within
    a slot a common prefix is still reused.
    """
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = config["weights"]
    params.n_parallel = config["n_parallel"]
    params.n_ctx = config["n_ctx"] * config["n_parallel"]
    params.cpuparams.n_threads = config["n_threads"]
    params.cpuparams_batch.n_threads = config["n_threads"]
    params.lora_adapters = [
        xllamacpp.CommonAdapterLoraInfo(path, 0.0) for path in config["adapters"]
    ]
    params.lora_init_without_apply = True
    params.cache_ram_mib = 0
    if config["embeds"]:
        params.embedding = True
        params.n_batch = params.n_ubatch = config["n_ctx"]  # a text is embedded in one piece
    if config["mean_pooling"]:
        params.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
    params.fit_params = False  # it would shrink the context we were asked for
    params.hostnames = ["127.0.0.1"]
    params.api_keys = [config["api_key"]] if config["api_key"] else []
    params.endpoint_slots = False  # what is at work is nobody else's business
    params.ui = False
    params.cors_origins = "http://127.0.0.1"  # the default lets any web page read the answers
    params.cors_origins_explicit = True
    params.verbosity = 1  # errors, for the parent to quote
    return params


if __name__ == "__main__":
    main()
