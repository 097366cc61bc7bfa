"""sitemap.xml (sitemaps.org): the pages that a site itself lists."""

import re
import zlib
from html import unescape

from shikomi.corpus.decode import decode
from shikomi.errors import SourceError

MAX_BYTES = 50 << 20  # the protocol's own limit
_GZIP = b"\x1f\x8b"
_LOC = re.compile(r"<(?:(\w{1,20}):)?loc>\s*(?:<!\[CDATA\[)?([^<\]]{1,4000})", re.IGNORECASE)
# What a sitemap lists beside its pages.
_BESIDE = ("image", "video")
_INDEX = re.compile(r"<(?:\w+:)?sitemapindex\b", re.IGNORECASE)


def read(data: bytes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(pages, further sitemaps) of a sitemap: XML, an index of such, or a line for each page.

    Read by pattern, as many are no well-formed XML.

    Raises:
        SourceError: it is not text, or larger than the protocol allows.
    """
    text = decode(_inflated(data) if data.startswith(_GZIP) else data).text
    if "<" not in text[:1000]:
        lines = (line.strip() for line in text.splitlines())
        return tuple(line for line in lines if line.startswith(("http://", "https://"))), ()
    locs = (loc for prefix, loc in _LOC.findall(text) if prefix.lower() not in _BESIDE)
    found = tuple(unescape(loc).strip() for loc in locs)
    return ((), found) if _INDEX.search(text) else (found, ())


def _inflated(data: bytes) -> bytes:
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        text = inflater.decompress(data, MAX_BYTES)
    except zlib.error as error:
        raise SourceError(f"is no gzip file: {error}") from error
    if inflater.unconsumed_tail:
        raise SourceError(f"is larger than {MAX_BYTES >> 20} MB")
    return text
