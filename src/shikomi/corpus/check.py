"""What is worth a look on converted pages, judged from their text alone."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from shikomi.corpus import language
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
_NOTICE_MOST_LETTERS = 300
_TARGET = re.compile(r"\]\([^()\n]*\)|<[^<>\n]*>|https?://\S+")
_LETTER = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Finding:
    """A page that is worth a look: `kind` is one of `KINDS`, `what` says what is the matter,
    `items` are all of it where `what` names but some."""

    kind: str
    page: str
    what: str
    items: tuple[str, ...] = ()


def check_texts(pages: Mapping[str, str], *, framesets: Collection[str] = ()) -> Iterator[Finding]:
    """Garbled, empty and equal pages; `pages` maps paths to Markdown. Of `framesets` no text is
    expected but a notice to readers without frames: their text is that of the pages they show."""
    first: dict[str, str] = {}
    for path, markdown in pages.items():
        for name, example in mojibake(markdown):
            yield Finding("mojibake", path, f"{name}: {example}")
        said = letters(markdown)
        if path in framesets and is_notice(markdown):
            continue
        if len(said) < _LEAST_LETTERS:
            yield Finding("empty", path, f"{len(said)} letters of text")
        elif len(said) >= _SAME_LEAST_LETTERS:
            other = first.setdefault(said, path)
            if other != path:
                yield Finding("same text", path, f"the same text as {other}")


def is_notice(markdown: str) -> bool:
    """Whether a frameset's own page says no more than that it is one."""
    return len(letters(markdown)) <= _NOTICE_MOST_LETTERS


def letters(markdown: str) -> str:
    """The letters and digits that a reader sees, code included."""
    return "".join(_LETTER.findall(shown(markdown)))


def shown(markdown: str) -> str:
    """The Markdown without addresses and tags."""
    return _TARGET.sub(" ", markdown)


def check_languages(
    pages: Mapping[str, str],
    *,
    lang: Lang | None,
    declared: Mapping[str, str],
    framesets: Collection[str] = (),
) -> Iterator[Finding]:
    """Pages in another language than `lang`; where that is None, than 8 of 10 pages; where there
    is no such majority, than the page declares (`declared`: path -> such as "ja" or "en-GB").
    Notices of `framesets` may be in any."""
    found = {
        path: language.detect(markdown)
        for path, markdown in pages.items()
        if len(letters(markdown))
        >= (_NOTICE_MOST_LETTERS if path in framesets else _LANGUAGE_LEAST_LETTERS)
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
