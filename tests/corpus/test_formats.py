import io

import docx
import pytest
from pdfs import line, lines, pdf

from shikomi.corpus.formats import CONVERTERS, convert, media_type
from shikomi.corpus.names import document_paths
from shikomi.errors import SourceError

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.mark.parametrize(
    ("path", "data", "kind"),
    [
        ("a.md", b"", "text/markdown"),
        ("a.HTM", b"", "text/html"),
        ("a.Rmd", b"", "text/markdown"),
        ("a.txt", b"<html>", "text/plain"),
        ("README", b"hello", "text/plain"),
        ("page", b"\xef\xbb\xbf<!-- x --><!DOCTYPE html>", "text/html"),
        ("Makefile", b"all:", None),
        ("a.css", b"a{}", None),
        ("a.1", b"1, 2", None),
        ("NEWS", b"x", "text/plain"),
        ("a.PDF", b"", "application/pdf"),
        ("a.cgi", b"%PDF-1.7", "application/pdf"),
        ("a.docx", b"", DOCX),
        ("report", b"PK\x03\x04 word/document.xml", DOCX),
        ("a.jar", b"PK\x03\x04 META-INF", None),
        ("a.txt", b"%PDF-1.7", "text/plain"),
    ],
)
def test_the_media_type_is_by_name_and_else_by_content(path, data, kind):
    assert media_type(path, data) == kind
    assert kind is None or kind in CONVERTERS


@pytest.mark.parametrize("comment", [b"<!---->", b"<!-- x --> ", b"<!--", b"<!-->-->"])
def test_a_beginning_of_many_comments_is_told_at_once(comment):
    start = comment * 600
    assert media_type("page", start + b"<p>") is None
    assert media_type("page", comment * 50 + b"<!-- --><html>") == "text/html"


def test_markdown_passes_through_and_its_front_matter_is_kept_apart():
    source = "---\ntitle: 題\ntags: [a, b]\n---\n\n# 見出し\n\n* x \n"
    found = convert(source.encode(), path="a.md")
    assert found.markdown == "# 見出し\n\n* x \n"
    assert (found.title, found.front_matter) == ("題", "title: 題\ntags: [a, b]\n")


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# Lamps and C#\nThe lamps are lit at dusk.\n", "Lamps and C#"),
        ("## 灯り ##\n\n夕方に点く。\n", "灯り"),
        ("#5 is the spare lamp\n\nIt is dark.\n", "#5 is the spare lamp"),
        ("#!/bin/sh\necho\n", "a"),
    ],
)
def test_a_text_that_begins_with_a_markdown_heading_has_its_words_as_title(text, title):
    assert convert(text.encode(), path="a.txt").title == title


def test_front_matter_in_toml_becomes_that_of_the_document():
    text = (
        '+++\ntitle = "題 \\"x\\""\ndate = 2020-01-02T03:04:05Z\ntags = ["灯", "b"]\n'
        "draft = false\n"
        "[params]\nx = 1\n+++\n\nBody.\n"
    )
    page = convert(text.encode(), path="a.md")
    assert (page.title, page.markdown) == ('題 "x"', "Body.\n")
    assert page.front_matter == (
        'title: "題 \\"x\\""\ndate: "2020-01-02 03:04:05+00:00"\ntags: ["灯", "b"]\n'
        'draft: false\nparams: {"x": 1}\n'
    )


def test_front_matter_in_json_becomes_that_of_the_document():
    text = '{\n "title": "Lamp {1}",\n "tags": ["灯"]\n}\n\n# Body\n'
    page = convert(text.encode(), path="a.md")
    assert (page.title, page.markdown) == ("Lamp {1}", "# Body\n")
    assert page.front_matter == 'title: "Lamp {1}"\ntags: ["灯"]\n'


@pytest.mark.parametrize(
    "text", ['{"a": 1} is JSON.\n', "{#top}\n# A\n", "{\n", "{}\n", "{{ x }}\n"]
)
def test_what_only_begins_like_json_is_text(text):
    assert convert(text.encode(), path="a.md").markdown == text


@pytest.mark.parametrize(
    "text", ["+++\nno toml\n+++\nx\n", '+++\n"a:b" = 1\n+++\nx\n', "+++\nx = 1\n\ny\n"]
)
def test_what_only_looks_like_toml_is_text(text):
    assert convert(text.encode(), path="a.mdx").markdown == text


