"""The processes that train one model together: each computes its share of every batch.

They hold the same weights, read the same batches in the same order, and add their gradients up:
what they learn is what one process would learn.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
from torch import Tensor, distributed

# Whoever waits for a partner that has died is ended by the process that watches (peers.py).
PATIENCE = timedelta(days=1)


class LostPartnerError(Exception):
    """Another process of the group is gone, or cannot be reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One process's view: its `rank`, of `size`. Every method but `share` is called by all of
    them, in the same order; alone, none does anything. `device` is where tensors are added up."""

    rank: int = 0
    size: int = 1
    device: str = "cpu"

    @property
    def leads(self) -> bool:
        """Whether this process is the one that writes files and events."""
        return self.rank == 0

    def share(self, lengths: Sequence[int]) -> list[int]:
        """The places of the rows that this process computes, of a batch with these lengths.

        The longest row first, each goes to whoever has fewest tokens by then: no two processes
        get one row, and none has much more to do than the others.
        """
        if self.size == 1:
            return list(range(len(lengths)))
        tokens, shares = [0] * self.size, [list[int]() for _ in range(self.size)]
        for place in sorted(range(len(lengths)), key=lambda place: -lengths[place]):
            least = tokens.index(min(tokens))
            tokens[least] += lengths[place]
            shares[least].append(place)
        return sorted(shares[self.rank])

    def add_up(self, tensors: Sequence[Tensor]) -> None:
        """Put into each tensor the sum of all processes' tensors in its place."""
        self._exchange(tensors, distributed.all_reduce)

    def align(self, tensors: Iterable[Tensor]) -> None:
        """Put into each tensor what the first process has in its place."""
        self._exchange(list(tensors), lambda flat: distributed.broadcast(flat, src=0))

    def any(self, flag: bool) -> bool:
        """Whether it is so for one of the processes."""
        total = torch.tensor([float(flag)], device=self.device)
        self.add_up([total])
        return bool(total.item())

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def _exchange(self, tensors: Sequence[Tensor], exchange: Callable[[Tensor], Any]) -> None:
        """All tensors as one: each exchange has its own delay. Raises: LostPartnerError."""
        if self.size == 1:
            return
        flat = torch.cat([tensor.reshape(-1) for tensor in tensors])
        try:
            exchange(flat)
        except RuntimeError as error:
            raise LostPartnerError(str(error)) from error
        parts = flat.split([tensor.numel() for tensor in tensors])
        for tensor, part in zip(tensors, parts, strict=True):
            tensor.copy_(part.view_as(tensor))


ALONE = Group()


def connect(store: distributed.Store, *, rank: int, size: int, device: str) -> Group:
    """Meet the others at `store`; waits until all have come. `device` is "cpu" or "cuda".

    Raises: LostPartnerError.
    """
    backend = "nccl" if device == "cuda" and distributed.is_nccl_available() else "gloo"
    try:
        distributed.init_process_group(
            backend, store=store, rank=rank, world_size=size, timeout=PATIENCE
        )
    except RuntimeError as error:
        raise LostPartnerError(str(error)) from error
    return Group(rank=rank, size=size, device=device)
