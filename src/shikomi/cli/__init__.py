"""The command line: it prints and exits; everything else is below it."""

import sys
from collections.abc import Callable

from shikomi.errors import UserError

_INTERRUPTED = 130


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
        _stopped()
        raise SystemExit(_INTERRUPTED) from None
    except SystemExit as end:
        if end.code == _INTERRUPTED:  # Typer turns Ctrl-C into an exit without a word
            _stopped()
        raise
    except BrokenPipeError:
        raise SystemExit(0) from None


def _stopped() -> None:
    sys.stderr.write("\nstopped; the next run goes on from here\n")
