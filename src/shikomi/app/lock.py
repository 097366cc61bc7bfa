"""One run at a time on a project."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shikomi.errors import UserError

try:
    import fcntl
except ImportError:  # not a POSIX system: two runs at once are then the user's to avoid
    fcntl = None  # type: ignore[assignment]

FILE = ".shikomi.lock"


@contextmanager
def run_lock(folder: Path) -> Iterator[None]:
    """Held while a run writes; the system lets go of it however the process ends.

    Raises:
        UserError: another run holds it.
    """
    with (folder / FILE).open("w") as file:
        if fcntl is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise UserError(
                    f"another run is at work in {folder}: wait for it to end, or stop it"
                ) from None
        yield
