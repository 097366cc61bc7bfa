"""What FastAPI cannot see of our routes, for the server's own OpenAPI description."""

from typing import Any

from pydantic import BaseModel

from shikomi.server.files import PURPOSES
from shikomi.server.grounding import EXTRA


def described(model: type[BaseModel]) -> dict[str, Any]:
    """The body of a route for the server's OpenAPI description; it is read by ourselves."""
    schema = model.model_json_schema(
        ref_template=f"#/components/schemas/{model.__name__}-{{model}}"
    )
    schema = _inlined(schema, schema.pop("$defs", {}), model.__name__)
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _inlined(value: Any, definitions: dict[str, Any], prefix: str) -> Any:
    """A schema without references: a route's description stands alone."""
    if isinstance(value, list):
        return [_inlined(each, definitions, prefix) for each in value]
    if not isinstance(value, dict):
        return value
    if "$ref" in value:
        name = value["$ref"].rpartition(f"{prefix}-")[2]
        return _inlined(definitions[name], definitions, prefix)
    return {
        key: _inlined(each, definitions, prefix)
        for key, each in value.items()
        if key != "discriminator"
    }


UPLOAD = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file", "purpose"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "purpose": {"type": "string", "enum": list(PURPOSES)},
                        "expires_after[anchor]": {"type": "string", "enum": ["created_at"]},
                        "expires_after[seconds]": {"type": "integer"},
                    },
                }
            }
        },
    }
}

BY_METADATA = {
    "parameters": [
        {
            "name": "metadata",
            "in": "query",
            "style": "deepObject",
            "explode": True,
            "schema": {"type": "object", "additionalProperties": {"type": "string"}},
        }
    ]
}

_SOURCE = {
    "type": "object",
    "required": ["number", "path", "title", "breadcrumb", "url", "score"],
    "properties": {
        "number": {"type": "integer"},
        "path": {"type": "string"},
        "title": {"type": "string"},
        "breadcrumb": {"type": "array", "items": {"type": "string"}},
        "url": {"type": "string"},
        "score": {"type": "number"},
    },
}
_ANSWER = {
    "type": "object",
    "description": "The API's chat completion; where the model has search, with its sources.",
    "properties": {
        EXTRA: {
            "type": "object",
            "required": ["sources"],
            "properties": {"sources": {"type": "array", "items": _SOURCE}},
        }
    },
}
ANSWER = {"responses": {"200": {"content": {"application/json": {"schema": _ANSWER}}}}}
