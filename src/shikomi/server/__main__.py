"""`python -m shikomi.server --data DIR --cache DIR`: run the server as a process.

One JSON line on standard output says when it answers: `{"base_url": ..., "pid": ...}`.
Exit status 1: it cannot start, and one line on standard error says why.
"""

import argparse
import json
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

from shikomi.engine import hardware
from shikomi.engine.parent import leave_with_parent
from shikomi.errors import UserError
from shikomi.server import logs
from shikomi.server.app import create_app
from shikomi.server.database import DATABASE_FILE, Database, take_folder
from shikomi.server.grounding import Search
from shikomi.server.guard import Keys, is_loopback
from shikomi.server.listening import address, bind, serve
from shikomi.server.settings import ServerSettings


def main(words: Sequence[str] | None = None, *, search: Search | None = None) -> None:
    """Parse the command line, or `words`, and serve until a signal comes or the parent has gone.
    With `search` each chat model is also there as `NAME+rag`."""
    arguments = _parser().parse_args(words)
    if arguments.parent_pipe:
        leave_with_parent()
    try:
        _serve(arguments, search)
    except UserError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(1) from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m shikomi.server")
    parser.add_argument("--data", type=Path, required=True, help="folder of server.db and files")
    parser.add_argument("--cache", type=Path, required=True, help="folder of model weights")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--alias", action="append", default=[], metavar="HOSTED=EMBEDDED")
    parser.add_argument("--model", action="append", default=[], type=Path, metavar="MODEL")
    parser.add_argument("--embeddings", type=Path, metavar="GGUF", help="an embedding model")
    parser.add_argument("--idle-seconds", type=float, default=900.0, help="then models leave")
    parser.add_argument("--parallel", type=_parallel, default="auto", help="requests side by side")
    parser.add_argument("--runtime", choices=get_args(hardware.Wanted), default="auto")
    parser.add_argument("--context", type=int, default=4096, help="tokens of one request")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--adapter-below-search", type=float, default=1.0, metavar="SCALE")
    parser.add_argument("--checkpoint-seconds", type=float, default=60.0)
    parser.add_argument("--parent-pipe", action="store_true", help="leave when stdin closes")
    return parser


def _serve(arguments: argparse.Namespace, search: Search | None) -> None:
    settings = _settings(arguments)
    listener = bind(arguments.host, arguments.port)
    holder = take_folder(settings.data)
    database = Database(settings.data / DATABASE_FILE)
    loopback = is_loopback(arguments.host)
    app = create_app(
        settings,
        database,
        loopback=loopback,
        key_hashes=() if loopback else _key_hashes(database),
        on_ready=lambda: _announce(arguments.host, listener),
        search=search,
    )
    logs.install()
    serve(app, listener, lifespan="on")
    database.close()
    holder.close()


def _settings(arguments: argparse.Namespace) -> ServerSettings:
    return ServerSettings(
        data=arguments.data,
        cache=arguments.cache,
        aliases=dict(_alias(text) for text in arguments.alias),
        local_models=tuple(arguments.model),
        n_ctx=arguments.context,
        n_parallel=arguments.parallel,
        runtime=arguments.runtime,
        n_threads=_n_cores(),
        device=arguments.device,
        embeddings=arguments.embeddings,
        idle_seconds=arguments.idle_seconds,
        checkpoint_seconds=arguments.checkpoint_seconds,
        adapter_below_search=arguments.adapter_below_search,
    )


def _parallel(text: str) -> int | Literal["auto"]:
    return "auto" if text == "auto" else int(text)


def _alias(text: str) -> tuple[str, str]:
    hosted, _, embedded = text.partition("=")
    if not hosted or not embedded:
        raise UserError(f"--alias {text}: write HOSTED=EMBEDDED")
    return hosted, embedded


def _n_cores() -> int:
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _key_hashes(database: Database) -> tuple[str, ...]:
    """The keys that are let in where one is needed; it is made at the first start."""
    keys = Keys(database)
    if not keys.hashes():
        sys.stderr.write(f"API key (shown only now): {keys.generate()}\n")
    return keys.hashes()


def _announce(host: str, listener: socket.socket) -> None:
    url = f"{address(host, listener)}/v1"
    sys.stdout.write(json.dumps({"base_url": url, "pid": os.getpid()}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
