import pytest

from shikomi.corpus.html import anchors_linked, convert, to_markdown
from shikomi.corpus.links import links
from shikomi.corpus.names import document_paths


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


SITE = document_paths(
    ["index.html", "x.html", "parts/index.html", "parts/oil.html", "old/oil.html", "guide/set.mdx"]
)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/manual/x.html#a", "../x.md#a"),
        ("/manual/parts/", "index.md"),
        ("/manual/2.4/old/oil.html", "../old/oil.md"),
        ("/manual/oil.html", "/manual/oil.html"),
        ("/index.html", "../index.md"),
        ("/manual/index.html", "/manual/index.html"),
        ("/manual/none.html", "/manual/none.html"),
        ("/set", "../guide/set.md"),
        ("//other.example/x.html", "//other.example/x.html"),
        ("manual/x.html", "manual/x.html"),
    ],
)
def test_a_link_from_a_sites_root_goes_to_the_one_page_that_its_end_names(url, expected):
    found = to_markdown(f"<a href='{url}'>t</a>", path="parts/a.html", documents=SITE)
    assert found == f"[t]({expected})\n"


@pytest.mark.parametrize("url", ["set", "./set", "set/", "set.html", "SET.MDX", "set.mdx"])
def test_a_link_without_the_suffix_of_its_page_or_with_a_built_ones_finds_it(url):
    found = to_markdown(f"<a href='{url}#x'>t</a>", path="guide/a.html", documents=SITE)
    assert found == "[t](set.md#x)\n"


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


@pytest.mark.parametrize("piece", ["<a ", "<!--", "<title>", "<script>", "<frame "])
def test_hostile_pages_come_to_an_end(piece):
    """One that was searched to its end from each piece on would take minutes."""
    assert isinstance(to_markdown(piece * 300_000, path="x.html"), str)


@pytest.mark.parametrize("mark", ["_", "*"])
def test_a_long_line_to_write_on_is_read_at_once(mark):
    """It took minutes when each mark looked for the ends of its run anew."""
    line = mark * 30_000
    assert (
        to_markdown(f"<p>Name: {line}</p>", path="x.html").replace("\\", "").count(mark) == 30_000
    )


def test_the_title_is_unescaped_and_in_one_line():
    assert convert("<TITLE>\n 題名 &amp;\n 副題</TITLE>", path="x.html")[0] == "題名 & 副題"
    assert convert("<p>none</p>", path="x.html")[0] == ""
    assert convert("<svg><title>S</title></svg>", path="x.html")[0] == ""


def markdown(html, **options):
    return convert(html, path="x.html", **options)[1]


