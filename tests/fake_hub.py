"""A Hugging Face hub on loopback with models of our own, which notes what is asked of it."""

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

COMMIT = "c0ffee" * 6 + "c0ff"


class FakeHub:
    """Serves `models`, folders by their names, as the hub's API does. `gated` ones give no file
    away; the first reply to a GET of `break_off` ends after half of the file."""

    def __init__(self, models: dict[str, Path]) -> None:
        self.models = models
        self.gated: set[str] = set()
        self.break_off = ""
        self.seen: list[tuple[str, str, dict[str, str]]] = []  # method, path, headers
        handler = type("Handler", (_Handler,), {"hub": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def environment(self, home: Path) -> dict[str, str]:
        """What makes a process ask this hub, and keep its own notes in `home`."""
        return {
            "HF_ENDPOINT": self.url,
            "HF_HOME": str(home),
            "HF_HUB_OFFLINE": "0",
            "NO_PROXY": "127.0.0.1",
        }

    def fetched(self) -> list[str]:
        """The files whose contents were asked for."""
        return [
            path.rpartition("/")[2]
            for method, path, _ in self.seen
            if method == "GET" and "/resolve/" in path
        ]

    def find(self, path: str) -> tuple[str, str]:
        """The model that a path names, and the rest of the path."""
        for name in self.models:
            if path.startswith(f"/{name}/") or path == f"/{name}":
                return name, path.removeprefix(f"/{name}")
        return "", ""


class _Handler(BaseHTTPRequestHandler):
    hub: ClassVar[FakeHub]
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        path = self.path.partition("?")[0]
        headers = {key.lower(): value for key, value in self.headers.items()}
        self.hub.seen.append((self.command, path, headers))
        name, rest = self.hub.find(path.removeprefix("/api/models"))
        if not name:
            self._send(404, b"", **{"X-Error-Code": "RepoNotFound"})
        elif "/resolve/" in rest:
            self._file(name, self.hub.models[name] / rest.rpartition("/")[2])
        elif "/tree/" in rest:
            self._json(
                [_listed(self.hub.models[name], file) for file in _files(self.hub.models[name])]
            )
        else:
            self._json({"id": name, "sha": COMMIT, "siblings": []})

    def _json(self, answer: Any) -> None:
        self._send(200, json.dumps(answer).encode())

    def _file(self, name: str, file: Path) -> None:
        if name in self.hub.gated:
            self._send(403, b"", **{"X-Error-Code": "GatedRepo"})
            return
        data, wanted = file.read_bytes(), self.headers.get("Range")
        start = int(wanted.removeprefix("bytes=").split("-")[0]) if wanted else 0
        etag = hashlib.sha256(data).hexdigest()
        headers = {"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT}
        cut = None
        if self.command == "GET" and file.name == self.hub.break_off:
            self.hub.break_off, cut = "", len(data) // 2
        self._send(206 if wanted else 200, data[start:], cut, **headers)

    def _send(self, status: int, body: bytes, cut: int | None = None, /, **headers: str) -> None:
        self.send_response(status)
        for key, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body[:cut])
        if cut is not None:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file())


def _listed(folder: Path, file: Path) -> dict[str, Any]:
    oid = hashlib.sha1(file.read_bytes()).hexdigest()
    size, path = file.stat().st_size, file.relative_to(folder).as_posix()
    return {"type": "file", "path": path, "size": size, "oid": oid}
