"""Which links are followed, and why the others are not."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from shikomi.crawl.kinds import unwanted_suffix
from shikomi.crawl.rules import Rules
from shikomi.crawl.urls import Site
from shikomi.store.crawl import Found, Outcome

MAX_HOPS = 10
NOINDEX = "noindex"
_MAX_URL = 2000
# Apache's folder listings link to themselves in every other order.
_OTHER_ORDER = re.compile(r"C=[NMSD];O=[AD]|[NMSD]=[AD]")


@dataclass(frozen=True, slots=True)
class Gate:
    site: Site
    rules: Rules
    max_depth: int
    meta_robots: bool

    def outcome(self, found: Found) -> Outcome:
        """Pending, or not to be asked for and why."""
        if reason := self._skipped(found):
            return Outcome(state="skipped", reason=reason)
        if found.depth > self.max_depth:
            reason = f"more than {self.max_depth} links from the start page"
            return Outcome(state="limited", reason=reason)
        if found.hops > MAX_HOPS:
            return Outcome(state="limited", reason=f"more than {MAX_HOPS} redirects")
        return Outcome()

    def _skipped(self, found: Found) -> str:
        if reason := self._outside(found):
            return reason
        if found.nofollow:
            return "nofollow"
        if suffix := unwanted_suffix(found.url):
            return f"kind of file ({suffix})"
        if len(found.url) > _MAX_URL:
            return f"address longer than {_MAX_URL} characters"
        if _OTHER_ORDER.fullmatch(urlsplit(found.url).query):
            return "another order of a folder's listing"
        return "" if self.rules.allow(found.url) else "robots.txt"

    def _outside(self, found: Found) -> str:
        if not self.site.has_host(found.url):
            return "another host"
        # Pictures are part of the page that shows them, wherever they lie.
        inside = found.kind == "image" or self.site.has(found.url)
        return "" if inside else f"outside {self.site.folder}"
