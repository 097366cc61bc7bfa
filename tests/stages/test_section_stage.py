"""docs/ and outline.md to sections and facts, and what re-opens them."""

import sqlite3

import pytest

import world
from world import run, write_project


@pytest.fixture
def project(tmp_path):
    folder = write_project(tmp_path / "p", "http://127.0.0.1:9/v1")
    run(folder, "section")
    return folder


def current(folder):
    sql = ("SELECT d.markdown, s.* FROM current_sections c JOIN sections s ON s.id = c.section_id"
           " JOIN documents d ON d.id = s.document_id ORDER BY c.position")  # fmt: skip
    with sqlite3.connect(folder / "shikomi.db") as db:
        db.row_factory = sqlite3.Row
        return db.execute(sql).fetchall()


def ids(folder, path=None):
    return [row["id"] for row in current(folder) if path in (None, row["path"])]


def test_a_section_is_a_piece_of_its_page_as_it_stands(project):
    rows = current(project)
    assert {row["path"] for row in rows} == {*world.PAGES, "cleaning.md", "care.md"} - {"care.html"}
    for row in rows:
        assert row["markdown"][row["start"] : row["end"]] == row["text"]


def test_facts_are_pieces_of_their_section(project):
    with sqlite3.connect(project / "shikomi.db") as db:
        facts = db.execute(
            'SELECT substr(s.text, f.start + 1, f."end" - f.start), f.evidence'
            " FROM facts f JOIN sections s ON s.id = f.section_id"
        ).fetchall()
    assert facts
    assert all(cut == evidence for cut, evidence in facts)


def test_an_edited_page_changes_its_own_sections_only(project):
    before = ids(project)
    page = project / "docs" / "timer.md"
    page.write_text(page.read_text("utf-8") + "\nIt rings 8 times.\n", "utf-8")
    run(project, "section")
    after = ids(project)
    assert set(before) - set(after)
    assert {row["path"] for row in current(project) if row["id"] not in before} == {"timer.md"}


def test_an_edit_that_is_taken_back_brings_the_old_sections_back(project):
    before = ids(project)
    page = project / "docs" / "timer.md"
    text = page.read_text("utf-8")
    page.write_text(text + "\nIt rings 8 times.\n", "utf-8")
    run(project, "section")
    page.write_text(text, "utf-8")
    run(project, "section")
    assert ids(project) == before


def test_another_model_cuts_nothing_anew(project):
    before = ids(project)
    config = project / "shikomi.toml"
    config.write_text(config.read_text("utf-8").replace("scripted-student", "other"), "utf-8")
    run(project, "section")
    assert ids(project) == before


def test_an_empty_page_is_left_out(project):
    (project / "docs" / "empty.md").write_text("---\ntitle: Nothing\n---\n\n", encoding="utf-8")
    run(project, "section")
    assert ids(project, "empty.md") == []


def test_a_page_that_a_person_adds_to_docs_is_taken_up(project):
    (project / "docs" / "own.md").write_text(
        "# Own\n\nMy lamp is 33 years old.\n", encoding="utf-8"
    )
    run(project, "section")
    assert ids(project, "own.md")


def test_a_page_with_windows_line_ends_is_cut_where_it_stands(project):
    text = world.PAGES["dimmer.md"].replace("\n", "\r\n")
    (project / "docs" / "crlf.md").write_bytes(text.encode())
    run(project, "section")
    for row in current(project):
        assert row["markdown"][row["start"] : row["end"]] == row["text"]
    assert ids(project, "crlf.md")


def test_a_byte_order_mark_is_no_part_of_a_page(project):
    (project / "docs" / "bom.md").write_bytes(
        b"\xef\xbb\xbf---\ntitle: Bom\n---\n# Bom\n\nIt has 3 bytes.\n"
    )
    run(project, "section")
    row = next(row for row in current(project) if row["path"] == "bom.md")
    assert "title: Bom" not in row["text"]


def test_pages_that_share_the_sites_title_stand_in_the_outline_by_their_headings(project):
    for name in ("wick", "oil", "fog"):
        page = f"---\ntitle: The Lamp Manual\n---\n## About {name}\n\nIt is kept dry and clean.\n"
        (project / "docs" / f"{name}.md").write_text(page, encoding="utf-8")
    run(project, "section")
    outline = (project / "outline.md").read_text(encoding="utf-8")
    assert "The Lamp Manual" not in outline
    assert all(f"About {name}" in outline for name in ("wick", "oil", "fog"))


def test_a_page_that_only_sends_its_reader_on_is_nothing_to_learn(tmp_path):
    moved = '<meta http-equiv="Refresh" content="{}; url=timer.html"><p>The timer has moved.</p>'
    pages = {
        "timer.html": "<h1>Timer</h1><p>The timer stops the lamp after one hour.</p>",
        "old.html": moved.format(0),
        "slow.html": moved.format(60),
    }
    folder = write_project(tmp_path / "p", "http://127.0.0.1:9/v1", pages=pages)
    run(folder, "section")
    assert {row["path"] for row in current(folder)} == {"timer.md", "slow.md"}
    assert "(old.md)" in (folder / "outline.md").read_text("utf-8")


def test_a_frameset_is_a_page_of_the_outline_and_nothing_to_learn(tmp_path):
    notice = "<p>Your browser shows no frames, and this manual has been written for those.</p>"
    frames = "<frameset><frame src=timer.html><noframes>{}</noframes></frameset>"
    pages = {
        "timer.html": f"<h1>Timer</h1>{notice}",
        "short.html": frames.format(notice),
        "long.html": frames.format(notice * 6),
    }
    folder = write_project(tmp_path / "p", "http://127.0.0.1:9/v1", pages=pages)
    run(folder, "section")
    assert {row["path"] for row in current(folder)} == {"timer.md", "long.md"}
    assert "(short.md)" in (folder / "outline.md").read_text("utf-8")
