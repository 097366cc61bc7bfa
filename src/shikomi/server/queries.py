"""What stands behind the "?" of a request: no route passes over a parameter in silence."""

from typing import Any

from fastapi import Request

from shikomi.server.errors import unknown_parameter

_OF_A_HOST = "api-version"  # Azure's client adds it to every address; there is one version here


async def only_known(request: Request) -> None:
    """A dependency of every route. Raises: ApiError 400 for a parameter that it does not read."""
    route: Any = request.scope["route"]
    plain = {each.alias for each in route.dependant.query_params}
    described = (route.openapi_extra or {}).get("parameters", ())
    with_keys = {each["name"] for each in described}  # such as metadata[team]
    for name in request.query_params:
        if name != _OF_A_HOST and name not in plain and name.partition("[")[0] not in with_keys:
            raise unknown_parameter(name)
