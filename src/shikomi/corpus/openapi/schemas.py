"""Schemas (JSON Schema as OpenAPI 2.0 to 3.1 have it) as lists of their properties."""

from collections.abc import Iterator, Mapping
from typing import Any

from shikomi.corpus.html import escape
from shikomi.corpus.openapi.values import (
    Api,
    Lines,
    code,
    described,
    dumped,
    entry,
    example,
    is_scalar,
    reference,
    rest,
    words,
)  # fmt: skip

_FLAGS = {
    "nullable": "nullable",
    "readOnly": "read-only",
    "writeOnly": "write-only",
    "deprecated": "deprecated",
    "uniqueItems": "unique items",
    "x-nullable": "nullable",
}
_LIMITS = (
    "minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf", "minLength",
    "maxLength", "pattern", "minItems", "maxItems", "minProperties", "maxProperties",
    "minContains", "maxContains", "contentMediaType", "contentEncoding", "collectionFormat",
    "const", "default",
)  # fmt: skip
_ONE = (
    "items", "additionalProperties", "not", "contains", "propertyNames", "if", "then", "else",
    "additionalItems", "unevaluatedItems", "unevaluatedProperties", "contentSchema",
)  # fmt: skip
_SEVERAL = ("allOf", "oneOf", "anyOf", "prefixItems")
_NAMED = ("patternProperties", "definitions", "$defs", "dependentSchemas")
_SIMPLE = {"type", "format", "$ref"}
_KNOWN = {
    "type", "format", "$ref", "properties", "required", "description", "title", "enum", "example",
    "examples", *_FLAGS, *_LIMITS, *_ONE, *_SEVERAL, *_NAMED,
}  # fmt: skip


def kind(schema: Any, api: Api) -> str:
    """What a value is, in a phrase: `string`, "array of" and a link; "" where it is not said."""
    if not isinstance(schema, dict):
        return "" if schema is None else code(dumped(schema, indent=""))
    if ref := reference(schema):
        return api.link(ref)
    said = schema.get("type")
    types = said if isinstance(said, list) else [] if said is None else [said]
    phrase = " or ".join(str(each) for each in types)
    items = schema.get("items")
    if "array" in types and _is_simple(items):
        phrase = phrase.replace("array", f"array of {kind(items, api)}")
    if isinstance(form := schema.get("format"), str):
        phrase = f"{phrase} {code(form)}".strip()
    whole = [each for key in ("allOf", "oneOf", "anyOf") for each in _listed(schema.get(key))]
    if not phrase and len(whole) == 1 and _is_simple(whole[0]):
        return kind(whole[0], api)
    return phrase


def _is_simple(schema: Any) -> bool:
    """Whether a phrase says all of it."""
    if not isinstance(schema, dict) or not schema or not schema.keys() <= _SIMPLE:
        return False
    return isinstance(schema.get("type", ""), str)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def facets(schema: Any, api: Api, *, required: bool = False, name: str = "") -> list[str]:
    """What is said of a value in a few words each: what it is, its limits, values, default."""
    found = [kind(schema, api)]
    if not isinstance(schema, dict):
        return [each for each in [*found, "required" * required] if each]
    found += ["required" * required]
    found += [word for key, word in _FLAGS.items() if schema.get(key) is True]
    if schema.get("title") and schema["title"] != name:
        found.append(f'"{words(schema["title"])}"')
    if values := _listed(schema.get("enum")):
        found.append("one of " + ", ".join(_value(each) for each in values))
    found += [f"{key} {_value(schema[key])}" for key in _LIMITS if key in schema]
    found += [f"example {_value(each)}" for each in _all_examples(schema) if _fits(each)]
    return [each for each in found if each]


def _value(value: Any) -> str:
    return code(value if isinstance(value, str) else dumped(value, indent=""))


def _fits(value: Any) -> bool:
    return is_scalar(value) and "\n" not in str(value)


def property_(name: str, schema: Any, api: Api, *, required: bool = False) -> Lines:
    """An item: a value called `name`, and what it holds."""
    said = facets(schema, api, required=required, name=name)
    return _item(code(name), said, schema, api)


def _item(label: str, said: list[str], schema: Any, api: Api) -> Lines:
    more = f"({', '.join(said)})" if label else ", ".join(said)
    head = f"{label} {more}".strip() if said else label
    description = schema.get("description") if isinstance(schema, dict) else None
    if not head and not description:
        head = "object" if isinstance(schema, dict) and "properties" in schema else "anything"
    return described(head, description, body(schema, api))


def body(schema: Any, api: Api) -> Lines:
    """Items of what a schema holds, its description aside."""
    if not isinstance(schema, dict):
        return []
    examples = [line for each in long_examples(schema)
                for line in ("- **example**", *_inner(example(each)))]  # fmt: skip
    return [*held(schema, api), *examples]


def held(schema: Mapping[str, Any], api: Api) -> Lines:
    """The same without examples of several lines or values."""
    lines = [*_properties(schema, api)]
    for key in _ONE:
        lines += _one(key, schema, api) if key in schema else []
    for key in _SEVERAL:
        lines += _several(key, schema, api) if key in schema else []
    for key in _NAMED:
        if isinstance(named := schema.get(key), dict):
            lines += [f"- **{escape.text(key)}**"]
            lines += [f"  {line}" for name in named for line in property_(name, named[name], api)]
    return lines + rest(schema, _KNOWN)


def _properties(schema: Mapping[str, Any], api: Api) -> Iterator[str]:
    required = _listed(schema.get("required"))
    properties = schema.get("properties")
    named = properties if isinstance(properties, dict) else {}
    for name, each in named.items():
        yield from property_(name, each, api, required=name in required)
    if missing := [name for name in required if name not in named]:
        yield from entry("required", missing)


def _one(key: str, schema: Mapping[str, Any], api: Api) -> Lines:
    each = schema[key]
    if key == "items" and _is_simple(each) and "array" in str(schema.get("type")):
        return []  # said in its kind
    if isinstance(each, list):
        return _members(key, each, api)
    return _item(f"**{key}**", facets(each, api), each, api)


def _several(key: str, schema: Mapping[str, Any], api: Api) -> Lines:
    each = schema[key]
    if not isinstance(each, list):
        return entry(key, each)
    alone = len(each) == 1 and _is_simple(each[0]) and kind(schema, api) == kind(each[0], api)
    return [] if alone else _members(key, each, api)


def _members(key: str, schemas: list[Any], api: Api) -> Lines:
    lines = [f"- **{key}**"]
    for each in schemas:
        lines += [f"  {line}" for line in _item("", facets(each, api), each, api)]
    return lines


def long_examples(schema: Mapping[str, Any]) -> list[Any]:
    """Those that do not fit between what is said of a value in a few words."""
    return [each for each in _all_examples(schema) if not _fits(each)]


def _all_examples(schema: Mapping[str, Any]) -> list[Any]:
    several = schema.get("examples", [])
    own = [schema["example"]] if "example" in schema else []
    return [*own, *(several if isinstance(several, list) else [several])]


def _inner(lines: Lines) -> Lines:
    return [f"  {line}" if line else "" for line in lines]