CASES = {
    "terms stand out and their bodies belong to them": (
        "<dl><dt>On</dt><dd>It <i>lights</i>.</dd><dt>Off<dd><p>Dark.</p><p>Cold.</p></dl>",
        "- **On**\n\n  It *lights*.\n\n- **Off**\n\n  Dark.\n\n  Cold.\n",
    ),
    "a cell of two rows stands in both": (
        "<table><tr><th>k<th>v</tr><tr><td rowspan=2>a<td>1</tr><tr><td>2</tr></table>",
        "| k | v |\n| --- | --- |\n| a | 1 |\n| a | 2 |\n",
    ),
    "bold cells over plain ones name the columns": (
        "<table><tr><td><b>k</b><td><b>v</b></tr><tr><td>a<td>1</tr></table>",
        "| **k** | **v** |\n| --- | --- |\n| a | 1 |\n",
    ),
    "a table of one column is layout": (
        "<table><tr><td><h2>T</h2></tr><tr><td>text</tr></table>",
        "## T\n\ntext\n",
    ),
    "code in a cell makes the row an item with its label": (
        "<table><tr><th>key<td><pre>a\n b</pre></tr><tr><th>two<td>x</tr></table>",
        "- key\n\n  ```\n  a\n   b\n  ```\n\n- two\n\n  x\n",
    ),
    "readings stand behind their word": (
        "<p><ruby>伺か<rp>(</rp><rt>うかがか</rt><rp>)</rp></ruby>です</p>",
        "伺か（うかがか）です\n",
    ),
    "Japanese lines meet without a space, others with one": (
        "<p>日本\n  語の\nAPI\nです</p>",
        "日本語の API です\n",
    ),
    "emphasis that asterisks cannot mark has tags": (
        "<p>これは<b>「重要」</b>です<b>強調</b>も</p>",
        "これは<strong>「重要」</strong>です**強調**も\n",
    ),
    "code-like words are code": (
        "<p>Write \\_w[500] or &lt;name&gt;, not a_b or 2 &lt; 3.</p>",
        "Write `\\_w[500]` or `<name>`, not a_b or 2 < 3.\n",
    ),
    "a link around a block is a link in it": (
        "<a href='u.txt'><h2>Title</h2></a>",
        "## [Title](u.txt)\n",
    ),
    "large bold type in a line of its own is a heading": (
        "<p><font size=+2><b>■概要</b></font></p><p>本文です。</p>",
        "# ■概要\n\n本文です。\n",
    ),
    "a second first-level heading goes down, and what is below it": (
        "<h1>A</h1><h2>a</h2><h1>B</h1><h2>b</h2>",
        "# A\n\n### a\n\n## B\n\n### b\n",
    ),
    "two breaks end a paragraph, one a line": (
        "a<br>b<br><br>c",
        "a\\\nb\n\nc\n",
    ),
    "links in code stand below it": (
        "<pre>see <a href='u.txt'>this</a></pre>",
        "```\nsee this\n```\n\n[this](u.txt)\n",
    ),
    "the language of code is kept": (
        "<pre class='brush: js'>1</pre><pre><code class='language-py'>2</code></pre>",
        "```js\n1\n```\n\n```py\n2\n```\n",
    ),
    "numbers of items are kept": (
        "<ol start=3><li>c<li>d<li value=9>e</ol>",
        "3. c\n4. d\n9. e\n",
    ),
    "lists in lists": (
        "<ul><li>a<ul><li>b</ul><li>c</ul>",
        "- a\n  - b\n- c\n",
    ),
    "areas of a map are links": (
        "<map><area href='a.txt' alt='First'><area href='b.txt'></map>",
        "[First](a.txt) [b.txt](b.txt)\n",
    ),
    "what follows the page's end is part of it": (
        "<html><body><p>a</p></body></html><p>after",
        "a\n\nafter\n",
    ),
    "a page with a base": (
        "<head><base href='sub/x.html'></head><a href='u.txt'>u</a>",
        "[u](sub/u.txt)\n",
    ),
    "what runs instead of leading somewhere is text": (
        "<a href='javascript:go()'>go</a>",
        "go\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_page_becomes(name):
    html, expected = CASES[name]
    assert markdown(html) == expected


def test_what_a_frameset_says_to_readers_without_frames_is_kept_before_its_frames():
    html = """<title>T</title><frameset><frame src=menu.html name=m><frame src=main.html>
    <noframes><body><h1>Lamp</h1><p>See <a href=main.html>the text</a>.</body></noframes>
    </frameset>"""
    title, found = convert(html, path="x.html")
    assert (title, found) == ("T", "# Lamp\n\nSee [the text](main.md).\n- [m](menu.md)\n")


def test_the_frames_of_a_page_with_a_base_are_relative_to_it():
    html = "<base href=sub/><frameset><frame src=a.html name='[a]'></frameset>"
    assert convert(html, path="x.html")[1] == "- [\\[a\\]](sub/a.md)\n"


def test_an_anchor_is_kept_where_a_link_goes_to_it_and_once():
    html = "<h2 id=a>A</h2><p><a name=b>B</a><p id=c>C<p id=a>again<a href='#a'>up</a>"
    assert markdown(html) == '## <a id="a"></a>A\n\nB\n\nC\n\nagain[up](#a)\n'
    kept = markdown(html, targets=frozenset("bc"))
    assert '<a id="b"></a>B\n\n<a id="c"></a>C' in kept


def test_the_links_to_anchors_of_other_pages_are_found_without_the_tree():
    text = "<a href='b c.html#one'>1</a> <A HREF=../d.html#二>2</A> <a href='#own'>3</a>"
    assert list(anchors_linked(text)) == [("b c.html#one", ""), ("../d.html#二", "")]
    assert list(anchors_linked("<BASE HREF='/x/'>" + text))[1] == ("../d.html#二", "/x/")
    assert list(anchors_linked('<a href="ops.html#->/2">')) == [("ops.html#->/2", "")]


def test_tables_nested_a_thousand_deep_keep_their_text():
    deep = "<table><tr><td>x" * 1000 + "innermost" + "</td></tr></table>" * 1000 + "<p>after"
    found = markdown(deep)
    assert "innermost" in found and "after" in found and found.count("x") >= 1000


def test_signs_in_addresses_that_are_marks_in_markdown_lead_where_they_did():
    table = "<table><tr><th>Goal<th>N<tr><td><a href='ops.html#|/2'>or</a><td>1</table>"
    table += r"<a href='#\+/1'>not</a>"
    made = convert(table, path="a.html")[1]
    assert "| [or](ops.md#%7C/2) | 1 |" in made
    assert r"[not](#%5C+/1)" in made
    assert [(link.path, link.anchor) for link in links(made, path="a.md")] == [("ops.md", "|/2")]
