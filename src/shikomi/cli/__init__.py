"""The command line: it prints and exits; everything else is below it."""

import sys
from collections.abc import Callable

from shikomi.errors import UserError


def main() -> None:
    """Entry point of `shikomi`."""
    from shikomi.cli.commands import app

    guarded(app)


def guarded(command: Callable[[], object]) -> None:
    """Run a command with its exit codes: 0 done, 1 the user must act, 2 usage, 3 some items
    failed, 130 interrupted. Anything else is a bug and keeps its traceback."""
    try:
        command()
    except UserError as error:
        sys.stderr.write(f"shikomi: {error}\n")
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        sys.stderr.write("\nstopped; the next run goes on from here\n")
        raise SystemExit(130) from None
    except BrokenPipeError:
        raise SystemExit(0) from None
