"""`shikomi export dataset`; apart from the model's export, which needs the embedded engine."""

import sys
from collections.abc import Sequence
from pathlib import Path

from shikomi import app
from shikomi.app.endpoints import Machine
from shikomi.stages import export


def export_dataset(folder: Path, names: Sequence[str], out: Path | None) -> str:
    """Write the frozen dataset in other tools' formats, and say what was written.

    Raises: UserError where nothing is frozen, or it cannot be written.
    """
    with app.open_project(folder, Machine.here()) as ctx:
        done = export.run(ctx, names, out)
    for name in done.left_out:
        line = f"{name} is left out: pip install 'shikomi[{name}]' brings what it needs\n"
        sys.stderr.write(line)
    return f"wrote {done.n_rows} rows to {done.folder}: {', '.join(done.formats)}"
