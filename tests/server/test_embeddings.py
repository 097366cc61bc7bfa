"""Embeddings by the SDK: from the model that the server was given, in both encodings."""

import json
from pathlib import Path

import openai
import pytest
from openai.types import CreateEmbeddingResponse
from test_batches import ended, read

from serving import ServerProcess

NAME = "text-embedding-3-small"


def test_texts_and_token_lists_become_vectors_in_order(tiny_server: ServerProcess) -> None:
    embed = tiny_server.sdk.embeddings.create
    texts = embed(model=NAME, input=["a cat", "a dog"])  # the SDK asks for base64
    assert [each.index for each in texts.data] == [0, 1]
    assert texts.usage.prompt_tokens > 0
    first, second = (each.embedding for each in texts.data)
    assert len(first) == len(second) == 64 and first != second
    alone = embed(model=NAME, input="a dog", encoding_format="float", dimensions=64)
    assert alone.data[0].embedding == pytest.approx(second, abs=1e-4)
    assert len(embed(model=NAME, input=[[5, 6], [7]]).data) == 2
    raw = tiny_server.http.post("/embeddings", json={"model": NAME, "input": "a cat"}).json()
    CreateEmbeddingResponse.model_validate(raw)


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"input": ""}, "input"),
        ({"input": []}, "input"),
        ({"input": "x", "dimensions": 8}, "dimensions"),
        ({"input": "x", "model": "gpt-17"}, "model"),
    ],
)
def test_a_wrong_request_is_named(
    tiny_server: ServerProcess, body: dict[str, object], param: str
) -> None:
    reply = tiny_server.http.post("/embeddings", json={"model": NAME} | body)
    assert reply.status_code in (400, 404)
    assert reply.json()["error"]["param"] == param


def test_a_text_longer_than_the_context_is_refused(tiny_server: ServerProcess) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        tiny_server.sdk.embeddings.create(model=NAME, input="word " * 900)
    assert caught.value.code == "context_length_exceeded"


def test_embeddings_go_in_batches_too(tiny_server: ServerProcess, tmp_path: Path) -> None:
    line = {"custom_id": "1", "method": "POST", "url": "/v1/embeddings"}
    path = tmp_path / "in.jsonl"
    path.write_text(json.dumps(line | {"body": {"model": NAME, "input": "a cat"}}) + "\n")
    with path.open("rb") as file:
        uploaded = tiny_server.sdk.files.create(file=file, purpose="batch")
    created = tiny_server.sdk.batches.create(
        input_file_id=uploaded.id, endpoint="/v1/embeddings", completion_window="24h"
    )
    (answer,) = read(tiny_server, ended(tiny_server, created.id).output_file_id)
    assert len(answer["response"]["body"]["data"][0]["embedding"]) == 64
