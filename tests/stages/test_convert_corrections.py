"""A person's corrections of docs/ outlive every change of the source and of the converter."""

import pytest

from shikomi.errors import UserError
from shikomi.stages import conflicts, convert
from shikomi.store import pages
from world import opened

TEXT = "# Pump\n\nThe pump starts.\n\nThe valve opens.\n\nThe lamp is lit.\n"


@pytest.fixture
def folder(tmp_path):
    """A project of two converted pages, a.md and b.md."""
    for name, text in {"a.md": TEXT, "b.md": "# Other\n\nNothing here.\n"}.items():
        file = tmp_path / "source" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, "utf-8")
    (tmp_path / "shikomi.toml").write_text("[project]\n", "utf-8")
    run(tmp_path)
    return tmp_path


def run(folder):
    with opened(folder) as ctx:
        return convert.run(ctx) if convert.pending(ctx) else None


def doc(folder, name="a.md"):
    return (folder / "docs" / name).read_text(encoding="utf-8")


def edit(folder, old, new, name="a.md"):
    assert old in doc(folder, name)
    (folder / "docs" / name).write_text(doc(folder, name).replace(old, new), "utf-8")


def change(folder, old, new, name="a.md"):
    file = folder / "source" / name
    file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")


def listed(folder):
    with opened(folder) as ctx:
        return conflicts.open_conflicts(ctx)


def review(folder, version=convert.VERSION):
    with opened(folder) as ctx:
        return conflicts.review(ctx, version=version)


def of_an_older_converter(folder):
    with opened(folder) as ctx:
        ctx.store.db.execute("UPDATE conversions SET version = 0")


def clash(folder):
    """An edit and a change of the same block, converted."""
    edit(folder, "The valve opens.", "The valve opens twice.")
    change(folder, "The valve opens.", "The valve opens slowly.")
    return run(folder)


def test_an_edit_and_a_change_elsewhere_come_together(folder):
    edit(folder, "The pump starts.", "The pump starts at once.")
    change(folder, "The lamp is lit.", "The lamp is out.")
    assert "1 of them with your edits" in run(folder).summary
    assert "The pump starts at once.\n\nThe valve opens.\n\nThe lamp is out." in doc(folder)
    assert listed(folder) == []


def test_a_conflict_keeps_the_persons_text_without_markers_and_lists_the_machines(folder):
    assert "1 place to look at" in clash(folder).summary
    assert "The valve opens twice." in doc(folder)
    assert "slowly" not in doc(folder)
    assert "<<<" not in doc(folder)
    (found,) = listed(folder)
    assert found.path == "a.md"
    assert found.conflict.base == "The valve opens."
    assert found.conflict.machine == "The valve opens slowly."
    assert found.conflict.person == "The valve opens twice."


def test_the_next_run_finds_no_conflict_again_and_writes_nothing(folder):
    clash(folder)
    before = (folder / "docs" / "a.md").stat().st_mtime_ns
    assert run(folder) is None
    (folder / "source" / "a.md").touch()
    assert run(folder) is None
    assert (folder / "docs" / "a.md").stat().st_mtime_ns == before
    assert len(listed(folder)) == 1


def test_a_conflict_disappears_when_the_person_takes_the_machines_text(folder):
    clash(folder)
    edit(folder, "The valve opens twice.", "The valve opens slowly.")
    assert listed(folder) == []


def test_a_conflict_stays_listed_over_later_changes_elsewhere(folder):
    clash(folder)
    change(folder, "The lamp is lit.", "The lamp is out.")
    run(folder)
    assert [each.conflict.machine for each in listed(folder)] == ["The valve opens slowly."]


def test_a_conflict_gives_way_to_a_later_one_at_its_place(folder):
    clash(folder)
    change(folder, "The valve opens slowly.", "The valve opens very slowly.")
    run(folder)
    assert [each.conflict.machine for each in listed(folder)] == ["The valve opens very slowly."]


def test_accepting_puts_the_machines_text_in(folder):
    clash(folder)
    with opened(folder) as ctx:
        assert conflicts.accept(ctx, "docs/a.md") == 1
    assert "The pump starts.\n\nThe valve opens slowly.\n\nThe lamp is lit." in doc(folder)
    assert listed(folder) == []


def test_dismissing_lets_the_persons_text_stand_for_good(folder):
    clash(folder)
    with opened(folder) as ctx:
        assert conflicts.dismiss(ctx, "a.md") == 1
    change(folder, "The lamp is lit.", "The lamp is out.")
    run(folder)
    assert listed(folder) == []
    assert "The valve opens twice." in doc(folder)


def test_one_of_several_conflicts_can_be_chosen(folder):
    edit(folder, "The pump starts.", "The pump starts twice.")
    change(folder, "The pump starts.", "The pump starts slowly.")
    clash(folder)
    first, second = listed(folder)
    with opened(folder) as ctx:
        conflicts.accept(ctx, "a.md", [second.id])
    assert [each.id for each in listed(folder)] == [first.id]
    assert "The pump starts twice.\n\nThe valve opens slowly." in doc(folder)


