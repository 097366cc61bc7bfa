"""The address that a server listens on, and how it serves there."""

import socket
from typing import Literal

import uvicorn
from starlette.types import ASGIApp

from shikomi.errors import UserError

_BACKLOG = 2048
_STOP_SECONDS = 3


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 is any free one.

    Raises:
        UserError: the port is taken, or the address is none of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host.strip("[]"), port))
        listener.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise UserError(
            f"cannot listen on {host} port {port}: {reason}; name another --port"
        ) from error
    return listener


def address(host: str, listener: socket.socket) -> str:
    """`http://host:port`, with the port that was given."""
    name = f"[{host.strip('[]')}]" if ":" in host else host
    return f"http://{name}:{listener.getsockname()[1]}"


def serve(app: ASGIApp, listener: socket.socket, *, lifespan: Literal["on", "off"]) -> None:
    """Answer until a signal comes; what is asked just then has three seconds to end."""
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=_STOP_SECONDS,
        lifespan=lifespan,
    )
    uvicorn.Server(config).run(sockets=[listener])
