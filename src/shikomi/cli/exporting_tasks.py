"""`shikomi export tasks`."""

from collections.abc import Sequence
from pathlib import Path

from shikomi import app
from shikomi.app.endpoints import Machine
from shikomi.stages import export_tasks


def export(folder: Path, wanted: Sequence[str], out: Path | None) -> str:
    """Write the held-out questions for other evaluation programs, and say where.

    Raises: UserError where none are held out yet, or there is no such program.
    """
    with app.open_project(folder, Machine.here()) as ctx:
        done = export_tasks.run(ctx, wanted, out)
    return "\n".join(f"wrote {place}" for place in done.values())
