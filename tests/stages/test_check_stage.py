"""`shikomi check` and the outline, from source files to what a person reads."""

import json

import pytest

from shikomi import app
from shikomi.app.create import create
from shikomi.app.endpoints import Machine
from shikomi.errors import UserError
from shikomi.stages import check, section
from shikomi.stages.inputs import drop_rules

TEXT = "The lamp has a dial that sets how bright it is. Turn it to the left for less light. "
PAGE = '<html lang="en"><title>{n}</title><p>Home | Index</p><h1>{n}</h1><p>{text}{n}</p></html>'


@pytest.fixture
def project(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    for n in ("one", "two", "three", "four"):
        page = PAGE.format(n=n, text=TEXT)
        (source / f"{n}.html").write_text(page, encoding="utf-8")
    (source / "three.html").write_text(
        PAGE.format(n="three", text=TEXT + '<a href="gone.html">x</a> <a href="two.html">y</a>'),
        encoding="utf-8",
    )
    create(tmp_path / "p", source=source, root="Lamp", aliases=[], lang="auto")
    return tmp_path / "p"


def opened(folder):
    return app.open_project(folder, Machine.here())


def sectioned(folder):
    with opened(folder) as ctx:
        app.run(ctx, only="section")
    return (folder / "outline.md").read_text(encoding="utf-8")


def test_pages_of_a_pdf_that_have_no_text_are_named(project):
    said = b"BT /F 10 Tf 50 700 Td (The lamp has a dial that sets how bright it is.) Tj ET"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 2/Kids[3 0 R 4 0 R]/MediaBox[0 0 600 800]>>",
        b"<</Type/Page/Parent 2 0 R/Resources<</Font<</F 7 0 R>>>>/Contents 5 0 R>>",
        b"<</Type/Page/Parent 2 0 R/Resources<<>>/Contents 6 0 R>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(said), said),
        b"<</Length 11>>stream\n0 0 9 9 re f\nendstream",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % each for each in enumerate(objects, start=1))
    file = b"%PDF-1.4\n" + body + b"trailer\n<</Root 1 0 R/Size 8>>\n%%EOF"
    (project.parent / "source" / "lamp.pdf").write_bytes(file)
    sectioned(project)
    with opened(project) as ctx:
        found = [each for each in check.run(ctx).findings if each.page == "lamp.pdf.md"]
    assert [(each.kind, each.what) for each in found][:1] == [
        ("lost text", "no text on page 2 (scanned?)")
    ]


def test_a_sound_project_has_its_broken_link_named_and_its_common_block_asked_about(project):
    sectioned(project)
    with opened(project) as ctx:
        found = check.run(ctx)
    assert [(each.kind, each.page) for each in found.findings] == [("broken links", "three.md")]
    lines = "\n".join(found.lines())
    assert "docs/three.md: gone.html" in lines
    assert "1. at the start of 4 of 4 pages: Home | Index" in lines
    assert "4 pages, 1 worth a look" in lines
    assert json.loads(json.dumps(found.table()))["edges"][0]["number"] == 1


def test_a_page_that_lost_text_or_was_read_badly_is_named(project):
    sectioned(project)
    source = project.parent / "source" / "two.html"
    source.write_text(PAGE.format(n="two", text=TEXT + "A sentence that is new."), "utf-8")
    page = project / "docs" / "one.md"
    text = page.read_text("utf-8").replace('"ascii"\n---', '"lossy"\n---')
    page.write_text(text.replace("dial", "d\ufffdal"), "utf-8")
    with opened(project) as ctx:
        found = {(each.kind, each.page): each.what for each in check.run(ctx).findings}
    assert "A sentence that is new." in found["lost text", "two.md"]
    assert ("lossy decoding", "one.md") in found
    assert ("mojibake", "one.md") in found


def test_what_framesets_say_to_readers_without_frames_is_no_page_to_look_at(project):
    frames = (
        '<title>{n}</title><frameset cols="20,80"><frame src="one.html">'
        '<frame name="page" src="{n}.html">'
        "<noframes>{notice}</noframes></frameset>"
    )
    notice = 'Jump to the <a href="one.html">version that is without frames</a> of this old manual.'
    source = project.parent / "source"
    for n in ("two", "three", "four"):
        (source / f"frame_{n}.html").write_text(frames.format(n=n, notice=notice), "utf-8")
    for n in ("long", "same"):
        (source / f"frame_{n}.html").write_text(frames.format(n="one", notice=TEXT * 6), "utf-8")
    (source / "frame_lost.html").write_text(frames.format(n="lost", notice=notice), "utf-8")
    sectioned(project)
    with opened(project) as ctx:
        found = {(each.kind, each.page): each.what for each in check.run(ctx).findings}
    assert {page for _, page in found} == {"three.md", "frame_lost.md", "frame_same.md"}
    assert "lost.html" in found["broken links", "frame_lost.md"]
    assert "frame_long.md" in found["same text", "frame_same.md"]


