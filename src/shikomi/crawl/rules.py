"""robots.txt (RFC 9309): what its owner lets us fetch, and how fast."""

from dataclasses import dataclass
from functools import lru_cache

from protego import Protego

from shikomi.corpus.decode import decode
from shikomi.errors import SourceError

PRODUCT = "shikomi"  # the name under which a site has rules for us
MAX_BYTES = 500 << 10


@dataclass(frozen=True, slots=True)
class Rules:
    """`delay_seconds` is what the site asks for between two requests."""

    parsed: Protego

    def allow(self, url: str) -> bool:
        return self.parsed.can_fetch(url, PRODUCT)

    @property
    def delay_seconds(self) -> float:
        rate = self.parsed.request_rate(PRODUCT)
        by_rate = rate.seconds / rate.requests if rate and rate.requests else 0.0
        return max(self.parsed.crawl_delay(PRODUCT) or 0.0, by_rate)

    @property
    def sitemaps(self) -> tuple[str, ...]:
        return tuple(self.parsed.sitemaps)


@lru_cache(maxsize=1)
def no_rules() -> Rules:
    return Rules(Protego.parse(""))


def read(data: bytes) -> Rules:
    """The rules of a robots.txt; what is no text has none."""
    try:
        return Rules(Protego.parse(decode(data[:MAX_BYTES]).text))
    except SourceError:
        return no_rules()
