"""Bodies that come packed: as the same in plain, below the same limits."""

import asyncio
import gzip
import json
from typing import Any

import httpx2
import pytest
from starlette.types import Message, Receive, Scope, Send

from serving import ServerProcess
from shikomi.server.packed import Unpacked

ASK: dict[str, Any] = {
    "model": "tiny",
    "messages": [{"role": "user", "content": "Hello?"}],
    "max_tokens": 2,
    "temperature": 0,
}
PLAIN = json.dumps(ASK).encode()
PACKED = gzip.compress(PLAIN, mtime=0)


def sent(server: ServerProcess, body: bytes, coding: str = "gzip", **more: str) -> httpx2.Response:
    headers = {"Content-Encoding": coding, "Content-Type": "application/json"} | more
    return server.http.post("/chat/completions", content=body, headers=headers)


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "x-gzip", "identity, gzip"])
def test_a_packed_request_is_answered_as_the_same_in_plain(
    tiny_server: ServerProcess, coding: str
) -> None:
    plain = sent(tiny_server, PLAIN, "identity").json()["choices"]
    assert sent(tiny_server, PACKED, coding).json()["choices"] == plain
    streamed = gzip.compress(json.dumps(ASK | {"stream": True}).encode())
    assert sent(tiny_server, streamed, coding).text.endswith("data: [DONE]\n\n")


def test_an_upload_may_be_packed(tiny_server: ServerProcess) -> None:
    form = (
        b'--x\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nevals\r\n--x\r\n'
        b'Content-Disposition: form-data; name="file"; filename="a.jsonl"\r\n\r\n{}\r\n--x--\r\n'
    )
    headers = {"Content-Encoding": "gzip", "Content-Type": "multipart/form-data; boundary=x"}
    made = tiny_server.http.post("/files", content=gzip.compress(form), headers=headers).json()
    assert made["bytes"] == 2
    assert tiny_server.http.get(f"/files/{made['id']}/content").content == b"{}"


@pytest.mark.parametrize(
    "body",
    [PLAIN, PACKED[:-9], PACKED + b"x", PACKED[:-8] + bytes(8)],
    ids=["plain", "cut off", "more behind it", "wrong sum"],
)
def test_what_is_no_gzip_is_told_so(tiny_server: ServerProcess, body: bytes) -> None:
    reply = sent(tiny_server, body)
    assert reply.status_code == 400
    assert "is not one whole gzip" in reply.json()["error"]["message"]


@pytest.mark.parametrize("coding", ["br", "deflate", "gzip, gzip", "rot13"])
def test_another_coding_is_refused_and_the_answer_says_which_is_known(
    tiny_server: ServerProcess, coding: str
) -> None:
    reply = sent(tiny_server, PACKED, coding)
    assert (reply.status_code, reply.headers["accept-encoding"]) == (415, "gzip")
    assert reply.json()["error"]["code"] == "unsupported_content_encoding"


def test_a_packed_body_has_the_limit_of_a_plain_one(tiny_server: ServerProcess) -> None:
    bomb = gzip.compress(b" " * (33 * 1024 * 1024), compresslevel=1)
    reply = sent(tiny_server, bomb)
    assert (reply.status_code, reply.json()["error"]["code"]) == (413, "body_too_large")


def test_a_body_is_unpacked_no_further_than_it_is_read() -> None:
    sizes = []

    async def reads_one(scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        sizes.append((len(message["body"]), message["more_body"]))

    async def receive() -> Message:
        return {"type": "http.request", "body": gzip.compress(bytes(8 * 1024 * 1024))}

    async def send(message: Message) -> None:
        raise AssertionError(message)

    scope = {"type": "http", "headers": [(b"content-encoding", b"gzip")]}
    asyncio.run(Unpacked(reads_one)(scope, receive, send))
    assert sizes == [(256 * 1024, True)]
