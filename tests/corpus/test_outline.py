import pytest

from shikomi.corpus import hierarchy
from shikomi.corpus.outline import (
    Node,
    Outline,
    PageInfo,
    breadcrumbs,
    parents,
    reconcile,
)
from shikomi.corpus.outline_text import parse, render
from shikomi.errors import ConfigError


def propose(pages, *, root):
    return hierarchy.propose(hierarchy.site(pages), root=root).outline


PAGES = [
    PageInfo("index.md", "規約（SKR）", ("overview.md", "protocol/index.md")),
    PageInfo("overview.md", "構成"),
    PageInfo("protocol/index.md", "通信", ("protocol/b.md",)),
    PageInfo("protocol/a.md", "A"),
    PageInfo("protocol/b.md", "B"),
    PageInfo("loose/x.md", "X"),
]


def test_index_pages_are_parents_and_their_links_give_the_order():
    assert render(propose(PAGES, root="規約")) == (
        "# 規約\n\n"
        "- [規約（SKR）](index.md)\n"
        "  - [構成](overview.md)\n"
        "  - [通信](protocol/index.md)\n"
        "    - [B](protocol/b.md)\n"
        "    - [A](protocol/a.md)\n"
        "  - loose\n"
        "    - [X](loose/x.md)\n"
    )


def test_the_proposal_does_not_depend_on_the_order_of_the_pages():
    assert propose(PAGES, root=None) == propose(PAGES[::-1], root=None)


def test_breadcrumbs_run_from_the_root_to_the_page_and_name_the_root_once():
    found = breadcrumbs(propose(PAGES, root="規約"))
    assert found["index.md"] == ("規約", "規約（SKR）")
    assert found["protocol/a.md"] == ("規約", "通信", "A")
    assert found["loose/x.md"] == ("規約", "loose", "X")


def test_without_a_root_the_trail_begins_at_the_top_page():
    assert breadcrumbs(propose(PAGES, root=None))["overview.md"] == ("規約（SKR）", "構成")


@pytest.mark.parametrize("title", ["Home", "INDEX", "Table of contents", "トップページ"])
def test_without_a_root_a_front_page_whose_title_names_nothing_is_in_its_own_trail_alone(title):
    pages = [PageInfo("index.md", title, ("sstp.md",)), PageInfo("sstp.md", "SSTP")]
    found = breadcrumbs(propose(pages, root=None))
    assert found == {"index.md": (title,), "sstp.md": ("SSTP",)}


def test_every_page_knows_its_parent():
    above = parents(propose(PAGES, root="規約"))
    below = [path for path, parent in above.items() if parent == "index.md"]
    assert below == ["overview.md", "protocol/index.md", "loose/x.md"]
    assert (above["protocol/a.md"], above["index.md"]) == ("protocol/index.md", None)


def test_in_one_folder_the_first_linker_is_the_parent():
    pages = [
        PageInfo("index.html.md", "no index"),
        PageInfo("index.md", "I", ("m.md",)),
        PageInfo("m.md", "M", ("x.md", "y.md", "index.md")),
        PageInfo("x.md", "X", ("y.md",)),
        PageInfo("y.md", "Y"),
    ]
    found = parents(propose(pages, root=None))
    assert (found["m.md"], found["x.md"], found["y.md"]) == ("index.md", "m.md", "m.md")


def test_a_long_chain_of_next_links_stays_flat():
    pages = [PageInfo("index.md", "I", ("p0.md",))]
    pages += [PageInfo(f"p{n}.md", f"P{n}", (f"p{n + 1}.md",)) for n in range(3000)]
    found = propose(pages, root=None)
    assert [*parents(found).values()].count("index.md") == 3000


def test_numbered_pages_stand_in_the_order_of_their_numbers():
    pages = [PageInfo(f"p{n}.md", f"P{n}") for n in (10, 9, 1)]
    assert [node.path for node in propose(pages, root=None).nodes] == ["p1.md", "p9.md", "p10.md"]


def test_a_folder_that_holds_all_pages_is_no_group():
    found = propose([PageInfo("html/a.md", "A"), PageInfo("html/s/b.md", "B")], root=None)
    assert [(node.title, node.path) for node in found.nodes] == [("A", "html/a.md"), ("s", None)]


def test_a_folder_that_holds_only_a_folder_is_no_group():
    pages = [PageInfo("index.md", "I"), PageInfo("a/b/c/x.md", "X"), PageInfo("a/b/c/y.md", "Y")]
    inside = propose(pages, root=None).nodes[0].children
    assert [(node.title, len(node.children)) for node in inside] == [("c", 2)]


def test_no_pages_make_an_empty_outline():
    assert parse(render(propose([], root=None))) == Outline(None, ())


def test_what_is_rendered_is_parsed_back():
    outline = Outline(
        "根 [x]",
        (
            Node(
                "a [b] \\ *c*", "d e/日本 (1).md", (Node("group](x", None, (Node("g", "g.md"),)),)
            ),
            Node("z", "z%20.md"),
        ),
    )
    assert parse(render(outline)) == outline


def test_a_note_above_the_list_is_no_part_of_the_outline():
    outline = Outline("R", (Node("A", "a.md"),))
    text = render(outline, note="made from a.hhc --> and\nmore")
    assert text.startswith("<!-- made from a.hhc - -> and more -->\n")
    assert parse(text) == outline


def test_an_edited_outline_may_use_other_marks_and_indents():
    text = "\ufeff# R\n<!-- note -->\n* [A](a.md)\n    + [B](<b c.md>)\n    + G\n"
    inner = (Node("B", "b c.md"), Node("G"))
    assert parse(text) == Outline("R", (Node("A", "a.md", inner),))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("- [A](a.md)\nprose\n", 2),
        ("- [A](a.md)\n- [B](a.md)\n", 2),
        ("  - [A](a.md)\n", 1),
        ("- [A](a.md)\n    - [B](b.md)\n  - [C](c.md)\n", 3),
        ("- [A](a.md)\n\t- [B](b.md)\n", 2),
        ("- [A](a.md\n", 1),
        ("- [](a.md)\n", 1),
        ("- [A]()\n", 1),
        ("# R\n\n# S\n", 3),
        ("- [A](a.md)\n# R\n", 2),
    ],
)
def test_a_line_that_cannot_be_read_is_named(text, line):
    with pytest.raises(ConfigError, match=rf"^outline\.md line {line}: [^\n]+$"):
        parse(text)


def test_new_pages_are_appended_and_vanished_ones_taken_out_with_a_note():
    outline = Outline("R", (Node("Gone", "gone.md", (Node("A", "a.md"),)),))
    found, notes = reconcile(outline, [PageInfo("a.md", "A"), PageInfo("n.md", "N")])
    assert found == Outline("R", (Node("A", "a.md"), Node("N", "n.md")))
    assert len(notes) == 2
    assert "gone.md" in notes[0]
    assert "n.md" in notes[1]


def test_an_outline_that_fits_is_not_touched():
    outline = propose(PAGES, root="規約")
    assert reconcile(outline, PAGES) == (outline, ())
