"""A model endpoint that answers from a function. Ships with the package: demos and tests
use it in place of a host."""

import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

Answer = str | tuple[int, Mapping[str, str], Any]
Script = Callable[[dict[str, Any]], Answer]
Route = Callable[[str, bytes], Answer]


class ScriptedServer:
    """Serves `/v1/chat/completions` on loopback, from a thread, while the `with` lasts.

    `answer` gets each request's JSON body and returns the reply's text (10 input tokens,
    one output token a character), or (status, headers, body), the body as JSON or bytes.
    It runs on a thread a connection. `routes` adds further ones: "POST /v1/files" to a
    function of (path with query, raw body); the longest prefix of the path wins.
    `port` 0 takes a free one. `seen` holds the bodies of the chat calls in order of arrival.
    """

    def __init__(
        self, answer: Script, *, routes: Mapping[str, Route] | None = None, port: int = 0
    ) -> None:
        self.seen: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self._answer = answer
        self._routes = dict(routes or {})
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.owner = self
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def reply(self, method: str, path: str, headers: dict[str, str], raw: bytes) -> Answer:
        for route in sorted(self._routes, key=len, reverse=True):
            if f"{method} {path}".startswith(route):
                return self._routes[route](path, raw)
        if (method, path) != ("POST", "/v1/chat/completions"):
            return 404, {}, {"error": {"message": f"no route {method} {path}"}}
        body = json.loads(raw)
        self.seen.append(body)
        self.headers.append(headers)
        answer = self._answer(body)
        if isinstance(answer, str):
            return _completion(answer, body)
        return answer


def _completion(text: str, body: dict[str, Any]) -> Answer:
    if body.get("stream"):
        return 200, {"Content-Type": "text/event-stream"}, sse(text)
    return 200, {}, chat_completion(text)


def chat_completion(
    text: str | None, *, finish_reason: str = "stop", usage: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The body of a chat reply."""
    return {
        "id": "chatcmpl-scripted",
        "object": "chat.completion",
        "created": 0,
        "model": "scripted",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text},
                "finish_reason": finish_reason,
            }
        ],
        "usage": usage or _usage(text or ""),
    }


def sse(text: str, *, finish_reason: str | None = "stop") -> bytes:
    """The body of a streamed chat reply, a character a chunk; unfinished with None."""
    chunks: list[dict[str, Any]] = [
        {"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in text
    ]
    if finish_reason:
        chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": finish_reason}]})
        chunks.append({"choices": [], "usage": _usage(text)})
    lines = [json.dumps(chunk) for chunk in chunks] + ["[DONE]"] * bool(finish_reason)
    return "".join(f"data: {line}\n\n" for line in lines).encode()


def _usage(text: str) -> dict[str, Any]:
    return {"prompt_tokens": 10, "completion_tokens": len(text), "total_tokens": 10 + len(text)}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256
    owner: ScriptedServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""

    def _serve(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answer = self.server.owner.reply(self.command, self.path, dict(self.headers), raw)
        status, headers, body = (200, {}, answer) if isinstance(answer, str) else answer
        if not isinstance(body, bytes):
            body = json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        for name, value in ({"Content-Type": "application/json"} | dict(headers)).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self._headers_buffer.append(b"\r\n" + body)  # type: ignore[attr-defined]
        self.flush_headers()

    do_GET = do_POST = do_DELETE = _serve
