"""Operations: what is sent to a path by a method, and what comes back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shikomi.corpus.html import escape
from shikomi.corpus.openapi import prose, schemas
from shikomi.corpus.openapi.values import (
    Api,
    Lines,
    code,
    described,
    entry,
    example,
    inline,
    item,
    pairs,
    reference,
    rest,
    words,
)  # fmt: skip

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
_DEEPEST = 6
_SHARED = ("parameters", "servers")  # what a path says for each of its operations
_OPERATION = {
    "summary", "description", "operationId", "tags", "deprecated", "parameters", "requestBody",
    "responses", "callbacks", "security", "servers",
}  # fmt: skip
_PARAMETER = {
    "name", "in", "required", "description", "schema", "content", "example", "examples", "$ref",
    "deprecated",
}  # fmt: skip
_RESPONSE = {"description", "headers", "content", "schema", "examples", "links", "$ref"}
_MEDIA = {"schema", "example", "examples"}
_EXAMPLE = {"summary", "description", "value", "$ref"}


@dataclass(frozen=True, slots=True)
class Operation:
    """`node` holds what its path says for all of its operations, too."""

    method: str
    path: str
    node: Mapping[str, Any]

    @property
    def tags(self) -> list[str]:
        found = self.node.get("tags")
        return [str(each) for each in found] if isinstance(found, list) else []


def operations(path: str, node: Any, api: Api) -> Iterator[Operation]:
    """Those of an item of `paths`."""
    node = api.follow(node)
    known = {"$ref", *_SHARED, *METHODS}
    about = {key: each for key, each in pairs(node) if key.lower() not in known}
    for method, each in pairs(node):
        if method.lower() in METHODS and isinstance(each, dict):
            shared: dict[str, Any] = {"path": about} if about else {}
            shared |= {key: node[key] for key in _SHARED if node.get(key) and not each.get(key)}
            if isinstance(node.get("parameters"), list) and each.get("parameters"):
                shared["parameters"] = _together(node["parameters"], each["parameters"], api)
            yield Operation(method, path, {**each, **shared})


def _together(of_path: list[Any], own: Any, api: Api) -> list[Any]:
    """An operation's own parameter stands for its path's of the same name and place."""
    mine = own if isinstance(own, list) else []
    named = {_place(each, api) for each in mine}
    return [*(each for each in of_path if _place(each, api) not in named), *mine]


def _place(parameter: Any, api: Api) -> tuple[str, str]:
    found = api.follow(parameter)
    if not isinstance(found, dict):
        return str(found), ""
    return str(found.get("name")), str(found.get("in"))


def operation(of: Operation, api: Api, *, level: int, before: str = "") -> Lines:
    """Its section: a heading with method and path, and all that is known of it."""
    node = of.node
    lines = [f"{'#' * level} {before}{code(f'{of.method.upper()} {of.path}')}", ""]
    if node.get("summary"):
        lines += [words(node["summary"]), ""]
    lines += description(node, level, unlike=node.get("summary"))
    lines += [*_facts(of, api), ""]
    if parameters := node.get("parameters"):
        lines += ["**Parameters**", "", *_parameters(parameters, api), ""]
    if "requestBody" in node:
        lines += [*request_body(node["requestBody"], api), ""]
    if responses := node.get("responses"):
        lines += ["**Responses**", "", *_responses(responses, api), ""]
    return lines + _callbacks(node, api, level)


def _callbacks(node: Mapping[str, Any], api: Api, level: int) -> Lines:
    if level == _DEEPEST:  # callbacks of callbacks may lead back to the first
        return entry("callbacks", node["callbacks"]) if node.get("callbacks") else []
    lines: Lines = []
    for name, each in pairs(node.get("callbacks")):
        for path, inner in pairs(api.follow(each)):
            for back in operations(path, inner, api):
                lines += operation(back, api, level=level + 1, before=f"Callback {code(name)}: ")
    return lines


def description(node: Mapping[str, Any], level: int, unlike: Any = None) -> Lines:
    """Paragraphs; none where it says what stands there already."""
    text = node.get("description")
    if text is None or text == "" or text == unlike:
        return []
    return [*(prose.blocks(text, level) if isinstance(text, str) else [inline(text)]), ""]


def _facts(of: Operation, api: Api) -> Iterator[str]:
    node = of.node
    if node.get("deprecated") is True:
        yield "- **Deprecated**"
    if "operationId" in node:
        yield f"- **Operation**: {inline(node['operationId'])}"
    if len(of.tags) > 1:
        yield f"- **Tags**: {', '.join(escape.text(tag) for tag in of.tags)}"
    yield from security(node.get("security"))
    yield from servers(node.get("servers"))
    yield from rest(node, _OPERATION)


def security(node: Any) -> Lines:
    """An item of the schemes that are asked for, with their scopes."""
    if not isinstance(node, list):
        return [] if node is None else entry("security", node)
    ways = [" and ".join(_scheme(*each) for each in way.items()) or "none"
            for way in node if isinstance(way, dict)]  # fmt: skip
    return [f"- **Security**: {' or '.join(ways) or 'none'}"]


def _scheme(name: str, scopes: Any) -> str:
    if not isinstance(scopes, list) or not scopes:
        return code(name)
    return f"{code(name)} ({', '.join(inline(each) for each in scopes)})"


def servers(node: Any) -> Lines:
    """An item of their addresses."""
    if not isinstance(node, list):
        return [] if node is None else entry("servers", node)
    lines: Lines = []
    for each in node:
        if not isinstance(each, dict):
            lines += item(inline(each))
            continue
        more = [line for name, value in pairs(each.get("variables")) for line in entry(name, value)]
        more += rest(each, {"url", "description", "variables"})
        lines += described(code(str(each.get("url"))), each.get("description"), more)
    return ["- **Servers**", *(f"  {line}" if line else "" for line in lines)] if lines else []


def _parameters(node: Any, api: Api) -> Lines:
    if not isinstance(node, list):
        return entry("parameters", node)
    return [line for each in node for line in parameter(each, api)]


def parameter(node: Any, api: Api, *, name: str = "") -> Lines:
    """An item: a parameter or, with its `name`, a header."""
    found = api.follow(node)
    if not isinstance(found, dict) or reference(found):
        return item(f"{code(name)}: {schemas.kind(node, api)}" if name else schemas.kind(node, api))
    own = {key: found[key] for key in found if key not in _PARAMETER}  # 2.0 has the type here
    schema = found.get("schema")
    said = [str(found["in"])] if "in" in found else []
    said += [each for each in schemas.facets(own, api) if own]
    said += schemas.facets(schema, api) if schema is not None else []
    said += [word for key, word in (("required", "required"), ("deprecated", "deprecated"))
             if found.get(key) is True and word not in said]  # fmt: skip
    body = [*schemas.body(own, api), *schemas.body(schema, api), *_content(found, api)]
    more = schema.get("description") if isinstance(schema, dict) else None
    if more and more != found.get("description"):
        body = [*described("**schema**", more), *body]
    body += _examples(found, api)
    label = code(name or str(found.get("name")))
    head = f"{label} ({', '.join(said)})" if said else label
    return described(head, found.get("description"), body)


def _content(node: Mapping[str, Any], api: Api) -> Lines:
    lines = _media(node.get("content"), api)
    for _, each in pairs(node.get("content")):
        lines += _examples(each, api) if isinstance(each, dict) else []
    return lines


def _examples(node: Mapping[str, Any], api: Api) -> Lines:
    """Items of those of a parameter."""
    lines = item(f"**example** {inline(node['example'])}") if "example" in node else []
    several = node.get("examples")
    followed = {key: api.follow(each) for key, each in pairs(several)} or several
    return lines + (entry("examples", followed) if "examples" in node else [])


def request_body(node: Any, api: Api) -> Lines:
    """What is sent, and examples of it."""
    found = api.follow(node)
    if not isinstance(found, dict) or reference(found):
        return [f"**Request body**: {schemas.kind(node, api)}"]
    more = " (required)" if found.get("required") is True else ""
    lines = [f"**Request body**{more}", ""]
    lines += description(found, 6)
    lines += _media(found.get("content"), api)
    lines += rest(found, {"description", "content", "required", "$ref"})
    for media, label, block in _long(found.get("content"), api):
        lines += _shown("Example of the request body", media, label, block)
    return lines


def _shown(what: str, media: str, label: str, block: Lines) -> Lines:
    told = f"{what} ({code(media)}{', ' + label if label else ''})"
    return ["", f"{told}:", "", *block] if block else ["", f"{told}."]


def _responses(node: Any, api: Api) -> Lines:
    if not isinstance(node, dict):
        return entry("responses", node)
    lines: Lines = []
    examples: Lines = []
    for status, each in node.items():
        if status.startswith("x-"):
            lines += entry(status, each)
            continue
        lines += response(status, each, api)
        if reference(each) not in api.anchors:
            examples += response_examples(status, api.follow(each), api)
    return lines + examples


def response(status: str, node: Any, api: Api) -> Lines:
    """An item; of one that is told of elsewhere its description alone."""
    found = api.follow(node)
    if not isinstance(found, dict) or reference(found):
        return item(f"{code(status)}: {schemas.kind(node, api)}")
    if (ref := reference(node)) in api.anchors:
        return described(f"{code(status)} ({api.link(ref)})", found.get("description"))
    return described(code(status), found.get("description"), response_body(found, api))


def response_body(node: Mapping[str, Any], api: Api) -> Lines:
    """Items: the body, the headers, the links."""
    lines = _media(node.get("content"), api)
    if "schema" in node:
        lines += _schema("**body**", node["schema"], api)
    headers = [line for name, each in pairs(node.get("headers"))
               for line in parameter(each, api, name=name)]  # fmt: skip
    lines += item("**headers**", headers) if headers else []
    links = {name: api.follow(each) for name, each in pairs(node.get("links"))}
    lines += entry("links", links) if links else []
    return lines + rest(node, _RESPONSE)


def response_examples(status: str, node: Any, api: Api) -> Lines:
    """Examples on their own, each with a line that says of what."""
    lines: Lines = []
    if not isinstance(node, dict):
        return lines
    of_2 = [(media, "", example(value)) for media, value in pairs(node.get("examples"))]
    for media, label, block in [*of_2, *_long(node.get("content"), api)]:
        what = f"Example of the response {code(status)}" if status else "Example"
        lines += _shown(what, media, label, block)
    return lines


def _media(content: Any, api: Api) -> Lines:
    """An item for each media type."""
    if content is not None and not isinstance(content, dict):
        return entry("content", content)
    lines: Lines = []
    alike: list[tuple[list[str], Any, Any]] = []  # names of what holds the same, that, the rest
    for name, each in pairs(content):
        if not isinstance(each, dict):
            lines += entry(name, each)
            continue
        told = each.get("schema"), {key: each[key] for key in each if key not in _MEDIA}
        if alike and alike[-1][1:] == told:
            alike[-1][0].append(name)
        else:
            alike.append(([name], *told))
    for names, schema, others in alike:
        label = ", ".join(code(name) for name in names)
        lines += _schema(label, schema, api, more=rest(others, ()))
    return lines


def _schema(label: str, schema: Any, api: Api, *, more: Lines | None = None) -> Lines:
    said = ", ".join(schemas.facets(schema, api)) if schema is not None else ""
    head = f"{label}: {said}" if said else label
    text = schema.get("description") if isinstance(schema, dict) else None
    return described(head, text, [*schemas.body(schema, api), *(more or [])])


def _long(content: Any, api: Api) -> Iterator[tuple[str, str, Lines]]:
    """(media type, name and summary, code block) of each example of a request or response."""
    for media, node in pairs(content):
        if not isinstance(node, dict):
            continue
        if "example" in node:
            yield media, "", example(node["example"])
        for name, each in pairs(node.get("examples")):
            yield media, *named_example(name, each, api)


def named_example(name: str, node: Any, api: Api) -> tuple[str, Lines]:
    """(its name and summary, its code block; none where it is told of elsewhere)."""
    ref = reference(node)
    if ref in api.anchors and ref:
        return f"{code(name)}: {api.link(ref)}", []
    found = api.follow(node)
    if not isinstance(found, dict):
        return code(name), example(found)
    texts = [words(found[key]) for key in ("summary", "description") if found.get(key)]
    label = ": ".join([code(name), *dict.fromkeys(texts)])
    others = {key: found[key] for key in found if key not in _EXAMPLE}
    shown = example(found["value"]) if "value" in found else []
    return label, [*shown, *([""] if shown and others else []), *rest(found, _EXAMPLE)]
