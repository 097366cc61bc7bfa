"""Tables of contents of every kind."""

import pytest

from shikomi.corpus.contents import is_contents, is_no_page, read, trust
from shikomi.corpus.contents_rows import Entry
from shikomi.corpus.placement import of_contents
from shikomi.corpus.resolver import Resolver, base_address
from shikomi.errors import SourceError


def rows(text, path):
    return [tuple(row) for table in read(text, path=path) for row in table.entries]


HHC = """<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML//EN"><HTML><BODY>
<OBJECT type="text/site properties"><param name="ImageType" value="Folder"></OBJECT>
<UL>
 <LI> <OBJECT type="text/sitemap">
   <param name="Name" value="使い方 &amp; 例">
   <param name="Local" value="html\\use.html#top">
   </OBJECT>
 <UL>
  <LI> <OBJECT type="text/sitemap"><param name="Name" value="章"></OBJECT>
  <UL><LI><OBJECT type="text/sitemap"><param name="Name" value="節"><param name="Local"
   value="html/a.html"><param name="ImageNumber" value="11"></OBJECT></UL>
 </UL>
 <LI> <OBJECT type="text/sitemap"><param name="Name" value="付録"><param name="Local"
  value="b.html"></OBJECT>
</UL></BODY></HTML>"""


def test_html_help_contents_are_read_with_their_nesting():
    assert rows(HHC, "help.hhc") == [
        (0, "使い方 & 例", "html\\use.html#top"),
        (1, "章", ""),
        (2, "節", "html/a.html"),
        (0, "付録", "b.html"),
    ]


@pytest.mark.parametrize(
    ("path", "text", "wanted"),
    [
        (
            "SUMMARY.md",
            "# Summary\n\n[Intro](intro.md)\n\n# Part\n\n"
            "- [A](a.md)\n    - [B *b*](<b c.md>)\n- Draft\n",
            [
                (0, "Intro", "intro.md"),
                (0, "Part", ""),
                (1, "A", "a.md"),
                (2, "B b", "b c.md"),
                (1, "Draft", ""),
            ],
        ),
        (
            "mkdocs.yml",
            "site_name: x\nplugins: !!python/name:os.system\nnav:\n"
            "  - Home: index.md\n  - Guide:\n    - a.md\n    - B: b.md\n",
            [(0, "Home", "index.md"), (0, "Guide", ""), (1, "", "a.md"), (1, "B", "b.md")],
        ),
        (
            "_toc.yml",
            "root: intro\nparts:\n- caption: P\n  chapters:\n"
            "  - file: a\n    sections:\n    - file: b\n",
            [(0, "", "intro"), (1, "P", ""), (2, "", "a"), (3, "", "b")],
        ),
        (
            "index.yaml",
            "- title: T\n  href: t.md\n  items:\n  - {name: U, url: u.md}\n",
            [(0, "T", "t.md"), (1, "U", "u.md")],
        ),
        (
            "toc.ncx",
            "<ncx><navMap><navPoint><navLabel><text>One</text></navLabel><content src='a.html'/>"
            "<navPoint><navLabel><text>Two</text></navLabel><content src='b.html'/></navPoint>"
            "</navPoint></navMap></ncx>",
            [(0, "One", "a.html"), (1, "Two", "b.html")],
        ),
        (
            "nav.xhtml",
            "<nav><ol><li><a href='a.xhtml'>A <i>a</i></a><ol><li><a href='b.xhtml'>B</a></li></ol>"
            "</li><li><span>G</span><ol><li><a href='c.xhtml'>C</a></li></ol></li></ol></nav>",
            [(0, "A a", "a.xhtml"), (1, "B", "b.xhtml"), (0, "G", ""), (1, "C", "c.xhtml")],
        ),
        (
            "x.qhp",
            "<section title='A' ref='a.html'><section title='B' ref='b.html'/></section>",
            [(0, "A", "a.html"), (1, "B", "b.html")],
        ),
        (
            "index.rst",
            "T\n=\n\n.. toctree::\n   :maxdepth: 2\n   :caption: Part\n\n   one\n   Two <two/x>\n\n"
            "text\n\n.. toctree::\n\n   last\n",
            [(0, "Part", ""), (1, "", "one"), (1, "Two", "two/x"), (0, "", "last")],
        ),
    ],
)
def test_each_kind_of_contents_is_read(path, text, wanted):
    assert is_contents(path)
    assert rows(text, path) == wanted


