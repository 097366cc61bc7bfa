"""HTML to Markdown with nothing lost. Takes text, never bytes: decoding is `decode`'s."""

import re
from collections.abc import Iterator, Mapping
from html import unescape

from html_to_markdown import ConversionOptions, convert, exceptions
from html_to_markdown.options import PreprocessingOptions

from shikomi.corpus.links import rewrite
from shikomi.corpus.names import document_link

_TITLE = re.compile(r"<title\b[^<>]*>((?:[^<]|<(?!/?title\b))*)</title\b", re.IGNORECASE)
_TAG = re.compile(r"</?([A-Za-z][^\s<>/]*)[^<>]*>|<[!?][^<>]*>")
_FRAME = re.compile(r"<i?frame\b([^<>]*)>", re.IGNORECASE)
_SRC = re.compile(r"\bsrc\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+))", re.IGNORECASE)
_NAME = re.compile(r"\b(?:title|name)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+))", re.IGNORECASE)
_LINE_END_CR = re.compile(r"\r\n?")
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
_WORD = re.compile(r"\w")
_KEPT_SHARE = 0.9  # below it the converter has dropped a part of the page
_INLINE_TAGS = "a abbr b bdi cite code em font i kbd q s samp small span strong sub sup tt u var"
_INLINE = frozenset(_INLINE_TAGS.split())
_CLOSES = {  # what is between them no reader sees
    "!--": "-->",
    "script": "</script",
    "style": "</style",
    "title": "</title",
    "template": "</template",
}
_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}

_OPTIONS = ConversionOptions(
    autolinks=False,
    extract_metadata=False,
    br_in_tables=True,
    hidden_content="all",
    preprocessing=PreprocessingOptions(enabled=False),
)


def to_markdown(html: str, *, path: str, documents: Mapping[str, str] | None = None) -> str:
    """The page at `path` as Markdown, its links to other pages turned to their documents.

    `documents` maps each source path to its document's (see `names.document_paths`); a link to
    another file stays as it is. Without it every relative link to an HTML page becomes `.md`.
    Odd HTML never raises: where the converter fails or drops text, the page's text comes back
    without markup.
    """
    text = _NOT_TEXT.sub("", _LINE_END_CR.sub("\n", html))
    plain = _plain_text(text)
    try:
        markdown = convert(text, _OPTIONS).content or ""
    except exceptions.ConversionError:
        markdown = ""
    if _size(markdown) < _size(plain) * _KEPT_SHARE:
        markdown = plain
    joined = "\n\n".join(filter(None, [markdown.strip(), "\n".join(_frames(text))]))
    page = joined + "\n" if joined else ""
    return rewrite(page, lambda url: document_link(url, path=path, documents=documents))


def title(html: str) -> str:
    """The text of `<title>`, or ""."""
    match = _TITLE.search(html)
    return " ".join(unescape(match[1]).split()) if match else ""


def _frames(html: str) -> Iterator[str]:
    """A link for each frame: they are the page's only way to the rest of the site."""
    for frame in _FRAME.finditer(html):
        if source := _attribute(_SRC, frame[1]):
            name = _attribute(_NAME, frame[1]) or source
            yield f"- [{name}](<{source}>)"


def _attribute(pattern: re.Pattern[str], attributes: str) -> str:
    match = pattern.search(attributes)
    return unescape(next(group for group in match.groups() if group is not None)) if match else ""


def _size(text: str) -> int:
    return sum(1 for _ in _WORD.finditer(text))


def _plain_text(html: str) -> str:
    """All text that a reader of the page can see, a line break at every tag of a block."""
    pieces: list[str] = []
    lowered = _ascii_lower(html)
    last_close = {mark: lowered.rfind(mark) for mark in _CLOSES.values()}
    at = 0
    while at < len(html):
        start = html.find("<", at)
        start = len(html) if start < 0 else start
        pieces.append(unescape(html[at:start]))
        at, text = _markup(lowered, start, last_close)
        pieces.append(text)
    return "\n".join(line.strip() for line in "".join(pieces).split("\n"))


def _markup(html: str, start: int, last_close: Mapping[str, int]) -> tuple[int, str]:
    """(where the markup that begins at `start` ends, the text it stands for).

    `last_close` saves looking to the end of the page for what is not there.
    """
    tag = _TAG.match(html, start)
    name = "!--" if html.startswith("<!--", start) else tag[1] or "" if tag else ""
    close = _CLOSES.get(name, "")
    if close and last_close[close] > start:
        end = html.find(close, start + 2)
        return (end + 3, "") if name == "!--" else (end, "\n")
    if tag is None:
        return start + 1, html[start : start + 1]
    return tag.end(), "" if name in _INLINE else "\n"


def _ascii_lower(text: str) -> str:
    return text.translate(_LOWER)  # not lower(): that can change a text's length
