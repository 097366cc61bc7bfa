"""The lines of a batch's input file: what is wrong with them, and where they lie."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shikomi.server.json_text import NotJson, read_json

MAX_LINES = 50_000
_MAX_TOLD = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One request: `line` counts from 1, `offset` is where it begins in the file."""

    line: int
    offset: int
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """`errors` are the API's: {code, line, message, param}; with one the batch fails."""

    places: tuple[Place, ...]
    errors: tuple[dict[str, Any], ...]


def check_lines(path: Path, endpoint: str) -> Checked:
    """Read the whole file and keep no more than where each request lies.

    Source: the API's batch guide (`custom_id`, `method`, `url`, `body`; one model a file).
    """
    places: list[Place] = []
    errors: list[dict[str, Any]] = []
    seen: set[str] = set()
    offset = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                found = _problem(line, endpoint, seen)
                if isinstance(found, str):
                    places.append(Place(line=number, offset=offset, model=found))
                elif len(errors) < _MAX_TOLD:
                    errors.append(found | {"line": number})
            offset += len(line)
    if not places and not errors:
        errors.append(batch_error("empty_file", "The input file holds no request."))
    if len(places) > MAX_LINES:
        errors.append(
            batch_error("too_many_requests", f"A batch holds at most {MAX_LINES} requests.")
        )
    return Checked(places=tuple(places), errors=tuple(errors))


def read_request(path: Path, place: Place) -> dict[str, Any]:
    with path.open("rb") as file:
        file.seek(place.offset)
        request: dict[str, Any] = read_json(file.readline())
    return request


def _problem(line: bytes, endpoint: str, seen: set[str]) -> str | dict[str, Any]:
    """The model that is asked, or what is wrong."""
    try:
        request = read_json(line)
    except NotJson as wrong:
        return batch_error("invalid_json_line", f"This line {wrong}.")
    if not isinstance(request, dict):
        return batch_error("invalid_json_line", "This line is not a JSON object.")
    custom_id, body = request.get("custom_id"), request.get("body")
    if not isinstance(custom_id, str) or not custom_id:
        return batch_error("missing_required_parameter", "'custom_id' is missing.", "custom_id")
    if custom_id in seen:
        return batch_error("duplicate_custom_id", "This custom_id was used before.", "custom_id")
    seen.add(custom_id)
    if (request.get("method"), request.get("url")) != ("POST", endpoint):
        text = f"The method must be 'POST' and the url the batch's endpoint, {endpoint}."
        return batch_error("invalid_url", text, "url")
    if not isinstance(body, dict) or not isinstance(body.get("model"), str):
        return batch_error("missing_required_parameter", "'body.model' is missing.", "body.model")
    return str(body["model"])


def batch_error(code: str, message: str, param: str | None = None) -> dict[str, Any]:
    """As a batch's `errors` hold it, of no line yet."""
    return {"code": code, "message": message, "param": param, "line": None}
