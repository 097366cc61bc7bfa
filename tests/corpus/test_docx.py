import base64
import io
import zipfile
from itertools import pairwise

import docx
import docx.enum.style
import docx.shared
import pytest

from shikomi.corpus.docx import convert
from shikomi.errors import SourceError

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
MATH = "http://schemas.openxmlformats.org/officeDocument/2006/math"
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def saved(document):
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def with_parts(data, parts):
    """The same archive with some of its files replaced or added."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w", 8) as new:
        for name in {*old.namelist(), *parts}:
            new.writestr(name, parts[name] if name in parts else old.read(name))
    return target.getvalue()


def with_body(body, styles="", **parts):
    """A document whose body is this XML."""
    spaces = f'xmlns:w="{WORD}" xmlns:m="{MATH}"'
    spaces += ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    document = f"<w:document {spaces}><w:body>{body}</w:body></w:document>"
    found = {"word/document.xml": document, **parts}
    if styles:
        found["word/styles.xml"] = f"<w:styles {spaces}>{styles}</w:styles>"
    return with_parts(saved(docx.Document()), found)


def paragraph(*inner, style=""):
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{properties}{''.join(inner)}</w:p>"


def run(text):
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def markdown(data):
    return convert(data, path="a.docx")[1]


def test_headings_lists_tables_and_emphasis_come_out():
    document = docx.Document()
    document.add_heading("手引き", 0)
    document.add_heading("はじめに", 1)
    document.add_paragraph("本文は").add_run("太字").bold = True
    for text in ("一", "二"):
        document.add_paragraph(text, style="List Bullet")
    document.add_paragraph("先", style="List Number")
    table = document.add_table(2, 2)
    for cell, text in zip(table._cells, ("A|B", "x", "C\nD", "1*2"), strict=True):
        cell.text = text
    document.add_heading("次", 1)
    assert markdown(saved(document)) == (
        "# 手引き\n\n## はじめに\n\n本文は**太字**\n- 一\n- 二\n\n1. 先\n\n"
        "| A\\|B | x |\n| --- | --- |\n| C<br>D | 1*2 |\n\n## 次\n"
    )


def test_chapters_without_a_title_above_them_are_of_one_level():
    document = docx.Document()
    for text, level in (("First", 1), ("Inside", 2), ("Second", 1)):
        document.add_heading(text, level)
    assert markdown(saved(document)) == "## First\n\n### Inside\n\n## Second\n"


def test_headings_are_known_by_their_outline_level_whatever_their_style_is_called():
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="{name}">{inner}</w:style>'
        for name, inner in {
            "a": '<w:name w:val="章"/><w:pPr><w:outlineLvl w:val="0"/></w:pPr>',
            "b": '<w:name w:val="節"/><w:basedOn w:val="c"/>',
            "c": '<w:name w:val="見出し 2"/>',
            "d": '<w:name w:val="d"/><w:basedOn w:val="d"/>',
        }.items()
    )
    own = '<w:p><w:pPr><w:outlineLvl w:val="2"/></w:pPr>' + run("項") + "</w:p>"
    body = paragraph(run("章題"), style="a") + paragraph(run("節題"), style="b") + own
    body += paragraph(run("本文"), style="d")
    assert markdown(with_body(body, styles)) == "# 章題\n\n## 節題\n\n### 項\n\n本文\n"


RUBY = (
    "<w:r><w:ruby><w:rt><w:r><w:t>うかがか</w:t></w:r></w:rt>"
    "<w:rubyBase><w:r><w:t>伺か</w:t></w:r></w:rubyBase></w:ruby></w:r>"
)
FRACTION = (
    "<m:oMath><m:f><m:num><m:r><m:t>a+b</m:t></m:r></m:num>"
    "<m:den><m:r><m:t>c</m:t></m:r></m:den></m:f></m:oMath>"
)
NEWER = "<mc:AlternateContent><mc:Choice><w:t>new</w:t></mc:Choice></mc:AlternateContent>"


@pytest.mark.parametrize(
    ("inner", "seen"),
    [
        (run("これは") + RUBY + run("です"), "これは伺か（うかがか）です"),
        (run("is ") + FRACTION, "is (a+b)/c"),
        (f"<w:fldSimple>{run('field')}</w:fldSimple>", "field"),
        (f"<w:bdo>{run('turned')}</w:bdo>", "turned"),
        (
            f"<w:ins>{run('added')}</w:ins><w:del><w:r><w:delText>x</w:delText></w:r></w:del>",
            "added",
        ),
        (f"<w:r>{NEWER}</w:r>", "new"),
        ("<w:r><w:t>a</w:t><w:cr/><w:t>b</w:t></w:r>", "a\\\nb"),
    ],
    ids=["ruby", "formula", "field", "direction", "revision", "newer", "line end"],
)
def test_nothing_that_a_reader_sees_is_lost(inner, seen):
    assert markdown(with_body(paragraph(inner))) == seen + "\n"


def test_footnotes_are_kept_and_linked():
    note = f'<w:footnote w:id="2">{paragraph(RUBY)}</w:footnote>'
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    relation = f'<Relationship Id="n" Type="{kind}" Target="footnotes.xml"/>'
    relations = f'<Relationships xmlns="{space}">{relation}</Relationships>'
    parts = {
        "word/footnotes.xml": f'<w:footnotes xmlns:w="{WORD}">{note}</w:footnotes>',
        "word/_rels/document.xml.rels": relations,
    }
    body = paragraph(run("文"), '<w:r><w:footnoteReference w:id="2"/></w:r>')
    found = markdown(with_parts(with_body(body), parts))
    assert "文<sup>" in found
    assert "伺か（うかがか）" in found
    assert found.count("#footnote-2") == 1


def test_code_is_known_by_its_font_or_its_styles_name():
    document = docx.Document()
    document.add_paragraph("The lever starts the pump, and the pump fills the lamp with oil.")
    style = document.styles.add_style("Listing", docx.enum.style.WD_STYLE_TYPE.PARAGRAPH)
    for text in ("pump --lever", "    --down"):
        document.add_paragraph(text, style=style)
    inline = document.add_paragraph("Type ")
    inline.add_run("pump*").font.name = "Consolas"
    made = markdown(saved(document))
    assert "```\npump --lever\n    --down\n```" in made
    assert "Type `pump*`" in made


def test_a_document_in_typewriter_type_is_text():
    document = docx.Document()
    document.styles["Normal"].font.name = "Courier New"
    document.add_paragraph("The lever starts the pump.")
    assert markdown(saved(document)).strip() == "The lever starts the pump."


def test_lists_are_as_deep_as_their_styles_names_say():
    document = docx.Document()
    for text, style in (("Oil", "List Bullet"), ("thin", "List Bullet 2"), ("Tank", "List Bullet")):
        document.add_paragraph(text, style=style)
    assert markdown(saved(document)).strip() == "- Oil\n  - thin\n- Tank"


def test_the_table_of_contents_is_left_out_and_its_field_ends_in_the_text():
    style = '<w:style w:type="paragraph" w:styleId="T1"><w:name w:val="toc 1"/></w:style>'
    begin = '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
    begin += (
        '<w:r><w:instrText>TOC</w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>'
    )
    end = '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    body = paragraph(begin, run("Lever"), "<w:r><w:tab/><w:t>7</w:t></w:r>", style="T1")
    made = markdown(with_body(body + paragraph(end, run("The lever is down.")), style))
    assert made.strip() == "The lever is down."


def large(document, text, points):
    heading = document.add_paragraph().add_run(text)
    heading.bold, heading.font.size = True, docx.shared.Pt(points)


@pytest.mark.parametrize(("styled", "expected"), [(False, ["## Lever", "### Down"]), (True, [])])
def test_large_bold_lines_are_headings_where_no_style_makes_any(styled, expected):
    document = docx.Document()
    if styled:
        document.add_heading("Pump", 1)
    for text, points in (("Lever", 18), ("Down", 14), ("Tank", 18), ("Warm oil.", 18)):
        large(document, text, points)
        document.add_paragraph("The lever starts the pump, and the pump fills the lamp with oil.")
    lines = markdown(saved(document)).splitlines()
    assert [line for line in lines if line in ("## Lever", "### Down")] == expected
    assert "**Warm oil.**" in lines


def test_an_image_leaves_its_alternative_text():
    document = docx.Document()
    document.add_picture(io.BytesIO(PIXEL))
    document.inline_shapes[0]._inline.docPr.set("descr", "接続の図")
    assert markdown(saved(document)) == "接続の図\n"


def test_the_title_is_the_one_in_the_text_else_that_of_the_properties():
    document = docx.Document()
    document.core_properties.title = "規程集"
    document.add_paragraph("本文")
    assert convert(saved(document), path="a.docx")[0] == "規程集"
    document.add_heading("本当の題", 0)
    assert convert(saved(document), path="a.docx")[0] == ""
    document = docx.Document()
    document.core_properties.title = "Microsoft Word - a.docx"
    assert convert(saved(document), path="a.docx")[0] == ""


def entities():
    """Names that stand for ten times the one before: 10 GB in all."""
    made = (f'<!ENTITY {y} "{f"&{x};" * 10}">' for x, y in pairwise("abcdefghij"))
    declared = f'<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa">{"".join(made)}]>'
    return f'{declared}<w:document xmlns:w="{WORD}">&j;</w:document>'


DEEP = "<w:tbl><w:tr><w:tc>" * 300 + paragraph(run("x")) + "</w:tc></w:tr></w:tbl>" * 300


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "broken"),
        (b"PK\x03\x04 and nothing else", "broken"),
        (saved(docx.Document())[:2000], "broken"),
        (with_body("<w:p>"), "broken"),
        (with_body(DEEP), "broken"),
        (with_body("", **{"word/document.xml": entities()}), "broken"),
        (with_body("", **{"word/more.xml": b" " * (101 << 20)}), "unpacks to more than"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "encrypted, or in the old format"),
    ],
    ids=["empty", "head alone", "cut", "no xml", "deep", "entities", "bomb", "ole"],
)
def test_a_document_that_cannot_be_read_says_why_in_one_line(data, message):
    with pytest.raises(SourceError, match=message) as raised:
        convert(data, path="a.docx")
    assert "\n" not in str(raised.value)


def test_changed_bytes_never_raise_anything_else():
    document = docx.Document()
    document.add_heading("Title", 1)
    whole = saved(document)
    for at in range(0, len(whole), 997):
        damaged = whole[:at] + bytes([whole[at] ^ 0x15]) + whole[at + 1 :]
        try:
            convert(damaged, path="a.docx")
        except SourceError as error:
            assert "Word" in str(error)
