"""Images beside the pages: copied, mended in letter case, kept where a person changed them."""

import zipfile

import pytest
from test_convert import doc, opened, pending, run

from shikomi.stages import check, file_contents

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
OTHER = b"GIF89a" + bytes(20)


@pytest.fixture
def project(tmp_path):
    def make(files, source="source"):
        folder = tmp_path / "p"
        for name, content in files.items():
            put(folder / "source" / name, content)
        folder.mkdir(exist_ok=True)
        (folder / "shikomi.toml").write_text(f'[project]\nsource = "{source}"\n', "utf-8")
        return folder

    return make


def put(file, content):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)


def docs(folder):
    found = (folder / "docs").rglob("*")
    return {f.relative_to(folder / "docs").as_posix() for f in found if f.is_file()}


def findings(folder):
    with opened(folder) as ctx:
        return {each.page: each.items for each in check.run(ctx).findings if "broken" in each.kind}


SHOWN = '<h1>A</h1><p><img src="../img/a.png" alt="接続の図"></p>'


def test_an_image_that_a_page_shows_comes_along_and_no_other(project):
    folder = project({"sub/a.html": SHOWN, "img/a.png": PNG, "img/unused.png": PNG})
    run(folder)
    assert docs(folder) == {"sub/a.md", "img/a.png"}
    assert (folder / "docs" / "img" / "a.png").read_bytes() == PNG
    assert "![接続の図](../img/a.png)" in doc(folder, "sub/a.md")
    assert pending(folder) == []
    assert findings(folder) == {}


def test_letter_case_is_mended(project):
    page = '<p><img src="IMG/a.png"> <a href="Big.PNG">big</a></p>'
    folder = project({"a.html": page, "img/A.png": PNG, "big.png": OTHER})
    run(folder)
    assert "![](img/A.png) [big](big.png)" in doc(folder, "a.md")
    assert docs(folder) == {"a.md", "img/A.png", "big.png"}


def test_images_whose_names_differ_in_letter_case_alone_are_both_kept(project):
    page = '<p><img src="a.png"> <img src="A.png"></p>'
    folder = project({"p.html": page, "a.png": PNG, "A.png": OTHER})
    run(folder)
    assert "![](a.2.png) ![](A.png)" in doc(folder, "p.md")
    assert (folder / "docs" / "a.2.png").read_bytes() == PNG
    assert (folder / "docs" / "A.png").read_bytes() == OTHER


def test_a_missing_image_is_named_by_check(project):
    folder = project({"a.html": '<p>text <img src="no.png" alt="x"></p>', "b.md": "![y](gone.gif)"})
    run(folder)
    assert findings(folder) == {"a.md": ("no.png",), "b.md": ("gone.gif",)}


def test_an_image_that_comes_later_is_shown_then(project):
    folder = project({"a.html": '<p><img src="Late.png"></p>'})
    run(folder)
    put(folder / "source" / "late.png", PNG)
    run(folder)
    assert "![](late.png)" in doc(folder, "a.md")
    assert "late.png" in docs(folder)


def test_a_changed_image_is_copied_again(project):
    folder = project({"a.md": "![](a.png)\n", "a.png": PNG})
    run(folder)
    put(folder / "source" / "a.png", OTHER)
    assert pending(folder) == ["a.png"]
    run(folder)
    assert (folder / "docs" / "a.png").read_bytes() == OTHER
    assert pending(folder) == []


def test_an_image_that_a_person_changed_stays(project):
    folder = project({"a.md": "![](a.png)\n", "a.png": PNG})
    run(folder)
    put(folder / "docs" / "a.png", b"mine")
    assert pending(folder) == []
    put(folder / "source" / "a.png", OTHER)
    run(folder)
    (folder / "source" / "a.md").write_text("![](a.png) more\n", "utf-8")
    run(folder)
    assert (folder / "docs" / "a.png").read_bytes() == b"mine"
    assert pending(folder) == []


