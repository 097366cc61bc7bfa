"""`shikomi check`: what is worth a look before the pages are taught."""

from collections.abc import Sequence
from pathlib import Path

from shikomi import app
from shikomi.app.endpoints import Machine
from shikomi.app.lock import run_lock
from shikomi.stages import check
from shikomi.stages.check import Checked


def checked(folder: Path) -> Checked:
    with app.open_project(folder, Machine.here()) as ctx:
        return check.run(ctx)


def answer(folder: Path, *, drop: Sequence[int], keep: Sequence[int]) -> None:
    """Write down what becomes of the blocks with these numbers; convert goes by it."""
    if not (drop or keep):
        return
    with app.open_project(folder, Machine.here()) as ctx, run_lock(ctx.folder):
        check.answer(ctx, drop=drop, keep=keep)
