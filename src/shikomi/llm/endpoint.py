"""An endpoint, and the line to it: HTTP exchanges on a thread of their own.

Measured (benchmarks/throughput.py): httpx2 used directly leaves more room than the openai
SDK over it, so chat calls go this way.
"""

import asyncio
import contextlib
import json
import ssl
import threading
import time
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

import httpx2

from shikomi.errors import EndpointError
from shikomi.types import Price

_CONNECT_SECONDS = 10.0
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}

Fault = Literal["unreachable", "timeout", "broken"]
Kind = Literal["chat", "embeddings"]
_PATHS: dict[Kind, str] = {"chat": "/chat/completions", "embeddings": "/embeddings"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a role's calls go. `base_url` ends before `/chat/completions`.

    `identity` decides replay (embedded: a hash of the weights; else the configured URL).
    `max_tokens_field` is "max_completion_tokens" for hosts that refuse the usual name, and
    `has_temperature` is false for models that take none.
    With `is_batched` calls go by the Batch API, and `price` is theirs there. `is_embedded`: our
    own server, whose port means nothing.
    """

    identity: str
    base_url: str
    model: str
    api_key: str | None = field(repr=False)
    price: Price | None
    concurrency: int = 8
    timeout_seconds: float = 600.0
    max_tokens_field: str = "max_tokens"
    kind: Kind = "chat"
    has_temperature: bool = True
    is_batched: bool = False
    is_embedded: bool = False

    @property
    def host(self) -> str:
        """Who is asked, for the ledger: a name, with the port where `base_url` has one."""
        return "embedded" if self.is_embedded else urlsplit(self.base_url).netloc.split("@")[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one exchange came to: an HTTP reply (`status`), or a `fault` before there was one.

    Of a fault, only "unreachable" is sure never to have arrived at the endpoint.
    """

    seconds: float
    status: int = 0
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    fault: Fault | None = None
    detail: str = ""


class Line(Protocol):
    """Sends bodies. `reply` is the caller's, which so knows of it before anything is sent, should
    Ctrl-C come in between. It may be cancelled; its exception would be a bug."""

    def send(self, body: dict[str, Any], reply: Future[Outcome]) -> None: ...
    def close(self) -> None: ...


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


def calls_url(endpoint: Endpoint) -> str:
    """Where calls of its kind go. Raises: EndpointError: `base_url` is no http(s) URL."""
    parts = urlsplit(endpoint.base_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise EndpointError(
            f"base_url is {endpoint.base_url!r}: write it like https://host/v1, http or https"
        )
    return endpoint.base_url.rstrip("/") + _PATHS[endpoint.kind]


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


def is_loopback(base_url: str) -> bool:
    """Whether the host is this machine, where the system's proxies have no business."""
    return urlsplit(base_url).hostname in _LOOPBACK


def encode(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def faulted(error: httpx2.RequestError, seconds: float) -> Outcome:
    unreachable = (
        httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError, httpx2.UnsupportedProtocol
    )  # fmt: skip
    fault: Fault = "broken"
    if isinstance(error, unreachable):
        fault = "unreachable"
    elif isinstance(error, httpx2.TimeoutException):
        fault = "timeout"
    return Outcome(seconds=seconds, fault=fault, detail=str(error) or type(error).__name__)
