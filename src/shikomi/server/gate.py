"""One arm at a time: requests for different adapters never run together.

Different adapters in one llama.cpp process neither batch nor share a cache safely, so requests
are let through in groups of one arm. When the running group has ended, the oldest waiting
request names the next arm, and all that wait for it by then go with it: fair, and few switches.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

ArmT = TypeVar("ArmT")


class Gate(Generic[ArmT]):
    """`prepare` makes an arm ready, alone; `usable` says whether it still is."""

    def __init__(
        self, prepare: Callable[[ArmT], Awaitable[None]], usable: Callable[[ArmT], bool]
    ) -> None:
        self._prepare = prepare
        self._usable = usable
        self._current: ArmT | None = None
        self._running = 0
        self._waiting: deque[tuple[ArmT, asyncio.Future[None]]] = deque()
        self._switch_task: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def passing(self, arm: ArmT) -> AsyncIterator[None]:
        """Wait for the arm's turn; the block runs beside others of the same arm only.

        Raises: whatever `prepare` raised for this arm.
        """
        await self._enter(arm)
        try:
            yield
        finally:
            self._leave()

    async def _enter(self, arm: ArmT) -> None:
        idle = not self._waiting and self._switch_task is None
        if idle and self._current == arm and self._usable(arm):
            self._running += 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((arm, turn))
        self._advance()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._leave()
            raise

    def _leave(self) -> None:
        self._running -= 1
        self._advance()

    def _advance(self) -> None:
        if self._running == 0 and self._switch_task is None and self._waiting:
            self._switch_task = asyncio.create_task(self._switch())

    async def _switch(self) -> None:
        try:
            self._drop_cancelled()
            if self._waiting:
                await self._change_to(self._waiting[0][0])
        finally:
            self._switch_task = None
            self._advance()

    async def _change_to(self, arm: ArmT) -> None:
        self._current = None
        try:
            await self._prepare(arm)
        except Exception as error:  # noqa: BLE001  handed to the requests that asked for it
            for turn in self._take(arm):
                turn.set_exception(error)
            return
        self._current = arm
        for turn in self._take(arm):
            self._running += 1
            turn.set_result(None)

    def _take(self, arm: ArmT) -> list[asyncio.Future[None]]:
        """The live requests that wait for `arm`, taken off the queue."""
        self._drop_cancelled()
        taken = [turn for waiting, turn in self._waiting if waiting == arm]
        self._waiting = deque(entry for entry in self._waiting if entry[0] != arm)
        return taken

    def _drop_cancelled(self) -> None:
        self._waiting = deque(entry for entry in self._waiting if not entry[1].done())
