"""The command line: it prints and exits; everything else is below it."""

import sys

from shikomi.errors import UserError


def main() -> None:
    """Entry point. Exit codes: 0 done, 1 the user must act, 2 usage, 3 some items failed,
    130 interrupted."""
    from shikomi.cli.commands import app

    try:
        app()
    except UserError as error:
        sys.stderr.write(f"shikomi: {error}\n")
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        sys.stderr.write("\nstopped; `shikomi run` goes on from here\n")
        raise SystemExit(130) from None
    except BrokenPipeError:
        raise SystemExit(0) from None
