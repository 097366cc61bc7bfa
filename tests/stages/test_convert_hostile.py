"""Odd and hostile sources: each bad file is a line with its reason, and the run goes on."""

import io
import os
import stat
import struct
import zipfile
import zlib

import pytest

from shikomi import app
from shikomi.app.endpoints import Machine
from shikomi.errors import UserError
from shikomi.stages import archive, convert, sources

GOOD = "# Good\n\nA page.\n"


@pytest.fixture
def folder(tmp_path):
    """A project with one good page, in a folder of its own."""
    folder = tmp_path / "box" / "p"
    (folder / "source").mkdir(parents=True)
    (folder / "source" / "good.md").write_text(GOOD, "utf-8")
    (folder / "shikomi.toml").write_text("[project]\n", "utf-8")
    return folder


def run(folder):
    machine = Machine(cache=folder / "no-cache", environment={})
    with app.open_project(folder, machine) as ctx:
        report = convert.run(ctx)
        assert convert.pending(ctx) == []
        assert set(convert.failed(ctx)) == set(report.failures)
    return report


def failures(folder):
    """The reasons, after a run that took the good page and wrote nothing outside the project."""
    report = run(folder)
    assert "A page." in (folder / "docs" / "good.md").read_text("utf-8")
    outside = [path for path in folder.parent.rglob("*") if not path.is_relative_to(folder)]
    assert outside == []
    assert all("\n" not in reason for reason in report.failures)
    return report.failures


def documents(folder):
    docs = folder / "docs"
    return sorted(file.relative_to(docs).as_posix() for file in docs.rglob("*.md"))


def write_zip(folder, members, *, method=zipfile.ZIP_DEFLATED):
    """A zip of the good page and `members`, (name or ZipInfo, bytes) each, as the source."""
    with zipfile.ZipFile(folder / "docs.zip", "w", method) as packed:
        packed.writestr("good.md", GOOD)
        for name, data in members:
            packed.writestr(name, data)
    (folder / "shikomi.toml").write_text('[project]\nsource = "docs.zip"\n', "utf-8")
    return folder / "docs.zip"


def test_a_page_of_100_mb_is_named_and_not_read(folder):
    with (folder / "source" / "huge.html").open("wb") as file:
        file.truncate(100 << 20)
    assert failures(folder) == ("huge.html: is larger than 64 MB",)


def test_a_file_that_is_no_text_is_named(folder):
    (folder / "source" / "core.txt").write_bytes(bytes(range(256)) * 9)
    (reason,) = failures(folder)
    assert reason.startswith("core.txt: the file is not text: save it")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read_is_named(folder):
    (folder / "source" / "secret.md").write_text("# No\n", "utf-8")
    (folder / "source" / "secret.md").chmod(0)
    (reason,) = failures(folder)
    assert reason.startswith("secret.md: cannot be read")


def test_a_file_that_can_be_read_again_is_taken_up(folder):
    link = folder / "source" / "later.md"
    link.symlink_to("target.md")
    assert failures(folder) == ("later.md: is a link that leads nowhere",)
    (folder / "source" / "target.md").write_text("# Target\n", "utf-8")
    assert run(folder).failures == ()
    assert "later.md" in documents(folder)


def test_links_out_of_the_source_folder_are_not_followed(folder):
    (folder / "secret.md").write_text("# Secret\n", "utf-8")
    (folder / "other").mkdir()
    (folder / "source" / "out.md").symlink_to(folder / "secret.md")
    (folder / "source" / "away").symlink_to(folder / "other")
    (folder / "source" / "self.md").symlink_to("self.md")
    (folder / "source" / "loop").symlink_to(folder / "source")
    reasons = failures(folder)
    assert [reason.split(":")[0] for reason in reasons] == ["away", "out.md", "self.md"]
    assert documents(folder) == ["good.md"]


def test_what_is_neither_file_nor_folder_is_passed_over(folder):
    os.mkfifo(folder / "source" / "pipe.md")
    assert failures(folder) == ()


def test_a_name_with_a_line_break_becomes_one_that_can_be_listed(folder):
    (folder / "source" / "two\nlines.md").write_text("# Two\n", "utf-8")
    (folder / "source" / "two_lines.md").write_text("# Also\n", "utf-8")
    assert failures(folder) == ()
    assert documents(folder) == ["good.md", "two_lines (2).md", "two_lines.md"]


