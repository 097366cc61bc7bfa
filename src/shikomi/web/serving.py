"""The page's server, until Ctrl-C."""

import secrets
from collections.abc import Callable
from contextlib import closing, suppress

from shikomi.server import listening
from shikomi.server.guard import is_loopback
from shikomi.web.desk import Desk, Opened
from shikomi.web.routes import create_app

_KEY_BYTES = 18


def serve(opened: Opened, *, host: str, port: int, ready: Callable[[str, int], None]) -> int:
    """Serve the page until a signal comes. Returns how many savings there were. `ready` is told the
    address, the key in it, and the number of pairs.

    The key stands behind the #: browsers send that to nobody, and the page puts it into a header.

    Raises:
        UserError: the port is taken, or there is nothing to be reviewed.
    """
    with closing(listening.bind(host, port)) as listener:
        desk = Desk(opened)
        table = desk.start()
        key = secrets.token_urlsafe(_KEY_BYTES)
        app = create_app(desk, key=key, loopback=is_loopback(host))
        ready(f"{listening.address(host, listener)}/#{key}", len(table.book.entries))
        with closing(desk), suppress(KeyboardInterrupt):
            listening.serve(app, listener, lifespan="off")
        return desk.n_steps
