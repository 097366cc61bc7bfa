"""An EPUB as a source: its chapters are pages, its table of contents their tree."""

import io
import zipfile

import pytest

from shikomi import app
from shikomi.app.endpoints import Machine
from shikomi.stages import check as looked_at
from shikomi.stages import convert, section

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/>'
    "</rootfiles></container>"
)
PACKAGE = """<?xml version="1.0"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:title>Pump &amp; Can</dc:title><dc:language>en</dc:language></metadata>
<manifest>
<item id="oil" href="text/oil.xhtml" media-type="application/xhtml+xml"/>
<item id="pump" href="text/the%20pump.xhtml" media-type="application/xhtml+xml"/>
<item id="more" href="text/more.xhtml" media-type="application/xhtml+xml"/>
<item id="notes" href="text/notes.xhtml" media-type="application/xhtml+xml"/>
<item id="contents" href="contents.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="ncx" href="old.ncx" media-type="application/x-dtbncx+xml"/>
<item id="a" href="images/a.png" media-type="image/png"/>
<item id="b" href="images/b.png" media-type="image/png"/>
<item id="style" href="style.css" media-type="text/css"/>
</manifest>
<spine toc="ncx"><itemref idref="pump"/><itemref idref="more"/><itemref idref="oil"/>
<itemref idref="notes"/></spine></package>"""
NAV = """<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><body>
<nav epub:type="landmarks"><ol><li><a href="text/notes.xhtml">Start here</a></li></ol></nav>
<nav epub:type="toc"><ol><li><span>Part &amp; One</span><ol>
<li><a href="text/the%20pump.xhtml">The pump</a></li></ol></li>
<li><a href="text/oil.xhtml#top">Oil</a></li></ol></nav></body></html>"""
NCX = """<x:ncx xmlns:x="http://www.daisy.org/z3986/2005/ncx/"><x:navMap>
<x:navPoint><x:navLabel><x:text>Oil</x:text></x:navLabel><x:content src="text/oil.xhtml"/>
<x:navPoint><x:navLabel><x:text>The pump</x:text></x:navLabel>
<x:content src="text/the%20pump.xhtml"/></x:navPoint></x:navPoint></x:navMap>
<x:pageList><x:pageTarget><x:content src="text/notes.xhtml#p9"/></x:pageTarget></x:pageList>
</x:ncx>"""


def chapter(title, body):
    head = f"<head><title>{title}</title></head>" if title else "<head><title/></head>"
    return (
        '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"'
        f' xmlns:epub="http://www.idpf.org/2007/ops">{head}<body>{body}</body></html>'
    )


FILES = {
    "mimetype": "application/epub+zip",
    "META-INF/container.xml": CONTAINER,
    "OEBPS/book.opf": PACKAGE,
    "OEBPS/contents.xhtml": NAV,
    "OEBPS/old.ncx": NCX,
    "OEBPS/text/the pump.xhtml": chapter(
        "the pump.xhtml",
        '<h1>Pump</h1><p>It pumps<a epub:type="noteref" href="#n1">1</a> what'
        ' <a href="oil.xhtml#grade">the oil</a> keeps clean.</p><p><img alt="A pump"'
        ' src="../images/a.png"/></p><aside epub:type="footnote" id="n1"><p>Slowly.</p></aside>',
    ),
    "OEBPS/text/more.xhtml": chapter("", "<h1>Spare parts</h1><p>There are none.</p>"),
    "OEBPS/text/oil.xhtml": chapter("Oil", '<h1>Oil</h1><p id="grade">Grade 30.</p>'),
    "OEBPS/text/notes.xhtml": chapter("Notes", "<h1>Notes</h1><p>All is said.</p>"),
    "OEBPS/images/a.png": b"png a",
    "OEBPS/images/b.png": b"png b",
    "OEBPS/style.css": "p {}",
}


