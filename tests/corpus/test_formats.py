import pytest

from shikomi.corpus.formats import CONVERTERS, convert, media_type
from shikomi.corpus.names import document_paths
from shikomi.errors import SourceError


@pytest.mark.parametrize(
    ("path", "data", "kind"),
    [
        ("a.md", b"", "text/markdown"),
        ("a.HTM", b"", "text/html"),
        ("a.txt", b"<html>", "text/plain"),
        ("README", b"hello", "text/plain"),
        ("page", b"\xef\xbb\xbf<!-- x --><!DOCTYPE html>", "text/html"),
        ("Makefile", b"all:", None),
        ("a.css", b"a{}", None),
    ],
)
def test_the_media_type_is_by_name_and_for_pages_without_suffix_by_content(path, data, kind):
    assert media_type(path, data) == kind
    assert kind is None or kind in CONVERTERS


def test_markdown_passes_through_and_its_front_matter_is_kept_apart():
    source = "---\ntitle: 題\ntags: [a, b]\n---\n\n# 見出し\n\n* x \n"
    found = convert(source.encode(), path="a.md")
    assert found.markdown == "# 見出し\n\n* x \n"
    assert (found.title, found.front_matter) == ("題", "title: 題\ntags: [a, b]\n")


def test_text_keeps_its_lines():
    source = "手順\n====\n\n# not changed\n  * a  \n1) b"
    found = convert(source.encode("cp932"), path="a.txt")
    assert (found.title, found.markdown, found.encoding) == ("手順", source, "cp932")


def test_line_ends_become_lf():
    assert convert(b"a\r\nb\rc\n", path="a.md").markdown == "a\nb\nc\n"


@pytest.mark.parametrize(
    ("path", "text", "title"),
    [
        ("a.md", "## 副\n\n# 主\n", "主"),
        (
            "a.md",
            "# <a id='x'></a>**太字** と `code_x` [リンク](b.md) #\n",
            "太字 と code_x リンク",
        ),
        ("a.md", "Setext\n===\n", "Setext"),
        ("a.md", "```\n# no\n```\n", "a"),
        ("sub/index.md", "no heading", "sub"),
        ("a.html", "<title>T</title><h1>H</h1>", "T"),
        ("a.html", "<h1>H</h1>", "H"),
        ("a.txt", "短い題\n\n本文です。", "短い題"),
        ("a.txt", "これは文です。\n\n次。", "a"),
        ("a.txt", "", "a"),
    ],
)
def test_the_title_is_what_the_page_calls_itself(path, text, title):
    assert convert(text.encode(), path=path).title == title


def test_links_go_to_documents_whatever_the_source_was():
    html = '<a href="b.html#x">B</a><a href="https://example.com/">w</a><a href="b.html#x">B2</a>'
    markdown = "[B](b.md#x) `[no](c.md)` ![img](d.md) [up](../../e.md) [me](a.md#y)"
    for path, text in (("s/a.html", html), ("s/a.md", markdown)):
        found = convert(text.encode(), path=path).links
        assert [(link.path, link.anchor, link.text) for link in found] == [("s/b.md", "x", "B")]


def test_a_file_that_cannot_be_converted_says_which_it_is():
    with pytest.raises(SourceError, match=r"^a/b\.md: .*not text"):
        convert(b"a\0b", path="a/b.md")
    with pytest.raises(SourceError, match=r"^x\.bin: no converter"):
        convert(b"a", path="x.bin")


def test_documents_never_share_a_path_even_where_letter_case_is_ignored():
    found = document_paths(["A.html", "a.md", "a.txt", "b/x.htm"])
    assert found["a.md"] == "a.md"
    assert found["b/x.htm"] == "b/x.md"
    assert len({path.lower() for path in found.values()}) == 4
    assert found == document_paths(["b/x.htm", "a.txt", "a.md", "A.html"])
