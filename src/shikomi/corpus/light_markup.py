"""The headings and code blocks of reStructuredText, AsciiDoc, Org and manual pages as Markdown.
Every other line stays as it is, but for what `manual_page` and `restructured` say."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from shikomi.corpus import manual_page, restructured
from shikomi.corpus.html.code import fenced

Lines = Sequence[str]

_ASCIIDOC_HEADING = re.compile(r"(={1,6})[ \t]+(\S.*)$")
_ASCIIDOC_CODE = re.compile(r"(-{4,}|\.{4,}|`{3,})([\w+#-]*)[ \t]*$")
_ASCIIDOC_KIND = re.compile(
    r"\[(?:source|listing|literal)?(?:[%#.][\w%#.-]+)?(?:,\s*\"?([\w+#-]*)\"?(?=[,\]]))?.*\][ \t]*$"
)
_ASCIIDOC_OF_CODE = re.compile(r"\[(?:(?:source|listing|literal)\b|(?:%[\w%]+)?,\s*\w)")
_ASCIIDOC_TITLE = re.compile(r"\.[^\s.].*$")
_ORG_HEADING = re.compile(r"(\*{1,6})[ \t]+(\S.*)$")
_ORG_CODE = re.compile(r"[ \t]*#\+begin_(src|example)\b[ \t]*([\w+#-]*)", re.IGNORECASE)
_ORG_END = re.compile(r"[ \t]*#\+end_(src|example)\b", re.IGNORECASE)
_ORG_COMMA = re.compile(r"([ \t]*),(?=\*|#\+|,)")

_ASCIIDOC_UNDER = "=-~^+"  # the marks below titles, by level

Reader = Callable[[Lines, int], tuple[list[str], int] | None]
"""(what begins in that line as Markdown, where the next line is); None: it is none of these."""


def to_markdown(text: str, kind: str) -> str:
    """`text` has LF line ends; `kind` is a key of `KINDS`."""
    return "\n".join(KINDS[kind](text.split("\n")))


def _by(*readers: Reader) -> Callable[[Lines], Iterator[str]]:
    """Each line by the first of them that knows it, else as it is."""

    def convert(lines: Lines) -> Iterator[str]:
        at = 0
        while at < len(lines):
            known = (found for reader in readers if (found := reader(lines, at)))
            made, at = next(known, ([lines[at]], at + 1))
            yield from made

    return convert


def _heading(mark: re.Pattern[str]) -> Reader:
    """A line that says by itself that it is one."""

    def read(lines: Lines, at: int) -> tuple[list[str], int] | None:
        found = mark.match(lines[at])
        return ([f"{'#' * len(found[1])} {found[2]}"], at + 1) if found else None

    return read


def _asciidoc_underlined(lines: Lines, at: int) -> tuple[list[str], int] | None:
    """A title with a line of marks below it, as long as itself but for two."""
    title, under = lines[at].rstrip(), "".join(lines[at + 1 : at + 2]).rstrip()
    apart = at == 0 or not lines[at - 1].strip()
    if not (apart and title[:1].isalnum() and len(under) > 1 and under == under[0] * len(under)):
        return None
    if under[0] not in _ASCIIDOC_UNDER or abs(len(title) - len(under)) > 2:
        return None
    return [f"{'#' * (_ASCIIDOC_UNDER.index(under[0]) + 1)} {title}"], at + 2


def _asciidoc_code(lines: Lines, at: int) -> tuple[list[str], int] | None:
    """Between two lines of marks, the language in a line `[source,ruby]` above them, a title
    perhaps beside that; or, below such a line, up to the next empty line."""
    titles: list[str] = []
    language: str | None = None
    while at < len(lines) and (language is None or not titles):
        kind = _ASCIIDOC_KIND.match(lines[at]) if _ASCIIDOC_OF_CODE.match(lines[at]) else None
        if kind and language is None:
            language = kind[1] or ""
        elif _ASCIIDOC_TITLE.match(lines[at]) and not titles:
            titles = [lines[at][1:], ""]
        else:
            break
        at += 1
    mark = _ASCIIDOC_CODE.match(lines[at]) if at < len(lines) else None
    if mark is None and (language is None or not "".join(lines[at : at + 1]).strip()):
        return None
    begin = at + bool(mark)
    ends = (lambda line: line.rstrip() == mark[1]) if mark else (lambda line: not line.strip())
    end = next((n for n in range(begin, len(lines)) if ends(lines[n])), len(lines))
    body = fenced("\n".join(lines[begin:end]), language or (mark[2] if mark else ""))
    return [*titles, *body], end + bool(mark)


def _org_code(lines: Lines, at: int) -> tuple[list[str], int] | None:
    """A comma keeps a line of code from being read as Org's, and is none of the code."""
    begin = _ORG_CODE.match(lines[at])
    if begin is None:
        return None
    end = next((n for n in range(at + 1, len(lines)) if _ORG_END.match(lines[n])), len(lines))
    body = "\n".join(_ORG_COMMA.sub(r"\1", line) for line in lines[at + 1 : end])
    return fenced(body, begin[2] if begin[1].lower() == "src" else ""), end + 1


KINDS: Mapping[str, Callable[[Lines], Iterator[str]]] = {
    "text/x-rst": restructured.to_markdown,
    "text/asciidoc": _by(_asciidoc_code, _asciidoc_underlined, _heading(_ASCIIDOC_HEADING)),
    "text/org": _by(_org_code, _heading(_ORG_HEADING)),
    "text/troff": manual_page.to_markdown,
}
