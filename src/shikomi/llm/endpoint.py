"""An endpoint, and what an exchange with it comes to."""

import json
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

from shikomi.errors import EndpointError
from shikomi.types import Price

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
    concurrency: int
    timeout_seconds: float
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


def calls_url(endpoint: Endpoint) -> str:
    """Where calls of its kind go. Raises: EndpointError: `base_url` is no http(s) URL."""
    parts = urlsplit(endpoint.base_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise EndpointError(
            f"base_url is {endpoint.base_url!r}: write it like https://host/v1, http or https"
        )
    return endpoint.base_url.rstrip("/") + _PATHS[endpoint.kind]


def is_loopback(base_url: str) -> bool:
    """Whether the host is this machine, where the system's proxies have no business."""
    return urlsplit(base_url).hostname in _LOOPBACK


def unreachable(base_url: str, reason: str | None = None) -> EndpointError:
    """The error that tells of it."""
    said = f" ({reason})" if reason else ""
    return EndpointError(f"cannot reach {base_url}{said}: check that it runs and base_url is right")


def key_refused(base_url: str) -> str:
    """What to say where the endpoint answers 401."""
    return f"{base_url} does not accept the API key: check the variable api_key_env names"


def encode(body: dict[str, Any]) -> bytes:
    """As JSON on one line, as short as can be."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
