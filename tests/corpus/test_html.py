import time

import pytest

from shikomi.corpus.html import title, to_markdown


def test_links_between_pages_become_links_between_documents():
    html = '<a href="sub/Page2.html#Sec">二</a> <a href="../x.HTM">三</a>'
    assert to_markdown(html, path="a/b.html") == "[二](sub/Page2.md#Sec) [三](../x.md)\n"


def test_links_that_leave_the_site_or_the_page_format_stay():
    html = (
        '<a href="https://example.com/a.html">w</a> <a href="#top">t</a> <a href="f.zip">z</a>'
        ' <a href="mailto:a@example.com">m</a>'
    )
    found = to_markdown(html, path="a.html")
    assert found == (
        "[w](https://example.com/a.html) [t](#top) [z](f.zip) [m](mailto:a@example.com)\n"
    )


def test_japanese_names_and_spaces_in_links_stay_readable():
    html = '<a href="日本 語.html#節">a</a> <a href="%E4%BD%9C%E6%88%90.html">b</a>'
    assert to_markdown(html, path="x.html") == "[a](<日本 語.md#節>) [b](作成.md)\n"


def test_with_the_documents_known_a_link_finds_its_file_whatever_its_letter_case():
    documents = {"a/index.html": "a/index.md", "a/Page.html": "a/Page.md", "n.html": "n.html.md"}
    hrefs = ("PAGE.HTML", "./", "../n.html", "q.html")
    html = " ".join(f'<a href="{href}">{n}</a>' for n, href in enumerate(hrefs))
    found = to_markdown(html, path="a/index.html", documents=documents)
    assert found == "[0](Page.md) [1](index.md) [2](../n.html.md) [3](q.html)\n"


def test_links_in_code_are_text():
    assert "[a](b.html)" in to_markdown("<pre>[a](b.html)</pre>", path="x.html")


def test_navigation_forms_and_hidden_text_are_kept():
    html = "<nav>n1</nav><header>h2</header><form><p>f3</p></form><div hidden>d4</div><footer>f5"
    found = to_markdown(html, path="x.html")
    assert all(word in found for word in ("n1", "h2", "f3", "d4", "f5"))


def test_preformatted_text_keeps_its_lines_blank_ones_included():
    found = to_markdown("<pre>\nGET / SHIORI/3.0\n\n\n  end</pre>", path="x.html")
    assert "```\nGET / SHIORI/3.0\n\n\n  end\n```" in found


def test_frames_become_links():
    html = '<frameset><frame src="menu.html" name="目次"><frame src=body.html></frameset>'
    assert to_markdown(html, path="x.html") == "- [目次](menu.md)\n- [body.html](body.md)\n"


@pytest.mark.parametrize("text", ["深い", "deep"])
def test_text_that_the_converter_drops_comes_back_without_markup(text):
    assert text in to_markdown("<div>" * 5000 + text, path="x.html")


@pytest.mark.parametrize(
    "html",
    ["", "<", "<html", "\0\0\0", "<p>a<!-- open", "<table><td><table>", "</p></p>", "&#xD800;&#0;"],
)
def test_odd_html_never_raises(html):
    assert isinstance(to_markdown(html, path="x.html"), str)


def test_hostile_pages_take_linear_time():
    started = time.process_time()
    for piece in ("<a ", "<!--", "<title>", "<script>", "<frame "):
        to_markdown(piece * 20_000, path="x.html")
    assert time.process_time() - started < 5


def test_the_title_is_unescaped_and_in_one_line():
    assert title("<TITLE>\n 題名 &amp;\n 副題</TITLE>") == "題名 & 副題"
    assert title("<p>none</p>") == ""