def test_a_file_that_a_person_put_there_before_stays(project):
    folder = project({"a.md": "![](a.png)\n", "a.png": PNG})
    put(folder / "docs" / "a.png", b"mine")
    run(folder)
    assert (folder / "docs" / "a.png").read_bytes() == b"mine"


def test_an_image_that_was_taken_away_comes_back(project):
    folder = project({"a.md": "![](a.png)\n", "a.png": PNG})
    run(folder)
    (folder / "docs" / "a.png").unlink()
    run(folder)
    assert "a.png" in docs(folder)


def test_an_image_whose_page_is_gone_goes_unless_it_was_changed(project):
    files = {"a.md": "![](a.png) ![](b.png) ![](c.png)\n", "c.md": "![](c.png)\n"}
    folder = project(files | {"a.png": PNG, "b.png": PNG, "c.png": PNG})
    run(folder)
    put(folder / "docs" / "b.png", b"mine")
    (folder / "source" / "a.md").unlink()
    run(folder)
    assert docs(folder) == {"c.md", "c.png", "b.png"}
    assert pending(folder) == []


def test_an_image_that_a_persons_own_page_shows_stays(project):
    folder = project({"a.md": "![](a.png)\n", "b.md": "# B\n", "a.png": PNG})
    run(folder)
    put(folder / "docs" / "mine.md", "![](a.png)\n")
    (folder / "source" / "a.md").unlink()
    run(folder)
    assert docs(folder) == {"b.md", "mine.md", "a.png"}
    assert pending(folder) == []


def test_the_images_of_a_zip_file_come_along(project):
    folder = project({}, source="docs.zip")
    with zipfile.ZipFile(folder / "docs.zip", "w") as archive:
        archive.writestr("in/a.html", SHOWN.replace("../", ""))
        archive.writestr("in/img/a.png", PNG)
    run(folder)
    assert docs(folder) == {"in/a.md", "in/img/a.png"}
    assert pending(folder) == []


def test_the_images_of_a_single_file_come_along_from_below_its_folder(project, tmp_path):
    put(tmp_path / "outside.png", PNG)
    page = (
        '<p><img src="img/My%20a.png"> <img src="../../outside.png"> <img src="b.gif">'
        ' <a href="b.html">b</a></p>'
    )
    files = {"a.html": page, "img/My a.png": PNG, "b.gif": OTHER, "b.html": "x", "c.gif": OTHER}
    folder = project(files, source="source/a.html")
    run(folder)
    assert docs(folder) == {"a.md", "img/My a.png", "b.gif"}
    assert "![](<img/My a.png>)" in doc(folder, "a.md")
    assert pending(folder) == []


def test_a_link_out_of_the_source_is_not_followed_for_an_image(project, tmp_path):
    put(tmp_path / "secret.png", PNG)
    folder = project({"a.html": '<p>t <img src="a.png"></p>'})
    (folder / "source" / "a.png").symlink_to(tmp_path / "secret.png")
    run(folder)
    assert docs(folder) == {"a.md"}
    assert findings(folder) == {"a.md": ("a.png",)}


def test_a_file_where_an_images_folder_should_be_does_no_harm(project):
    folder = project({"a.html": '<p>t <img src="img/a.png"></p>', "img/a.png": PNG})
    put(folder / "docs" / "img", b"a file")
    run(folder)
    assert pending(folder) == []
    assert findings(folder) == {"a.md": ("img/a.png",)}


def test_an_image_that_did_not_change_is_not_read_again(project, monkeypatch):
    monkeypatch.setattr(file_contents, "TICK_SECONDS", -1.0)
    folder = project({"a.md": "![](a.png)\n", "a.png": PNG})
    run(folder)
    with opened(folder) as ctx:
        ctx.store.db.execute("UPDATE images SET sha256 = 'another'")
    assert pending(folder) == [], "the store is asked, not the file"


def test_images_make_no_folder_of_documents(project):
    folder = project({"a.png": PNG})
    with pytest.raises(Exception, match="no documents"):
        run(folder)
