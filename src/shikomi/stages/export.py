"""The frozen dataset -> a folder in other tools' formats, with its provenance and its card."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from shikomi.dataset import card, formats, parquet, provenance
from shikomi.dataset.formats import Format
from shikomi.dataset.provenance import Origins
from shikomi.errors import UserError
from shikomi.files import write_whole
from shikomi.stages import freeze, origins
from shikomi.stages.context import Context
from shikomi.store import samples
from shikomi.types import Sample

FOLDER = "dataset"
CARD = "README.md"
SIDECAR = "provenance.jsonl"
_STAGING = ".export-"
_OURS = {CARD, SIDECAR, *(Path(file).parts[0] for f in formats.FORMATS for file in f.files)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """`left_out` names the formats that would need a package which is not installed."""

    folder: Path
    n_rows: int
    formats: tuple[str, ...]
    left_out: tuple[str, ...]


def run(ctx: Context, names: Sequence[str], out: Path | None = None) -> Exported:
    """Write the formats with these names, or all that can be written, and read them back.

    The files appear, and those of an earlier export go, only when every format holds every row.

    Raises:
        UserError: there is no such format, nothing is frozen, or the folder cannot be written or
            holds other files.
    """
    chosen = formats.chosen(names)
    left_out = () if names or parquet.is_there() else ("parquet",)
    chosen = tuple(form for form in chosen if form.name not in left_out)
    found = _frozen(ctx)
    known = origins.collect(ctx)
    folder = out or ctx.out / FOLDER
    with _staged(folder) as staging:
        for form in chosen:
            _write(staging, form, found)
        in_parts = any(len(form.splits) > 1 for form in chosen)
        origin = provenance.sidecar(found, known, in_parts=in_parts)
        write_whole(staging / SIDECAR, origin.encode())
        write_whole(staging / CARD, _card(ctx, found, known, chosen).encode())
        _settle(staging, folder)
    return Exported(
        folder=folder,
        n_rows=len(found),
        formats=tuple(form.name for form in chosen),
        left_out=left_out,
    )


def _frozen(ctx: Context) -> list[Sample]:
    """The rows of the dataset that the project's present state gives."""
    if not samples.is_frozen(ctx.store):
        raise UserError("nothing is frozen yet: run `shikomi freeze` first")
    found = samples.dataset(ctx.store, freeze.dataset_id(ctx))
    if not found:
        raise UserError(
            "the project has changed since its dataset was frozen:"
            " run `shikomi freeze`, then export again"
        )
    return found


@contextmanager
def _staged(folder: Path) -> Iterator[Path]:
    """A folder inside `folder`, on its disk, that is gone after the block."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _check(folder)
        staging = Path(tempfile.mkdtemp(prefix=_STAGING, dir=folder))
    except OSError as error:
        raise _unwritable(folder, error) from None
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _check(folder: Path) -> None:
    """Hidden files, as of a Git clone, may be there: they are nobody's export."""
    there = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    foreign = sorted(there - _OURS) or (sorted(there) if SIDECAR not in there else [])
    if foreign:
        raise UserError(
            f"{folder} holds other files ({foreign[0]}): name an empty folder with --out"
        )


def _write(staging: Path, form: Format, found: Sequence[Sample]) -> None:
    for name, data in form.write(found).items():
        write_whole(staging / name, data)
    written = {name: (staging / name).read_bytes() for name in form.files}
    if problem := formats.problem(form, written, found):
        raise UserError(
            f"the dataset cannot be exported as {form.name} ({problem}):"
            " name the other formats with --format"
        )


def _card(ctx: Context, found: Sequence[Sample], known: Origins, chosen: Sequence[Format]) -> str:
    return card.card(
        found,
        known,
        name=ctx.config.project.root or ctx.config.project.name,
        lang=origins.language(ctx, found),
        formats=chosen,
        made=origins.made(ctx, found, known),
        held_out=origins.held_out(ctx),
    )


def _settle(staging: Path, folder: Path) -> None:
    """Each file replaces its forerunner whole, the sidecar first: it marks the folder as ours."""
    files = sorted((path for path in staging.rglob("*") if path.is_file()), key=_sidecar_first)
    kept = {path.relative_to(staging) for path in files}
    try:
        for path in files:
            target = folder / path.relative_to(staging)
            target.parent.mkdir(exist_ok=True)
            path.replace(target)
        for name in (name for form in formats.FORMATS for name in form.files):
            if Path(name) not in kept:
                _remove(folder / name)
    except OSError as error:
        raise _unwritable(folder, error) from None


def _remove(file: Path) -> None:
    """An earlier export's file, and the folder that it was the last one in."""
    file.unlink(missing_ok=True)
    if file.parent.is_dir() and not any(file.parent.iterdir()):
        file.parent.rmdir()


def _sidecar_first(path: Path) -> tuple[bool, str]:
    return path.name != SIDECAR, path.as_posix()


def _unwritable(folder: Path, error: OSError) -> UserError:
    reason = error.strerror or str(error)
    return UserError(f"cannot write {folder}: {reason}; see to it, or name another --out")
