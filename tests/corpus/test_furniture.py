"""Menus, sidebars and footers around the main content of a page."""

import pytest
from work import calls

from shikomi.corpus.fidelity import fidelity
from shikomi.corpus.html import around, convert

MAIN = "<h1>Oil can</h1><p>Fill the can with two litres of oil before each run.</p>"
PAGE = f"""
<header><a href="/">Pumps</a> <form role="search">Search</form></header>
<div class="page">
  <nav><ul><li><a href="a.html">Start</a><ul><li><a href="b.html#x">Parts</a></ul></ul></nav>
  <aside>On this page</aside>
  <main>
    <nav aria-label="Breadcrumbs"><a href="/">Home</a> / <a href="a.html">Start</a></nav>
    {MAIN}
    <nav><a href="c.html">Next: Fuses</a></nav>
  </main>
  tail
</div>
<footer><p>Copyright 2026 Pumps</p></footer>
"""


def markdown(html, **options):
    return convert(html, path="x.html", **options)[1]


def test_what_stands_around_the_main_content_is_left_out():
    expected = "# Oil can\n\nFill the can with two litres of oil before each run.\n\ntail\n"
    assert markdown(PAGE) == expected
    by_role = PAGE.replace("<main>", '<div role="main">').replace("</main>", "</div>")
    by_role = by_role.replace("<nav", '<div role="navigation"').replace("</nav>", "</div>")
    assert markdown(by_role) == expected
    assert all(word in markdown(PAGE, whole=True) for word in ("Start", "Next", "Copyright"))


def test_what_says_nothing_around_the_main_content_is_left_out_too():
    page = (
        "<title>Oil - Pumps</title><div id=bar><h1>Pumps</h1><ul role=menu><li>Dark</ul></div>"
        "<main><h2>Oil</h2><p>Fill in two litres of oil.</main><div>12 people read this</div>"
    )
    assert markdown(page) == "## Oil\n\nFill in two litres of oil.\n"


@pytest.mark.parametrize("piece", ["<div>a ", "<nav>a ", "<main>a ", "<p>a, "])
@pytest.mark.parametrize("main", [f"<main>{MAIN}</main>", MAIN])
def test_hostile_pages_take_no_more_work_than_their_size(piece, main):
    small, large = (f"{piece * n}{main}" for n in (500, 2_000))
    assert calls(markdown, large) < 5 * calls(markdown, small)


def test_what_was_left_out_is_there_for_who_asks():
    found = around(PAGE, path="x.html", documents={"a.html": "a.md", "b.html": "b.md"})
    assert "- [Start](a.md)\n  - [Parts](b.md#x)" in found
    assert "Next: Fuses" in found
    assert "litres" not in found
    assert around(MAIN, path="x.html") == ""


def test_text_that_is_left_out_is_not_said_to_be_lost():
    assert fidelity(PAGE, markdown(PAGE)) == 1.0


@pytest.mark.parametrize(
    ("page", "kept"),
    [
        (f"<nav>Menu</nav>{MAIN}", "Menu"),
        (f"<nav>Menu</nav><main>{MAIN}</main><main>{MAIN}</main>", "Menu"),
        ("<nav>Menu</nav><main>Soon.</main>", "Menu"),
        ("<header><h1>Oil</h1></header><main><p>Fill it with two litres.</main>", "# Oil"),
        (
            "<title>Oil - Pumps</title><div><h1>Oil</h1></div><main><p>Fill in two litres.</main>",
            "# Oil",
        ),
        (
            f"<div><p>Read <i>this</i> page to its end before you open it.</div><main>{MAIN}",
            "*this*",
        ),
        (f"<main>{MAIN}<nav><a href='b.html'>Parts</a> lists all that wears</nav></main>", "wears"),
        ("<main><nav><a href='b.html'>Parts of the whole pump</a></nav></main>", "Parts"),
        (f"<main>{MAIN}<footer>Made of brass.</footer></main>", "brass"),
    ],
    ids=[
        *("no main content", "two", "an empty one", "the title", "the title's part", "prose"),
        *("a menu of prose", "nothing but a menu", "a footer within"),
    ],
)
def test_what_may_be_content_stays(page, kept):
    assert kept in markdown(page)


def test_anchors_that_only_a_menu_leads_to_are_not_written():
    page = f"<nav><a href='#oil'>Oil</a></nav><main>{MAIN.replace('<p>', '<p id=oil>')}</main>"
    assert "oil" not in markdown(page).replace("of oil", "")


@pytest.mark.parametrize(
    "heading",
    [
        "<h2 id='oil'>Oil<a class=headerlink href='#oil'>¶</a></h2>",
        "<section id='oil'><h2>Oil<a href='#oil'>#</a></h2></section>",
        "<h2 id='oil'><a href='#oil'>Oil</a></h2>",
        "<h2>Oil <a href='#oil' id='oil'>§</a></h2>",
        "<a name='oil'></a><h2>Oil<a href='#oil'>&#8203;</a></h2>",
    ],
)
def test_a_heading_has_no_link_to_itself_but_stays_a_place_to_link_to(heading):
    assert markdown(heading).strip() == "## Oil"
    found = markdown(heading, targets=frozenset({"oil"})).replace("\n\n", "")
    assert found.count('<a id="oil"></a>') == 1
    assert "](" not in found


def test_a_heading_that_leads_elsewhere_keeps_its_link():
    html = "<h2 id='oil'><a href='#top'>Oil</a></h2>"
    assert markdown(html) == "## [Oil](#top)\n"


def test_links_back_into_a_menu_that_is_left_out_are_text():
    menu = "<nav><p id=e1><a href='#oil'>Oil</a></p></nav>"
    page = f"<main>{menu}{MAIN}<h2 id=oil><a href='#e1'>Kinds</a></h2><a href='#x'>x</a></main>"
    assert markdown(page).endswith("## Kinds\n\n[x](#x)\n")
