"""Links on converted pages to pages, anchors and images that do not exist."""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from html import unescape
from urllib.parse import unquote

from shikomi.corpus import images
from shikomi.corpus.blocks import headings
from shikomi.corpus.check import Finding
from shikomi.corpus.links import mask_code, resolve, rewrite
from shikomi.text import some_of

_HREF = re.compile(r"<a\b[^<>]*?\bhref\s*=\s*[\"']([^\"']*)[\"']", re.IGNORECASE)
_ID = re.compile(r"<[A-Za-z][^<>]*?\b(?:id|name)\s*=\s*[\"']?([^\"'\s<>]+)", re.IGNORECASE)
_OWN_ID = re.compile(r"\{#([^{}\s]+)\}")
_NOT_IN_SLUG = re.compile(r"[^\w\- ]")
_ALWAYS_THERE = ("", "top")
_N_NAMED = 3
_MENU_LEAST, _MENU_SHARE = 5, 0.3

IsThere = Callable[[str, str], bool]


def check_links(pages: Mapping[str, str], is_there: IsThere) -> Iterator[Finding]:
    """Pages with links to pages, anchors or images that do not exist; a link that many pages
    have, as menus do, is told of once. `is_there` says of a page and an address on it that is
    none of the pages whether what it means exists: a file, or a place on the web."""
    known = cache(lambda path: frozenset(_anchors(pages[path])))
    broken = {
        path: [
            url
            for url in dict.fromkeys(_urls(markdown))
            if not _holds(url, path, pages, known) and not is_there(path, url)
        ]
        for path, markdown in pages.items()
    }
    counts = Counter(target for path in broken for target in {*_targets(broken[path], path)})
    least = max(_MENU_LEAST, math.ceil(len(pages) * _MENU_SHARE))
    told: set[str] = set()
    for path, urls in broken.items():
        own: list[str] = []
        for url, target in zip(urls, _targets(urls, path), strict=True):
            n = counts[target]
            if n < least:
                own.append(url)
            elif target not in told:
                told.add(target)
                yield Finding("broken links", path, f"{url} (on {n} of {len(pages)} pages)", (url,))
        if own:
            yield Finding("broken links", path, some_of(own, _N_NAMED), tuple(own))


def _targets(urls: list[str], path: str) -> list[str]:
    """What each address means wherever it stands; as written where it leads out of the folder."""
    resolved = (resolve(url, path) for url in urls)
    return ["#".join(each) if each[0] else url for each, url in zip(resolved, urls, strict=True)]


def _holds(
    url: str, path: str, pages: Mapping[str, str], anchors: Callable[[str], frozenset[str]]
) -> bool:
    target, anchor = resolve(url, path)
    if target not in pages:
        return False
    return anchor.lower() in _ALWAYS_THERE or _folded(anchor) in anchors(target)


def _urls(markdown: str) -> list[str]:
    """The addresses of links and images, in order."""
    found: list[str] = []

    def note(url: str) -> None:
        found.append(url)

    rewrite(markdown, note)
    found += [url for url in images.urls(markdown) if images.is_image(re.split("[?#]", url)[0])]
    if "href" in markdown.lower():
        found += [url for url in _HREF.findall(mask_code(markdown)) if url]
    return found


def _anchors(markdown: str) -> Iterator[str]:
    """What a link may go to: ids, and headings as GitHub names them, the second `a` `a-1`."""
    for pattern in (_ID, _OWN_ID):
        yield from (_folded(unescape(anchor)) for anchor in pattern.findall(markdown))
    seen: Counter[str] = Counter()
    for heading in headings(markdown):
        slug = _NOT_IN_SLUG.sub("", heading.title.strip().lower()).replace(" ", "-")
        yield slug if not seen[slug] else f"{slug}-{seen[slug]}"
        seen[slug] += 1


def _folded(anchor: str) -> str:
    return unquote(anchor).lower()
