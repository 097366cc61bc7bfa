"""What pages say of their own place, and which pages they list."""

import pytest

from shikomi.corpus import signs
from shikomi.corpus.listing import Listed, listing
from shikomi.corpus.signs import Crumb


def trail(html):
    return [tuple(crumb) for crumb in signs.read(html).trail]


A, B = '<a href="../index.html">Home</a>', '<a href="index.html">部</a>'
HOME, PART = ("Home", "../index.html"), ("部", "index.html")


@pytest.mark.parametrize(
    "html",
    [
        f"<p>{A} &gt; {B} &gt;</p>",
        f"<div>現在地：{A} » {B} » </div>",
        f"<table><tr><td>{A}::{B}</td></tr></table>",
        f'<ul class="breadcrumbs"><li>{A}<li>{B}</ul>',
        f'<nav aria-label="Breadcrumb">{A} / {B}</nav>',
        '<ol itemscope itemtype="https://schema.org/BreadcrumbList"><li itemprop="itemListElement">'
        '<a itemprop="item" href="../index.html"><span itemprop="name">Home</span></a></li>'
        '<li itemprop="itemListElement"><a itemprop="item" href="index.html">部</a></li></ol>',
        '<script type="application/ld+json">{"@graph": [{"@type": "BreadcrumbList", '
        '"itemListElement": [{"position": 2, "item": {"@id": "index.html", "name": "部"}}, '
        '{"position": 1, "name": "Home", "item": "../index.html"}]}]}</script><p>x</p>',
    ],
)
def test_breadcrumbs_of_every_kind_are_read(html):
    assert trail(f"<html><body>{html}<h1>T</h1></body></html>") == [HOME, PART]


def test_the_page_itself_ends_a_trail_by_name():
    html = '<p><a href="a.html">A</a> > <b>own page</b></p>'
    assert trail(html) == [("A", "a.html"), ("own page", "")]


@pytest.mark.parametrize(
    "html",
    [
        '<p><a href="a.html">prev</a> | <a href="b.html">next</a></p>',
        '<p>See <a href="a.html">a</a> for more, and then <a href="b.html">b</a> > 3.</p>',
        '<p>Mail <a href="mailto:a@b.c">me</a>&gt;</p>',
        '<p><a href="a.html">one link</a></p>',
        '<ul><li><a href="a.html">a</a></li><li><a href="b.html">b</a></li></ul>',
        '<script type="application/ld+json">{"@type": "BreadcrumbList"</script>',
        '<script type="application/ld+json">' + "[" * 5000 + "</script>",
    ],
)
def test_other_links_are_no_breadcrumbs(html):
    assert trail(f"<html><body>{html}</body></html>") == []


def test_breadcrumbs_in_markdown_are_read():
    markdown = "# T\n\n[Home](../index.md) > [Guide *x*](index.md) > T\n\ntext\n"
    crumbs = [Crumb("Home", "../index.md"), Crumb("Guide x", "index.md"), Crumb("T")]
    assert signs.read_markdown(markdown).trail == tuple(crumbs)
    assert signs.read_markdown("[a](a.md) and > [b](b.md)\n").trail == ()


@pytest.mark.parametrize(
    "html",
    [
        '<link rel="up" href="u.html">',
        '<a rel="up next" href="u.html">x</a>',
        '<a accesskey="u" href="u.html">Chapter</a>',
        '<p>[<a href="u.html">上へ</a>]</p>',
    ],
)
def test_links_to_the_page_above_are_found(html):
    assert signs.read(f"<html><body><a href='n.html'>Next</a>{html}</body></html>").up == "u.html"


def test_frames_language_and_own_address_are_read():
    html = (
        '<html lang="ja-JP"><head><link rel=canonical href="https://e.org/a.html"></head>'
        '<frameset><frame src="menu.html"><frame src="main.html"></frameset></html>'
    )
    found = signs.read(html)
    assert (found.frames, found.canonical) == (("menu.html", "main.html"), "https://e.org/a.html")
    assert signs.declared_language(html) == "ja-JP"


def test_a_nested_list_says_who_stands_under_whom():
    markdown = (
        "- [A](a.md)\n  - [B](b.md) — about b\n  - group\n    - [C](c.md)\n- [D](../d.md#x)\n"
    )
    assert listing(markdown, path="g/i.md") == (
        Listed("g/a.md"),
        Listed("g/b.md", "g/a.md"),
        Listed("g/c.md", "g/a.md", ("group",)),
        Listed("d.md", part=True),
    )


def test_links_in_prose_are_not_listed():
    markdown = (
        "See [A](a.md).\n\n- [B](b.md) is what you want\n- and [C](c.md)\n\n[P](p.md) [N](n.md)\n"
    )
    assert listing(markdown, path="i.md") == ()


def test_tables_headings_and_lines_of_their_own_list_pages():
    markdown = (
        "| [A](a.md) | what |\n|---|---|\n| 1 | [B](b.md) |\n\n## [C](c.md)\n\n**[D](d.md)**\n"
    )
    assert [item.path for item in listing(markdown, path="i.md")] == [
        "a.md",
        "b.md",
        "c.md",
        "d.md",
    ]


def test_a_row_of_five_links_is_a_menu():
    row = " | ".join(f"[{name}]({name}.md)" for name in "abcde")
    assert [item.path for item in listing(f"![x](x.gif) {row}\n", path="i.md")] == [
        f"{name}.md" for name in "abcde"
    ]


def test_on_a_page_of_lists_headings_and_lines_above_name_groups():
    markdown = (
        "# T\n\n## First\n\n- [A](a.md)\n- [B](b.md)\n\n使い方：\n- [C](c.md)\n- [D](d.md)\n"
        "\n## Second\n\n- [E](e.md)\n"
    )
    groups = [item.groups for item in listing(markdown, path="i.md")]
    assert groups == [("First",), ("First",), ("First", "使い方"), ("First", "使い方"), ("Second",)]


def test_on_a_page_of_prose_headings_name_no_groups():
    text = "A sentence.\n\n" * 20
    markdown = f"# T\n\n{text}## See also\n\n- [A](a.md)\n- [B](b.md)\n"
    assert {item.groups for item in listing(markdown, path="i.md")} == {()}


def test_a_part_of_a_page_that_is_listed_already_names_a_group():
    markdown = "- [I](i.md)\n- [Use](i.md#use)\n  - [A](a.md)\n"
    assert listing(markdown, path="toc.md")[1] == Listed("a.md", "i.md", ("Use",))


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "[a](b.md) " * 20_000,
        "- " * 50_000,
        "[" + "[a](b)" * 10_000,
        "\n".join(" " * n + "- x" for n in range(2000)),
        "| " + "--|" * 50_000 + "\nx",
    ],
)
def test_hostile_text_is_read_to_its_end(text):
    assert len(listing(text, path="i.md")) <= 1
    assert signs.read_markdown(text).trail == ()
    assert signs.read(f"<body>{text}</body>").trail == ()


def test_a_page_that_sends_its_reader_elsewhere_stands_under_that_page():
    html = "<meta http-equiv=Refresh content='0; URL=new.html#a'><a href='top.html'>Up</a>"
    assert signs.read(html).up == "new.html#a"
    assert signs.read(html.replace("0;", "600;")).up == "top.html"
