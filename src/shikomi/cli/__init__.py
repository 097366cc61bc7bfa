"""The command line: it prints and exits; everything else is below it."""

import errno
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

from shikomi.errors import UserError

_INTERRUPTED, _USAGE = 130, 2
# What may befall any file that is read or written, and is no bug.
_ADVICE = {
    errno.ENOSPC: "no room is left on the disk",
    errno.EDQUOT: "your share of the disk is used up",
    errno.EROFS: "the disk cannot be written",
    errno.EACCES: "this may not be read or written",
    errno.EPERM: "this may not be read or written",
    errno.EISDIR: "here is a folder where a file should be",
    errno.ENOTDIR: "here is a file where a folder should be",
}


def main() -> None:
    """Entry point of `shikomi`."""
    from shikomi.cli.commands import app

    guarded(app)


def guarded(command: Callable[[], object]) -> None:
    """Run a command with its exit codes: 0 done, 1 the user must act, 2 usage, 3 some items
    failed, 130 interrupted. Anything else is a bug and keeps its traceback."""
    try:
        _with_advice(command)
    except UserError as error:
        sys.stderr.write(f"shikomi: {error}\n")
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        _stopped()
        raise SystemExit(_INTERRUPTED) from None
    except SystemExit as end:
        if end.code == _INTERRUPTED:  # Typer turns Ctrl-C into an exit without a word
            _stopped()
        if end.code == _USAGE:
            _say_where(sys.argv[1:])
        raise
    except BrokenPipeError:
        raise SystemExit(0) from None


def _with_advice(command: Callable[[], object]) -> None:
    try:
        command()
    except OSError as error:
        if (advice := _ADVICE.get(error.errno or 0)) is None:
            raise
        at = f" ({error.filename})" if error.filename else ""
        raise UserError(f"{advice}{at}; see to it and run again") from None


def _say_where(words: Sequence[str]) -> None:
    """What was wrong with the words is said already; a project among them wants its option."""
    from shikomi.cli.options import of_project
    from shikomi.config import FILE_NAME

    for before, word in pairwise(words):
        if not before.startswith("-") and (Path(word) / FILE_NAME).is_file():
            typed = f"shikomi {words[0]}{of_project(Path(word))}"
            sys.stderr.write(f"shikomi: name the project with -p: {typed}\n")
            return


def _stopped() -> None:
    goes_on = sys.argv[1:2] not in (["serve"], ["chat"])
    sys.stderr.write("\nstopped" + ("; the next run goes on from here\n" if goes_on else "\n"))
