"""Sources to pages: what is converted, when again, and from where."""

import json
import os
import zipfile

import pytest

from shikomi.errors import UserError
from shikomi.stages import convert, file_contents
from shikomi.store import pages
from world import opened


@pytest.fixture
def project(tmp_path):
    """A function from files (path: text or bytes) to a project's folder."""

    def make(files, source="source"):
        folder = tmp_path / "p"
        for name, content in files.items():
            file = folder / "source" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        folder.mkdir(exist_ok=True)
        (folder / "shikomi.toml").write_text(f'[project]\nsource = "{source}"\n', "utf-8")
        return folder

    return make


def run(folder):
    with opened(folder) as ctx:
        return convert.run(ctx) if convert.pending(ctx) else None


def pending(folder):
    with opened(folder) as ctx:
        return convert.pending(ctx)


def doc(folder, name):
    return (folder / "docs" / name).read_text(encoding="utf-8")


def test_a_folder_becomes_pages_and_is_then_done(project):
    folder = project({"a.md": "# A\n\nText.\n", "sub/b.html": "<h1>B</h1><p>Text.</p>"})
    assert run(folder).done == 2
    assert "# A" in doc(folder, "a.md")
    assert "# B" in doc(folder, "sub/b.md")
    assert pending(folder) == []


def test_a_copy_of_its_source_beside_a_page_of_sphinx_is_no_page_of_its_own(project):
    page = {"api/pump.html": "<h1>Pump</h1><p>It pumps.</p>"}
    copies = {"_sources/api/pump.rst.txt": "Pump\n====\n", "_sources/more.rst.txt": "More\n"}
    assert run(project(page | copies)).done == 2
    with opened(project({})) as ctx:
        assert convert.pending(ctx) == []


OIL = "Fill the can with 2 litres of oil before each run, and wipe the lid with a dry cloth."
IN_FORMATS = {
    "can.html": f"<h1>Can</h1><p>{OIL}</p><p>See <a href='oil.txt'>oil</a>.</p>",
    "can.txt": f"Can\n===\n\n{OIL}\n",
    "oil.md": f"# Oil\n\n{OIL}\n",
    "oil.txt": f"Oil\n\n{OIL.replace('2', '3')}\n",
}


def test_a_page_in_two_formats_is_made_once_of_the_richer_and_told_of(project):
    folder = project(IN_FORMATS | {"index.md": "# All\n\n[can](can.txt)\n"})
    report = run(folder)
    assert report.done == 4
    assert "1 file is left out" in report.summary
    assert "the text of can.txt is that of can.html" in report.summary
    assert sorted(page.name for page in (folder / "docs").iterdir()) == [
        "can.md", "index.md", "oil.md", "oil.txt.md"
    ]  # fmt: skip
    assert "[can](can.md)" in doc(folder, "index.md")
    assert pending(folder) == []


def test_an_api_in_json_and_yaml_is_made_once_and_other_json_is_no_document(project):
    purpose = "Tells how full each can of oil in the plant is, and orders more of it in good time."
    api = {"openapi": "3.0.0", "info": {"title": "Oil", "version": "1", "description": purpose}}
    text = json.dumps(api)
    files = {"api.json": text, "api.yaml": text, "package.json": '{"version": "3.0.0"}'}
    folder = project(files)
    report = run(folder)
    assert report.done == 1
    assert "the text of api.json is that of api.yaml" in report.summary
    assert [reason.partition(" (")[0] for reason in report.failures] == [
        "package.json: is of no known kind"
    ]
    assert doc(folder, "api.yaml.md").startswith('---\ntitle: "Oil"\n')


def test_a_page_that_another_rich_format_holds_with_more_gives_way_to_it(project):
    page = f"<h1>Oil</h1><p>{OIL}</p><p>It lasts for weeks.</p>"
    folder = project({"oil.md": IN_FORMATS["oil.md"], "oil.html": page})
    assert "the text of oil.md is that of oil.html" in run(folder).summary
    assert [each.name for each in (folder / "docs").iterdir()] == ["oil.html.md"]


