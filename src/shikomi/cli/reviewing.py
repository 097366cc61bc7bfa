"""`shikomi review`: pairs on a page, or out to a file that a person edits and in again."""

import importlib.util
import sys
import webbrowser
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from shikomi import app
from shikomi.app.endpoints import Machine
from shikomi.cli.options import of_project
from shikomi.errors import UserError
from shikomi.files import read_utf8, write_whole
from shikomi.stages import evaluate, opinion, review
from shikomi.stages.review import Imported
from shikomi.text import counted

_SHOWN = {"accept": "accepted", "edit": "edited", "reject": "rejected", "withdraw": "withdrawn"}


_NEEDED = ("fastapi", "uvicorn")


def page(folder: Path, *, host: str, port: int, browser: bool) -> None:
    """Serve the page until Ctrl-C.

    Raises:
        UserError: what it is served with is not installed, the port is taken, or there is nothing
            to be reviewed.
    """
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise UserError(
            f"the review page needs {' and '.join(missing)}: pip install 'shikomi[local]',"
            " or review in a file with `shikomi review export`"
        )
    from shikomi.web.serving import serve

    def ready(address: str, n_pairs: int) -> None:
        sys.stdout.write(f"{counted(n_pairs, 'pair')} to review at {address}\n")
        sys.stdout.write("decisions are saved as they are made; Ctrl-C ends the page\n")
        sys.stdout.flush()
        if browser:
            webbrowser.open(address)

    opened = partial(app.open_project, folder, Machine.here())
    n_saved = serve(opened, host=host, port=port, ready=ready)
    then = f"then: shikomi run{of_project(folder)}"
    sys.stdout.write(f"\n{then if n_saved else 'no new decisions'}\n")


def export(folder: Path, file: Path, *, everything: bool) -> int:
    """Returns how many pairs were written. A file that is there may hold a person's work."""
    if file.exists():
        raise UserError(f"{file} exists already: import it, then move it away or name another file")
    with app.open_project(folder, Machine.here()) as ctx:
        text = review.exported(ctx, everything=everything)
    write_whole(file, text.encode("utf-8"))
    return text.count("\n")


def answers(folder: Path, file: Path, *, count: int) -> tuple[int, str]:
    """Returns how many answers were written, and the name of the file that labels are read from."""
    if file.exists():
        raise UserError(f"{file} exists already, and may hold labels: name another file")
    with app.open_project(folder, Machine.here()) as ctx:
        text = opinion.to_label(ctx, evaluate.answered(ctx), count)
        labels = ctx.config.evaluate.labels
    write_whole(file, text.encode("utf-8"))
    return text.count("\n"), labels


def import_(folder: Path, file: Path) -> Imported:
    if not file.is_file():
        export = f"shikomi review export{of_project(folder)} {file}"
        raise UserError(f"there is no file {file}: `{export}` writes it")
    with app.open_project(folder, Machine.here()) as ctx:
        return review.imported(ctx, read_utf8(file), name=str(file))


def lines(done: Imported, where: str) -> str:
    """`where` names the project as one types it."""
    if not done.counts:
        return "no new decisions"
    return "\n".join([shown(done.counts), *done.notes, f"then: shikomi run{where}"])


def shown(counts: Mapping[str, int]) -> str:
    """Such as "2 accepted, 1 rejected"."""
    return ", ".join(f"{counts[key]} {text}" for key, text in _SHOWN.items() if counts.get(key))