def test_an_answer_is_kept_and_added_to(project):
    sectioned(project)
    with opened(project) as ctx:
        assert check.answer(ctx, drop=[1])["drop"] == ("Home | Index",)
        assert check.run(ctx).edges == ()
        with pytest.raises(UserError, match="no block 1"):
            check.answer(ctx, keep=[1])
        assert drop_rules(ctx).drop == ("Home | Index",)
    file = project / "drop.txt"
    file.write_text(file.read_text("utf-8") + "keep: mine\n", "utf-8")
    with opened(project) as ctx:
        assert drop_rules(ctx).keep == ("mine",)


def test_dropping_a_menu_moves_no_page(project):
    menu = '<p>[<a href="one.html">top</a>]</p>'
    source = project.parent / "source"
    for n in ("two", "three", "four"):
        page = PAGE.format(n=n, text=TEXT).replace("<p>Home | Index</p>", menu)
        (source / f"{n}.html").write_text(page, "utf-8")
    links = "".join(f'<p>a <a href="{n}.html">{n}</a> b</p>' for n in ("two", "three", "four"))
    (source / "one.html").write_text(f"<h1>one</h1>{links}", "utf-8")
    before = sectioned(project)
    assert "  - [two](two.md)\n" in before
    with opened(project) as ctx:
        check.answer(ctx, drop=[1])
    assert sectioned(project) == before
    assert "top" not in (project / "docs" / "two.md").read_text("utf-8")


MENU = (
    '<nav><ul><li><a href="one.html">one</a><ul><li><a href="two.html">two</a><ul>'
    '<li><a href="three.html">three</a></ul></ul><li><a href="four.html">four</a></ul></nav>'
)


def test_a_menu_around_the_content_counts_in_the_outline_and_is_not_on_the_pages(project):
    def written(content, menu=MENU):
        for n in ("one", "two", "three", "four"):
            page = f"{menu}{content.format(f'<h1>{n}</h1><p>{TEXT}{n}</p>')}"
            (project.parent / "source" / f"{n}.html").write_text(page, encoding="utf-8")
        return sectioned(project)

    outline = written("{}", menu=MENU.replace("nav>", "div>"))
    assert "[three](three.md)" in (project / "docs" / "one.md").read_text("utf-8")
    for content in ("<main>{}</main>", "{}"):
        assert written(content) == outline
        assert "three" not in (project / "docs" / "one.md").read_text("utf-8")
    with opened(project) as ctx:
        assert check.run(ctx).findings == ()


def test_a_link_to_another_part_of_the_site_is_no_broken_one(project):
    links = '<a href="/">a</a> <a href="/blog/x.html">b</a> <a href="/one.html/x.html">c</a>'
    page = PAGE.format(n="three", text=TEXT + links)
    (project.parent / "source" / "three.html").write_text(page, encoding="utf-8")
    sectioned(project)
    with opened(project) as ctx:
        assert [each.items for each in check.run(ctx).findings] == [("/one.html/x.html",)]


def test_pages_without_a_source_are_checked_too(project):
    sectioned(project)
    for file in (project.parent / "source").iterdir():
        file.unlink()
    (project / "docs" / "own.md").write_text("[x](no.md)\n", encoding="utf-8")
    with opened(project) as ctx:
        kinds = {(each.kind, each.page) for each in check.run(ctx).findings}
    assert ("broken links", "own.md") in kinds


def test_no_pages_are_an_error_that_says_what_to_do(project):
    with opened(project) as ctx, pytest.raises(UserError, match="shikomi convert"):
        check.run(ctx)


def test_the_outline_says_what_it_was_made_from_and_follows_a_table_of_contents(project):
    source = project.parent / "source"
    first = sectioned(project)
    assert first.startswith("<!-- The places of 4 pages come from ")
    (source / "SUMMARY.md").write_text("- [1](one.html)\n  - [2](two.html)\n", encoding="utf-8")
    assert "  - [two](two.md)\n" in sectioned(project)
    (source / "SUMMARY.md").write_text("- [2](two.html)\n  - [1](one.html)\n", encoding="utf-8")
    assert "  - [one](one.md)\n" in sectioned(project)


def test_an_edited_outline_is_kept_whatever_tables_say(project):
    text = sectioned(project).replace("- [two](two.md)\n", "") + "- [Mine](two.md)\n"
    (project / "outline.md").write_text(text, encoding="utf-8")
    (project.parent / "source" / "toc.yml").write_text("- file: two.html\n", encoding="utf-8")
    assert sectioned(project) == text


def test_a_table_of_contents_that_cannot_be_read_is_named_and_the_run_goes_on(project):
    (project.parent / "source" / "mkdocs.yml").write_text("nav: [", encoding="utf-8")
    with opened(project) as ctx:
        app.run(ctx, only="convert")
        report = section.run(ctx)
    assert "mkdocs.yml: is not YAML" in report.summary
    assert report.done


def test_a_source_named_in_front_matter_outside_the_folder_is_not_read(project):
    (project.parent / "secret.html").write_text("<p>secret words of another file</p>", "utf-8")
    sectioned(project)
    text = '---\nsource: "../secret.html"\n---\n\nA page of mine about lamps.\n'
    (project / "docs" / "own.md").write_text(text, encoding="utf-8")
    with opened(project) as ctx:
        kinds = {each.kind for each in check.run(ctx).findings if each.page == "own.md"}
    assert "lost text" not in kinds
