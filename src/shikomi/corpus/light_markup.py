"""The headings and code blocks of reStructuredText, AsciiDoc, Org and manual pages as Markdown.
Every other line stays as it is, but for the font changes and requests of manual pages."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence

Lines = Sequence[str]

_ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1+[ \t]*$")
_ASCIIDOC_HEADING = re.compile(r"(={1,6})[ \t]+(\S.*)$")
_ASCIIDOC_CODE = re.compile(r"(?:-{4,}|\.{4,})[ \t]*$")
_ORG_HEADING = re.compile(r"(\*{1,6})[ \t]+(\S.*)$")
_ORG_CODE = re.compile(r"[ \t]*#\+(?:begin|end)_(?:src|example)\b", re.IGNORECASE)
_MAN_NAME = re.compile(r"\.[1-9][a-z]{0,2}$", re.IGNORECASE)
_MAN_START = re.compile(rb"(?:[.']\\\"[^\n]*\n|\s)*\.(?:TH|Dd)\s")
_MAN_COMMENT = re.compile(r"[.']?\\\"|[.'][ \t]*$")
_MAN_REQUEST = re.compile(r"[.'][ \t]*([A-Za-z]{1,2})(?:[ \t]+(.*))?$")
_MAN_FONT = re.compile(r"\\f(?:\(..|\[[^\]]*\]|.)|\\&")
_MAN_ESCAPES = (("\\-", "-"), ("\\(bu", "•"), ("\\(aq", "'"), ("\\ ", " "), ("\\e", "\\"))
_MAN_HEADINGS = {"TH": "#", "Dt": "#", "SH": "##", "Sh": "##", "SS": "###", "Ss": "###"}
_MAN_CODE = frozenset({"nf", "EX", "fi", "EE"})
_MAN_GAPS = frozenset({"PP", "LP", "P", "Pp", "IP", "TP", "HP", "It", "sp"})
_MAN_SILENT = frozenset({"Dd", "Os", "br", "RS", "RE", "Bl", "El", "ad", "na", "hy", "nh", "ft"})


def is_manual_page(path: str, data: bytes) -> bool:
    """Whether it is a page for `man`: named as in `ls.1`, and beginning with its title."""
    return bool(_MAN_NAME.search(path) and _MAN_START.match(data))


def to_markdown(text: str, kind: str) -> str:
    """`text` has LF line ends; `kind` is a key of `KINDS`."""
    return "\n".join(KINDS[kind](text.split("\n")))


def _restructured(lines: Lines) -> Iterator[str]:
    """A title has a line of punctuation below it, perhaps above too; the kinds of these lines are
    levels in the order in which they come."""
    levels: list[str] = []
    at = 0
    while at < len(lines):
        over, title, under = (*lines[at : at + 3], "", "", "")[:3]
        if over.rstrip() == under.rstrip() and _is_title(title, under):
            kind, n_lines = under[0] * 2, 3
        elif _is_title(over, title) and (at == 0 or not lines[at - 1].strip()):
            kind, title, n_lines = title[0], over, 2
        else:
            yield over
            at += 1
            continue
        if kind not in levels:
            levels.append(kind)
        yield f"{'#' * min(6, levels.index(kind) + 1)} {title.strip()}"
        at += n_lines


def _is_title(line: str, under: str) -> bool:
    if not line.strip() or _ADORNMENT.match(line) or not _ADORNMENT.match(under):
        return False
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in line.strip())
    return len(under.rstrip()) >= len(line.strip()) + wide


def _marked(heading: re.Pattern[str], code: re.Pattern[str]) -> Callable[[Lines], Iterator[str]]:
    """For markup where a line says by itself that it is a heading, or where code begins."""

    def convert(lines: Lines) -> Iterator[str]:
        inside = False
        for line in lines:
            if code.match(line):
                inside = not inside
                yield "```"
            elif not inside and (found := heading.match(line)):
                yield f"{'#' * len(found[1])} {found[2]}"
            else:
                yield line

    return convert


def _manual_page(lines: Lines) -> Iterator[str]:
    for line in lines:
        if _MAN_COMMENT.match(line):
            continue
        request = _MAN_REQUEST.match(line)
        if request is None:
            yield _without_fonts(line)
            continue
        name, rest = request[1], _without_fonts((request[2] or "").replace('"', ""))
        if name in _MAN_HEADINGS:
            yield from ("", f"{_MAN_HEADINGS[name]} {rest}", "")
        elif name in _MAN_CODE:
            yield "```"
        elif name in _MAN_GAPS:
            yield from ("", rest) if rest and name in ("IP", "It") else ("",)
        elif rest and name not in _MAN_SILENT:
            yield rest


def _without_fonts(text: str) -> str:
    text = _MAN_FONT.sub("", text)
    for escape, char in _MAN_ESCAPES:
        text = text.replace(escape, char)
    return text


KINDS: Mapping[str, Callable[[Lines], Iterator[str]]] = {
    "text/x-rst": _restructured,
    "text/asciidoc": _marked(_ASCIIDOC_HEADING, _ASCIIDOC_CODE),
    "text/org": _marked(_ORG_HEADING, _ORG_CODE),
    "text/troff": _manual_page,
}
