"""What operations share: schemas above all, each a section of its own."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from shikomi.corpus.html import escape
from shikomi.corpus.openapi import schemas
from shikomi.corpus.openapi.operations import (
    description,
    named_example,
    operation,
    operations,
    parameter,
    request_body,
    response_body,
    response_examples,
)  # fmt: skip
from shikomi.corpus.openapi.values import (
    Api,
    Lines,
    anchor,
    code,
    entry,
    example,
    inline,
    item,
    pairs,
    pointed,
    reference,
)  # fmt: skip

_SCHEMAS = "schemas"
_OF_2 = {  # where Swagger 2.0 has them
    "definitions": _SCHEMAS,
    "parameters": "parameters",
    "responses": "responses",
    "securityDefinitions": "securitySchemes",
}
_TITLES = {
    _SCHEMAS: "Schemas",
    "responses": "Responses",
    "parameters": "Parameters",
    "examples": "Examples",
    "requestBodies": "Request bodies",
    "headers": "Headers",
    "securitySchemes": "Security schemes",
    "links": "Links",
    "callbacks": "Callbacks",
    "pathItems": "Path items",
}
_SECTIONS = (_SCHEMAS, "responses", "examples", "requestBodies", "callbacks", "pathItems")
_OFTEN = ("responses", "examples")  # told where they are used, if that is one place
TOP = ("components", *_OF_2)


def components(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """(kind as OpenAPI calls it, what there is of it by name)."""
    yield from pairs(document.get("components"))
    yield from ((kind, document[key]) for key, kind in _OF_2.items() if key in document)


def anchors(document: Mapping[str, Any], used: Counter[str]) -> Iterator[tuple[str, str]]:
    """For each reference to what has a section: that section's anchor."""
    there = {(kind, name) for kind, named in components(document) for name, _ in pairs(named)}
    for ref, n in used.items():
        kind, name = _means(ref)
        if (kind, name) in there and (kind == _SCHEMAS or (kind in _OFTEN and n > 1)):
            yield ref, anchor(kind, name)


def _means(ref: str) -> tuple[str, str]:
    """(kind, name) of the component that a reference leads to, or ("", "")."""
    parts = [pointed(part) for part in ref.split("/")]
    if parts[:2] == ["#", "components"] and len(parts) == 4:
        return parts[2], parts[3]
    if parts[0] == "#" and len(parts) == 3:
        return _OF_2.get(parts[1], ""), parts[2]
    return "", ""


def component(kind: str, named: Any, api: Api) -> Lines:
    """The sections, or the list, of a kind; of those told where they are used the names alone."""
    told = Counter(_means(ref) for ref in api.used if ref not in api.anchors)
    left = [(name, node) for name, node in pairs(named)
            if kind == _SCHEMAS or (kind, name) not in told]  # fmt: skip
    if not isinstance(named, dict):
        return ["", *entry(kind, named), ""]
    lines = ["", f"## {_TITLES.get(kind, escape.text(kind))}", ""] if named else []
    if others := [code(name) for name in named if (kind, name) in told and kind != _SCHEMAS]:
        lines += [f"Described where they are used: {', '.join(others)}.", ""]
    known = {target: ref for ref, target in api.anchors.items()}
    for name, node in left:
        if kind not in _SECTIONS:
            lines += _listed(kind, name, node, api)
            continue
        target = anchor(kind, name)
        mark = f'<a id="{escape.attribute(target)}"></a>' if target in known else ""
        lines += ["", f"### {mark}{escape.heading(escape.text(name))}", ""]
        lines += _section(kind, name, node, api)
    return [*lines, ""]


def _listed(kind: str, name: str, node: Any, api: Api) -> Lines:
    if kind == "parameters":
        lines = parameter(node, api)
        return lines if lines[0].startswith(f"- {code(name)}") else item(code(name), lines)
    return parameter(node, api, name=name) if kind == "headers" else entry(name, node)


def _section(kind: str, name: str, node: Any, api: Api) -> Iterable[str]:
    if kind == _SCHEMAS:
        return _schema(name, node, api)
    found = api.follow(node) if kind != "examples" else node
    if not isinstance(found, dict) or reference(found):
        return [inline(found) if not reference(found) else api.link(reference(found))]
    if kind == "responses":
        body = [*description(found, 3), *response_body(found, api)]
        return [*body, *response_examples("", found, api)]
    if kind == "requestBodies":
        return request_body(found, api)
    if kind == "examples":
        label, block = named_example(name, found, api)
        return [label, "", *block]
    items = {name: found} if kind == "pathItems" else found
    ways = [each for path, inner in items.items() for each in operations(path, inner, api)]
    return [line for each in ways for line in operation(each, api, level=4)]


def _schema(name: str, schema: Any, api: Api) -> Iterator[str]:
    if said := schemas.facets(schema, api, name=name):
        yield from [", ".join(said), ""]
    if isinstance(schema, dict):
        yield from description(schema, 3)
        yield from schemas.held(schema, api)
        for each in schemas.long_examples(schema):
            yield from ["", "Example:", "", *example(each)]
