"""The folder of safetensors that lies beside a GGUF file, for training: its name and its mark."""

import json
import os
import shutil
from pathlib import Path

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