def test_text_keeps_its_lines():
    source = "手順\n====\n\n# not changed\n  * a  \n1) b"
    found = convert(source.encode("cp932"), path="a.txt")
    assert (found.title, found.markdown, found.encoding) == ("手順", source, "cp932")


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        (
            "a.rst",
            "=====\nTitle\n=====\n\nWords.\n\n節\n==\n\n== ==\na  b\n== ==\n\nSub\n---\n::\n",
            "# Title\n\nWords.\n\n## 節\n\n|  |  |\n| --- | --- |\n| a | b |\n\n### Sub\n::\n",
        ),
        (
            "a.adoc",
            "= Title\n\n== Sub\n\n----\n== no\n----\n",
            "# Title\n\n## Sub\n\n```\n== no\n```\n",
        ),
        (
            "a.adoc",
            "Oil can\n=======\n\n[source%linenums, ruby]\n.Fill it\n----\n....\n```\n----\n\n"
            "[source]\nshort code\n\n```sh\n= no\n```\n[[x]]\n[,c]\n....\nd\n....\n",
            "# Oil can\n\nFill it\n\n````ruby\n....\n```\n````\n\n"
            "```\nshort code\n```\n\n```sh\n= no\n```\n[[x]]\n```c\nd\n```\n",
        ),
        (
            "a.org",
            "* Title\n** Sub\n#+BEGIN_SRC sh -n\n,* no\n#+END_SRC\n- x\n#+begin_example a\nb\n"
            "#+end_example\n",
            "# Title\n## Sub\n```sh\n* no\n```\n- x\n```\nb\n```\n",
        ),
        (
            "lamp.1",
            '.\\" Made\n.TH LAMP 1\n.SH "SEE ALSO"\nUse \\fBlamp\\fR \\-x.\n.B bold\n.nf\nx\n.fi\n',
            "\n# LAMP(1)\n\n\n## SEE ALSO\n\nUse lamp -x.\nbold\n```\nx\n```\n",
        ),
    ],
    ids=["reStructuredText", "AsciiDoc", "AsciiDoc's code", "Org", "man"],
)
def test_other_light_markup_is_text_with_its_headings_and_code(path, text, expected):
    assert convert(text.encode(), path=path).markdown == expected


_PERL_MANUAL = r"""
.\" Made
.de Vb
.ft CW
..
.ie n \{\
.    ds C` ""
'br\}
.IX Title "LAMP 3perl"
.TH LAMP 3perl 2026 "" "Lamps"
.SH NAME
lamp \- light \*(L"x\*(R"
.IP \(bu 4
.BR light (1)
takes \fI<name>\fR
.ie n .IP "\fBdim\fR" 4
.el .IP "no" 4
less \(em much
.Vb 1
\& a \e<b>
.Ve
.SH END
"""


def test_what_a_manual_page_tells_its_typesetter_is_left_out():
    found = convert(_PERL_MANUAL.encode(), path="man/lamp.3perl")
    assert [line for line in found.markdown.split("\n") if line] == [
        "# LAMP(3perl)", "2026, Lamps", "## NAME", 'lamp - light "x"', "- light(1)",
        "takes \\<name>", "dim", "less — much", "```", " a \\<b>", "```", "## END",
    ]  # fmt: skip
    assert found.title == "LAMP(3perl)"


_SPHINX = """
.. _top:

Lamps
=====

See :class:`~light.Lamp`, :ref:`the top <top>`, :pep:`8`, `here <https://e.example/>`_ and `Site`_.

.. _Site: https://s.example/

Code::

    def f():
        return ``1``

.. code-block:: python
   :linenos:

   :class:`no`

.. note::

    Be *careful*.

.. function:: dim(a, \\
                  b)
   :async:

    Dims it.

    :param int a: How
        far.

.. toctree::
   :maxdepth: 2

   other
   All parts <parts/index>
   more/*
   self

.. A remark
   of the author.

.. only:: html

   Read :doc:`other` or :doc:`the list <parts/index>`.

.. templatetag:: glow

   It *glows*:

   .. code-block:: none

      x

.. automodule:: light
"""


def test_directives_and_roles_of_sphinx_become_what_they_say():
    found = convert(_SPHINX.replace("\\\\", "\\").encode(), path="a.rst").markdown
    assert [line for line in found.split("\n") if line] == [
        "# Lamps",
        "See `Lamp`, the top, PEP 8, [here](https://e.example/) and [Site](https://s.example/).",
        "Code:", "```", "def f():", "    return ``1``", "```",
        "```python", ":class:`no`", "```", "**Note:**", "Be *careful*.",
        "**`dim(a, b)`**", "Dims it.", "- **param int a**: How", "  far.",
        "- [other](other)", "- [All parts](parts/index)", "- more/*",
        "Read [other](other) or [the list](parts/index).",
        "**glow**", "It *glows*:", "```none", "x", "```", ".. automodule:: light",
    ]  # fmt: skip