def test_a_second_format_that_comes_to_differ_becomes_a_page_again(project):
    folder = project(IN_FORMATS)
    run(folder)
    (folder / "source" / "can.txt").write_text(f"Can\n\n{OIL} Then lock it.\n" * 2, "utf-8")
    assert [item.path for item in pending(folder)] == ["can.txt"]
    run(folder)
    assert "Then lock it." in doc(folder, "can.txt.md")


def test_edits_of_a_page_that_is_now_left_out_stay(project):
    folder = project({"can.txt": IN_FORMATS["can.txt"]})
    run(folder)
    page = folder / "docs" / "can.md"
    page.write_text(page.read_text("utf-8") + "\nMine.\n", "utf-8")
    run(project({"can.html": IN_FORMATS["can.html"]}))
    assert "Mine." in "".join(each.read_text("utf-8") for each in (folder / "docs").iterdir())


def test_a_link_from_a_sites_root_is_made_anew_when_a_second_page_could_be_meant(project):
    folder = project({"a.html": "<a href='/manual/x.html'>x</a>", "s/x.html": "<h1>X</h1>"})
    run(folder)
    assert "[x](s/x.md)" in doc(folder, "a.md")
    run(project({"t/x.html": "<h1>Other</h1>"}))
    assert "[x](/manual/x.html)" in doc(folder, "a.md")


def test_only_what_changed_is_converted_again(project):
    folder = project({"a.md": "# A\n", "b.md": "# B\n"})
    run(folder)
    (folder / "source" / "b.md").write_text("# B two\n", "utf-8")
    assert [item.path for item in pending(folder)] == ["b.md"]


def test_a_file_written_again_with_the_same_bytes_writes_nothing(project):
    folder = project({"a.md": "# A\n"})
    run(folder)
    before = (folder / "docs" / "a.md").stat()
    (folder / "source" / "a.md").write_text("# A\n", "utf-8")
    assert pending(folder) == []
    assert (folder / "docs" / "a.md").stat().st_mtime_ns == before.st_mtime_ns


def test_a_change_of_the_source_that_makes_no_other_page_writes_nothing(project):
    folder = project({"a.html": "<p>Text.</p>"})
    run(folder)
    before = (folder / "docs" / "a.md").stat()
    (folder / "source" / "a.html").write_text('<p class="x">Text.</p>', "utf-8")
    assert run(folder).done == 1
    after = (folder / "docs" / "a.md").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_change_that_keeps_size_and_time_is_seen(project, monkeypatch):
    monkeypatch.setattr(file_contents, "TICK_SECONDS", -1.0)
    folder = project({"a.md": "# A\n"})
    run(folder)
    file = folder / "source" / "a.md"
    times = file.stat().st_atime_ns, file.stat().st_mtime_ns
    file.write_text("# B\n", "utf-8")
    os.utime(file, ns=times)
    assert len(pending(folder)) == 1


def test_a_file_that_did_not_change_is_not_read_again(project, monkeypatch):
    monkeypatch.setattr(file_contents, "TICK_SECONDS", -1.0)
    folder = project({"a.md": "# A\n"})
    run(folder)
    with opened(folder) as ctx:
        known = pages.source_files(ctx.store)
        assert convert.pending(ctx) == []
        ctx.store.db.execute("UPDATE source_files SET sha256 = 'another'")
        assert len(convert.pending(ctx)) == 1, "the store is asked, not the file"
    assert known.keys() == {"a.md"}


def test_a_page_that_comes_later_turns_the_links_to_it(project):
    folder = project({"a.html": '<p>See <a href="B.html#x">the other</a>.</p>'})
    run(folder)
    assert "(B.html#x)" in doc(folder, "a.md")
    (folder / "source" / "b.html").write_text('<h1 id="x">Other</h1>', "utf-8")
    run(folder)
    assert "(b.md#x)" in doc(folder, "a.md")


