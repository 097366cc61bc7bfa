"""What requests are made of: strict models, and one way to say what is wrong with a body."""

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shikomi.server.errors import ApiError, invalid, unknown_parameter


class Edge(BaseModel):
    """An unknown key is an error, and no error repeats what the caller sent."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


EdgeT = TypeVar("EdgeT", bound=Edge)
MAX_PAIRS = 16
Metadata = Annotated[
    dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=512)]],
    Field(max_length=MAX_PAIRS),
]


def parsed(kind: type[EdgeT], body: Any) -> EdgeT:
    """Raises: ApiError 400 that names the parameter."""
    if not isinstance(body, dict):
        raise invalid("The body must be a JSON object.")
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        raise _first_problem(error, body) from None


def _first_problem(error: ValidationError, body: Any) -> ApiError:
    """A pydantic error in the API's words; never repeats what the caller sent."""
    detail = error.errors(include_input=False, include_url=False)[0]
    where = ".".join(_where(detail["loc"], body, is_missing=detail["type"] == "missing")) or None
    if detail["type"] == "extra_forbidden":
        return unknown_parameter(where or "")
    if detail["type"] == "missing":
        return invalid(
            f"Missing required parameter: '{where}'.",
            param=where,
            code="missing_required_parameter",
        )
    if detail["type"] == "value_error":
        return invalid(f"{detail['ctx']['error']}.", param=where, code="invalid_value")
    return invalid(f"'{where}': {detail['msg']}.", param=where, code="invalid_value")


def _where(loc: tuple[int | str, ...], body: Any, *, is_missing: bool) -> list[str]:
    """The path in the caller's own words: pydantic's also names the branches of unions."""
    path: list[str] = []
    value = body
    for part in loc:
        inside = isinstance(value, dict) and part in value
        if inside or (isinstance(value, list) and isinstance(part, int)):
            path.append(str(part))
            value = value[part]
        elif is_missing and isinstance(value, dict) and part == loc[-1]:
            path.append(str(part))
    return path
