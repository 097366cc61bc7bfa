"""Notes, tabs and the like of Markdown's dialects (MkDocs, Docusaurus, VitePress, MyST, GitHub) as
Markdown that every reader knows: their title in bold, and below it their content, which some of
them indent as only code is. So it is with MDX's components. Other lines stay as they are."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from shikomi.corpus import components

Lines = Sequence[str]

_HINT = re.compile(
    r"^[ \t]*(?:!!!|\?\?\?|=== |:::|[`~]{3,}\{|> ?\[!|import\b|\{/\*|</?[A-Z])", re.MULTILINE
)
_INDENTED = re.compile(
    r"( *)(?:(?:!!!|\?\?\?\+?)[ \t]+(?P<kind>[A-Za-z][\w-]*)[\w -]*?|===[!+]?(?=[ \t]+\"))"
    r"(?:[ \t]+\"(?P<title>[^\"]*)\")?[ \t]*$"
)
_COLONS = re.compile(
    r"( *)(:{3,})[ \t]*(?:\{(?P<myst>[\w-]+)\}|(?P<kind>[A-Za-z][\w-]*))"
    r"(?:\[(?P<label>[^\[\]]*)\])?[ \t]*(?P<title>[^{}]*?)[ \t]*(?:\{[^{}]*\})?[ \t]*$"
)
_FENCE = re.compile(r"( *)(`{3,}|~{3,})(?:\{(?P<myst>[\w-]+)\})?[ \t]*(?P<title>.*?)[ \t]*$")
_ALERT = re.compile(r"( *> ?)\[!(\w+)\][ \t]*$")
_IMPORT = re.compile(r"import\s+(?:[\w{}\s,*$]+\s+from\s+)?['\"][^'\"]+['\"];?\s*$")
_REMARK = re.compile(r"\{/\*.*\*/\}\s*$")
_OPTION = re.compile(r":[\w-]+:")
_NAMED = frozenset(
    {"note", "tip", "info", "warning", "danger", "caution", "important", "hint", "attention",
     "error", "seealso", "success", "example", "question", "details", "abstract", "bug", "quote",
     "failure", "admonition", "dropdown"}
)  # fmt: skip
_UNNAMED = frozenset({"admonition", "dropdown", "details"})  # their title says what they are
_INDENT = 4
_MAX_DEPTH = 50  # of containers in one another
_CODE = re.compile(r" {4}|\t")
_ITEM = re.compile(r" {0,3}(?:[-+*]|\d{1,9}[.)])(?:[ \t]|$)")


def plain(markdown: str, *, mdx: bool = False) -> str:
    """`markdown` with LF line ends; `mdx`: its imports and remarks are no text of the page; that of
    pages that say so is found out."""
    if not _HINT.search(markdown):
        return markdown
    dialect = _Dialect(mdx=mdx or components.are_in(markdown), indented_code=not mdx)
    return "\n".join(_lines(markdown.split("\n"), dialect))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dialect:
    """Whether lines are MDX, and may be code by their indent, which MDX itself does not have;
    `depth` is how many containers they stand in."""

    mdx: bool
    indented_code: bool
    depth: int = 0

    def within(self, line: str) -> "_Dialect":
        """Of what is in the container that begins with this line."""
        code = self.indented_code and not _CODE.match(line)
        return replace(self, indented_code=code, depth=self.depth + 1)


def _lines(lines: Lines, dialect: _Dialect) -> Iterator[str]:
    if dialect.depth > _MAX_DEPTH:
        yield from lines
        return
    closes = components.closes(lines) if dialect.mdx else {}
    is_item = False  # what stands above, so that an indent makes no code
    at = 0
    while at < len(lines):
        line = lines[at]
        is_item = _is_item(line, is_item)
        is_code = dialect.indented_code and not is_item and _CODE.match(line) is not None
        if (
            found := _indented(lines, at)
            or _fenced(lines, at)
            or (None if is_code else _component(lines, at, closes))
        ):
            head, body, at = found
            yield from head
            yield from _lines(body, dialect.within(line)) if head or body else ()
            continue
        if fence := _FENCE.match(line):
            end = _closing(lines, at + 1, fence[2])
            yield from lines[at : end + 1]
            at = end + 1
            continue
        alert = _ALERT.match(line)
        if alert:
            yield f"{alert[1]}**{alert[2].capitalize()}**\n{alert[1].rstrip()}"
        elif not (dialect.mdx and (_IMPORT.match(line) or _REMARK.match(line))):
            yield line
        at += 1


def _is_item(line: str, before: bool) -> bool:
    """Whether a list's item stands at this line or goes on there; `before` is that of the last."""
    return bool(_ITEM.match(line)) or (before and (not line.strip() or line[0] in " \t"))


_Found = tuple[list[str], list[str], int]  # the lines of its title, its content, the next line


def _indented(lines: Lines, at: int) -> _Found | None:
    """`!!! note "Title"` or `=== "Tab"`, and what is indented below it."""
    found = _INDENTED.match(lines[at])
    if found is None:
        return None
    margin = " " * (len(found[1]) + _INDENT)
    end = last = at + 1
    while end < len(lines) and (not lines[end].strip() or lines[end].startswith(margin)):
        end += 1
        last = end if lines[end - 1].strip() else last
    if last == at + 1:
        return None
    body = [line[: len(found[1])] + line[len(margin) :] for line in lines[at + 1 : last]]
    title = found["title"]
    said = (found["kind"] or "").capitalize() if title is None else title
    return _head(found[1], said), [*body, ""], last


def _fenced(lines: Lines, at: int) -> _Found | None:
    """`:::note Title` or MyST's fences of notes, up to the line that closes them."""
    found = _COLONS.match(lines[at]) or _FENCE.match(lines[at])
    if found is None:
        return None
    groups = found.groupdict()
    kind = (groups["myst"] or groups.get("kind") or "").lower()
    if found[2][0] != ":" and kind not in _NAMED:
        return None
    end = _closing(lines, at + 1, found[2])
    if end == len(lines):
        return None
    body = list(lines[at + 1 : end])
    while groups["myst"] and body and (_OPTION.match(body[0].strip()) or not body[0].strip()):
        body.pop(0)
    title = groups.get("label") or groups["title"]
    name = kind.capitalize() if kind in _NAMED - _UNNAMED else ""
    return _head(found[1], title or name), [*body, ""], end + 1


def _component(lines: Lines, at: int, closes: Mapping[int, int]) -> _Found | None:
    """A component of MDX, up to the line that closes it."""
    found = components.component(lines, at, closes)
    if found is None:
        return None
    indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
    return _head(indent, found.title), [*found.body, ""], found.end


def _head(indent: str, title: str) -> list[str]:
    return [f"{indent}**{title.strip()}**", ""] if title.strip() else []


def _closing(lines: Lines, at: int, mark: str) -> int:
    """The line that closes what `mark` opened; the number of lines where none does. Colons may be
    nested in as many."""
    depth = 1
    for n in range(at, len(lines)):
        line = lines[n].strip()
        if mark[0] == ":":
            opened = _COLONS.match(lines[n])
            depth += bool(opened and opened[2] == mark) - (line == mark)
        elif line[:1] == mark[0] and not line.strip(mark[0]) and len(line) >= len(mark):
            depth = 0
        if not depth:
            return n
    return len(lines)
