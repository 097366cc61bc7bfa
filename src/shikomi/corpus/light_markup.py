"""The headings and code blocks of reStructuredText, AsciiDoc, Org and manual pages as Markdown.
Every other line stays as it is, but for what `manual_page` and `restructured` say."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from shikomi.corpus import manual_page, restructured

Lines = Sequence[str]

_ASCIIDOC_HEADING = re.compile(r"(={1,6})[ \t]+(\S.*)$")
_ASCIIDOC_CODE = re.compile(r"(?:-{4,}|\.{4,})[ \t]*$")
_ORG_HEADING = re.compile(r"(\*{1,6})[ \t]+(\S.*)$")
_ORG_CODE = re.compile(r"[ \t]*#\+(?:begin|end)_(?:src|example)\b", re.IGNORECASE)


def to_markdown(text: str, kind: str) -> str:
    """`text` has LF line ends; `kind` is a key of `KINDS`."""
    return "\n".join(KINDS[kind](text.split("\n")))


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


KINDS: Mapping[str, Callable[[Lines], Iterator[str]]] = {
    "text/x-rst": restructured.to_markdown,
    "text/asciidoc": _marked(_ASCIIDOC_HEADING, _ASCIIDOC_CODE),
    "text/org": _marked(_ORG_HEADING, _ORG_CODE),
    "text/troff": manual_page.to_markdown,
}
