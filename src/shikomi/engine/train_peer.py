"""A process that helps to train: `python -m shikomi.engine.train_peer`, started by the trainer.

One JSON line on standard input says what, as which of the processes, and where to meet; end of
file there ends the process. It writes no files; why it failed is one JSON line on standard output.
"""

import json
import os
import signal
import sys
import threading

from shikomi.engine.event_file import NoEvents, failure
from shikomi.engine.parent import leave_with_parent
from shikomi.engine.training import CHECKPOINTS, TrainingSpec
from shikomi.errors import place_of


def main() -> None:
    """Train as told, and leave with status 0, or 1 where it failed."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print must not mix with the answer
    told = json.loads(sys.stdin.buffer.readline())
    for stop in (signal.SIGINT, signal.SIGTERM):  # sent to all of them: the first one decides
        signal.signal(stop, signal.SIG_IGN)
    leave_with_parent()
    try:
        _train(TrainingSpec.from_json(told["spec"]), rank=told["rank"], port=told["port"])
    except Exception as error:  # noqa: BLE001  the process's edge: the trainer reads the answer
        sys.stderr.write(f"{place_of(error)}\n")
        answers.write(json.dumps(failure(error)))
        answers.flush()
        _leave(1)
    _leave(0)


def _train(spec: TrainingSpec, *, rank: int, port: int) -> None:
    from shikomi.engine.group import LostPartnerError
    from shikomi.engine.lora_run import supervised_run
    from shikomi.engine.peers import meet_leader

    run = supervised_run(spec, NoEvents(), spec.output / CHECKPOINTS)
    try:
        run.join(meet_leader(port, rank=rank, size=spec.n_trainers, device=run.device))
        run.train()
    except LostPartnerError as error:
        sys.stderr.write(f"{place_of(error)}\n")
        threading.Event().wait()  # whoever is lost says why; we end with the trainer


def _leave(status: int) -> None:
    sys.stderr.flush()
    os._exit(status)  # a process group may wait for its partners for ever


if __name__ == "__main__":
    main()
