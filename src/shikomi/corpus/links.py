"""Links in Markdown: find them, resolve them, rewrite them. Code is left alone."""

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from shikomi.corpus.blocks import scan
from shikomi.corpus.inline import plain

_TARGET = r"(?:<(?P<angle>[^<>\n]*)>|(?P<bare>(?:[^()\s<>\\]|\\.|\([^()\s]*\))*))"
_INLINE = re.compile(
    r"(?P<image>!?)\[(?P<text>(?:[^\[\]\\\n]|\n(?!\s*\n)|\\.|\[[^\[\]]*\])*)\]"
    rf"\(\s*{_TARGET}(?P<title>\s+(?:\"[^\"\n]*\"|'[^'\n]*'))?\s*\)"
)
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)[^\n](?:[^\n]|\n(?!\s*\n)){0,2000}?(?<!`)\1(?!`)")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
_MARK = re.compile(r"[<>\n\\|]")
_BARE_OK = re.compile(r"[^\s<>()\\]+")


@dataclass(frozen=True, slots=True)
class Link:
    """A link to a page of the same folder: its `path`, the `anchor` without `#`, its text."""

    path: str
    anchor: str
    text: str


def mask_code(markdown: str) -> str:
    """The same text, same length, with code blocks and code spans blanked by spaces."""
    parts, at = [], 0
    for block in scan(markdown):
        if block.kind in ("fence", "indented"):
            parts.append(markdown[at : block.start])
            parts.append(_blank(markdown[block.start : block.end]))
            at = block.end
    masked = "".join(parts) + markdown[at:]
    return _CODE_SPAN.sub(lambda match: _blank(match[0]), masked)


def links(markdown: str, *, path: str) -> tuple[Link, ...]:
    """The links of the page at `path` to other files, in order, each path and anchor once.

    Links to the web, to the page itself, and out of the folder are not among them.
    """
    found: dict[tuple[str, str], Link] = {}
    for match in _INLINE.finditer(mask_code(markdown)):
        if match["image"]:
            continue
        target, anchor = resolve(_url(match), path)
        if target and target != path:
            text = plain(markdown[slice(*match.span("text"))])
            found.setdefault((target, anchor), Link(target, anchor, text))
    return tuple(found.values())


def resolve(url: str, path: str) -> tuple[str, str]:
    """(file, anchor) that a relative `url` on the page at `path` means; file "" if it is none."""
    if not url or _SCHEME.match(url):
        return "", ""
    file, _, anchor = url.partition("#")
    file = unquote(file.partition("?")[0])
    if not file:
        return path, unquote(anchor)
    joined = posixpath.normpath(posixpath.join("/", posixpath.dirname(path), file))
    outside = _depth_below_zero(posixpath.join(posixpath.dirname(path), file))
    tail = "/" if file.endswith("/") and joined != "/" else ""
    return ("", "") if outside else (joined.lstrip("/") + tail, unquote(anchor))


def rewrite(markdown: str, change: Callable[[str], str | None]) -> str:
    """`markdown` with each link's or image's address replaced by what `change` returns for it;
    None leaves that link as it is."""
    parts, at = [], 0
    for match in _INLINE.finditer(mask_code(markdown)):
        new = change(_url(match))
        if new is None:
            continue
        start, end = match.span("angle" if match["angle"] is not None else "bare")
        if match["angle"] is not None:
            start, end = start - 1, end + 1
        parts += [markdown[at:start], destination(new)]
        at = end
    return "".join(parts) + markdown[at:]


def destination(url: str) -> str:
    """`url` as Markdown's link destination: in angle brackets where it needs them; what would be
    a mark in it, or end a table's cell, by its number."""
    escaped = _MARK.sub(lambda mark: f"%{ord(mark[0]):02X}", url)
    return escaped if _BARE_OK.fullmatch(escaped) else f"<{escaped}>"


def _url(match: re.Match[str]) -> str:
    return match["angle"] if match["angle"] is not None else match["bare"]


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def _depth_below_zero(path: str) -> bool:
    depth = 0
    for name in path.split("/"):
        depth += -1 if name == ".." else 0 if name in ("", ".") else 1
        if depth < 0:
            return True
    return False
