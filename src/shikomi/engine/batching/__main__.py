"""The process that answers by PyTorch: `python -m shikomi.engine.batching`.

It is told what to load, and answers, as `runtime_child` does.
"""

import json
import os
import sys
import threading
from pathlib import Path

from shikomi.engine.parent import leave_with_parent


def main() -> None:
    """Read the configuration, load, answer, and wait until the parent has gone."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints must not mix with the answer
    config = json.loads(sys.stdin.buffer.readline())
    leave_with_parent(by_signal=config["by_signal"])
    # Not before the parent is watched: these take seconds.
    from shikomi.engine.batching.batcher import Batcher
    from shikomi.engine.batching.http import listen
    from shikomi.engine.collate import Encoder
    from shikomi.engine.dequantise import begins_with_bos, safetensors_folder

    weights = Path(config["weights"])
    folder = safetensors_folder(weights, lambda _: None)
    adapters = [Path(path) for path in config["adapters"]]
    batcher = Batcher(folder, adapters, n_parallel=config["n_parallel"])
    encoder = Encoder(batcher.tokenizer, begins_with_bos(weights))
    batcher.start()
    base_url = listen(batcher, encoder.prompt, config["n_ctx"], config["api_key"])
    answers.write(json.dumps({"base_url": base_url}) + "\n")
    answers.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main()
