"""Numbers that Word counts by itself, and writes nowhere."""

import pytest
from test_docx import WORD, markdown, paragraph, run, with_body

from shikomi.corpus.docx_numbers import _FORMATS


def level(at, shape, text, *, start=1, more=""):
    return (
        f'<w:lvl w:ilvl="{at}"><w:start w:val="{start}"/><w:numFmt w:val="{shape}"/>{more}'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
    )


def numbering(*levels, more=""):
    return (
        f'<w:numbering xmlns:w="{WORD}"><w:abstractNum w:abstractNumId="1">{"".join(levels)}'
        '</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>'
        '<w:num w:numId="2"><w:abstractNumId w:val="1"/><w:lvlOverride w:ilvl="0">'
        f'<w:startOverride w:val="1"/></w:lvlOverride></w:num>{more}</w:numbering>'
    )


def item(text, at=0, *, number=1, style=""):
    own = f'<w:pStyle w:val="{style}"/>' if style else ""
    listed = f'<w:numPr><w:ilvl w:val="{at}"/><w:numId w:val="{number}"/></w:numPr>'
    return f"<w:p><w:pPr>{own}{listed}</w:pPr>{run(text)}</w:p>"


def made(body, *levels, styles=""):
    return markdown(with_body(body, styles, **{"word/numbering.xml": numbering(*levels)}))


RULES = (
    level(0, "decimal", "第%1条"),
    level(1, "decimalFullWidth", "%2"),
    level(2, "decimal", "（%3）"),
)


def test_articles_and_their_items_have_the_numbers_that_others_refer_to():
    body = (
        item("（目的）この規程は貸出を定める。")
        + item("（返却）返却は七日以内とする。")
        + item("延長は一度に限る。", 1)
        + item("次の物は延長しない。", 1)
        + item("工具", 2)
        + item("鍵", 2)
        + item("（罰則）前条第二項による。")
    )
    assert made(body, *RULES) == (
        "第1条 （目的）この規程は貸出を定める。\n\n第2条 （返却）返却は七日以内とする。\n"
        "- １ 延長は一度に限る。\n- ２ 次の物は延長しない。\n  - （1） 工具\n  - （2） 鍵\n\n"
        "第3条 （罰則）前条第二項による。\n"
    )


def test_headings_have_the_numbers_of_all_levels_above():
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="H{n}"><w:name w:val="heading {n}"/><w:pPr>'
        f'<w:numPr><w:ilvl w:val="{n - 1}"/><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        for n in (1, 2)
    )
    body = "".join(
        paragraph(run(text), style=style)
        for text, style in (("Start", "H1"), ("Oil", "H2"), ("Wick", "H2"), ("Stop", "H1"),
                            ("Rest", "H2"))
    )  # fmt: skip
    found = made(body, level(0, "upperRoman", "%1."), level(1, "decimal", "%1.%2",
                 more="<w:isLgl/>"), styles=styles)  # fmt: skip
    heads = [line.lstrip("# ") for line in found.splitlines() if line.startswith("#")]
    assert heads == ["I. Start", "1.1 Oil", "1.2 Wick", "II. Stop", "2.1 Rest"]


def test_a_list_of_plain_numbers_and_one_of_bullets_stay_as_they_are():
    body = item("先") + item("後") + item("その他", 1)
    found = made(body, level(0, "decimal", "%1."), level(1, "bullet", "●"))
    assert found == "1. 先\n2. 後\n   - その他\n"


def test_a_plain_list_below_an_article_is_one_and_nothing_more():
    body = item("貸出") + item("先", 1) + item("後", 1) + item("返却")
    found = made(body, level(0, "japaneseCounting", "第%1条"), level(1, "decimal", "%2."))
    assert found == "第一条 貸出\n\n1. 先\n2. 後\n\n第二条 返却\n"


def test_a_list_that_starts_anew_counts_from_its_start():
    body = item("一") + item("二") + item("三", number=2) + item("四", number=2)
    found = made(body, level(0, "aiueo", "(%1)"))
    assert found == "- (ア) 一\n- (イ) 二\n- (ア) 三\n- (イ) 四\n"


def test_a_list_that_starts_late_says_so():
    assert made(item("後"), level(0, "decimal", "(%1)", start=4)) == "- (4) 後\n"


@pytest.mark.parametrize(
    "broken",
    [
        '<w:abstractNum w:abstractNumId="1"/>'
        '<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>',
        '<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num>',
    ],
)
def test_lists_that_are_not_defined_number_nothing(broken):
    part = f'<w:numbering xmlns:w="{WORD}">{broken}</w:numbering>'
    listed = '<w:pPr><w:numPr><w:ilvl w:val="x"/><w:numId w:val="1"/></w:numPr></w:pPr>'
    body = f"<w:p>{listed}{run('灯り')}</w:p>"
    assert markdown(with_body(body, **{"word/numbering.xml": part})).endswith("灯り\n")


@pytest.mark.parametrize(
    ("shape", "n", "shown"),
    [
        ("japaneseCounting", 21, "二十一"),
        ("japaneseCounting", 110, "百十"),
        ("lowerRoman", 49, "xlix"),
        ("upperLetter", 28, "BB"),
        ("decimalEnclosedCircle", 20, "⑳"),
        ("decimalEnclosedCircle", 21, "(21)"),
        ("iroha", 3, "ハ"),
        ("decimalZero", 7, "07"),
    ],
)
def test_numbers_are_written_as_the_format_says(shape, n, shown):
    assert _FORMATS[shape](n) == shown