def test_what_is_no_conflict_cannot_be_accepted(folder):
    with opened(folder) as ctx, pytest.raises(UserError, match="no such conflict"):
        conflicts.accept(ctx, "a.md")


def test_a_conflict_whose_place_is_gone_is_left_to_the_person(folder):
    clash(folder)
    edit(folder, "The valve opens twice.\n\n", "")
    with opened(folder) as ctx, pytest.raises(UserError, match="by hand"):
        conflicts.accept(ctx, "a.md")


def test_an_edited_title_stays_and_another_key_is_updated(folder):
    edit(folder, 'title: "Pump"', "title: Our pump")
    change(folder, "# Pump", "# Pump あ")
    run(folder)
    assert "title: Our pump\n" in doc(folder)
    assert 'encoding: "utf-8"' in doc(folder)
    assert [each.conflict.machine for each in listed(folder)] == ['title: "Pump あ"']


def test_a_deleted_page_stays_away_though_its_source_changes(folder):
    (folder / "docs" / "a.md").unlink()
    assert run(folder) is None
    change(folder, "The lamp is lit.", "The lamp is out.")
    assert run(folder) is None
    assert not (folder / "docs" / "a.md").exists()
    assert review(folder).deleted == ("a.md",)


def test_a_deleted_page_can_be_restored_and_follows_its_source_again(folder):
    (folder / "docs" / "a.md").unlink()
    change(folder, "The lamp is lit.", "The lamp is out.")
    with opened(folder) as ctx:
        conflicts.restore(ctx, "docs/a.md")
    run(folder)
    assert "The lamp is out." in doc(folder)
    assert review(folder).deleted == ()


def test_what_is_there_or_was_never_made_is_not_restored(folder):
    with opened(folder) as ctx:
        for name in ("a.md", "never.md", "../shikomi.toml"):
            with pytest.raises(UserError):
                conflicts.restore(ctx, name)


def test_a_cleared_docs_folder_is_written_anew(folder):
    for file in (folder / "docs").iterdir():
        file.unlink()
    assert run(folder).done == 2
    assert "The pump starts." in doc(folder)


def test_an_untouched_page_goes_with_its_source(folder):
    (folder / "source" / "b.md").unlink()
    run(folder)
    assert not (folder / "docs" / "b.md").exists()


def test_an_edited_page_stays_when_its_source_goes_and_the_person_is_told_once(folder):
    edit(folder, "Nothing here.", "Something here.", "b.md")
    (folder / "source" / "b.md").unlink()
    assert "b.md stay although the source is gone" in run(folder).summary
    assert run(folder) is None
    assert "Something here." in doc(folder, "b.md")
    assert review(folder).source_gone == ("b.md",)


def test_a_source_that_comes_back_is_merged_with_the_edits(folder):
    edit(folder, "Nothing here.", "Something here.", "b.md")
    (folder / "source" / "b.md").unlink()
    run(folder)
    (folder / "source" / "b.md").write_text("# Other\n\nNothing here.\n\nMore.\n", "utf-8")
    run(folder)
    assert "Something here.\n\nMore." in doc(folder, "b.md")
    assert review(folder).source_gone == ()


def test_a_source_that_comes_back_as_it_was_is_no_longer_gone(folder):
    edit(folder, "Nothing here.", "Something here.", "b.md")
    (folder / "source" / "b.md").rename(folder / "away.md")
    run(folder)
    (folder / "away.md").rename(folder / "source" / "b.md")
    run(folder)
    assert review(folder).source_gone == ()
    assert "Something here." in doc(folder, "b.md")


def test_a_renamed_source_takes_its_edits_along(folder):
    edit(folder, "Nothing here.", "Something here.", "b.md")
    (folder / "source" / "b.md").rename(folder / "source" / "c.md")
    run(folder)
    assert not (folder / "docs" / "b.md").exists()
    assert "Something here." in doc(folder, "c.md")
    assert 'source: "c.md"' in doc(folder, "c.md")


@pytest.mark.parametrize(
    "renamed",
    [{"one/d.md": "one/e.md", "two/d.md": "two/e.md"}, {"one/d.md": "three/d.md"}],
    ids=["within their folders", "to another folder"],
)
def test_renamed_sources_of_the_same_bytes_take_each_its_own_edits_along(folder, renamed):
    for name in ("one", "two"):
        (folder / "source" / name).mkdir()
        (folder / "source" / name / "d.md").write_text("Alike.\n", "utf-8")
    run(folder)
    for name in ("one", "two"):
        edit(folder, "Alike.", f"Alike, in {name}.", f"{name}/d.md")
    for old, new in renamed.items():
        (folder / "source" / new).parent.mkdir(exist_ok=True)
        (folder / "source" / old).rename(folder / "source" / new)
    run(folder)
    for old, new in renamed.items():
        assert f"Alike, in {old[:3]}." in doc(folder, new)


