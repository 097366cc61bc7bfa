"""Descriptions, which are CommonMark or HTML, as parts of a page: none reaches beyond its place."""

import re
from collections.abc import Callable

from shikomi.corpus import html
from shikomi.corpus.blocks import headings, scan
from shikomi.corpus.links import mask_code

_HTML = re.compile(r"\s*<(?:p|div|ul|ol|h[1-6]|table|dl|pre|section|body|html)\b", re.IGNORECASE)
_TAGS = (
    "a|abbr|b|blockquote|br|center|code|dd|del|details|div|dl|dt|em|font|h[1-6]|hr|i|img|ins|kbd|li"
    "|mark|ol|p|pre|q|s|samp|section|small|span|strike|strong|sub|summary|sup|table|tbody|td|tfoot"
    "|th|thead|tr|tt|u|ul|var"
)
_NO_TAG = re.compile(  # what CommonMark would take for a tag, and a reader never see
    rf"<(?!/?(?:{_TAGS})(?=[\s/>]))(?![A-Za-z][A-Za-z0-9+.-]*:[^\s<>]*>)(?![^\s<>]+@[^\s<>]+>)"
    r"(?=[A-Za-z/!?])",
    re.IGNORECASE,
)
_CLOSED_REMARK = re.compile(r"<!--.*?-->", re.DOTALL)
_ATX = re.compile(r" {0,3}#{1,6}[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_NO_PARAGRAPH = re.compile(r" {0,3}(?:[-*+>|]|\d{1,9}[.)]|`{3}|~{3}|<|#)")
_LINE_END = re.compile(r"\r\n?")


def blocks(text: str, level: int) -> list[str]:
    """The lines of a description whose headings stand below one of `level`."""
    markdown = _markdown(text)
    top = min((each.level for each in headings(markdown)), default=1)
    return _with_headings(
        markdown, lambda own, title: f"{'#' * min(6, level + 1 + own - top)} {title}"
    )


def inside(text: str) -> tuple[str, list[str]]:
    """The same in a list, where headings are bold: (its first paragraph, "" where it begins with
    something else; the other lines)."""
    markdown = _markdown(text)
    lines = _with_headings(markdown, lambda own, title: f"**{title}**")
    first = next(iter(scan(markdown)), None)
    if first is None or first.kind != "text" or _NO_PARAGRAPH.match(lines[0]):
        return "", lines
    n = next((n for n, line in enumerate(lines) if not line or _NO_PARAGRAPH.match(line)), None)
    return "\n".join(lines[:n]), [] if n is None else lines[n:]


def _markdown(text: str) -> str:
    text = _LINE_END.sub("\n", text)
    if _HTML.match(text) and text.rstrip().endswith(">"):
        return html.to_markdown(text, path="").strip("\n")
    return _closed("\n".join(line.rstrip() for line in _tags_shown(text).strip("\n").split("\n")))


def _tags_shown(text: str) -> str:
    masked = _CLOSED_REMARK.sub(lambda match: " " * len(match[0]), mask_code(text))
    parts, at = [], 0
    for match in _NO_TAG.finditer(masked):
        escaped = match.start() and masked[match.start() - 1] == "\\"
        parts += [text[at : match.start()], "" if escaped else "\\"]
        at = match.start()
    return "".join([*parts, text[at:]])


def _closed(markdown: str) -> str:
    """With the end of a code block that has none: it would go on to the page's end."""
    last = next(iter(scan(markdown)[-1:]), None)
    if last is None or last.kind != "fence":
        return markdown
    lines = markdown[last.start : last.end].rstrip("\n").split("\n")
    opening = _FENCE.match(lines[0])
    if opening is None or (len(lines) > 1 and lines[-1].strip().startswith(opening[1])):
        return markdown
    return f"{markdown}\n{opening[1]}"


def _with_headings(markdown: str, heading: Callable[[int, str], str]) -> list[str]:
    parts, at = [], 0
    for each in headings(markdown):
        line = markdown[each.start : each.end].split("\n")[0]
        atx = _ATX.match(line)
        title = (atx[1] if atx else line).strip()
        parts += [markdown[at : each.start], heading(each.level, title) if title else "", "\n"]
        at = each.end
    return "".join([*parts, markdown[at:]]).rstrip("\n").split("\n")
