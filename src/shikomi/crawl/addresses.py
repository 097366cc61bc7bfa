"""Which network addresses may be asked.

A page on the web must not make us ask a machine of the person's own network. So a host name is
resolved here, every address of it is looked at, and the connection goes to one of those.
"""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from shikomi.errors import SourceError

Lookup = Callable[[str, int], Awaitable[list[str]]]
_TRANSLATED = IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address in the last four bytes
_KEPT_SECONDS = 300.0


class Unreachable(SourceError):
    """Nothing answers at the address; another try may succeed."""


class Forbidden(SourceError):
    """The address belongs to a private network and the crawl does not."""


async def lookup(host: str, port: int) -> list[str]:
    """The IP addresses of a host name, or of an address in whatever notation.

    Raises:
        Unreachable: the name is unknown.
    """
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"the host name {host} is unknown ({error})") from error
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def is_private(address: str) -> bool:
    """Whether an address is not one of the public internet, also in IPv6 clothing."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        inner = _inner(found)
        if inner is not None:
            return is_private(str(inner))
    return not found.is_global or found.is_multicast


def _inner(address: IPv6Address) -> IPv4Address | None:
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    if address.teredo is not None:
        return address.teredo[1]
    return address.ipv4_mapped or address.sixtofour


class Addresses:
    """The addresses of hosts, remembered for a while.

    With `allow_private` any will do; without it a host with a single private address is refused.
    """

    def __init__(self, lookup: Lookup = lookup, *, allow_private: bool = False) -> None:
        self._lookup = lookup
        self._allow_private = allow_private
        self._known: dict[tuple[str, int], tuple[float, list[str]]] = {}

    async def of(self, host: str, port: int) -> list[str]:
        """Raises Unreachable or Forbidden."""
        known = self._known.get((host, port))
        if known is None or time.monotonic() - known[0] > _KEPT_SECONDS:
            known = time.monotonic(), await self._lookup(host, port)
            self._known[host, port] = known
        private = [address for address in known[1] if is_private(address)]
        if private and not self._allow_private:
            raise Forbidden(f"{host} is the private address {private[0]}")
        return known[1]


async def all_private(host: str, port: int, lookup: Lookup = lookup) -> bool:
    """Raises Unreachable."""
    return all(is_private(address) for address in await lookup(host, port))
