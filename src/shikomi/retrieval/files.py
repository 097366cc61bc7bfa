"""An index in a folder: mapped into memory, brought up to date, made anew where it is lost."""

import contextlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np

from shikomi.hashing import PREFIX, content_id
from shikomi.retrieval.index import Index, updated
from shikomi.retrieval.passages import Passage
from shikomi.retrieval.segments import Segment

# Raise it when a passage's terms, the arrays or what a search finds change.
VERSION = 1
_IDS = "ids.json"
_UNFINISHED = "unfinished-"


def open_index(
    folder: Path, ids: Sequence[str], read: Callable[[Sequence[str]], Iterable[Passage]]
) -> Index:
    """The index of the passages `ids`, kept in `folder`; `read` gives passages by their ids.

    What is kept is never needed: without it, or where it is broken, everything is read again. A
    passage that changes must change its id.
    """
    key = content_id([VERSION, list(ids)]).removeprefix(PREFIX)
    found = _load(folder / key)
    if found is not None:
        return found
    index = updated(_any(folder), ids, read)
    with contextlib.suppress(OSError):  # a full or read-only disk costs time alone
        _save(index, folder, key)
    return index


def _any(folder: Path) -> Index | None:
    """An older index, from which most can be taken over."""
    names = sorted(folder.glob("[!u]*")) if folder.is_dir() else []
    return next((index for name in names if (index := _load(name)) is not None), None)


def _load(place: Path) -> Index | None:
    try:
        stored = json.loads((place / _IDS).read_text(encoding="utf-8"))
        arrays = [
            np.load(place / f"{field.name}.npy", mmap_mode="r", allow_pickle=False)
            for field in fields(Segment)
        ]
    except (OSError, ValueError, EOFError):
        return None
    return Index(stored["ids"], Segment(*arrays)) if stored["version"] == VERSION else None


def _save(index: Index, folder: Path, key: str) -> None:
    """Whole or not at all: written under another name, which is changed last."""
    folder.mkdir(exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=folder))
    for field in fields(Segment):
        np.save(place / f"{field.name}.npy", getattr(index.lists, field.name))
    stored = {"version": VERSION, "ids": index.ids}
    (place / _IDS).write_text(json.dumps(stored), encoding="utf-8")
    shutil.rmtree(folder / key, ignore_errors=True)  # there, and could not be read
    with contextlib.suppress(OSError):  # another process was faster
        place.rename(folder / key)
    for other in folder.iterdir():
        if other.name != key:
            shutil.rmtree(other, ignore_errors=True)
