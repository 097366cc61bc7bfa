"""Values of a specification as text, code and lists; and where its references lead."""

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from shikomi.corpus.html import escape
from shikomi.corpus.openapi import prose
from shikomi.corpus.openapi.reading import Number

Lines = list[str]
_FENCE = re.compile(r"\s*(?:- )*(`{3,}|~{3,})")
_NO_ID = re.compile(r"[^\w.-]+")
_MAX_STEPS = 20


@dataclass(frozen=True, slots=True)
class Api:
    """A specification. `anchors` maps the references that lead to a section of its page to that
    section's anchor, `used` says how often each reference is made."""

    document: Mapping[str, Any]
    anchors: Mapping[str, str]
    used: Counter[str]

    def follow(self, node: Any) -> Any:
        """What a reference means, with what stands beside it; the reference itself where that is
        not in the file."""
        for _ in range(_MAX_STEPS):
            ref = reference(node)
            target = self.find(ref) if ref else None
            if not isinstance(target, dict):
                return node
            node = {**target, **{key: node[key] for key in node if key != "$ref"}}
        return node

    def find(self, ref: str) -> Any:
        """The value at a JSON pointer (RFC 6901) of the file; None where there is none."""
        node: Any = self.document
        if not ref.startswith("#/"):
            return None
        for part in ref[2:].split("/"):
            name = pointed(part)
            if isinstance(node, dict) and name in node:
                node = node[name]
            elif isinstance(node, list) and name.isdecimal() and int(name) < len(node):
                node = node[int(name)]
            else:
                return None
        return node

    def link(self, ref: str) -> str:
        """A reference as a link to its section; as code where it has none."""
        if ref not in self.anchors:
            return code(ref)
        name = escape.text(pointed(ref.rpartition("/")[2]), in_link=True)
        return f"[{name}](#{self.anchors[ref]})"


def reference(node: Any) -> str:
    """The reference that a node is, or ""."""
    ref = node.get("$ref") if isinstance(node, dict) else None
    return ref if isinstance(ref, str) else ""


def references(node: Any) -> Iterator[str]:
    """All that are made."""
    stack = [node]
    while stack:
        each = stack.pop()
        if ref := reference(each):
            yield ref
        stack += each.values() if isinstance(each, dict) else each if isinstance(each, list) else ()


def pointed(part: str) -> str:
    """A part of a JSON pointer as the name that it means."""
    return unquote(part).replace("~1", "/").replace("~0", "~")


def anchor(kind: str, name: str) -> str:
    """Of a section about the `name` of a `kind`."""
    return _NO_ID.sub("-", f"{kind}-{name}")


def pairs(node: Any) -> list[tuple[str, Any]]:
    """The names and values of a dict; none where it is something else."""
    return list(node.items()) if isinstance(node, dict) else []


def tidy(lines: Iterable[str]) -> str:
    """The page, without a second empty line but in code."""
    kept: Lines = []
    fence = ""
    for line in lines:
        if mark := _FENCE.match(line):
            fence = "" if fence and mark[1].startswith(fence) else fence or mark[1]
        if line or fence or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept).strip("\n") + "\n"


def item(head: str, body: Iterable[str] = ()) -> Lines:
    """A list item."""
    first, *more = head.split("\n")
    return [f"- {first}", *(f"  {line}" if line else "" for line in (*more, *body))]


def described(head: str, description: Any, body: Iterable[str] = ()) -> Lines:
    """A list item with a description behind its head."""
    if not isinstance(description, str) or not description.strip():
        return item(head if description in (None, "") else f"{head}: {inline(description)}", body)
    first, more = prose.inside(description)
    joint = ": " if head and first else ""
    apart = ["", *more, ""] if more else []
    return item(head + joint + first, [*apart, *body])


def rest(node: Mapping[str, Any], known: Collection[str]) -> Lines:
    """Items of what a node has beside the `known` keys."""
    return [line for key in node if key not in known for line in entry(key, node[key])]


def entry(key: str, value: Any) -> Lines:
    """An item of any value."""
    head = f"**{escape.text(key)}**"
    if isinstance(value, dict) and value:
        return item(head, [line for name in value for line in entry(name, value[name])])
    if isinstance(value, list) and value:
        if all(is_scalar(each) for each in value):
            return item(f"{head}: {', '.join(inline(each) for each in value)}")
        return item(head, [line for each in value for line in _member(each)])
    if isinstance(value, str) and not isinstance(value, Number):
        return described(head, value) if _is_prose(value) else item(f"{head}: {code(value)}")
    return item(f"{head}: {inline(value)}")


def _member(value: Any) -> Lines:
    if isinstance(value, dict) and value:
        lines = [line for name in value for line in entry(name, value[name])]
        return [f"{'-' if n == 0 else ' '} {line}" if line else "" for n, line in enumerate(lines)]
    if isinstance(value, list) and value:
        return item("", [line for each in value for line in _member(each)])
    return item(inline(value))


def is_scalar(value: Any) -> bool:
    """Whether it holds no other values."""
    return not isinstance(value, (dict, list))


def _is_prose(text: str) -> bool:
    return bool(re.search(r"\s", text.strip()) or not text.isascii())


def inline(value: Any) -> str:
    """A value in a line: as code, but for text of several words."""
    if isinstance(value, str) and not isinstance(value, Number):
        if _is_prose(value) and "\n" not in value.strip():
            return escape.text(value.strip())
        return code(value)
    return code(dumped(value, indent=""))


def words(text: Any) -> str:
    """A short text of a person's, such as a summary, in a line."""
    if not isinstance(text, str):
        return inline(text)
    return escape.line(escape.text(" ".join(text.split())))


def code(text: str) -> str:
    """A code span; in quotation marks where nothing would be seen."""
    return escape.code(" ".join(text.split("\n")) if text.strip() else json.dumps(text))


def example(value: Any) -> Lines:
    """A code block."""
    if isinstance(value, str) and not isinstance(value, Number):
        text, kind = value.strip("\n").replace("\r\n", "\n"), "xml" * value.lstrip().startswith("<")
        kind = "json" if value.lstrip()[:1] in ("{", "[") else kind
    else:
        text, kind = dumped(value, indent="  "), "json"
    fence = escape.fence(text)
    return [f"{fence}{kind}", *text.split("\n"), fence]


def dumped(value: Any, *, indent: str, at: str = "") -> str:
    """JSON in which numbers stay as they were written; in one line without `indent`."""
    if isinstance(value, Number):
        return str(value)
    if not isinstance(value, (dict, list)) or not value:
        return json.dumps(value, ensure_ascii=False)
    inner = at + indent
    named = isinstance(value, dict)
    parts = (
        (f"{json.dumps(key, ensure_ascii=False)}: " if named else "")
        + dumped(value[key] if named else key, indent=indent, at=inner)
        for key in value
    )
    first, last = ("{", "}") if named else ("[", "]")
    if not indent:
        return f"{first}{', '.join(parts)}{last}"
    return f"{first}\n{inner}" + f",\n{inner}".join(parts) + f"\n{at}{last}"
