"""`shikomi conflicts`, and what of `shikomi convert` has to do with a person's edits."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from shikomi import app
from shikomi.app.endpoints import Machine
from shikomi.app.lock import run_lock
from shikomi.stages import Context, conflicts, convert

Table = dict[str, Any]


def table(folder: Path) -> Table:
    """The open conflicts, and the pages that differ from what the converter would do."""
    with app.open_project(folder, Machine.here()) as ctx:
        found = conflicts.review(ctx, version=convert.VERSION)
    return {
        "conflicts": [
            {
                "id": each.id,
                "page": each.path,
                "base": each.conflict.base,
                "machine": each.conflict.machine,
                "person": each.conflict.person,
            }
            for each in found.conflicts
        ],
        "deleted": list(found.deleted),
        "source_gone": list(found.source_gone),
        "older_converter": list(found.older),
    }


def lines(found: Table) -> str:
    shown = [line for each in found["conflicts"] for line in _conflict(each)]
    if shown:
        shown += ["", "`shikomi conflicts accept PAGE [NUMBER]` takes the new text,"
                  " `dismiss` leaves yours"]  # fmt: skip
    for key, text in (
        ("deleted", "deleted from docs/; `shikomi convert --restore PAGE` brings it back"),
        ("source_gone", "edited, and its source is gone; delete it or keep it"),
        ("older_converter", "edited, and made by an older converter: `shikomi convert --rebase`"),
    ):
        shown += [f"docs/{path}: {text}" for path in found[key]]
    return "\n".join(shown) or "nothing to look at"


def _conflict(each: Table) -> Iterator[str]:
    yield f"[{each['id']}] docs/{each['page']}"
    for mark, name in (("  yours: ", "person"), ("  new:   ", "machine")):
        text = each[name] or "(taken out)"
        yield mark + text.replace("\n", "\n" + " " * len(mark))


def accept(folder: Path, page: str, numbers: Sequence[int]) -> int:
    with _locked(folder) as ctx:
        return conflicts.accept(ctx, page, numbers)


def dismiss(folder: Path, page: str, numbers: Sequence[int]) -> int:
    with _locked(folder) as ctx:
        return conflicts.dismiss(ctx, page, numbers)


def restore(folder: Path, page: str) -> None:
    with _locked(folder) as ctx:
        conflicts.restore(ctx, page)


def rebase(folder: Path) -> list[convert.Rebased]:
    with _locked(folder) as ctx:
        return convert.rebase(ctx)


def rebased(done: Sequence[convert.Rebased]) -> list[Table]:
    return [{"page": each.path, "diff": each.diff, "error": each.error} for each in done]


def diffs(done: Sequence[convert.Rebased]) -> str:
    shown = [each.error or each.diff or f"docs/{each.path}: no change" for each in done]
    return "\n".join(shown) or "no edited page was made by an older converter"


@contextmanager
def _locked(folder: Path) -> Iterator[Context]:
    with app.open_project(folder, Machine.here()) as ctx, run_lock(ctx.folder):
        yield ctx
