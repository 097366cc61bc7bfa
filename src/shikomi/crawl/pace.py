"""Politeness: how many requests at a time, and how long apart."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_FOREIGN_DELAY_SECONDS = 1.0
_PRIVATE_WIDTH = 8


class Pace:
    """With a delay one request at a time is under way, and `delay_seconds` lie between the end
    of one and the next; without it up to `width` are."""

    def __init__(self, delay_seconds: float, width: int) -> None:
        self.width = 1 if delay_seconds else width
        self.delay_seconds = delay_seconds
        self._slots = asyncio.Semaphore(self.width)
        self._not_before = 0.0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """One request's time."""
        async with self._slots:
            while (wait := self._not_before - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            try:
                yield
            finally:
                self.pause(self.delay_seconds)

    def pause(self, seconds: float) -> None:
        """Let no request begin for `seconds`; those under way go on."""
        self._not_before = max(self._not_before, time.monotonic() + seconds)


def polite(
    *, private: bool, delay_seconds: float | None = None, asked_seconds: float = 0.0
) -> Pace:
    """The pace for a site: `delay_seconds` is the person's choice, `asked_seconds` what the site
    asks for; the longer one holds. Unasked, other people's hosts get a second, own ones none."""
    if delay_seconds is None:
        delay_seconds = 0.0 if private else _FOREIGN_DELAY_SECONDS
    return Pace(max(delay_seconds, asked_seconds), _PRIVATE_WIDTH if private else 1)
