"""How long a website takes to become Markdown: `shikomi fetch URL`, then `shikomi convert`.

    python benchmarks/fetch.py [--json] [--pages 1000] [--japanese] [--profile convert]

A made-up site (chapters of pages with prose, lists, a table, code, menus and images; see
`--japanese`) is served on loopback by a process of its own, without any delay, which a person's
own network does not ask for. The times are those of the whole commands, from start to exit.
`pages_per_second` counts both. The script fails where a page or an image does not come through.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import random
import re
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

PER_CHAPTER = 25
PAGES_PER_IMAGE = 4
WORDS = [
    "lamp",
    "wick",
    "gauge",
    "keeper",
    "harbour",
    "signal",
    "fog",
    "oil",
    "the",
    "of",
    "is",
    "to",
]
JAPANESE = [
    "灯台",
    "の",
    "が",
    "を",
    "に",
    "弁",
    "計器",
    "信号",
    "霧",
    "設定",
    "手順",
    "閉じる",
    "ある",
]


def main() -> None:
    options = arguments()
    site = dict(made(options.pages, japanese=options.japanese))
    spawn = multiprocessing.get_context("spawn")
    port, theirs = spawn.Pipe()
    server = spawn.Process(target=serve, args=(site, theirs), daemon=True)
    server.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            url = f"http://127.0.0.1:{port.recv()}/"
            figures = measure(Path(folder), url, site, options.profile)
    finally:
        server.terminate()
    print(
        json.dumps(figures) if options.json else "\n".join(f"{k} {v}" for k, v in figures.items())
    )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--japanese", action="store_true", help="in Shift_JIS, without a label")
    parser.add_argument("--profile", choices=["fetch", "convert"], help="where its time goes")
    return parser.parse_args()


def measure(folder: Path, url: str, site: dict[str, bytes], profile: str | None) -> dict:
    fetch_seconds = timed(folder, "fetch", url, profiled=profile == "fetch")
    convert_seconds = timed(folder, "convert", profiled=profile == "convert")
    n_pages = sum(path.endswith(".html") for path in site)
    docs = folder / "docs"
    come = {"pages": len([*docs.rglob("*.md")]), "images": len([*docs.rglob("*.png")])}
    if come != {"pages": n_pages, "images": len(site) - n_pages}:
        sys.exit(f"{n_pages} pages and {len(site) - n_pages} images were served, here are {come}")
    return {
        "pages": n_pages,
        "images": come["images"],
        "megabytes": round(sum(map(len, site.values())) / 1e6, 1),
        "fetch_seconds": round(fetch_seconds, 1),
        "convert_seconds": round(convert_seconds, 1),
        "pages_per_second": round(n_pages / (fetch_seconds + convert_seconds), 1),
    }


def timed(folder: Path, *command: str, profiled: bool) -> float:
    how = ["-m", "cProfile", "-s", "cumtime"] if profiled else []
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *how, "-m", "shikomi", *command, "--project", str(folder)],
        env={**os.environ, "COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - began
    if done.returncode:
        sys.exit(f"shikomi {command[0]} ended with {done.returncode}: {done.stderr[-2000:]}")
    if profiled:
        print(*done.stdout.split("\n")[:120], sep="\n", file=sys.stderr)
    return seconds


def made(n_pages: int, *, japanese: bool) -> Iterator[tuple[str, bytes]]:
    """(path, bytes) of every page and image. Pages are 2 to 12 kB; every chapter's index lists
    its pages, the front page the chapters, and each page goes to its neighbours."""
    writer = Writer(random.Random(0), japanese)
    paths = list(addresses(n_pages))
    indexes = [path for path in paths if path.endswith("/index.html")]
    for n, path in enumerate(paths):
        folder = path.removesuffix("index.html")
        below = indexes[1:] if n == 0 else []
        if n and path in indexes:
            below = [each for each in paths if each != path and each.startswith(folder)]
        text = writer.page(n, below, [paths[n - 1], paths[(n + 1) % len(paths)]])
        yield path, text.encode("cp932" if japanese else "utf-8")
    for n in range(-(-n_pages // PAGES_PER_IMAGE)):
        yield f"/images/{n}.png", png(n)


def addresses(n_pages: int) -> Iterator[str]:
    yield "/index.html"
    for n in range(n_pages - 1):
        chapter, place = divmod(n, PER_CHAPTER)
        yield f"/chapter{chapter}/{'index' if place == 0 else f'page{place}'}.html"


class Writer:
    def __init__(self, source: random.Random, japanese: bool) -> None:
        self._source = source
        self._words = JAPANESE if japanese else WORDS
        self._space, self._end = ("", "。") if japanese else (" ", ". ")

    def page(self, n: int, below: list[str], beside: list[str]) -> str:
        menu = "".join(f"<li>{self._link(each)}" for each in below)
        sections = "".join(self._section() for _ in range(self._source.randint(2, 6)))
        return (
            f"<html><head><title>{self._some(3)} {n}</title></head><body>"
            f"<h1>{self._some(3)} {n}</h1>"
            f"<p>{' | '.join(map(self._link, ['/index.html', *beside]))}</p>"
            f"{f'<ul>{menu}</ul>' if menu else ''}{sections}"
            f'<img src="/images/{n // PAGES_PER_IMAGE}.png" alt="{self._some(2)}"></body></html>'
        )

    def _section(self) -> str:
        cells = (f"<tr><th>{self._some(1)}<td>{n}<td>{self._some(4)}" for n in range(5))
        items = (f"<li>{self._some(8)}" for _ in range(4))
        code = "\n".join(f"set value_{n} = {self._source.random():.3f}" for n in range(6))
        return (
            f"<h2>{self._some(2)}</h2><p>{self._prose()}</p>"
            f"<p>{self._prose()} <code>--{self._source.choice(WORDS)}</code></p>"
            f"<table border=1>{''.join(cells)}</table><ul>{''.join(items)}</ul><pre>{code}</pre>"
        )

    def _prose(self) -> str:
        lengths = (self._source.randint(6, 24) for _ in range(self._source.randint(2, 6)))
        return "".join(self._some(length) + self._end for length in lengths)

    def _some(self, n: int) -> str:
        return self._space.join(self._source.choices(self._words, k=n))

    def _link(self, target: str) -> str:
        return f'<a href="{target}">{self._some(2)}</a>'


def png(n: int) -> bytes:
    """64 by 64 points, no two alike."""
    noise = random.Random(n).randbytes(64)
    rows = b"".join(b"\0" + noise for _ in range(64))

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    head = struct.pack(">IIBBBBB", 64, 64, 8, 0, 0, 0, 0)
    parts = [chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def serve(site: dict[str, bytes], port: Connection) -> None:
    """Answer on loopback; tell the port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                request = await reader.readuntil(b"\r\n\r\n")
                writer.write(reply(site, request))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def run() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=64)
        port.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


def reply(site: dict[str, bytes], request: bytes) -> bytes:
    found = re.match(rb"[A-Z]+ (\S+)", request)
    path = found[1].decode() if found else ""
    body = site.get("/index.html" if path == "/" else path)
    kind = "image/png" if path.endswith(".png") else "text/html"
    head = f"HTTP/1.1 {'404 Not Found' if body is None else '200 OK'}\r\nContent-Type: {kind}\r\n"
    body = body or b""
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


if __name__ == "__main__":
    main()
