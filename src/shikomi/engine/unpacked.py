"""The folder of safetensors that lies beside a GGUF file, for training: its name, its mark, and
how it is filled."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shikomi.errors import WeightsError

_MARKER = "complete.json"  # written last: a folder without it is not trusted
_FORMAT = 1


def unpacked_folder(gguf: Path) -> Path:
    return gguf.with_name(gguf.name + ".hf")


def mark_complete(folder: Path, gguf: Path) -> None:
    marker = folder / _MARKER
    marker.unlink(missing_ok=True)  # never through a link
    marker.write_text(json.dumps(_identity(gguf)))


def is_complete(folder: Path, gguf: Path) -> bool:
    """Whether the folder was filled to its end, from the file as it is now."""
    try:
        return bool(json.loads((folder / _MARKER).read_text()) == _identity(gguf))
    except (OSError, ValueError):
        return False


@contextmanager
def scratch_beside(target: Path) -> Iterator[Path]:
    """An empty folder where `target` is to lie, gone at the end with what is left in it.

    Raises: WeightsError where something cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=target.name + ".", suffix=".tmp", dir=target.parent))
        try:
            yield scratch
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    except OSError as error:
        raise WeightsError(f"{target} cannot be written: {error.strerror or error}") from error


def put_in_place(scratch: Path, folder: Path, gguf: Path) -> None:
    """Give a complete folder its name; one that another process made first stays."""
    if folder.exists() and not is_complete(folder, gguf):
        shutil.rmtree(folder)
    try:
        os.replace(scratch, folder)  # noqa: PTH105  Path.replace is for files in its docs
    except OSError:
        if not is_complete(folder, gguf):  # else another process was first, with the same bytes
            raise


def _identity(gguf: Path) -> dict[str, int]:
    stat = gguf.stat()
    return {"format": _FORMAT, "bytes": stat.st_size, "modified_ns": stat.st_mtime_ns}