@pytest.mark.parametrize("encoding", ["cp932", "euc_jp"])
def test_names_in_a_legacy_encoding_become_readable(folder, encoding):
    source = os.fsencode(folder / "source")
    for name in ("設定の手順.html", "調光器について.html"):
        with open(source + b"/" + name.encode(encoding), "wb") as file:  # noqa: PTH123
            file.write("<p>手順です。</p>".encode(encoding))
    assert failures(folder) == ()
    assert documents(folder) == ["good.md", "設定の手順.md", "調光器について.md"]


def test_a_name_of_no_encoding_is_written_without_what_cannot_be(folder):
    with open(os.fsencode(folder / "source") + b"/\xff\xfe\x81.md", "wb") as file:  # noqa: PTH123
        file.write(b"# Odd\n")
    assert failures(folder) == ()
    assert len(documents(folder)) == 2


def test_a_name_too_long_for_its_page_is_named(folder):
    name = "x" * 250 + ".md"
    (folder / "source" / name).write_text("# Long\n", "utf-8")
    assert failures(folder) == (f"{name}: its name is too long for a file",)


def test_a_page_whose_place_is_taken_by_a_folder_or_a_file_is_named(folder):
    (folder / "source" / "a").mkdir()
    (folder / "source" / "a" / "x.md").write_text("# X\n", "utf-8")
    (folder / "docs").mkdir()
    (folder / "docs" / "a").write_text("in the way", "utf-8")
    (folder / "docs" / "b.md").mkdir()
    (folder / "source" / "b.md").write_text("# B\n", "utf-8")
    reasons = failures(folder)
    assert [reason.split(":")[0] for reason in reasons] == ["a/x.md", "b.md"]


def test_names_that_lead_out_of_a_zip_are_refused(folder):
    names = ["../up.md", "/abs.md", "a/../../up.md", "..\\back.md", "C:\\drive.md", "C:drive2.md"]
    write_zip(folder, [(name, GOOD) for name in names])
    reasons = failures(folder)
    assert len(reasons) == len(names)
    assert all("leads out of the archive" in reason for reason in reasons)
    assert documents(folder) == ["good.md"]


def test_a_link_in_a_zip_is_refused(folder):
    link = zipfile.ZipInfo("link.md")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    write_zip(folder, [(link, "/etc/passwd")])
    assert failures(folder) == ("link.md: is a link: put the file itself into the archive",)


def test_a_file_that_unpacks_to_far_more_than_its_size_is_refused(folder):
    write_zip(folder, [("bomb.md", b" " * (20 << 20))])
    assert failures(folder) == ("bomb.md: unpacks to more than 200 times its size",)


def test_a_file_of_a_zip_that_is_too_large_is_refused(folder, monkeypatch):
    monkeypatch.setattr(sources, "MAX_BYTES", 1 << 20)
    write_zip(folder, [("large.md", os.urandom(2 << 20))])
    assert failures(folder) == ("large.md: is larger than 1 MB",)


def test_a_zip_is_unpacked_up_to_a_total(folder, monkeypatch):
    monkeypatch.setattr(archive, "MAX_TOTAL_BYTES", 5000)
    write_zip(folder, [(f"{n}.md", "# Page\n" + "word " * 200) for n in range(9)])
    reasons = failures(folder)
    assert [reason.split(":")[0] for reason in reasons] == ["4.md", "5.md", "6.md", "7.md", "8.md"]
    assert all("lies beyond" in reason for reason in reasons)


def test_a_zip_of_too_many_files_is_refused_as_a_whole(folder, monkeypatch):
    monkeypatch.setattr(archive, "MAX_ENTRIES", 5)
    write_zip(folder, [(f"{n}.md", GOOD) for n in range(9)])
    with pytest.raises(UserError, match="holds more than 5 files"):
        run(folder)


def test_a_list_of_contents_that_is_too_long_is_not_even_read(folder, monkeypatch):
    monkeypatch.setattr(archive, "MAX_ENTRIES", 5)
    monkeypatch.setattr(zipfile.ZipFile, "infolist", None)
    write_zip(folder, [(f"{n}.md", GOOD) for n in range(90)])
    with pytest.raises(UserError, match="holds more than 5 files"):
        run(folder)


