"""Asking a server, in its own time: tries again what may succeed."""

from shikomi import retry_after
from shikomi.crawl.addresses import Unreachable
from shikomi.crawl.client import Broken, Client, Known, Reply
from shikomi.crawl.pace import Pace
from shikomi.crawl.urls import Site, resolve

BUSY = (429, 500, 502, 503, 504)
MISSING = (404, 410)
_TRIES = 3
_TRIES_WHEN_TOLD = 6  # where the server names the time to wait
_MAX_WAIT_SECONDS = 600.0
_MAX_HOPS = 5


class Asker:
    def __init__(self, client: Client, pace: Pace, *, backoff_seconds: float) -> None:
        self._client = client
        self._pace = pace
        self._backoff_seconds = backoff_seconds

    @property
    def width(self) -> int:
        """How many requests may be under way."""
        return self._pace.width

    def keep_pace(self, pace: Pace) -> None:
        self._pace = pace

    async def get(
        self, url: str, *, max_bytes: int, known: Known | None = None, any_kind: bool = False
    ) -> Reply:
        """The last reply, whatever its status.

        Raises:
            Unreachable, Forbidden, TooSlow, Broken: there is none.
        """
        for n in range(_TRIES_WHEN_TOLD):
            wait = self._backoff_seconds * 2**n
            try:
                async with self._pace.turn():
                    reply = await self._client.get(
                        url, max_bytes=max_bytes, known=known, any_kind=any_kind
                    )
            except (Unreachable, Broken):
                if n + 1 >= _TRIES:
                    raise
            else:
                told = retry_after.seconds(reply.retry_after)
                tries = _TRIES if told is None else _TRIES_WHEN_TOLD
                wait = wait if told is None else told
                if reply.status not in BUSY or n + 1 >= tries or wait > _MAX_WAIT_SECONDS:
                    return reply
            self._pace.pause(wait)
        raise AssertionError("the last try returns or raises")

    async def follow(self, url: str, site: Site, *, max_bytes: int) -> Reply | None:
        """A file beside the pages, its redirects followed on the same host; None: they leave it.

        Raises:
            Unreachable, Forbidden, TooSlow, Broken: there is no reply.
        """
        for _ in range(_MAX_HOPS):
            reply = await self.get(url, max_bytes=max_bytes, any_kind=True)
            if not reply.location:
                return reply
            target = resolve(reply.location, url)
            if target is None or not site.has_host(site.own(target.url)):
                return None
            url = site.own(target.url)
        return None
