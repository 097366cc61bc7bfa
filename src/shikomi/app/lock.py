"""One run at a time on a project."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shikomi.errors import UserError
from shikomi.files import lock

_FILE = ".shikomi.lock"


@contextmanager
def run_lock(folder: Path) -> Iterator[None]:
    """Held while a run writes; the system lets go of it however the process ends.

    Raises:
        UserError: another run holds it.
    """
    with (folder / _FILE).open("w") as file:
        try:
            lock(file, wait=False)
        except OSError:
            raise UserError(
                f"another run is at work in {folder}: wait for it to end, or stop it"
            ) from None
        yield
