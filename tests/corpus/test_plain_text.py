"""Text laid out for a printer, as manuals and memos have it."""

import pytest

from shikomi.corpus.blocks import headings
from shikomi.corpus.formats import convert


def markdown(text):
    return convert(text.encode(), path="a.txt").markdown


def page(number, body, *, feed):
    head = "Memo 17                  The Oil Pump Protocol                  June 1999"
    foot = f"Sato & Lee               Draft Standard                     [Page {number}]"
    above = [head, "", ""] if number > 1 else []
    return "\n".join([*above, *body, "", "", foot, "\f" if feed else "\n\n"])


BODIES = (
    ["1.  Start", "", "   The pump starts when the lever is", "   down and the tank has more than"],
    ["   five litres.", "", "1.1.  Priming", "", "   Prime the pump twice."],
    ["2.  Stop", "", "   Lift the lever."],
    ["   Close the tap, too."],
)
RUN_ON = "The pump starts when the lever is\ndown and the tank has more than\nfive litres."


@pytest.mark.parametrize("feed", [True, False])
def test_page_breaks_with_their_heads_and_feet_are_gone_and_sentences_go_on(feed):
    text = "".join(page(i, body, feed=feed) for i, body in enumerate(BODIES, start=1))
    made = markdown(text)
    assert RUN_ON in made
    assert "Sato" not in made and "Memo 17" not in made and "\f" not in made


def test_pages_of_66_lines_are_told_by_what_repeats_in_them():
    def sheet(number, body):
        lines = ["", "", f"Manual      Oil pump     {number}", "", *body]
        return [*lines, *[""] * (66 - len(lines))]

    bodies = (["The lever", "and"], ["the tank.", "", "More."], ["The end."])
    lines = [line for i, body in enumerate(bodies, start=1) for line in sheet(i, body)]
    assert markdown("\n".join(lines)).strip() == "The lever\nand\nthe tank.\n\nMore.\n\nThe end."


def test_lines_that_are_alike_but_for_their_numbers_stay():
    text = "\f".join(f"The tank is full.\n\nIt holds {n} litres." for n in (500, 90, 7))
    made = markdown(text)
    assert all(f"It holds {n} litres." in made for n in (500, 90, 7))


def test_letters_struck_twice_and_colours_are_plain():
    said = "The pump moves oil from the tank to the lamp and back.\n" * 5
    assert markdown(f"P\bPu\bu _\bo_\bi_\bl \x1b[1mnow\x1b[0m.\n{said}") == f"Pu oil now.\n{said}"


def outline(text):
    return [(heading.level, heading.title) for heading in headings(markdown(text))]


def test_numbered_headings_are_headings_and_their_text_comes_to_the_edge():
    text = "\n\n".join("\n".join(body) for body in BODIES)
    assert outline(text) == [(2, "1. Start"), (3, "1.1. Priming"), (2, "2. Stop")]
    assert "\nPrime the pump twice.\n" in markdown(text)


def test_a_contents_list_gives_no_headings():
    contents = "1. Start\n\n1.1. Priming\n\n2. Stop\n\n"
    text = contents + "\n\n".join("\n".join(body) for body in BODIES)
    assert len(outline(text)) == 3 and markdown(text).count("#") == 7


def test_japanese_chapters_are_headings():
    said = "ポンプはレバーを下げると動きます。" * 30
    text = f"第1章　準備\n\n{said}\n\n第1節　注油\n\n{said}\n\n第2章　停止\n\n{said}\n"
    assert [level for level, _ in outline(text)] == [2, 3, 2]


def test_the_steps_of_a_list_are_no_headings():
    text = "Do this.\n\n1. Lift the lever\n\n2. Prime the pump\n\n3. Open the tap\n\nDone.\n"
    assert markdown(text) == text


def test_paragraphs_with_numbers_are_no_headings():
    said = "\n".join(["      the warden of the lamps may lift it on any day but the first,"] * 5)
    parts = [
        f"   {n}. Grant of Lamps. Under the terms and conditions of\n{said}\n" for n in (1, 2, 3, 4)
    ]
    more = [f"   {n}. Lamps that are lit by\n{said}\n" for n in (5, 6, 7)]
    assert "#" not in markdown("\n".join([*parts, *more]))


def test_names_at_the_edge_above_text_that_is_set_in_are_headings():
    parts = [
        f"{name}\n       It pumps oil from the tank\n       to the lamp and back, says {name}.\n"
        for name in ("NAME", "OPTIONS", "FILES")
    ]
    made = markdown("PUMP MANUAL\n\n" + "\n".join(parts))
    assert outline("PUMP MANUAL\n\n" + "\n".join(parts)) == [
        (1, "PUMP MANUAL"),
        (2, "NAME"),
        (2, "OPTIONS"),
        (2, "FILES"),
    ]
    assert "\nIt pumps oil from the tank\n" in made


def test_a_word_cut_at_a_lines_end_is_whole_and_a_hyphen_of_its_own_stays():
    made = markdown("The lubri‐\ncation of a self-\nlocking pump: lubri-\ncation, lubrication.\n")
    assert made.count("lubrication") == 3
    assert "self-\nlocking" in made


def test_text_that_is_markdown_stays_as_it_is():
    text = "# Pump\n\n   1.1. Lever\n\n   Down.\n\n   1.2. Tap\n\n   Open.\n"
    assert markdown(text) == text