def epub(changed=(), without=()):
    """The bytes of the book, with files changed or added, and without some."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {**FILES, **dict(changed)}.items():
            if name not in without:
                archive.writestr(name, data)
    return target.getvalue()


@pytest.fixture
def project(tmp_path):
    """A function from files to the opened project."""

    def make(files, source="source", more=""):
        folder = tmp_path / "p"
        for name, data in files.items():
            file = folder / "source" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        config = f'[project]\nsource = "{source}"\nroot = "Machines"\n{more}'
        (folder / "shikomi.toml").write_text(config, "utf-8")
        return app.open_project(folder, Machine(cache=folder / "no-cache", environment={}))

    return make


def documents(ctx):
    return sorted(file.relative_to(ctx.docs).as_posix() for file in ctx.docs.rglob("*.*"))


def outline(ctx):
    section.run(ctx)
    lines = (ctx.folder / "outline.md").read_text(encoding="utf-8").split("\n")
    return [line for line in lines if line.lstrip().startswith("- ")]


def test_each_chapter_is_a_page_with_its_links_footnotes_and_images(project):
    with project({"book.epub": epub()}, "source/book.epub") as ctx:
        assert convert.run(ctx).failures == ()
        assert documents(ctx) == [
            "images/a.png", "text/more.md", "text/notes.md", "text/oil.md", "text/the pump.md"
        ]  # fmt: skip
        page = (ctx.docs / "text/the pump.md").read_text(encoding="utf-8")
        assert 'title: "Pump"\nsource: "text/the pump.xhtml"\n' in page
        assert "It pumps[1](#n1) what [the oil](oil.md#grade) keeps clean." in page
        assert "![A pump](../images/a.png)" in page
        assert '<a id="n1"></a>Slowly.' in page
        assert '<a id="grade"></a>' in (ctx.docs / "text/oil.md").read_text(encoding="utf-8")
        assert convert.pending(ctx) == []


def test_the_books_contents_are_the_tree_and_other_pages_stand_where_they_are_read(project):
    with project({"book.epub": epub()}, "source/book.epub") as ctx:
        convert.run(ctx)
        assert outline(ctx) == [
            "- Part & One",
            "  - [Pump](<text/the pump.md>)",
            "    - [Spare parts](text/more.md)",
            "- [Oil](text/oil.md)",
            "- [Notes](text/notes.md)",
        ]


def test_a_book_of_the_older_version_has_its_ncx(project):
    older = PACKAGE.replace(' properties="nav"', "").replace("contents.xhtml", "nav.xhtml")
    book = epub({"OEBPS/book.opf": older, "OEBPS/nav.xhtml": NAV})
    with project({"book.epub": book}, "source/book.epub") as ctx:
        convert.run(ctx)
        assert outline(ctx) == [
            "- [Oil](text/oil.md)",
            "  - [Pump](<text/the pump.md>)",
            "    - [Spare parts](text/more.md)",
            "- [Notes](text/notes.md)",
        ]


def test_without_contents_the_order_is_that_of_reading(project):
    book = epub(without={"OEBPS/contents.xhtml"})
    with project({"book.epub": book}, "source/book.epub") as ctx:
        convert.run(ctx)
        found = [line.partition("(")[2] for line in outline(ctx)]
        assert found == ["<text/the pump.md>)", "text/more.md)", "text/oil.md)", "text/notes.md)"]


def test_among_other_files_a_book_is_a_folder_that_its_title_names(project):
    files = {"book.epub": epub(), "more/Book.epub": epub(), "more/book/a.md": b"# A\n"}
    with project(files) as ctx:
        assert convert.run(ctx).done == 9
        assert "book/text/oil.md" in documents(ctx)
        assert "more/Book.epub/text/oil.md" in documents(ctx)
        assert "- Pump & Can" in outline(ctx)
        found = looked_at.run(ctx).findings
        assert {each.kind for each in found} <= {"empty"}


def test_a_book_in_a_zip_file_is_read_in_place(project):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("books/pump.epub", epub())
        archive.writestr("a.md", "# A\n")
    with project({"all.zip": packed.getvalue()}, "source/all.zip") as ctx:
        assert convert.run(ctx).done == 5
        assert "books/pump/text/oil.md" in documents(ctx)
        assert "  - [Oil](books/pump/text/oil.md)" in outline(ctx)


def test_who_asks_for_books_gets_all_their_pages(project):
    files = {"book.epub": epub(), "a.md": b"# A\n"}
    with project(files, more='pages = ["*.epub"]\n') as ctx:
        assert convert.run(ctx).done == 4


def protected(algorithm):
    return (
        '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><EncryptedData'
        ' xmlns="http://www.w3.org/2001/04/xmlenc#"><EncryptionMethod Algorithm="'
        f'{algorithm}"/></EncryptedData></encryption>'
    )


AES = "http://www.w3.org/2001/04/xmlenc#aes128-cbc"


@pytest.mark.parametrize(
    ("book", "said"),
    [
        (epub()[:900], "is no EPUB, or a broken one: save it anew"),
        (b"", "is no EPUB, or a broken one: save it anew"),
        (epub(without={"META-INF/container.xml"}), "is no EPUB, or a broken one: save it anew"),
        (epub({"META-INF/container.xml": "<container/>"}), "the EPUB is broken: save it anew"),
        (epub({"OEBPS/book.opf": "<package/>"}), "the EPUB has no pages of text"),
        (epub({"META-INF/encryption.xml": protected(AES)}), "is protected against copying (DRM)"),
        (epub({"META-INF/license.lcpl": "{}"}), "is protected against copying (DRM)"),
    ],
)
def test_a_book_that_cannot_be_read_is_named_in_one_line_and_the_others_go_on(project, book, said):
    with project({"bad.epub": book, "a.md": b"# A\n"}) as ctx:
        report = convert.run(ctx)
        assert (report.done, len(report.failures)) == (1, 1)
        assert report.failures[0].startswith(f"bad.epub: {said}")


def test_a_book_whose_fonts_alone_are_encrypted_is_read(project):
    fonts = protected("http://www.idpf.org/2008/embedding")
    with project({"a.epub": epub({"META-INF/encryption.xml": fonts})}) as ctx:
        assert convert.run(ctx).done == 4


def test_a_chapter_that_is_not_there_is_named_and_the_others_are_read(project):
    with project({"a.epub": epub(without={"OEBPS/text/oil.xhtml"})}) as ctx:
        report = convert.run(ctx)
        assert report.done == 3
        assert report.failures == ("a/text/oil.xhtml: is not in the EPUB, which names it",)


def test_names_in_a_package_lead_nowhere_else(project):
    outside = PACKAGE.replace("text/oil.xhtml", "../../../../etc/passwd")
    with project({"a.epub": epub({"OEBPS/book.opf": outside})}) as ctx:
        (reason,) = convert.run(ctx).failures
        assert reason == "a/etc/passwd: is not in the EPUB, which names it"
