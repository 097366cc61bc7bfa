"""What is worth a look on converted pages, judged from their text alone."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import unquote

from shikomi.corpus import language
from shikomi.corpus.blocks import headings
from shikomi.corpus.links import mask_code, resolve, rewrite
from shikomi.corpus.mojibake import mojibake
from shikomi.types import Lang

ADVICE = {
    "lost text": "compare the page with its source, and put in what is missing",
    "lossy decoding": "save the source as UTF-8, or correct the page",
    "mojibake": "save the source as UTF-8 and convert again, or correct the page",
    "empty": "fill the page, or leave it out with project.pages",
    "language": "leave the page out with project.pages, or set project.lang",
    "same text": "leave one of the two out with project.pages",
    "broken links": "correct the links, or take them out",
}
KINDS = tuple(ADVICE)
_LEAST_LETTERS = 20
_LANGUAGE_LEAST_LETTERS = 50
_SAME_LEAST_LETTERS = 50
_MAJORITY = 0.8
_TARGET = re.compile(r"\]\([^()\n]*\)|<[^<>\n]*>|https?://\S+")
_LETTER = re.compile(r"[^\W_]+")
_HREF = re.compile(r"<a\b[^<>]*?\bhref\s*=\s*[\"']([^\"']*)[\"']", re.IGNORECASE)
_ID = re.compile(r"<[A-Za-z][^<>]*?\b(?:id|name)\s*=\s*[\"']?([^\"'\s<>]+)", re.IGNORECASE)
_OWN_ID = re.compile(r"\{#([^{}\s]+)\}")
_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
_IMAGE = re.compile(r"\.(?:png|jpe?g|gif|svg|webp|bmp|ico|xbm)$", re.IGNORECASE)
_NOT_IN_SLUG = re.compile(r"[^\w\- ]")
_ALWAYS_THERE = ("", "top")


@dataclass(frozen=True, slots=True)
class Finding:
    """A page that is worth a look: `kind` is one of `KINDS`, `what` says what is the matter,
    `items` are all of it where `what` names but some."""

    kind: str
    page: str
    what: str
    items: tuple[str, ...] = ()


def check_texts(pages: Mapping[str, str]) -> Iterator[Finding]:
    """Garbled, empty and equal pages; `pages` maps paths to Markdown."""
    first: dict[str, str] = {}
    for path, markdown in pages.items():
        for name, example in mojibake(markdown):
            yield Finding("mojibake", path, f"{name}: {example}")
        letters = _letters(markdown)
        if len(letters) < _LEAST_LETTERS:
            yield Finding("empty", path, f"{len(letters)} letters of text")
        elif len(letters) >= _SAME_LEAST_LETTERS:
            other = first.setdefault(letters, path)
            if other != path:
                yield Finding("same text", path, f"the same text as {other}")


def _letters(markdown: str) -> str:
    """The letters and digits that a reader sees, code included."""
    return "".join(_LETTER.findall(_TARGET.sub(" ", markdown)))


def check_languages(
    pages: Mapping[str, str], *, lang: Lang | None, declared: Mapping[str, str]
) -> Iterator[Finding]:
    """Pages in another language than `lang`; where that is None, than 8 of 10 pages; where there
    is no such majority, than the page declares (`declared`: path -> such as "ja" or "en-GB")."""
    found = {
        path: language.detect(markdown)
        for path, markdown in pages.items()
        if len(_letters(markdown)) >= _LANGUAGE_LEAST_LETTERS
    }
    common, n = Counter(found.values()).most_common(1)[0] if found else (None, 0)
    usual = common if n >= len(found) * _MAJORITY else None
    for path, own in found.items():
        said = declared.get(path, "").lower().partition("-")[0]
        wanted = lang or usual or (said if said in ("ja", "en") else None)
        if wanted is not None and own != wanted:
            whose = "the project" if lang else "most of the site" if usual else "it says that it"
            yield Finding("language", path, f"is in {_NAMES[own]}; {whose} is in {_NAMES[wanted]}")


_NAMES = {"ja": "Japanese", "en": "English"}


def check_links(
    pages: Mapping[str, str], is_there: Callable[[str, str], bool]
) -> Iterator[Finding]:
    """Pages with links to pages or anchors that do not exist. `is_there` says of a page and an
    address on it whether that is another file that does exist."""
    known = cache(lambda path: frozenset(_anchors(pages[path])))
    for path, markdown in pages.items():
        broken = [
            url
            for url in dict.fromkeys(_urls(markdown))
            if not _holds(url, path, pages, known) and not is_there(path, url)
        ]
        if broken:
            more = f" and {len(broken) - 3} more" if len(broken) > 3 else ""
            yield Finding("broken links", path, ", ".join(broken[:3]) + more, tuple(broken))


def _holds(
    url: str, path: str, pages: Mapping[str, str], anchors: Callable[[str], frozenset[str]]
) -> bool:
    if _ELSEWHERE.match(url) or _IMAGE.search(url.partition("?")[0]):
        return True
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
    if "href" in markdown.lower():
        found += [url for url in _HREF.findall(mask_code(markdown)) if url]
    return found


def _anchors(markdown: str) -> Iterator[str]:
    """What a link may go to: ids, and headings as GitHub names them, the second `a` `a-1`."""
    for pattern in (_ID, _OWN_ID):
        yield from map(_folded, pattern.findall(markdown))
    seen: Counter[str] = Counter()
    for heading in headings(markdown):
        slug = _NOT_IN_SLUG.sub("", heading.title.strip().lower()).replace(" ", "-")
        yield slug if not seen[slug] else f"{slug}-{seen[slug]}"
        seen[slug] += 1


def _folded(anchor: str) -> str:
    return unquote(anchor).lower()
