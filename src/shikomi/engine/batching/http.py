"""Chat completions over HTTP on a loopback port, in the words of llama.cpp's server."""

import hmac
import json
import select
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty
from typing import Any, Protocol

from shikomi.engine.batching.request import Answer, Piece, TooLong, read

_PATH = "/v1/chat/completions"
_LOOK_SECONDS = 0.5  # how often it is looked whether the caller is still there

Prompt = Callable[[Any], Sequence[int]]


class Answering(Protocol):
    """Who writes the answers."""

    def ask(self, answer: Answer) -> None: ...


def listen(answering: Answering, prompt: Prompt, n_ctx: int, api_key: str | None) -> str:
    """Answer from now on, by threads of this process, whoever has the key, or anybody where there
    is none. Returns the address."""

    class Handler(_Handler):
        pass

    Handler.answering, Handler.prompt, Handler.n_ctx = answering, staticmethod(prompt), n_ctx
    Handler.authorization = f"Bearer {api_key}" if api_key else None
    server = _Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True, name="http").start()
    return f"http://127.0.0.1:{server.server_port}"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024


class _Handler(BaseHTTPRequestHandler):
    answering: Answering
    prompt: Prompt
    n_ctx: int
    authorization: str | None

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(length)
        if not self._may_ask():
            self._refuse(401, {"message": "Invalid API Key", "type": "authentication_error"})
            return
        if self.path != _PATH:
            self._refuse(404, {"message": f"{self.path} is not here", "type": "not_found_error"})
            return
        try:
            body = json.loads(raw)
            answer = Answer(read(body, self.prompt, self.n_ctx))
            self.answering.ask(answer)
        except TooLong as error:
            self._refuse(400, _too_long(error))
        except (ValueError, KeyError, TypeError) as error:
            self._refuse(400, {"message": str(error), "type": "invalid_request_error"})
        else:
            self._answer(answer, body)

    def _may_ask(self) -> bool:
        given = self.headers.get("Authorization", "")
        wanted = self.authorization
        return wanted is None or hmac.compare_digest(given.encode(), wanted.encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing of a request goes into a log."""

    def _answer(self, answer: Answer, body: dict[str, Any]) -> None:
        try:
            if body.get("stream"):
                options = body.get("stream_options") or {}
                self._stream(answer, with_usage=bool(options.get("include_usage")))
            else:
                self._whole(answer)
        except OSError:
            answer.cancelled = True  # the caller hung up

    def _whole(self, answer: Answer) -> None:
        pieces = list(self._pieces(answer))
        if pieces[-1].finish == "error":
            self._refuse(500, {"message": pieces[-1].text, "type": "server_error"})
            return
        message = {"role": "assistant", "content": "".join(piece.text for piece in pieces)}
        told = [each for piece in pieces for each in piece.logprobs]
        choice = {"index": 0, "message": message, "finish_reason": pieces[-1].finish}
        choice |= {"logprobs": {"content": told} if answer.asked.n_top is not None else None}
        head = _head("chat.completion")
        self._send(200, head | {"choices": [choice], "usage": _usage(answer)})

    def _stream(self, answer: Answer, *, with_usage: bool) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        head = _head("chat.completion.chunk")
        self._event(head | {"choices": [_delta({"role": "assistant", "content": ""})]})
        for piece in self._pieces(answer):
            if piece.finish == "error":
                self._event({"error": {"message": piece.text, "type": "server_error"}})
                return
            if piece.text or piece.logprobs:
                told = {"content": list(piece.logprobs)} if piece.logprobs else None
                self._event(head | {"choices": [_delta({"content": piece.text}, logprobs=told)]})
            if piece.finish is not None:
                self._event(head | {"choices": [_delta({}, finish_reason=piece.finish)]})
        if with_usage:
            self._event(head | {"choices": [], "usage": _usage(answer)})
        self.wfile.write(b"data: [DONE]\n\n")

    def _pieces(self, answer: Answer) -> Iterator[Piece]:
        """Until the last. Raises: ConnectionError where the caller hung up."""
        while True:
            try:
                piece = answer.pieces.get(timeout=_LOOK_SECONDS)
            except Empty:
                self._look()
                continue
            yield piece
            if piece.finish is not None:
                return

    def _look(self) -> None:
        readable, _, _ = select.select([self.connection], [], [], 0)
        if readable and not self.connection.recv(1, socket.MSG_PEEK):
            raise ConnectionAbortedError

    def _event(self, data: dict[str, Any]) -> None:
        self.wfile.write(b"data: " + json.dumps(data, ensure_ascii=False).encode() + b"\n\n")
        self.wfile.flush()

    def _refuse(self, status: int, error: dict[str, Any]) -> None:
        self._send(status, {"error": error | {"code": status}})

    def _send(self, status: int, data: dict[str, Any]) -> None:
        content = json.dumps(data, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _head(kind: str) -> dict[str, Any]:
    number = f"chatcmpl-{uuid.uuid4().hex}"
    return {"id": number, "object": kind, "created": int(time.time()), "model": ""}


def _delta(delta: dict[str, str], **fields: Any) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "finish_reason": None} | fields


def _usage(answer: Answer) -> dict[str, int]:
    read_, written = len(answer.asked.prompt_ids), answer.n_written
    return {
        "prompt_tokens": read_,
        "completion_tokens": written,
        "total_tokens": read_ + written,
    }


def _too_long(error: TooLong) -> dict[str, Any]:
    return {
        "message": str(error),
        "type": "exceed_context_size_error",
        "n_prompt_tokens": error.n_prompt,
        "n_ctx": error.n_ctx,
    }