def test_a_page_that_makes_room_for_another_keeps_its_edits(folder):
    (folder / "source" / "c.txt").write_text("Plain text.\n\nSecond part.\n", "utf-8")
    run(folder)
    edit(folder, "Plain text.", "Plain words.", "c.md")
    (folder / "source" / "c.html").write_text("<p>A page.</p>", "utf-8")
    run(folder)
    assert "A page." in doc(folder, "c.md")
    assert "Plain words.\n\nSecond part." in doc(folder, "c.txt.md")


def test_an_edited_page_without_a_source_makes_room_under_another_name(folder):
    (folder / "source" / "c.txt").write_text("Plain text.\n", "utf-8")
    run(folder)
    edit(folder, "Plain text.", "Plain words.", "c.md")
    (folder / "source" / "c.txt").unlink()
    (folder / "source" / "c.html").write_text("<p>A page.</p>", "utf-8")
    assert "c.kept.md" in run(folder).summary
    assert "A page." in doc(folder, "c.md")
    assert "Plain words." in doc(folder, "c.kept.md")


def test_a_page_of_the_persons_own_is_not_overwritten(folder):
    (folder / "docs" / "c.md").write_text("# Mine\n", "utf-8")
    (folder / "source" / "c.html").write_text("<p>A page.</p>", "utf-8")
    run(folder)
    assert doc(folder, "c.md") == "# Mine\n"
    assert run(folder) is None


def test_a_newer_converter_takes_untouched_pages_and_leaves_edited_ones(folder):
    edit(folder, "The pump starts.", "The pump starts at once.")
    of_an_older_converter(folder)
    with opened(folder) as ctx:
        assert [item.path for item in convert.pending(ctx)] == ["b.md"]
        assert "1 edited page to be made anew" in convert.run(ctx).summary
    assert run(folder) is None
    assert review(folder).older == ("a.md",)


def test_rebase_shows_what_a_newer_converter_changes_in_edited_pages(folder):
    edit(folder, "The pump starts.", "The pump starts at once.")
    of_an_older_converter(folder)
    with opened(folder) as ctx:
        older = pages.base(ctx.store, "a.md").replace("The lamp is lit.", "The lamp  is lit.")
        ctx.store.db.execute("UPDATE conversion_bases SET markdown = ? WHERE path = 'a.md'",
                             (older,))  # fmt: skip
    edit(folder, "The lamp is lit.", "The lamp  is lit.")
    with opened(folder) as ctx:
        (done,) = convert.rebase(ctx)
        assert convert.rebase(ctx) == []
    assert done.path == "a.md"
    assert "--- docs/a.md" in done.diff
    assert "\n-The lamp  is lit.\n+The lamp is lit." in done.diff
    assert "at once" in doc(folder)
    assert review(folder).older == ()


def test_a_page_with_other_line_ends_counts_as_untouched(folder):
    page = folder / "docs" / "a.md"
    page.write_bytes(b"\xef\xbb\xbf" + page.read_bytes().replace(b"\n", b"\r\n"))
    of_an_older_converter(folder)
    assert run(folder).done == 2
    assert review(folder).older == ()


def test_an_edited_page_that_is_not_utf8_stops_the_run_with_its_name(folder):
    (folder / "docs" / "a.md").write_bytes("# 調光\n".encode("cp932"))
    change(folder, "The lamp is lit.", "The lamp is out.")
    with pytest.raises(UserError, match=r"a\.md is not UTF-8"):
        run(folder)


def test_a_source_that_fails_leaves_its_page_as_it_is(folder):
    edit(folder, "The pump starts.", "The pump starts at once.")
    (folder / "source" / "a.md").write_bytes(bytes(range(256)))
    assert len(run(folder).failures) == 1
    assert "The pump starts at once." in doc(folder)
    assert run(folder) is None


def test_a_run_killed_between_page_and_row_ends_as_if_it_had_not_been(folder):
    with opened(folder) as ctx:
        rows = [tuple(row) for row in ctx.store.db.execute("SELECT * FROM conversions")]
        base = pages.base(ctx.store, "a.md")
    clash(folder)
    change(folder, "The lamp is lit.", "The lamp is out.")
    run(folder)
    after = doc(folder)
    with opened(folder) as ctx:
        for row in rows:
            marks = ", ".join("?" * len(row))
            ctx.store.db.execute(f"INSERT OR REPLACE INTO conversions VALUES ({marks})", row)
        ctx.store.db.execute("DELETE FROM conflicts")
        ctx.store.db.execute("INSERT OR REPLACE INTO conversion_bases VALUES ('a.md', ?)", (base,))
    run(folder)
    assert doc(folder) == after
    assert len(listed(folder)) == 1