def test_a_page_that_goes_turns_the_links_to_it_back(project):
    folder = project({"a.html": '<p><a href="b.html">other</a></p>', "b.html": "<p>Other.</p>"})
    run(folder)
    (folder / "source" / "b.html").unlink()
    run(folder)
    assert "(b.html)" in doc(folder, "a.md")
    assert not (folder / "docs" / "b.md").exists()


def test_an_anchor_that_another_page_begins_to_link_to_appears(project):
    folder = project({"a.html": '<p id="here">A</p>', "b.html": "<p>B</p>"})
    run(folder)
    assert "here" not in doc(folder, "a.md")
    (folder / "source" / "b.html").write_text('<p><a href="a.html#here">A</a></p>', "utf-8")
    run(folder)
    assert 'id="here"' in doc(folder, "a.md")


def zipped(folder, files, name="docs.zip", **info):
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return folder / name


def test_a_zip_file_is_read_like_the_folder_in_it(project):
    folder = project({}, source="docs.zip")
    zipped(folder, {"a.html": '<a href="sub/b.html">B</a>', "sub/b.html": "<h1>B</h1>"})
    assert run(folder).done == 2
    assert "(sub/b.md)" in doc(folder, "a.md")
    assert pending(folder) == []
    assert sorted(file.name for file in folder.iterdir()) == [
        "docs", "docs.zip", "shikomi.db", "shikomi.toml"
    ]  # fmt: skip


def test_a_changed_zip_file_is_converted_where_it_changed(project):
    folder = project({}, source="docs.zip")
    zipped(folder, {"a.md": "# A\n", "b.md": "# B\n"})
    run(folder)
    zipped(folder, {"a.md": "# A\n", "b.md": "# B two\n"})
    assert [item.path for item in pending(folder)] == ["b.md"]


def test_one_file_is_a_source_too(project):
    folder = project({"only.html": "<h1>Only</h1>", "other.html": "<h1>Other</h1>"},
                     source="source/only.html")  # fmt: skip
    assert run(folder).done == 1
    assert [file.name for file in (folder / "docs").iterdir()] == ["only.md"]


def test_a_source_that_is_not_there_is_named(project):
    with pytest.raises(UserError, match="does not exist"):
        pending(project({}, source="nowhere.zip"))


def test_the_projects_own_files_are_no_source(project):
    folder = project({"a.md": "# A\n"}, source=".")
    run(folder)
    assert run(folder) is None
    assert [f.relative_to(folder / "docs").as_posix() for f in (folder / "docs").rglob("*.md")] == [
        "source/a.md"
    ]


def test_a_project_of_the_first_version_goes_on(project):
    folder = project({"a.md": "# A\n", "b.md": "# B\n"})
    run(folder)
    with opened(folder) as ctx:
        ctx.store.db.execute("DELETE FROM conversion_bases")
        ctx.store.db.execute("UPDATE conversions SET version = 0, fingerprint = 'old'")
    page = folder / "docs" / "a.md"
    page.write_text(doc(folder, "a.md") + "\nMine.\n", "utf-8")
    run(folder)
    assert "Mine." in doc(folder, "a.md")
    assert pending(folder) == []


def test_menus_around_the_main_content_come_where_the_project_wants_whole_pages(project):
    main = "<main><h1>Pump</h1><p>It pumps water into the tank.</p></main>"
    folder = project({"a.html": f"<nav><a href='b.html'>Parts</a></nav>{main}"})
    run(folder)
    assert "Parts" not in (folder / "docs" / "a.md").read_text("utf-8")
    (folder / "shikomi.toml").write_text("[project]\nwhole_pages = true\n", "utf-8")
    run(folder)
    assert "Parts" in (folder / "docs" / "a.md").read_text("utf-8")