def test_a_size_that_lies_is_a_broken_file(folder):
    file = write_zip(folder, [("liar.md", b"word " * 2000)])
    data = bytearray(file.read_bytes())
    entry = data.rindex(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = struct.pack("<L", 10)
    file.write_bytes(data)
    (reason,) = failures(folder)
    assert reason.startswith("liar.md: is broken in the archive")


def test_an_encrypted_file_says_what_to_do(folder):
    file = write_zip(folder, [("locked.md", GOOD)])
    data = bytearray(file.read_bytes())
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    file.write_bytes(data)
    assert failures(folder) == (
        "locked.md: is encrypted: unpack the archive and name its folder as the source",
    )


def test_a_method_with_a_dictionary_of_any_size_is_refused(folder):
    info = zipfile.ZipInfo("packed.md")
    info.compress_type = zipfile.ZIP_LZMA
    write_zip(folder, [(info, GOOD)])
    assert failures(folder) == (
        "packed.md: is packed by a method that is not read: pack the archive anew",
    )


def test_damaged_bytes_are_a_broken_file(folder):
    file = write_zip(folder, [("torn.md", os.urandom(400).hex())])
    data = bytearray(file.read_bytes())
    start = data.index(b"torn.md") + len(b"torn.md")
    data[start + 20 : start + 60] = bytes(40)
    file.write_bytes(data)
    (reason,) = failures(folder)
    assert reason.startswith("torn.md: is broken in the archive")


@pytest.mark.parametrize("data", [b"", b"PK\x05\x06", b"no zip at all", b"PK\x03\x04" + bytes(90)])
def test_what_is_no_zip_is_said_in_one_line(folder, data):
    (folder / "docs.zip").write_bytes(data)
    (folder / "shikomi.toml").write_text('[project]\nsource = "docs.zip"\n', "utf-8")
    with pytest.raises(UserError, match=r"docs\.zip cannot be read as a zip file"):
        run(folder)


def test_a_zip_without_documents_says_so(folder):
    with zipfile.ZipFile(folder / "docs.zip", "w") as packed:
        packed.writestr("logo.png", b"png")
    (folder / "shikomi.toml").write_text('[project]\nsource = "docs.zip"\n', "utf-8")
    with pytest.raises(UserError, match="no documents in"):
        run(folder)


def raw_zip(names):
    """A zip of good pages whose names are these bytes, unmarked: as old programs write it."""
    body, directory = io.BytesIO(), b""
    data = GOOD.encode()
    for name in names:
        fields = struct.pack("<HHHHHLLLHH", 20, 0, 0, 0, 33, zlib.crc32(data), len(data),
                             len(data), len(name), 0)  # fmt: skip
        rest = struct.pack("<HHHLL", 0, 0, 0, 0, body.tell())
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + fields + rest + name
        body.write(b"PK\x03\x04" + fields + name + data)
    n, at = len(names), body.tell()
    end = b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, n, n, len(directory), at, 0)
    return body.getvalue() + directory + end


@pytest.mark.parametrize("encoding", ["cp932", "utf-8", "euc_jp"])
def test_unmarked_names_in_a_zip_become_readable(folder, encoding):
    names = ["good.md", "資料/設定の手順.md", "資料/表示について.md"]
    (folder / "docs.zip").write_bytes(raw_zip([name.encode(encoding) for name in names]))
    (folder / "shikomi.toml").write_text('[project]\nsource = "docs.zip"\n', "utf-8")
    assert failures(folder) == ()
    assert documents(folder) == sorted(names)


def test_names_marked_as_utf8_and_names_that_occur_twice_are_taken(folder):
    with pytest.warns(UserWarning, match="Duplicate"):
        write_zip(folder, [("手順.md", "# 手順\n"), ("a.md", "# A1\n"), ("a.md", "# A2\n")])
    assert failures(folder) == ()
    assert documents(folder) == ["a (2).md", "a.md", "good.md", "手順.md"]


def test_names_composed_of_parts_are_those_that_links_mean(folder):
    write_zip(folder, [("カ\u3099イト\u3099.html", "<h1>G</h1>"),
                       ("index.html", '<a href="ガイド.html">G</a>')])  # fmt: skip
    assert failures(folder) == ()
    assert "(ガイド.md)" in (folder / "docs" / "index.md").read_text("utf-8")


def test_a_control_character_or_a_null_in_a_zip_name_does_no_harm(folder):
    names = [b"good.md", b"nul\x00l.md", b"two\nlines.md"]
    (folder / "docs.zip").write_bytes(raw_zip(names))
    (folder / "shikomi.toml").write_text('[project]\nsource = "docs.zip"\n', "utf-8")
    assert failures(folder) == ()
    assert documents(folder) == ["good.md", "nul_l.md", "two_lines.md"]
