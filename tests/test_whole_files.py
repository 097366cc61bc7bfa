"""Files that appear whole or not at all."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from shikomi.errors import UserError
from shikomi.files import write_whole


def test_a_place_that_cannot_be_written_is_told_in_a_line(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UserError, match=r"cannot write .*: Not a directory"):
        write_whole(tmp_path / "file" / "folder" / "page.md", b"text")
    with pytest.raises(UserError, match="cannot write"):
        write_whole(tmp_path / ("n" * 300), b"text")


def test_writers_of_one_file_do_not_disturb_each_other_and_leave_nothing_else(tmp_path):
    path = tmp_path / "page.md"
    texts = [bytes([97 + n]) * 50_000 for n in range(16)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda data: write_whole(path, data), texts * 4))
    assert path.read_bytes() in texts
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_fails_leaves_the_old_file_alone(tmp_path):
    path = tmp_path / "page.md"
    write_whole(path, b"old")
    with pytest.raises(TypeError):
        write_whole(path, "no bytes")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_cannot_take_its_place_leaves_nothing_beside_it(tmp_path):
    path = tmp_path / "page.md"
    path.mkdir()
    with pytest.raises(UserError, match="cannot write"):
        write_whole(path, b"text")
    assert list(tmp_path.iterdir()) == [path]
