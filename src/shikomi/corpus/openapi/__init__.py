"""Descriptions of HTTP APIs as pages: OpenAPI 3.0 and 3.1 (https://spec.openapis.org/oas/) and
Swagger 2.0, in JSON or YAML, with nothing lost.

Each operation and each schema is a section of its own. What a section uses is linked, or told
there where it is short; what is not known, extensions too, is listed as it is.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from shikomi.corpus.html import escape
from shikomi.corpus.openapi.components import TOP, anchors, component, components
from shikomi.corpus.openapi.operations import (
    Operation,
    description,
    operation,
    operations,
    security,
    servers,
)  # fmt: skip
from shikomi.corpus.openapi.reading import read
from shikomi.corpus.openapi.values import Api, Lines, entry, pairs, references, rest, tidy
from shikomi.errors import SourceError

_JSON = re.compile(rb"[\"'](?:openapi|swagger)[\"']\s*:\s*[\"']?[23]\.\d")
_YAML = re.compile(rb"^[\"']?(?:openapi|swagger)[\"']?\s*:\s*[\"']?[23]\.\d", re.MULTILINE)
_SUFFIXES = {".json": (_JSON,), ".yaml": (_YAML, _JSON), ".yml": (_YAML, _JSON)}
_TOP = {"info", "servers", "security", "tags", "paths", "webhooks", *TOP}
_INFO = {"title", "description"}
_NO_TAG = "Operations"


def is_openapi(suffix: str, data: bytes) -> bool:
    """Whether a file with that suffix (lower case, with its dot) seems to be one."""
    return any(pattern.search(data) for pattern in _SUFFIXES.get(suffix, ()))


def convert(text: str) -> tuple[str, str]:
    """(the API's title, the page as Markdown).

    Raises:
        SourceError: It is no such description, or nested too deep.
    """
    document = read(text)
    if not isinstance(document, dict) or not document.keys() & {"openapi", "swagger"}:
        raise SourceError("is JSON or YAML, but describes no API (OpenAPI, Swagger)")
    used = Counter(references(document))
    api = Api(document, dict(anchors(document, used)), used)
    info = document.get("info")
    title = info.get("title") if isinstance(info, dict) else None
    title = " ".join(str(title or "").split())
    lines = [f"# {escape.heading(escape.text(title)) or 'API'}", "", *_about(api), ""]
    for name, about, found in _groups(api):
        lines += ["", f"## {escape.heading(escape.text(name))}", "", *_tag(about), ""]
        lines += [line for each in found for line in operation(each, api, level=3)]
    lines += ["", *_bare_paths(api), ""]
    for kind, named in components(document):
        lines += component(kind, named, api)
    return title, tidy(lines)


def _about(api: Api) -> Iterator[str]:
    document = api.document
    info = document.get("info")
    if isinstance(info, dict):
        yield from description(info, 1)
        yield from rest(info, _INFO)
    elif info is not None:
        yield from entry("info", info)
    yield from rest(document, _TOP)
    yield from servers(document.get("servers"))
    yield from security(document.get("security"))


def _groups(api: Api) -> Iterator[tuple[str, Any, list[Operation]]]:
    """(name, what is said of it, operations) of each tag, of what has none, and of webhooks."""
    named = api.document.get("tags")
    about = {str(each.get("name")): each for each in _listed(named) if isinstance(each, dict)}
    found: dict[str, list[Operation]] = {name: [] for name in about}
    for path, node in pairs(api.document.get("paths")):
        for each in operations(path, node, api):
            found.setdefault((each.tags or [_NO_TAG])[0], []).append(each)
    yield from ((name, about.get(name), found[name]) for name in found)
    hooks = pairs(api.document.get("webhooks"))
    if back := [each for name, node in hooks for each in operations(name, node, api)]:
        yield "Webhooks", None, back


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _tag(about: Any) -> Lines:
    if not isinstance(about, dict):
        return []
    return [*description(about, 2), *rest(about, {"name", "description"})]


def _bare_paths(api: Api) -> Lines:
    """Those of which the file has no operation: they may be in another one."""
    lines: Lines = []
    for key in ("paths", "webhooks"):
        for path, node in pairs(api.document.get(key)):
            if not any(operations(path, node, api)):
                lines += entry(path, node)
    return ["## Paths", "", *lines] if lines else []
