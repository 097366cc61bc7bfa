"""The images that a page of Markdown refers to."""

import re
from collections.abc import Iterator
from html import unescape

from shikomi.corpus.links import mask_code, resolve, rewrite

_SUFFIX = re.compile(r"\.(?:a?png|jpe?g|jpe|gif|svg|webp|bmp|ico|avif|tiff?|xbm)$", re.IGNORECASE)
# An image may itself be the text of a link, where `links` sees the link alone.
_IMAGE = re.compile(r"!\[(?:[^\[\]\\]|\\.)*\]\(\s*(?:<([^<>\n]*)>|((?:[^()\s<>]|\([^()\s]*\))+))")
_DEFINITION = re.compile(r"^ {0,3}\[[^\[\]\n]+\]:[ \t]*(?:<([^<>\n]*)>|(\S+))", re.MULTILINE)
_HTML = re.compile(r"<img\s[^<>]*?\bsrc\s*=\s*(?:\"([^\"<>]*)\"|'([^'<>]*)')", re.IGNORECASE)


def is_image(path: str) -> bool:
    """Whether the file's name says that it is an image."""
    return _SUFFIX.search(path) is not None


def images(markdown: str, *, path: str) -> tuple[str, ...]:
    """The image files that the page at `path` shows or links to, in order, each once: relative
    to the folder that `path` is relative to, with `/`. Images of the web, of other folders and
    in code are not among them."""
    found: dict[str, None] = {}
    for url in urls(markdown):
        file, _ = resolve(url, path)
        if file and _SUFFIX.search(file):
            found[file] = None
    return tuple(found)


def urls(markdown: str) -> Iterator[str]:
    """The addresses of the images and links of a page, as written."""
    masked = mask_code(markdown)
    places: list[tuple[int, str]] = []
    for pattern in (_IMAGE, _DEFINITION, _HTML):
        places += [
            (match.start(), match[1] or match[2] or "") for match in pattern.finditer(masked)
        ]
    yield from (unescape(url) for _, url in sorted(places))
    linked: list[str] = []
    rewrite(markdown, linked.append)
    yield from linked
