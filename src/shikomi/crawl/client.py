"""One GET: to an address that was looked at, within a time and a size; redirects are told."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlsplit

import httpx2

from shikomi import __version__
from shikomi.crawl.addresses import Addresses, Unreachable
from shikomi.crawl.kinds import SNIFF_BYTES, kind_of, looks_like_html, may_be_html
from shikomi.crawl.packed import ACCEPTED, Unpacker
from shikomi.crawl.rules import PRODUCT
from shikomi.errors import SourceError

USER_AGENT = f"{PRODUCT}/{__version__} (+https://pypi.org/project/shikomi/)"
_ACCEPT = "text/html,application/xhtml+xml,text/plain;q=0.9,*/*;q=0.8"
_CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?([^\s;\"',]+)", re.IGNORECASE)
_WAIT_SECONDS = 30.0  # for a connection, or for the next bytes
_REDIRECTS = (301, 302, 303, 307, 308)


class TooSlow(SourceError):
    """The reply did not end in time; another try would take as long."""


class Broken(SourceError):
    """The reply broke off or is no HTTP; another try may succeed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """`body` is empty unless the status is 200 and the kind is one to keep. `too_large`: it is
    cut off. `location` is a redirect's target as given, percent-encoded."""

    url: str
    status: int
    content_type: str = ""
    charset: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    location: str = ""
    robots: str = ""
    retry_after: str = ""
    body: bytes = b""
    too_large: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the server said of the copy that we have; asks for the page only if it changed."""

    etag: str | None = None
    last_modified: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        named = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in named.items() if value}


class Client:
    """Connections to one host; use as a context."""

    def __init__(self, addresses: Addresses, *, page_seconds: float) -> None:
        self._addresses = addresses
        self._page_seconds = page_seconds
        # With a transport of our own no proxy is taken from the environment: it would resolve
        # names by itself, past the check.
        self._http = httpx2.AsyncClient(
            transport=httpx2.AsyncHTTPTransport(),
            headers={
                "User-Agent": USER_AGENT,
                "Accept": _ACCEPT,
                "Accept-Encoding": ACCEPTED,
            },
            timeout=httpx2.Timeout(_WAIT_SECONDS),
        )

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.aclose()

    async def get(
        self, url: str, *, max_bytes: int, known: Known | None = None, any_kind: bool = False
    ) -> Reply:
        """`any_kind` reads bodies that are no page, too.

        Raises:
            Unreachable, Forbidden, TooSlow, Broken: there is no reply.
        """
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            async with asyncio.timeout(self._page_seconds):
                addresses = await self._addresses.of(parts.hostname or "", port)
                response = await self._send(url, addresses, known or Known())
                try:
                    return await _read(response, url, max_bytes, any_kind)
                finally:
                    await response.aclose()
        except TimeoutError as error:
            raise TooSlow(f"took longer than {self._page_seconds:g} seconds") from error
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            raise Unreachable(f"no connection ({_said(error)})") from error
        except httpx2.TransportError as error:
            raise Broken(f"no whole reply ({_said(error)})") from error

    async def _send(self, url: str, addresses: Sequence[str], known: Known) -> httpx2.Response:
        """From the first address that takes the connection."""
        for address in addresses[:-1]:
            try:
                return await self._send_to(url, address, known)
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                continue
        return await self._send_to(url, addresses[-1], known)

    async def _send_to(self, url: str, address: str, known: Known) -> httpx2.Response:
        parts = urlsplit(url)
        shown = f"[{address}]" if ":" in address else address
        port = f":{parts.port}" if parts.port else ""
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        self._http.cookies.clear()  # a page is to be the same whichever came before it
        request = self._http.build_request(
            "GET",
            f"{parts.scheme}://{shown}{port}{target}",
            headers={"Host": parts.netloc, **known.headers},
            extensions={"sni_hostname": parts.hostname or "", "target": target.encode("ascii")},
        )
        return await self._http.send(request, stream=True, follow_redirects=False)


async def _read(response: httpx2.Response, url: str, max_bytes: int, any_kind: bool) -> Reply:
    header = response.headers.get("Content-Type", "")
    content_type = header.partition(";")[0].strip().lower()
    body, too_large = b"", False
    known = any_kind or kind_of(content_type, url) is not None
    if response.status_code == 200 and (known or may_be_html(content_type)):
        body, too_large = await _body(response, max_bytes, known=known)
    charset = _CHARSET.search(header)
    return Reply(
        url=url,
        status=response.status_code,
        content_type=content_type,
        charset=charset[1] if charset else None,
        etag=response.headers.get("ETag"),
        last_modified=response.headers.get("Last-Modified"),
        location=_location(response) if response.status_code in _REDIRECTS else "",
        robots=response.headers.get("X-Robots-Tag", ""),
        retry_after=response.headers.get("Retry-After", ""),
        body=body,
        too_large=too_large,
    )


async def _body(response: httpx2.Response, max_bytes: int, *, known: bool) -> tuple[bytes, bool]:
    """(the body, whether it goes on past `max_bytes`); b"" where it is of no `known` kind and
    does not begin as a page does.

    Raises:
        Broken: it is packed in a way that cannot be read.
    """
    told = response.headers.get("Content-Length", "")
    if known and told.isdigit() and int(told) > max_bytes:
        return b"", True
    data = bytearray()
    try:
        unpack = Unpacker(response.headers.get("Content-Encoding", ""))
        async for part in response.aiter_raw():
            data += unpack(part, max_bytes + 1 - len(data))
            if len(data) > max_bytes:
                return b"", True
            if not known and len(data) >= SNIFF_BYTES and not looks_like_html(bytes(data)):
                return b"", False
            known = known or len(data) >= SNIFF_BYTES
        unpack.close()
    except SourceError as error:
        raise Broken(f"no whole reply ({error})") from error
    return bytes(data) if known or looks_like_html(bytes(data)) else b"", False


def _location(response: httpx2.Response) -> str:
    """Old servers put bare bytes of their own encoding there: those bytes are what they mean."""
    raw = next((value for name, value in response.headers.raw if name.lower() == b"location"), b"")
    return quote(raw.strip(), safe="/%:?#[]@!$&'()*+,;=~-._ \\")


def _said(error: Exception) -> str:
    return str(error).strip() or type(error).__name__
