"""HTTP exchanges with an endpoint, on a thread of their own.

Measured (benchmarks/throughput.py): httpx2 used directly leaves more room than the openai
SDK over it, so chat calls go this way. It takes time to load: who only reads what was asked
before does without this module.
"""

import asyncio
import contextlib
import ssl
import threading
import time
from concurrent.futures import Future, InvalidStateError
from functools import cache
from typing import Any

import httpx2

from shikomi.llm.endpoint import Endpoint, Fault, Outcome, calls_url, encode, is_loopback

_CONNECT_SECONDS = 10.0


class HttpLine:
    """Keep-alive connections to one endpoint, run by an event loop in a daemon thread."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._url = calls_url(endpoint)
        self._client = httpx2.AsyncClient(**client_settings(endpoint))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def send(self, body: dict[str, Any], reply: Future[Outcome]) -> None:
        self._loop.call_soon_threadsafe(self._start, body, reply)

    def close(self) -> None:
        """Drop what is still in flight and end the thread."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._shut(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _start(self, body: dict[str, Any], reply: Future[Outcome]) -> None:
        exchange = self._loop.create_task(self._exchange(body))

        def hand_over(done: asyncio.Task[Outcome]) -> None:
            with contextlib.suppress(InvalidStateError):  # cancelled meanwhile
                if done.cancelled():
                    reply.cancel()
                elif error := done.exception():
                    reply.set_exception(error)
                else:
                    reply.set_result(done.result())

        def give_up(reply: Future[Outcome]) -> None:
            if reply.cancelled():
                self._loop.call_soon_threadsafe(exchange.cancel)

        exchange.add_done_callback(hand_over)
        reply.add_done_callback(give_up)

    async def _exchange(self, body: dict[str, Any]) -> Outcome:
        start = time.monotonic()
        try:
            reply = await self._client.post(self._url, content=encode(body))
        except httpx2.RequestError as error:
            return faulted(error, time.monotonic() - start)
        return Outcome(
            seconds=time.monotonic() - start,
            status=reply.status_code,
            body=reply.content,
            headers=dict(reply.headers),
        )

    async def _shut(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._client.aclose()


def client_settings(endpoint: Endpoint) -> dict[str, Any]:
    """Arguments of an httpx2 client. Proxies of the system are used but on loopback."""
    by_system = not is_loopback(endpoint.base_url)
    headers = {"Content-Type": "application/json"}
    if endpoint.api_key:
        headers["Authorization"] = f"Bearer {endpoint.api_key}"
    return {
        "headers": headers,
        "timeout": httpx2.Timeout(
            endpoint.timeout_seconds, connect=min(_CONNECT_SECONDS, endpoint.timeout_seconds)
        ),
        "limits": httpx2.Limits(
            max_connections=None, max_keepalive_connections=max(endpoint.concurrency, 1)
        ),
        "trust_env": by_system,
        "verify": trusted(trust_env=by_system),
    }


@cache
def trusted(*, trust_env: bool) -> ssl.SSLContext:
    """The certificates that are believed. Read once: it takes as long as ten calls on loopback,
    and a run opens clients by the dozen."""
    return httpx2.create_ssl_context(trust_env=trust_env)


def faulted(error: httpx2.RequestError, seconds: float) -> Outcome:
    """What an exchange came to that broke off after so many seconds."""
    never_there = (
        httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError, httpx2.UnsupportedProtocol
    )  # fmt: skip
    fault: Fault = "broken"
    if isinstance(error, never_there):
        fault = "unreachable"
    elif isinstance(error, httpx2.TimeoutException):
        fault = "timeout"
    return Outcome(seconds=seconds, fault=fault, detail=str(error) or type(error).__name__)
