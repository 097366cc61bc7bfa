"""Files that expire, and uploads that are refused."""

import io
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import openai
import pytest

from serving import ServerProcess
from shikomi.server.database import Database
from shikomi.server.errors import ApiError
from shikomi.server.files import Files

DAY = 24 * 3600


class Clock:
    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def files(tmp_path: Path, clock: Clock) -> Iterator[Files]:
    database = Database(tmp_path / "server.db")
    yield Files(database, tmp_path / "files", clock=clock)
    database.close()


def add(files: Files, purpose: str = "fine-tune", life: int | None = None) -> str:
    made = files.add(io.BytesIO(b"{}\n"), filename="a.jsonl", purpose=purpose, life_seconds=life)
    return str(made["id"])


def test_a_file_leaves_when_its_time_is_over(files: Files, clock: Clock) -> None:
    short, kept = add(files, life=3600), add(files)
    path = files.path(short)
    assert files.get(short)["expires_at"] == int(clock.now) + 3600
    clock.now += 3601
    with pytest.raises(ApiError, match="No such File"):
        files.get(short)
    assert not path.exists()
    listed = files.listing(purpose=None, after=None, limit=10, oldest_first=False)["data"]
    assert [file["id"] for file in listed] == [kept]


def test_a_batch_file_lives_thirty_days_unless_told_otherwise(files: Files, clock: Clock) -> None:
    file_id = add(files, "batch")
    assert files.get(file_id)["expires_at"] == int(clock.now) + 30 * DAY


def test_content_without_a_row_is_swept_at_the_next_start(tmp_path: Path, files: Files) -> None:
    kept, torn = add(files), files.path("file-torn")
    torn.write_bytes(b"half an upload")
    database = Database(tmp_path / "server.db")
    Files(database, tmp_path / "files")
    database.close()
    assert files.path(kept).exists() and not torn.exists()


def test_a_result_is_there_only_once_it_is_listed(tmp_path: Path, files: Files) -> None:
    """A server that is killed, or a job that is cancelled, in between leaves no file behind."""
    database = Database(tmp_path / "server.db")
    made = [files.write_result(["a\n"], filename="m.csv", purpose="fine-tune-results")]
    made.append(files.write_result(["b\n"], filename="n.csv", purpose="fine-tune-results"))
    (lost, _), (kept, (sql, values)) = made
    with database.transaction() as db:
        db.execute(sql, values)
    with pytest.raises(ApiError, match="No such File"):
        files.get(lost)
    Files(database, tmp_path / "files")
    assert files.content(kept).read_text() == "b\n" and not files.path(lost).exists()
    database.close()


def test_a_field_of_an_upload_that_nobody_reads_is_refused(tiny_server: ServerProcess) -> None:
    reply = tiny_server.http.post(
        "/files",
        data={"purpose": "user_data", "expires_after[days]": "3"},
        files={"file": ("a.jsonl", b"{}\n")},
    )
    error = reply.json()["error"]
    assert (reply.status_code, error["param"]) == (400, "expires_after[days]")


def test_two_files_of_one_form_are_too_many(tiny_server: ServerProcess) -> None:
    files = [("file", ("a.jsonl", b"{}")), ("file", ("b.jsonl", b"{}"))]
    reply = tiny_server.http.post("/files", data={"purpose": "evals"}, files=files)
    error = reply.json()["error"]
    assert (reply.status_code, error["code"]) == (400, None) and "Too many files" in error[
        "message"
    ]


def test_expiry_and_order_by_the_sdk(tiny_server: ServerProcess) -> None:
    def upload(seconds: int) -> openai.types.FileObject:
        return tiny_server.sdk.files.create(
            file=("a.jsonl", b"{}\n"),
            purpose="user_data",
            expires_after={"anchor": "created_at", "seconds": seconds},
        )

    first, second = upload(3600), upload(7200)
    assert first.expires_at == first.created_at + 3600
    for order, wanted in (("asc", [first.id, second.id]), ("desc", [second.id, first.id])):
        listed = tiny_server.sdk.files.list(purpose="user_data", order=order, limit=1)
        assert [file.id for file in listed] == wanted
    with pytest.raises(openai.BadRequestError) as caught:
        upload(10)
    assert caught.value.param == "expires_after.seconds"


def test_a_file_of_lines_ends_in_jsonl_or_has_no_ending(tiny_server: ServerProcess) -> None:
    """The SDK of 2023 calls every file "file"."""
    made = tiny_server.sdk.files.create(file=("file", b"{}\n"), purpose="fine-tune")
    assert made.filename == "file"
    with pytest.raises(openai.BadRequestError, match=r"must end in \.jsonl"):
        tiny_server.sdk.files.create(file=("a.csv", b"{}\n"), purpose="fine-tune")


def test_names_of_uploads_are_never_paths(tiny_server: ServerProcess) -> None:
    made = tiny_server.sdk.files.create(file=("../../evil.jsonl", b"{}\n"), purpose="user_data")
    folder = tiny_server.log.parent / "data" / "files"
    assert (folder / made.id).read_bytes() == b"{}\n"
    assert not list(tiny_server.log.parent.parent.rglob("evil.jsonl"))


@pytest.mark.parametrize("route", ["/files", "/chat/completions"])
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_a_body_that_is_too_large_is_refused_before_it_is_read(
    tiny_server: ServerProcess, route: str, coding: str
) -> None:
    url = httpx2.URL(tiny_server.url)
    head = (
        f"POST /v1{route} HTTP/1.1\r\nHost: {url.host}\r\nContent-Length: {1 << 40}\r\n"
        f"Content-Encoding: {coding}\r\n\r\n"
    )
    with socket.create_connection((url.host, url.port or 80), timeout=60) as line:
        line.sendall(head.encode())
        reply = ""
        while not reply.endswith("}") and (piece := line.recv(4096)):
            reply += piece.decode()
    assert reply.startswith("HTTP/1.1 413")
    assert "body_too_large" in reply