def test_items_that_number_themselves_are_items():
    text = b"First:\n\n#. Open the valve\n   by hand.\n#. Close it.\n\n#.no\n"
    found = convert(text, path="a.rst").markdown
    assert found == "First:\n\n1. Open the valve\n   by hand.\n1. Close it.\n\n#.no\n"


def test_links_and_roles_go_over_the_ends_of_lines():
    text = b"""Read `the oil
  list <https://oil.example/>`_, then :ref:`how
to fill <fill>` it.

As ``a ` mark`` and `left open
it stays.
"""
    assert convert(text, path="a.rst").markdown == (
        "Read [the oil list](https://oil.example/), then how to fill it.\n\n"
        "As ``a ` mark`` and `left open\nit stays.\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "- use `foo' to\n- use `bar' to\n",
        "1. use `foo' to\n2. use `bar' to\n",
        ":a: use `foo' to\n:b: use `bar' to\n",
    ],
)
def test_quotes_that_look_left_open_join_no_items(text):
    assert convert(text.encode(), path="a.rst").markdown == text


def test_a_class_that_is_a_style_is_no_text():
    text = ".. class:: alert alert-oil\n\nRead.\n\n.. class:: lead\n\n"
    text += ".. class:: Can(oil)\n\n   Holds.\n"
    found = convert(text.encode(), path="a.rst").markdown
    assert [line for line in found.split("\n") if line] == ["Read.", "**`Can(oil)`**", "Holds."]


def test_the_pages_that_sphinx_names_are_links_to_their_documents():
    text = ".. toctree::\n\n   b\n   /c/d\n\n:doc:`e`\n"
    documents = document_paths(["s/a.rst", "s/b.rst", "c/d.rst", "s/e.md"])
    found = convert(text.encode(), path="s/a.rst", documents=documents)
    assert [link.path for link in found.links] == ["s/b.rst.md", "c/d.rst.md", "s/e.md"]


def test_a_readme_about_something_is_text_and_a_packed_one_is_not():
    assert convert(b"Keys.", path="README.keys").markdown == "Keys."
    assert media_type("README.gz", b"\x1f\x8b\x08\x00\x00") is None


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


def test_a_pdf_becomes_a_document_titled_by_its_heading():
    found = convert(pdf(line("Handbook", 50, 740, size=24) + lines("Some words.")), path="a/b.pdf")
    assert (found.title, found.markdown) == ("Handbook", "# Handbook\n\nSome words.\n")
    assert (found.encoding, found.encoding_reason) == ("binary", "pdf")


def test_a_word_document_is_titled_by_its_name_if_by_nothing_else():
    document, target = docx.Document(), io.BytesIO()
    document.add_paragraph("本文")
    document.save(target)
    found = convert(target.getvalue(), path="a/規程.docx")
    assert (found.title, found.markdown) == ("規程", "本文\n")
    assert (found.encoding, found.encoding_reason) == ("binary", "docx")


def test_what_is_known_of_the_encoding_decides_where_the_bytes_do_not():
    data = "配布".encode("cp932")
    found = convert(data, path="a.txt", prior="cp932")
    assert (found.markdown, found.encoding_reason) == ("配布", "neighbours")
    found = convert(data, path="a.txt", declared="Shift_JIS")
    assert (found.markdown, found.encoding_reason) == ("配布", "declared")


def test_a_file_that_cannot_be_converted_says_which_it_is():
    with pytest.raises(SourceError, match=r"^a/b\.md: .*not text"):
        convert(b"a\0b", path="a/b.md")
    with pytest.raises(SourceError, match=r"^x\.pdf: .*broken"):
        convert(b"a", path="x.pdf")
    with pytest.raises(SourceError, match=r"^x\.bin: no converter"):
        convert(b"a", path="x.bin")


def test_documents_never_share_a_path_even_where_letter_case_is_ignored():
    found = document_paths(["A.html", "a.md", "a.txt", "b/x.htm"])
    assert found["a.md"] == "a.md"
    assert found["b/x.htm"] == "b/x.md"
    assert len({path.lower() for path in found.values()}) == 4
    assert found == document_paths(["b/x.htm", "a.txt", "a.md", "A.html"])


def test_a_page_of_more_tags_than_memory_is_for_is_refused():
    with pytest.raises(SourceError, match=r"^a\.html: .*5,000,000 tags: split it"):
        convert(b"<b>" * 5_000_001, path="a.html")
