"""Tables of contents in Markdown (SUMMARY.md) and reStructuredText or MyST (toctree)."""

import posixpath
import re
from collections.abc import Iterator

from shikomi.corpus.blocks import scan
from shikomi.corpus.contents_rows import Contents, Entry
from shikomi.corpus.inline import plain

_ITEM = re.compile(r"(?P<indent>[ \t]*)[-*+][ \t]+(?P<text>\S.*)$")
_LINK = re.compile(
    r"\[(?P<title>(?:[^\[\]\\]|\\.|\[[^\[\]]*\])*)\]\(\s*<?(?P<url>[^()<>]*?)>?(?:\s+[\"'][^\"']*[\"'])?\s*\)"
)
_DIRECTIVE = re.compile(
    r"(?P<indent>[ \t]*)"
    r"(?:\.\.[ \t]+toctree::|(?P<fence>`{3,}|:{3,}|~{3,})[ \t]*\{toctree\})[ \t]*$"
)
_NAMED = re.compile(r"(?P<title>.*\S)\s*<(?P<url>[^<>]+)>$")
_SOURCES = re.compile(r"^_sources/(?P<path>.+)\.txt$|/_sources/(?P<inner>.+)\.txt$")
_MAX_DEPTH = 30
_MAX_LINE = 1000  # characters


def read_summary(text: str, *, path: str) -> tuple[Contents, ...]:
    """A nested list of links. Headings after the first name parts
    (https://rust-lang.github.io/mdBook/format/summary.html)."""
    entries: list[Entry] = []
    open_: list[int] = []
    base = 0
    for n, block in enumerate(scan(text)):
        if block.kind == "heading":
            if n and block.title:
                entries.append(Entry(0, block.title))
                base = 1
            open_ = []
            continue
        lines = text[block.start : block.end].expandtabs(4).split("\n")
        entries += [row for line in lines if (row := _row(line[:_MAX_LINE], open_, base))]
    return (Contents(path, tuple(entries), (path,)),) if entries else ()


def _row(line: str, open_: list[int], base: int) -> Entry | None:
    """The entry of a line; `open_` are the indents of the items that it may be nested in."""
    item = _ITEM.match(line)
    link = _LINK.search(item["text"] if item else line)
    if item is None:
        return Entry(0, plain(link["title"]), link["url"]) if link else None
    indent = len(item["indent"])
    while open_ and open_[-1] >= indent:
        open_.pop()
    depth = min(len(open_) + base, _MAX_DEPTH)
    open_.append(indent)
    title = plain(link["title"] if link else item["text"])
    return Entry(depth, title, link["url"] if link else "")


def read_toctrees(text: str, *, path: str) -> tuple[Contents, ...]:
    """What the toctree directives of one page of Sphinx list, under that page
    (https://www.sphinx-doc.org/en/master/usage/restructuredtext/directives.html#toctree-directive).
    """
    if "toctree" not in text:
        return ()
    page = _built(path)
    entries: list[Entry] = []
    for lines in _directives(text.expandtabs(8).split("\n")):
        entries += _toctree(lines)
    return (Contents(path, tuple(entries), (page,), of=page),) if entries else ()


def _built(path: str) -> str:
    """Where Sphinx puts the page: a copy of its source lies in `_sources`."""
    match = _SOURCES.search(path)
    if match is None:
        return path
    return match["path"] or posixpath.join(path[: match.start()], match["inner"])


def _directives(lines: list[str]) -> Iterator[list[str]]:
    """The lines inside each directive, stripped."""
    at = 0
    while at < len(lines):
        match = _DIRECTIVE.match(lines[at])
        at += 1
        if match is None:
            continue
        inside: list[str] = []
        while at < len(lines) and not _ends(lines[at], match):
            inside.append(lines[at][:_MAX_LINE].strip())
            at += 1
        yield inside


def _ends(line: str, opened: re.Match[str]) -> bool:
    if opened["fence"]:
        return line.strip().startswith(opened["fence"])
    return bool(line.strip()) and len(line) - len(line.lstrip()) <= len(opened["indent"])


def _toctree(lines: list[str]) -> Iterator[Entry]:
    depth = 0
    for line in lines:
        if line.startswith(":caption:"):
            yield Entry(0, line.removeprefix(":caption:").strip())
            depth = 1
        elif line and not line.startswith((":", "---", "..")) and line != "self":
            named = _NAMED.match(line)
            yield Entry(depth, named["title"], named["url"]) if named else Entry(depth, "", line)
