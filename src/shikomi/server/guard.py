"""Who may speak to the server: Host and Origin on loopback, an API key elsewhere."""

import hashlib
import hmac
import ipaddress
import secrets
import time
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from shikomi.server.database import Database
from shikomi.server.errors import ApiError, error_response


def is_loopback(host: str) -> bool:
    """True for localhost and the loopback addresses, with or without brackets."""
    bare = host.strip("[]").lower()
    if bare == "localhost":
        return True
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False


class Keys:
    """API keys; only their hashes are kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def generate(self) -> str:
        key = "sk-shikomi-" + secrets.token_urlsafe(32)
        with self._database.transaction() as db:
            db.execute("INSERT INTO keys VALUES (?, ?)", (hashed(key), int(time.time())))
        return key

    def hashes(self) -> tuple[str, ...]:
        return tuple(row["sha256"] for row in self._database.rows("SELECT sha256 FROM keys"))


def hashed(key: str) -> str:
    """The form in which a key is kept and compared."""
    return hashlib.sha256(key.encode()).hexdigest()


class Guard:
    """ASGI middleware. `key_hashes` empty: no key is asked for.

    On loopback the Host header must name loopback (a web page could otherwise reach us by a
    name that it points at 127.0.0.1), and so must an Origin, where a browser sends one.
    """

    def __init__(self, app: ASGIApp, *, loopback: bool, key_hashes: Iterable[str]) -> None:
        self._app = app
        self._loopback = loopback
        self._key_hashes = tuple(key_hashes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (refusal := self._refusal(Headers(scope=scope))):
            await error_response(refusal)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _refusal(self, headers: Headers) -> ApiError | None:
        if self._loopback and not _is_local(headers):
            return ApiError(403, "This server answers only requests made to a loopback address.")
        if self._key_hashes and not self._has_key(headers):
            return ApiError(401, "Incorrect API key provided, or none.", code="invalid_api_key")
        return None

    def _has_key(self, headers: Headers) -> bool:
        given = hashed(_key(headers))
        return any([hmac.compare_digest(given, known) for known in self._key_hashes])


def _key(headers: Headers) -> str:
    """As the API sends it, or as Azure's does."""
    scheme, _, key = headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else headers.get("api-key", "")


def _is_local(headers: Headers) -> bool:
    urls = ["//" + headers.get("host", "")]
    if (origin := headers.get("origin")) is not None:
        urls.append(origin)
    return all(is_loopback(_host_name(url)) for url in urls)


def _host_name(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
