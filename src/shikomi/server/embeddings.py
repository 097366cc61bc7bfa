"""POST /v1/embeddings: by the embedding model that the server was given, and by no other."""

import base64
import struct
from pathlib import Path
from typing import Annotated, Any, Literal

import httpx2
from fastapi import Request, Response
from pydantic import Field

from shikomi.server.bodies import json_body
from shikomi.server.edge import Edge, parsed
from shikomi.server.errors import invalid
from shikomi.server.models import Models
from shikomi.server.relaying import whole
from shikomi.server.supervisor import Arm, RuntimePool
from shikomi.server.upstream import refusal, runtime_died

_Text = Annotated[str, Field(min_length=1)]
_Tokens = Annotated[
    list[Annotated[int, Field(ge=0, lt=2**31)]], Field(min_length=1, max_length=2048)
]
_Texts = Annotated[list[_Text], Field(min_length=1, max_length=2048)]
_TokenLists = Annotated[list[_Tokens], Field(min_length=1, max_length=2048)]


class EmbeddingRequest(Edge):
    model: str
    input: _Text | _Texts | _Tokens | _TokenLists
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = Field(default=None, ge=1)
    user: str | None = None


class Embeddings:
    """Answers embeddings from the runtimes of `pool`."""

    def __init__(self, models: Models, pool: RuntimePool, client: httpx2.AsyncClient) -> None:
        self._models = models
        self._pool = pool
        self._client = client

    async def embed(self, request: Request) -> Response:
        return await whole(request, self.answer(await json_body(request)))

    async def answer(self, body: Any) -> dict[str, Any]:
        """Raises: ApiError; EngineError where the model cannot be loaded."""
        wanted = parsed(EmbeddingRequest, body)
        weights = self._weights(wanted.model)
        async with self._pool.lease(
            Arm(base="", weights=weights, adapter=None, embeds=True)
        ) as lease:
            try:
                reply = await self._client.post(
                    f"{lease.base_url}/v1/embeddings",
                    json={"input": wanted.input},
                    headers=lease.headers,
                )
            except httpx2.TransportError as error:
                raise runtime_died() from error
        if reply.status_code != 200:
            raise refusal(reply.status_code, reply.content, param="input")
        return _answer(reply.json(), wanted)

    def _weights(self, model: str) -> Path:
        if self._models.embeddings is None:
            raise invalid(
                "This server has no embedding model (a chat model's hidden states are none): name"
                " one as `embeddings` in [server] of shikomi.toml.",
                param="model",
                code="embeddings_not_supported",
            )
        return self._models.embedding_weights(model)


def _answer(found: dict[str, Any], wanted: EmbeddingRequest) -> dict[str, Any]:
    vectors = [each["embedding"] for each in sorted(found["data"], key=lambda e: int(e["index"]))]
    width = len(vectors[0])
    if wanted.dimensions not in (None, width):
        text = f"This model's embeddings have {width} dimensions."
        raise invalid(text, param="dimensions", code="invalid_value")
    data = [
        {"object": "embedding", "index": number, "embedding": _encoded(vector, wanted)}
        for number, vector in enumerate(vectors)
    ]
    usage = found.get("usage") or {}
    counts = {key: int(usage.get(key, 0)) for key in ("prompt_tokens", "total_tokens")}
    return {"object": "list", "data": data, "model": wanted.model, "usage": counts}


def _encoded(vector: list[float], wanted: EmbeddingRequest) -> list[float] | str:
    """base64: little-endian float32, as the SDK reads it."""
    if wanted.encoding_format == "float":
        return vector
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
