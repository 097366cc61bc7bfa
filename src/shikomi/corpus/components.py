"""Components of MDX that stand on lines of their own (`<Tabs>`, `<Card title="Oil">`): what they
hold is Markdown, and what a reader sees of the tag itself is its title or its picture."""

import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import NamedTuple

Lines = Sequence[str]

_OPENING = re.compile(r"([ \t]*)<([A-Z][\w.]*)(?=[\s/>]|$)(.*)$")
_CLOSING = re.compile(r"\s*</([A-Z][\w.]*)>\s*")
_SIGN = re.compile(
    r"^(?:\{/\*.*\*/\}|[ \t]*</[A-Z][\w.]*>"
    r"|[ \t]*<[A-Z][\w.]*[ \t]*\n[ \t]+[\w-]+=[\"'{].*)[ \t]*$",
    re.MULTILINE,
)
_DATA = re.compile(r"=\{\s*[\[`]")  # a table or a text, of which it makes what it shows
_ATTRIBUTE = re.compile(r"(?<![\w-])([A-Za-z][\w-]*)=(?:\"([^\"]*)\"|'([^']*)')")
_TITLES = ("title", "label", "summary", "header", "heading")
_SOURCES = ("src", "srcLight", "srcDark", "source")
_MOST_TAG_LINES = 40
_MOST_LINES = 5_000


class Component(NamedTuple):
    """The title and the lines that it holds, and where the next line is."""

    title: str
    body: list[str]
    end: int


def are_in(markdown: str) -> bool:
    """Whether a page that may have any name is one of MDX: a remark, or the end of a component."""
    return _SIGN.search(markdown) is not None


def component(lines: Lines, at: int, closed: Mapping[int, int]) -> Component | None:
    """What begins in that line; None where it is none, is never closed, or shows what cannot be
    said here. `closed` is of the same lines."""
    found = _OPENING.match(lines[at])
    tag = _tag(lines, at) if found else None
    if found is None or tag is None:
        return None
    text, end = tag
    if _DATA.search(text):
        return None
    named = {key: double or single for key, double, single in _ATTRIBUTE.findall(text)}
    title = next((named[key] for key in _TITLES if named.get(key)), "")
    if title and (goal := named.get("href") or named.get("to")) and " " not in goal:
        title = f"[{title}]({goal})"
    if text.endswith("/>"):
        source = next((named[key] for key in _SOURCES if named.get(key)), "")
        shown = f"![{named.get('alt', '')}]({source})" if source and " " not in source else ""
        return Component(title, [f"{found[1]}{shown}"], end) if title or shown else None
    close = closed.get(at)
    if close is None or close - end > _MOST_LINES:
        return None
    body = textwrap.dedent("\n".join(lines[end:close])).split("\n") if close > end else []
    return Component(title, [f"{found[1]}{line}".rstrip() for line in body], close + 1)


def _tag(lines: Lines, at: int) -> tuple[str, int] | None:
    """(the opening tag, the line after it), where nothing stands behind it on its last line."""
    text = ""
    for n in range(at, min(len(lines), at + _MOST_TAG_LINES)):
        if not lines[n].strip():
            return None
        text = f"{text} {lines[n].strip()}".strip()
        if text.endswith(">") and text.count("{") == text.count("}"):
            whole = text.count("<") == 1 or "{" in text
            return (text, n + 1) if whole else None
    return None


def closes(lines: Lines) -> dict[int, int]:
    """Where the components that begin in these lines are closed."""
    found: dict[int, int] = {}
    opened: dict[str, list[int]] = {}
    for n, line in enumerate(lines):
        if end := _CLOSING.fullmatch(line):
            if above := opened.get(end[1]):
                found[above.pop()] = n
        elif inner := _OPENING.match(line):
            tag = _tag(lines, n)
            if tag is not None and not tag[0].endswith("/>"):
                opened.setdefault(inner[2], []).append(n)
    return found
