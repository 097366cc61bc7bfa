"""The further processes of a training on several GPUs: started, watched, and met.

The trainer that the server knows starts one more for each further GPU, on the same machine, and
holds their standard inputs: they end when it ends.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any

from torch.distributed import TCPStore

from shikomi.engine.group import PATIENCE, Group, connect
from shikomi.engine.training import TrainingSpec

_HOST = "127.0.0.1"
_EXIT_SECONDS = 10.0  # from a lost connection until the process behind it has ended

OnLost = Callable[[dict[str, Any]], None]


class Peers:
    """The processes 1, 2, ... of a training whose process 0 this is.

    `on_lost` hears, on another thread, why one of them failed, as the fields of an event.
    """

    def __init__(self, spec: TrainingSpec, gpus: Sequence[str], on_lost: OnLost) -> None:
        self._size = spec.n_trainers
        self._on_lost = on_lost
        listener = socket.create_server((_HOST, 0))
        port = listener.getsockname()[1]
        # The store would listen to the whole network.
        self._store = TCPStore(
            _HOST,
            port,
            is_master=True,
            wait_for_workers=False,
            timeout=PATIENCE,
            master_listen_fd=listener.detach(),
        )
        self._watchers = [
            self._start(spec, rank, port, gpus[rank % len(gpus)]) for rank in range(1, self._size)
        ]

    def _start(self, spec: TrainingSpec, rank: int, port: int, gpu: str) -> threading.Thread:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "shikomi.engine.train_peer"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"CUDA_VISIBLE_DEVICES": gpu},
        )
        assert process.stdin is not None
        told = {"spec": spec.to_json(), "rank": rank, "port": port}
        process.stdin.write(json.dumps(told).encode() + b"\n")
        process.stdin.flush()  # and kept open: its end tells the peer that we are gone
        watcher = threading.Thread(target=self._watch, args=(process, rank), daemon=True)
        watcher.start()
        return watcher

    def _watch(self, process: subprocess.Popen[bytes], rank: int) -> None:
        assert process.stdout is not None
        answer = process.stdout.read()
        if status := process.wait():
            name = f"process {rank + 1} of {self._size}"
            self._on_lost(json.loads(answer) if answer else _unexpected(name, status))

    def meet(self, device: str) -> Group:
        """Wait until all of them have loaded the model. Raises: LostPartnerError."""
        return connect(self._store, rank=0, size=self._size, device=device)

    def wait_for_reason(self) -> None:
        """After a lost connection: give the one that is gone the time to say why it went."""
        for watcher in self._watchers:
            watcher.join(_EXIT_SECONDS / len(self._watchers))


def meet_leader(port: int, *, rank: int, size: int, device: str) -> Group:
    """The other side of `Peers.meet`. Raises: LostPartnerError."""
    store = TCPStore(_HOST, port, is_master=False, timeout=PATIENCE)
    return connect(store, rank=rank, size=size, device=device)


def _unexpected(name: str, status: int) -> dict[str, Any]:
    """Of a process that could not say why it ended; its own last words are in the log."""
    how = f"ended with exit status {status}; the log says why"
    if status < 0:
        how = f"was killed ({signal.Signals(-status).name}); the memory may not have been enough"
    return {"message": f"the trainer ended unexpectedly: {name} {how}", "code": "trainer_crashed"}
