"""JSON and YAML as trees of dicts, lists and scalars in which numbers stay as they are written.

YAML is read by its events, with the scalars of YAML 1.2's core schema (https://yaml.org/spec/1.2.2),
as OpenAPI asks: `no` and `2024-01-01` are text. Tags are never obeyed.
"""

import json
import re
from typing import Any

import yaml  # type: ignore[import-untyped]

from shikomi.errors import SourceError

MAX_DEPTH = 100
MAX_NODES = 2_000_000
_NULL = ("", "~", "null", "Null", "NULL")
_TRUE, _FALSE = ("true", "True", "TRUE"), ("false", "False", "FALSE")
_NUMBER = re.compile(
    r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|0x[0-9a-fA-F]+|0o[0-7]+|[-+]?\.inf|\.nan"
)
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the parser alone: it does not recurse
_DEEP = f"is nested more than {MAX_DEPTH} deep: flatten it"


class Number(str):
    """A number as its file writes it."""

    __slots__ = ()


def read(text: str) -> Any:
    """The tree of a file of JSON or YAML.

    Raises:
        SourceError: It is neither, is nested too deep, or too large.
    """
    text = text.removeprefix("\ufeff")
    if text.lstrip().startswith("{"):
        try:
            tree = json.loads(text, parse_int=Number, parse_float=Number, parse_constant=Number)
        except RecursionError:
            raise SourceError(_DEEP) from None
        except ValueError:
            tree = _Reader(text).read()
    else:
        tree = _Reader(text).read()
    _check(tree)
    return tree


def _check(tree: Any) -> None:
    """Aliases of YAML can make few lines stand for any number of values, or for themselves."""
    n = 0
    stack = [(tree, 0)]
    while stack:
        node, depth = stack.pop()
        n += 1
        if depth > MAX_DEPTH:
            raise SourceError(_DEEP)
        if n > MAX_NODES:
            raise SourceError(f"has more than {MAX_NODES:,} values: split it")
        below = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        stack += [(each, depth + 1) for each in below]


class _Reader:
    """Builds the tree from the parser's events."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._anchors: dict[str, Any] = {}
        self._open: list[tuple[Any, list[Any]]] = []  # a dict or list, and the key it waits on
        self._root: Any = None

    def read(self) -> Any:
        try:
            for event in yaml.parse(self._text, Loader=_LOADER):
                self._take(event)
        except (yaml.YAMLError, ValueError) as error:
            where = getattr(error, "problem_mark", None)
            line = f" in line {where.line + 1}" if where else ""
            raise SourceError(f"is neither JSON nor YAML{line}: correct it") from None
        return self._root

    def _take(self, event: Any) -> None:
        if isinstance(event, yaml.AliasEvent):
            self._add(self._anchors.get(event.anchor))
        elif isinstance(event, yaml.ScalarEvent):
            self._add(self._named(event, _scalar(event)))
        elif isinstance(event, yaml.MappingStartEvent):
            self._begin(self._named(event, {}))
        elif isinstance(event, yaml.SequenceStartEvent):
            self._begin(self._named(event, []))
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            self._add(self._open.pop()[0])

    def _named(self, event: Any, value: Any) -> Any:
        if event.anchor:
            self._anchors[event.anchor] = value
        return value

    def _begin(self, value: Any) -> None:
        if len(self._open) > MAX_DEPTH:
            raise SourceError(_DEEP)
        self._open.append((value, []))

    def _add(self, value: Any) -> None:
        if not self._open:
            self._root = value if self._root is None else self._root  # the first document
            return
        into, key = self._open[-1]
        if isinstance(into, list):
            into.append(value)
        elif not key:
            key.append(value if isinstance(value, str) else _key(value))
        elif (name := key.pop()) == "<<" and isinstance(value, dict):
            into.update({each: value[each] for each in value if each not in into})
        else:
            into[name] = value


def _key(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _scalar(event: Any) -> Any:
    text: str = event.value
    if not event.implicit[0]:
        return text
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    return Number(text) if _NUMBER.fullmatch(text) else text
