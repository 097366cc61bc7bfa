"""Addresses of pages: read as a browser reads them, written in one form.

After the URL standard (url.spec.whatwg.org): a path is UTF-8, a query has the page's encoding.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

from shikomi.errors import UserError

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_USER = re.compile(r"[a-z]+://[^/?#]*@", re.IGNORECASE)
_EDGES = "".join(map(chr, range(33)))
_BREAKS = re.compile(r"[\t\n\r]")
_PIECE = re.compile(r"%[0-9A-Fa-f]{2}|[^\x00-\x7f]+|[^A-Za-z0-9._~!$&'()*+,;=:@/?-]")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")
_HOST = re.compile(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_NOT_FOR_QUERIES = ("ascii", "utf-16", "utf-32")


@dataclass(frozen=True, slots=True)
class Address:
    """A link's target. `alternate` has the file names in the page's encoding instead of UTF-8,
    as servers older than the standard hold them; None where that makes no difference."""

    url: str
    alternate: str | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """What belongs to a crawl: one host, and on it the folder of the start page.

    `home` is the start page's address; `aliases` are other origins that lead to the same host.
    """

    home: str
    whole_host: bool = False
    aliases: frozenset[str] = frozenset()

    @property
    def origin(self) -> str:
        return origin(self.home)

    @property
    def folder(self) -> str:
        return "/" if self.whole_host else urlsplit(self.home).path.rpartition("/")[0] + "/"

    def own(self, url: str) -> str:
        """`url` with this site's origin where it has an alias's."""
        at = origin(url)
        return self.origin + url[len(at) :] if at in self.aliases else url

    def has_host(self, url: str) -> bool:
        return origin(url) == self.origin

    def has(self, url: str) -> bool:
        return self.has_host(url) and urlsplit(url).path.startswith(self.folder)


def site(home: str, *, start: str, whole_host: bool) -> Site:
    """The site at `home`, to which `start` led; http and https of a host are one site."""
    scheme, _, rest = origin(home).partition("://")
    other = {"http": "https", "https": "http"}[scheme]
    aliases = {origin(start)}
    if urlsplit(home).port is None:
        aliases.add(f"{other}://{rest}")
    return Site(home, whole_host, frozenset(aliases - {origin(home)}))


def origin(url: str) -> str:
    """`http://host:port`, the port left out where it is the scheme's own."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"


def is_web(text: str) -> bool:
    """Whether a source is a web address, not a folder."""
    return re.match(r"https?://", text.strip(), re.IGNORECASE) is not None


def start_url(text: str) -> str:
    """Raises UserError: it is no address of a page on the web."""
    if _USER.match(text.strip()):
        raise UserError("leave user name and password out of the source's address")
    if "://" not in text:
        raise UserError(f"{text!r} is no web address: write it whole, as https://{text.strip()}")
    host = text.strip().partition("://")[2].lstrip("/\\")
    found = resolve(text, "http://unknown.invalid/") if is_web(text) and host else None
    if found is None:
        raise UserError(f"{text!r} is no web address: one looks like https://example.org/docs/")
    return found.url


def resolve(href: str, base: str, encoding: str = "utf-8") -> Address | None:
    """What `href` on the page at `base` means; None: no page of the web, or not an address.

    `encoding` is the page's, a Python codec. The fragment is dropped.
    """
    text = _BREAKS.sub("", href.strip(_EDGES)).partition("#")[0]
    scheme = _SCHEME.match(text)
    if scheme and scheme[1].lower() not in _DEFAULT_PORTS:
        return None
    head, mark, query = text.partition("?")
    try:
        parts = urlsplit(urljoin(base, head.replace("\\", "/") + mark + query))
        host = _host(parts.scheme, parts.hostname or "", parts.port)
    except (ValueError, UnicodeError):
        return None
    if not host or parts.scheme not in _DEFAULT_PORTS:
        return None
    tail = "?" + _query(parts.query, encoding) if parts.query else ""
    start = f"{parts.scheme}://{host}"
    url = start + _path(parts.path, "utf-8") + tail
    return Address(url, _alternate(start, parts.path, tail, encoding=encoding))


def _alternate(start: str, path: str, tail: str, *, encoding: str) -> str | None:
    if path.isascii() or encoding in ("utf-8", *_NOT_FOR_QUERIES):
        return None
    try:
        return start + _path(path, encoding) + tail
    except UnicodeEncodeError:
        return None


def _host(scheme: str, name: str, port: int | None) -> str:
    """Raises UnicodeError: the name cannot be one."""
    host = f"[{name.lower()}]" if ":" in name else name.lower().rstrip(".")
    if not host.isascii():
        host = host.encode("idna").decode("ascii")
    if not _HOST.fullmatch(host):
        return ""
    return host if port in (None, _DEFAULT_PORTS.get(scheme)) else f"{host}:{port}"


def _path(path: str, encoding: str) -> str:
    """Percent-encoded, without `.` and `..`.

    Raises:
        UnicodeEncodeError: a character is not in `encoding`.
    """
    escaped = _PIECE.sub(lambda piece: _escaped(piece[0], encoding, "strict"), path)
    kept: list[str] = []
    parts = escaped.split("/")[1:] or [""]
    for part in parts:
        if part == "..":
            del kept[-1:]
        elif part != ".":
            kept.append(part)
    if parts[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def _query(query: str, encoding: str) -> str:
    codec = "utf-8" if encoding.startswith(_NOT_FOR_QUERIES) else encoding
    return _PIECE.sub(lambda piece: _escaped(piece[0], codec, "xmlcharrefreplace"), query)


def _escaped(piece: str, encoding: str, errors: str) -> str:
    if piece[0] == "%" and len(piece) == 3:
        char = chr(int(piece[1:], 16))
        return char if _UNRESERVED.fullmatch(char) else piece.upper()
    try:
        return quote(piece.encode(encoding, errors), safe="")
    except UnicodeEncodeError:
        if encoding == "utf-8":  # half a surrogate pair, which is no character
            return quote(piece.encode("utf-8", "replace"), safe="")
        raise
