"""The same API at Azure's addresses: `/openai/files`, `/openai/deployments/NAME/chat/completions`.

Source: the reference of Azure OpenAI's data plane, dated versions and `v1`. What it calls a
deployment is a model's name here. So is what the API called an engine, and clients until 2023 still
do: `/v1/engines/NAME/completions`.
"""

import re

from starlette.types import ASGIApp, Receive, Scope, Send

DEPLOYMENT = "shikomi.deployment"  # the key of a request's scope that names it
_PREFIX = re.compile(r"^/openai/(?:v1/)?")
_DEPLOYMENT = re.compile(
    r"/v1/(?:deployments|engines)/(.+?)/(chat/completions|completions|embeddings)"
)


class AzurePaths:
    """ASGI middleware: an address of Azure's or of an engine becomes ours before anything else
    reads it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = _ours(scope)
        await self._app(scope, receive, send)


def _ours(scope: Scope) -> Scope:
    path = _PREFIX.sub("/v1/", scope["path"])
    if match := _DEPLOYMENT.fullmatch(path):
        return {**scope, "path": f"/v1/{match[2]}", DEPLOYMENT: match[1]}
    return {**scope, "path": path}
