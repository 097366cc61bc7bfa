"""Pages that office programs saved."""

import pytest

from shikomi.corpus.html import convert

GAP = "<span style='font:7.0pt \"Times New Roman\"'>&nbsp;&nbsp; </span>"


def item(sign, text, style="mso-list:l0 level1 lfo1", font="", comment="<![if !supportLists]>"):
    return (
        f"<p class=MsoListParagraph style='{style}'>{comment}<span style='font-family:{font}'>"
        f"<span style='mso-list:Ignore'>{sign}{GAP}</span></span><![endif]>{text}</p>\n"
    )


ITEMS = {
    "letters of a font of symbols are bullets": (
        item("l", "a", font="Wingdings") + item("l", "<b>b</b>", font="Wingdings"),
        "- a\n- **b**\n",
    ),
    "numbers are those of the items": (
        "<p>Do:</p>" + item("3.", "c") + item("4)", "d"),
        "Do:\n\n3. c\n4. d\n",
    ),
    "levels are those that are said": (
        item("1.", "a") + item("·", "b", "mso-list:l0 level2 lfo1") + item("2.", "c"),
        "1. a\n   - b\n2. c\n",
    ),
    "levels are those of the margins where none are said": (
        item("·", "a", "margin-left:36.0pt") + item("-", "b", "margin-left:72.0pt"),
        "- a\n  - b\n",
    ),
    "a sign that no list has stays": (item("(a)", "x") + item("第1", "y"), "- (a) x\n- 第1 y\n"),
    "text between two items ends the list": (
        item("·", "a") + "<p>t</p>" + item("·", "b"),
        "- a\n\nt\n- b\n",
    ),
    "what has no sign is a paragraph": (
        "<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'>a</p><p class=MsoNormal>b</p>",
        "a\n\nb\n",
    ),
    "a title is the first heading, and the others are below it": (
        "<p class=MsoTitle><span>T</span></p><h1>A</h1>",
        "# T\n\n## A\n",
    ),
}


@pytest.mark.parametrize("name", ITEMS)
def test_of_paragraphs_that_are_items(name):
    html, expected = ITEMS[name]
    assert convert(html, path="x.html")[1] == expected