def placed(text, path, documents):
    find = Resolver(documents).find
    return of_contents(read(text, path=path), documents, find)


def test_addresses_are_found_whatever_their_case_slashes_and_suffix():
    documents = {"html/use.html": "html/use.md", "html/a.html": "html/a.md", "B.html": "B.md"}
    assert placed(HHC, "help.hhc", documents).pages() == ["html/use.md", "html/a.md", "B.md"]


def test_addresses_of_mkdocs_are_relative_to_its_documents_folder():
    documents = {"docs/index.md": "docs/index.md", "docs/b.md": "docs/b.md"}
    found = placed("nav:\n- index.md\n- B: b.md\n", "mkdocs.yml", documents)
    assert found.pages() == ["docs/index.md", "docs/b.md"]


def test_a_toctree_places_pages_under_its_own_page_even_from_a_copy_of_the_source():
    documents = {"a/index.html": "a/index.md", "a/one.html": "a/one.md", "a/two.html": "a/two.md"}
    text = ".. toctree::\n   :glob:\n\n   one\n   *\n"
    found = placed(text, "_sources/a/index.rst.txt", documents)
    assert found.parent == {"a/one.md": "a/index.md", "a/two.md": "a/index.md"}


def test_the_table_most_sure_to_be_whole_comes_first():
    names = ["_toc.yml", "x/y.hhc", "a.hhc", "SUMMARY.md", "i.rst"]
    assert sorted(names, key=trust) == ["a.hhc", "x/y.hhc", "SUMMARY.md", "_toc.yml", "i.rst"]
    assert not is_contents("a/index.html")
    assert [is_no_page(name) for name in names] == [True, True, True, False, False]


@pytest.mark.parametrize("text", ["a: *x", "[" * 5000, "x: [", "a: b: c"])
def test_what_is_no_yaml_is_named(text):
    with pytest.raises(SourceError, match=r"^index\.yaml: is not YAML"):
        read(text, path="index.yaml")


def test_an_alias_that_stands_for_itself_many_times_over_is_not_followed_for_ever():
    lines = ["- &a0 [x.md]"]
    lines += [f"- &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    assert len(rows("\n".join(lines), "toc.yml")) <= 100_000


def test_a_table_without_end_is_refused():
    with pytest.raises(SourceError, match="4 MB"):
        read(" " * (5 << 20), path="a.hhc")


@pytest.mark.parametrize(
    "text", ["<ul>" * 100_000, "</ul>" * 9, "<object type='text/sitemap'>", "<param", "\0", "<a>x"]
)
def test_broken_markup_is_read_as_far_as_it_goes(text):
    assert all(isinstance(row[0], int) for row in rows(text, "a.hhc"))


def test_deep_nesting_stays_within_bounds():
    text = "<ul><li><object type='text/sitemap'><param name='Local' value='a.html'></object>" * 500
    assert max(depth for depth, *_ in rows(text, "a.hhc")) <= 30


def test_the_address_of_the_site_is_learnt_from_its_pages():
    pages = [("a/b.html", "https://e.org/docs/a/b.html"), ("index.html", "https://e.org/docs/")]
    assert base_address(pages) == "https://e.org/docs/"
    assert base_address([("a.html", "../a.html"), ("b.html", "http://[bad")]) == ""
    find = Resolver({"a/b.html": "a/b.md"}, base="https://e.org/docs/").find
    assert find("https://e.org/docs/a/b", "x.html") == "a/b.md"
    assert find("https://other.org/docs/a/b.html", "x.html") is None


def test_an_entry_is_a_row():
    assert Entry(1, "t") == (1, "t", "")
