"""What a crawl is told, and who is told of it."""

from collections.abc import Callable
from dataclasses import dataclass

from shikomi.hashing import content_id

OnPage = Callable[[int, int, str], None]
"""Told of (addresses settled in this run, those still known to be pending, the last one)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Without `meta_robots` a page comes also where it asks not to be indexed, and its links are
    followed; robots.txt and `rel=nofollow` hold always. `max_depth` counts links from the start
    page; `page_seconds` is a page's whole time. `backoff_seconds` doubles with each failed try.

    `delay_seconds` None: one second, or nothing where the site is on the person's own network.
    """

    whole_host: bool
    meta_robots: bool
    max_pages: int
    max_depth: int
    max_page_bytes: int
    max_bytes: int
    max_seconds: float
    page_seconds: float
    delay_seconds: float | None
    backoff_seconds: float = 1.0

    @property
    def limits(self) -> str:
        """Changes with what decides which pages come."""
        return content_id(
            [
                self.whole_host,
                self.meta_robots,
                self.max_pages,
                self.max_depth,
                self.max_page_bytes,
                self.max_bytes,
                self.max_seconds,
            ]
        )
