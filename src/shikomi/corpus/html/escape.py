"""Text and code as Markdown that renders to exactly the same characters.

Rules: CommonMark 0.31.2 and GitHub's tables. Escapes stand only where a mark would be read, so
that the Markdown stays as readable as the page.
"""

import re
import unicodedata
from collections.abc import Callable

_SPECIAL = re.compile(r"[*_`\[\]<&!~\\]")
_CODE_LIKE = re.compile(
    r"(?:[!-~]*\\[!-~]+"  # a backslash before something: \_w[500], C:\new
    r"|</?[A-Za-z][!-;=?-~]*>"  # <name>
    r"|&\#?\w+;"  # &nbsp;
    r"|(?<![A-Za-z0-9_])__[A-Za-z0-9]\w*__(?!\w))+"  # __init__
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_TAG_START = re.compile(r"<[A-Za-z/!?]")
_ASCII_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_LINE_START = re.compile(
    r"(?P<one>#{1,6}(?=\s|$)|>|[-+*](?=\s|$)|\||\[[ xX]\](?=\s))"
    r"|(?P<number>\d{1,9})(?P<dot>[.)])(?=\s|$)"
    r"|(?P<rule>(?:=+|-+|(?:[-_]\s*){3,}|(?:\*\s*){3,}|:?-+:?(?:\s*\|.*))\s*$)"
)
_TRAILING_HASHES = re.compile(r"(?:(?<=\s)|^)(#+)$")
_TICKS = re.compile(r"`+")


def text(value: str, *, before: str = "", after: str = "", in_link: bool = False) -> str:
    """One piece of text. `before` and `after` are the characters that stand beside it ("" at the
    ends of a line)."""
    if not _SPECIAL.search(value):
        return value
    parts: list[str] = []
    at = 0
    for match in _CODE_LIKE.finditer(value):
        token = match[0].rstrip(".,;:") if "\\" in match[0] else match[0]
        if match.start() < at or not _is_code(token):
            continue
        if before == "`" and match.start() == 0:
            continue
        left = "`" if at else before
        parts += [_marks(value, at, match.start(), left, "`", in_link), code(token)]
        at = match.start() + len(token)
    parts.append(_marks(value, at, len(value), "`" if at else before, after, in_link))
    return "".join(parts)


def alternative(value: str) -> str:
    """The text that stands for an image; marks for code in it would be read out."""
    return _marks(value, 0, len(value), "[", "]", True)


def _is_code(token: str) -> bool:
    """A backslash at the end of a sentence is no code; bars and ticks would need escapes."""
    return not token.endswith("\\") and "`" not in token and "|" not in token


def _marks(value: str, start: int, end: int, before: str, after: str, in_link: bool) -> str:
    """`value[start:end]` with a backslash before each character that would be a mark."""
    parts: list[str] = []
    at = start
    first = last = start
    for match in _SPECIAL.finditer(value, start, end):
        i = match.start()
        if i >= last or value[i] not in "*_":  # not within the run of the one before
            first, last = _run_of(value, i, start, end) if value[i] in "*_" else (i, i + 1)
        left = value[first - 1] if first > start else before
        right = value[last] if last < end else after
        if _is_mark(value, i, left, right, in_link):
            parts += [value[at:i], "\\"]
            at = i
    parts.append(value[at:end])
    return "".join(parts)


def _run_of(value: str, i: int, start: int, end: int) -> tuple[int, int]:
    """Where the marks for emphasis of which one is at `i` begin and end: they are read as one."""
    first, last = i, i + 1
    while first > start and value[first - 1] == value[i]:
        first -= 1
    while last < end and value[last] == value[i]:
        last += 1
    return first, last


def _is_mark(value: str, i: int, left: str, right: str, in_link: bool) -> bool:
    """Of brackets only one that ends a link or a definition is: without it those before it are
    text, as the Markdown holds no definitions."""
    char = value[i]
    if char in "[]":
        return in_link or (char == "]" and right in ("(", ":"))
    if char == "!":  # an image's only before a link: brackets that are text end none
        return right == "[" and not value.startswith("[", i + 1)
    if char == "<":
        return right == "" or _TAG_START.match(value, i) is not None or i + 1 == len(value)
    if char == "&":
        return _ENTITY.match(value, i) is not None
    return _READ_AS_MARK[char](left, right)


_READ_AS_MARK: dict[str, Callable[[str, str], bool]] = {
    "*": lambda left, right: not (_is_space(left) and _is_space(right)),
    "_": lambda left, right: (
        not ((left.isalnum() and right.isalnum()) or (_is_space(left) and _is_space(right)))
    ),
    "~": lambda left, right: "~" in (left, right),
    "\\": lambda left, right: right == "" or right in _ASCII_PUNCTUATION,
    "`": lambda left, right: True,
}


def alone(value: str) -> str:
    """A finished paragraph: a mark for emphasis that is its only one needs no backslash."""
    if "\\" not in value or "`" in value:
        return value
    for mark in "*_":
        if value.count(mark) == 1:
            value = value.replace("\\" + mark, mark)
    return value


def _is_space(char: str) -> bool:
    return char == "" or char.isspace()


def line(value: str) -> str:
    """A finished line of a paragraph, escaped where its start would begin another block."""
    match = _LINE_START.match(value)
    if match is None:
        return value
    if match["dot"]:
        return value[: match.start("dot")] + "\\" + value[match.start("dot") :]
    return "\\" + value


def heading(value: str) -> str:
    """A finished heading: `#` at its end would be taken for the closing marks."""
    return _TRAILING_HASHES.sub(r"\\\1", value)


def code(value: str) -> str:
    """A code span. Its spaces at both ends survive where there is something between them."""
    if not value.strip():
        return value
    longest = max((len(run) for run in _TICKS.findall(value)), default=0)
    runs = {len(run) for run in _TICKS.findall(value)}
    fence = "`" * (1 if 1 not in runs else longest + 1)
    pad = value[0] == "`" or value[-1] == "`" or (value[0] == value[-1] == " ")
    return f"{fence} {value} {fence}" if pad else f"{fence}{value}{fence}"


def fence(value: str) -> str:
    """The marks around a code block that holds `value`."""
    longest = max((len(run) for run in _TICKS.findall(value)), default=0)
    return "`" * max(3, longest + 1)


def cell(value: str) -> str:
    """A finished table cell: bars are escaped in code too, where tables take the backslash off."""
    return value.replace("|", "\\|")


def attribute(value: str) -> str:
    """A value of an HTML attribute in double quotes; without `>`, which would end the tag for
    those who look for tags by their signs."""
    escaped = value.replace("&", "&amp;").replace('"', "&quot;")
    return escaped.replace("<", "&lt;").replace(">", "&gt;")


def is_punctuation(char: str) -> bool:
    """CommonMark's Unicode punctuation, symbols included (0.31)."""
    return unicodedata.category(char)[0] in "PS"


def is_surely_punctuation(char: str) -> bool:
    """Punctuation in every version of CommonMark: symbols outside ASCII came with 0.31."""
    return char in _ASCII_PUNCTUATION or unicodedata.category(char)[0] == "P"
