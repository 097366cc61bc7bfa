"""How fast calls are asked and booked: 2,000 calls of 0.2 s, 64 at a time, fresh store.

The endpoint is a process of its own. The ideal is calls / concurrency x 0.2 s.
"""

import argparse
import asyncio
import json
import multiprocessing
import tempfile
import threading
import time
from concurrent.futures import Future
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from shikomi.llm.ask import Endpoint, Gateway, ask_all
from shikomi.llm.endpoint import Line, Outcome
from shikomi.llm.scripted import chat_completion
from shikomi.store import Store
from shikomi.types import Message, Price, Request

TEXT = "これは答えの例です。" * 20


class SdkLine:
    """The same line over the openai SDK, for comparison."""

    def __init__(self, endpoint: Endpoint) -> None:
        import openai

        self._client = openai.AsyncOpenAI(
            base_url=endpoint.base_url, api_key="none", max_retries=0, timeout=60
        )
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def send(self, body: dict[str, Any]) -> Future[Outcome]:
        return asyncio.run_coroutine_threadsafe(self._exchange(body), self._loop)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _exchange(self, body: dict[str, Any]) -> Outcome:
        start = time.monotonic()
        reply = await self._client.chat.completions.create(**body)
        raw = reply.model_dump_json().encode()
        return Outcome(seconds=time.monotonic() - start, status=200, body=raw)


def serve(seconds: float, port: Connection) -> None:
    """Answer every request on loopback after `seconds`; tell the port."""
    body = json.dumps(chat_completion(TEXT), ensure_ascii=False).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    reply = head.encode() + b"\r\n" + body

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                request = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = request.split(b"content-length:")[1].split(b"\r\n")[0]
                await reader.readexactly(int(length))
                await asyncio.sleep(seconds)
                writer.write(reply)
        except asyncio.IncompleteReadError:
            writer.close()

    async def run() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=512)
        port.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


def requests(count: int, endpoint: Endpoint) -> list[tuple[int, Request]]:
    system = Message(role="system", content="答えは日本語で、文書にあることだけを書くこと。" * 20)
    return [
        (
            number,
            Request(
                endpoint=endpoint.identity,
                model=endpoint.model,
                messages=(system, Message(role="user", content=f"質問 {number}")),
            ),
        )
        for number in range(count)
    ]


def measure(endpoint: Endpoint, count: int, folder: Path, line: Line | None) -> float:
    store = Store(folder / "throughput.db")
    asks = requests(count, endpoint)
    start = time.perf_counter()
    with Gateway(
        store=store,
        endpoint=endpoint,
        stage="benchmark",
        poll_seconds=1.0,
        budget_nanousd=10**15,
        line=line,
    ) as gateway:
        done = sum(reply.error is None for reply in ask_all(gateway, asks, str))
    seconds = time.perf_counter() - start
    if done != count:
        raise SystemExit(f"only {done} of {count} calls were answered")
    return seconds


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    parser.add_argument("--transport", choices=["httpx2", "sdk"], default="httpx2")
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--call-seconds", type=float, default=0.2)
    return parser.parse_args()


def main() -> None:
    given = arguments()
    port, theirs = multiprocessing.get_context("spawn").Pipe()
    server = multiprocessing.get_context("spawn").Process(
        target=serve, args=(given.call_seconds, theirs), daemon=True
    )
    server.start()
    endpoint = Endpoint(
        identity="benchmark",
        base_url=f"http://127.0.0.1:{port.recv()}/v1",
        model="mock",
        api_key=None,
        price=Price(input_nanousd=50, output_nanousd=400),
        concurrency=given.concurrency,
        timeout_seconds=600.0,
    )
    line = SdkLine(endpoint) if given.transport == "sdk" else None
    with tempfile.TemporaryDirectory() as folder:
        seconds = measure(endpoint, given.calls, Path(folder), line)
    server.terminate()
    ideal = given.calls / given.concurrency * given.call_seconds
    figures = {
        "calls": given.calls,
        "ideal_seconds": round(ideal, 3),
        "seconds": round(seconds, 3),
        "ratio": round(seconds / ideal, 3),
    }
    if given.json:
        print(json.dumps(figures))
    else:
        print(f"{given.transport}: " + ", ".join(f"{k} {v}" for k, v in figures.items()))


if __name__ == "__main__":
    main()
