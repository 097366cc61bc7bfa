"""The links to the pages beside a page, at its edges and between its sections."""

import pytest
from work import calls

from shikomi.corpus.fidelity import fidelity
from shikomi.corpus.html import around, convert
from shikomi.corpus.html.turners import may_be_in

TEXT = "<h2>Oil can</h2><p>Fill the can with two litres of oil before each run.</p>"
EXPECTED = "## Oil can\n\nFill the can with two litres of oil before each run.\n"

BOOK = """<div class="navheader"><table><tr><th colspan="3">2.1. Oil can</th></tr>
<tr><td><a accesskey="p" href="a.html"><img src="p.png" alt="戻る"></a></td>
<th>Chapter 2. How is the pump that stands in the cellar kept? All of it</th>
<td><a accesskey="n" href="c.html">Next</a></td></tr></table><hr></div>"""
NODE = """<p>Next: <a href="c.html" accesskey="n" rel="next">Fuses</a>, Previous: <a
href="a.html" rel="prev">Start</a> &nbsp; [<a href="toc.html" title="Table of contents">C</a>]</p>
<hr>"""
ICONS = """<!--Panel--><div align="center"><a href="i.html"><img alt="Home" src="h.gif"></a>
<a href="a.html"><img alt="Previous" src="p.gif"></a></div>"""
JAPANESE = """<center><a href="a.html">前のページ</a> | <a href="i.html">目次へ戻る</a> |
<a href="c.html">次へ</a></center>"""
DECLARED = """<link rel="next" href="c.html"><link rel="up" href="i.html"><body>
<ul><li><a href="c.html">Fuses</a></li><li><a href="i.html">Pumps</a></li></ul>"""
MENU = "<nav><ul><li><a href='a.html'>Start</a></li><li><a href='c.html'>Fuses</a></li></ul></nav>"


def markdown(html, **options):
    return convert(html, path="b.html", **options)[1]


@pytest.mark.parametrize(
    "panel",
    [BOOK, NODE, ICONS, JAPANESE, DECLARED, MENU],
    ids=["a book", "nodes", "icons", "Japanese", "declared", "a menu"],
)
def test_links_to_the_pages_beside_one_are_left_out_at_both_ends(panel):
    page = f"{panel}<div id='x'><a name='top'></a>{TEXT}</div>{panel.replace('<body>', '')}"
    assert markdown(page) == EXPECTED
    assert fidelity(page, EXPECTED) == 1.0
    assert "a.md" in around(page, path="b.html") or "c.md" in around(page, path="b.html")
    assert len(markdown(page, whole=True)) > len(EXPECTED) + 20


def test_they_are_left_out_in_the_page_where_each_section_has_them():
    bare = """<table><tr><td>[<a href="a.html" title="Previous section"> &lt; </a>]</td>
    <td>[<a href="i.html">Up</a>]</td><td>[<a href="c.html" title="Next section"> &gt; </a>]</td>
    </tr></table>"""
    assert markdown(f"{TEXT}{bare}<h2>Care</h2><p>Wipe it.</p>") == (
        EXPECTED + "\n## Care\n\nWipe it.\n"
    )


@pytest.mark.parametrize(
    ("page", "kept"),
    [
        (f"{TEXT}<p>Next: <a href='c.html'>Fuses</a></p>", "Next"),
        (f"{TEXT}<ul><li><a href='c.html'>Next</a><li><a href='u.html'>Fuses</a>"
         "<li><a href='v.html'>Wires</a></ul>", "Fuses"),
        (f"{TEXT}<p>Press <a href='n.html'>Next</a> to go on with what you began, or"
         " <a href='p.html'>Previous</a> to correct it.</p>", "Press"),
        (f"{TEXT}<div><a href='p.html'>Previous</a> <a href='n.html'>Next</a><h3>Care</h3></div>",
         "Care"),
        (f"{TEXT}<table><tr><td><a href='u.html'>Up</a><td>" + "raises the lever by one notch "
         "each time " * 8 + "<tr><td><a href='t.html'>Top</a><td>ends it</table>", "lever"),
        ("<p><a href='a.html'>Previous</a> <a href='c.html'>Next</a></p><img src='x.png'>", "Next"),
        (f"<nav><a href='b.html'>Parts</a> lists all that wears</nav>{TEXT}", "wears"),
    ],
    ids=["one link", "a list", "prose", "a heading", "a table", "an empty page", "a menu of prose"],
)  # fmt: skip
def test_what_may_be_content_stays(page, kept):
    assert kept in markdown(page)


@pytest.mark.parametrize("piece", ["<div><a href=x>Next</a>", "<p><a rel=up href=x>a</a>", "<hr>"])
def test_hostile_pages_take_no_more_work_than_their_size(piece):
    small, large = (f"{piece * n}{TEXT}" for n in (300, 1_200))
    assert calls(markdown, large) < 5 * calls(markdown, small)


def test_a_hostile_attribute_is_passed_over():
    """It took minutes."""
    assert not may_be_in(f"<img alt={' ' * 200_000}x>")
