import pytest
from pdfs import line, lines, nested_forms, pdf

from shikomi.corpus import formats
from shikomi.corpus.capsule import capsule, render
from shikomi.corpus.pdf import convert, read
from shikomi.corpus.sections import split
from shikomi.errors import SourceError
from shikomi.isolation import Limits, call


def markdown(*pages, **options):
    return convert(pdf(*pages, **options), path="a.pdf")[1]


LONG = "A line of text that goes on to the right edge of the page"  # sets the right edge
FULL = (LONG, LONG, LONG)


def test_lines_of_a_paragraph_are_joined():
    assert markdown(lines(*FULL, "and ends here.")) == f"{LONG} {LONG} {LONG} and ends here.\n"


def test_japanese_lines_are_joined_without_a_space():
    page = lines(
        "これは長い文章なので途中で折", "り返されます。次の文も続きま", "す。", font="japanese"
    )
    assert markdown(page) == "これは長い文章なので途中で折り返されます。次の文も続きます。\n"


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        ("line has a hyphen-", "ated word in the text", "hyphenated word"),
        ("line names well-", "known words, well-known here", "well-known words"),
        ("the name is Anglo-", "Saxon and it stays so here", "Anglo-Saxon and"),
        ("SEQUENCE is cut: SE-", "QUENCE of the same word", "SEQUENCE of"),
    ],
)
def test_a_word_cut_by_a_hyphen_is_made_whole_unless_the_hyphen_is_its_own(first, second, joined):
    assert joined in markdown(lines(first, second))


def test_a_gap_an_indent_and_an_early_end_begin_paragraphs():
    page = lines(*FULL) + lines("Apart.", *FULL[:2], y=640) + lines("Set in.", x=70, y=604)
    page += lines("Ends early", "Next one", y=560)
    found = markdown(page).split("\n\n")
    assert found[0] == " ".join(FULL)
    assert [each[:7].strip() for each in found[1:]] == [
        "Apart.",
        "A line",
        "Set in.",
        "Ends ea",
        "Next on",
    ]


def test_a_sentence_goes_on_over_the_page_and_the_column():
    left = lines(*FULL, y=700)
    right = lines("so the text goes on there.", x=320, y=700)
    found = markdown(left + right, lines("New page."))
    assert f"{LONG} so the text goes on there." in found
    assert found.endswith("\n\nNew page.\n")


def test_bullets_and_numbers_are_lists():
    page = lines("• one that is long enough to be cut in two", "  pieces", "• two", x=50)
    page += lines("1. first", "2. second", y=600)
    found = markdown(page)
    assert found.startswith("- one that is long enough to be cut in two pieces\n- two\n")
    assert found.endswith("\n1. first\n2. second\n")


def test_code_keeps_its_lines_and_columns():
    code = ("for i in list:", "}", "x = 1        # il")
    page = lines(*FULL, "as here:") + lines(code[0], x=60, y=630, font="code")
    page += lines("print(il)", x=84, y=618, font="code") + lines(
        *code[1:], x=60, y=606, font="code"
    )
    expected = "```\nfor i in list:\n    print(il)\n}\nx = 1        # il\n```\n"
    assert markdown(page).endswith(expected)


def test_a_sentence_that_names_code_stays_a_sentence():
    page = lines(*FULL) + lines("the function print_list_in_full(list)", y=664, font="code")
    page += lines("and more text.", y=652)
    assert "```" not in markdown(page)


def test_a_document_in_typewriter_type_is_text():
    assert markdown(lines(*FULL, "ends.", font="code")) == f"{LONG} {LONG} {LONG} ends.\n"


def numbered(number, *texts):
    head = line("The Handbook, edition 2", 50, 780)
    return head + lines(*texts) + line(f"- {number} -", 290, 20)


def test_running_heads_and_page_numbers_are_left_out_but_the_title_stays():
    title = line("The Handbook, edition 2", 50, 740, size=24)
    pages = [
        title + lines("Words."),
        *(numbered(n, f"Page about {w}.") for n, w in enumerate("abcd", 2)),
    ]
    found = markdown(*pages)
    assert found == "# The Handbook, edition 2\n\nWords.\n" + "".join(
        f"\nPage about {w}.\n" for w in "abcd"
    )


def test_a_running_head_that_nothing_else_says_is_kept_once():
    found = markdown(*(numbered(n, f"Page about {w}.") for n, w in enumerate("abcd", 1)))
    assert found.startswith("The Handbook, edition 2\n\nPage about a.\n")
    assert found.count("Handbook") == 1


def test_page_numbers_beside_changing_heads_are_left_out():
    pages = [
        lines(f"Text about {w} is here.", y=700)
        + line(f"{3 + n // 2}.1 Section {n}   {n + 11}", 50, 20)
        for n, w in enumerate("abcdefgh")
    ]
    assert "Section" not in markdown(*pages)
    assert markdown(*pages).count("Text about") == 8


def test_page_numbers_that_say_of_how_many_are_left_out():
    pages = [
        lines(f"Text about {w} is here.", y=700) + line(f"Page {n} of 4", 50, 20)
        for n, w in enumerate("abcd", 1)
    ]
    found = markdown(*pages)
    assert " of 4" not in found and found.count("Text about") == 4
    spoken = [lines("Words.", f"The seal on page {n} is round.") for n in range(1, 5)]
    assert markdown(*spoken).count("seal") == 4


def test_bold_lines_above_text_are_headings_where_none_are_larger():
    page = line("Lever", 50, 740, font="bold") + lines(*FULL, y=720)
    page += line("Tank", 50, 660, font="bold") + lines(*FULL, *FULL, *FULL, *FULL, y=640)
    assert [each for each in markdown(page).split("\n") if each[:1] == "#"] == [
        "## Lever",
        "## Tank",
    ]


def test_bold_words_above_a_table_or_all_over_the_page_are_no_headings():
    table = line("Model", 50, 600, font="bold") + lines("P1", "P2", y=588)
    assert "#" not in markdown(lines(*FULL, *FULL, *FULL, *FULL) + table)
    bold = b"".join(
        line(text, 50, 740 - 30 * i, font="bold")
        for i, text in enumerate(("Lever", LONG, "Tank", LONG))
    )
    assert "#" not in markdown(bold)


def test_a_mark_in_larger_type_is_no_heading():
    assert "#" not in markdown(line("ˆ", 50, 740, size=20) + lines(*FULL))


def test_filled_circles_are_bullets():
    page = lines(*FULL) + lines("● 油を入れる", "● 栓を閉める", y=640, font="japanese")
    assert markdown(page).endswith("- 油を入れる\n- 栓を閉める\n")
    page = lines(*FULL) + lines("●注油", y=640, font="japanese")
    assert markdown(page).endswith("\n●注油\n")


def test_pages_that_show_something_and_have_no_text_are_told():
    data = pdf(lines(*FULL), b"0 0 9 9 re f", b"", lines(*FULL), b"0 0 9 9 re f")
    assert read(data, path="a.pdf")[2] == [2, 5]
    found = formats.convert(data, path="a.pdf")
    assert found.encoding_reason == f"{formats.PDF_SILENT}2, 5"


def test_headings_that_are_numbered_like_the_pages_stay():
    pages = [line(f"Step {n}", 50, 740, size=14) + lines(*FULL, f"Do {n}.") for n in range(1, 5)]
    assert [each for each in markdown(*pages).split("\n") if each.startswith("#")] == [
        f"## Step {n}" for n in range(1, 5)
    ]


def test_what_stands_on_few_pages_stays():
    assert markdown(numbered(1, "a"), numbered(2, "b")).count("Handbook") == 2


def test_the_outline_gives_headings_their_places_and_levels():
    first = (
        lines("1 Start", LONG, LONG, "ends.")
        + lines("1.1 The very long", "title of it", y=600)
        + lines(LONG, LONG, "ends.", y=560)
    )
    second = lines("1.1 The very long title of it", "2 End", LONG, LONG, "ends.")
    outline = [("Start", 0, 712, 0), ("The very long title of it", 0, 612, 1), ("End", 1, 700, 0)]
    text = f"{LONG} {LONG} ends."
    assert markdown(first, second, outline=outline) == (
        f"## 1 Start\n\n{text}\n\n### 1.1 The very long title of it\n\n{text}\n\n"
        f"1.1 The very long title of it\n\n## 2 End\n\n{text}\n"
    )


def test_a_title_that_is_in_the_outline_alone_is_put_where_it_points():
    page = lines("Before it.") + lines("After it.", y=600)
    found = markdown(page, outline=[("Picture", 0, 650, 0)])
    assert found == "Before it.\n\n# Picture\n\nAfter it.\n"


def test_an_outline_below_one_title_keeps_its_levels():
    page = lines("Title") + lines("Part", y=650) + lines("Words.", y=600)
    found = markdown(page, outline=[("Title", 0, 710, 0), ("Part", 0, 660, 1)])
    assert found == "# Title\n\n## Part\n\nWords.\n"


def test_a_name_in_the_outline_that_goes_nowhere_stands_above_what_is_below_it():
    page = lines("End of the start.", y=740) + lines("One", "Words.") + lines("Two", "More.", y=600)
    outline = [("Manual", None, 0, 0), ("Part", None, 0, 1), ("One", 0, 700, 2), ("Two", 0, 600, 1)]
    assert markdown(page, outline=outline) == (
        "End of the start.\n\n# Manual\n\n## Part\n\n### One\n\nWords.\n\n## Two\n\nMore.\n"
    )


def test_sections_of_a_pdf_say_where_in_its_outline_they_stand():
    words = [f"Words of chapter {n}, " + LONG for n in range(9)]
    page = lines("Part", "Chapter", "Detail", *words, *words)
    outline = [(t, 0, 710 - 12 * n, n) for n, t in enumerate(("Part", "Chapter", "Detail"))]
    title, text = convert(pdf(page, page, title="Manual", outline=outline), path="a.pdf")
    trails = {
        render(capsule(breadcrumb=("System", title), system=None), "en", span.headings)
        for span in split(text, max_units=200)
    }
    assert trails == {"Location: System > Manual > Part > Chapter > Detail"}


def test_without_an_outline_larger_type_makes_headings():
    page = line("Handbook", 50, 760, size=24) + line("Chapter", 50, 730, size=16)
    page += lines(*FULL) + line("Section", 50, 650, size=13) + lines(*FULL, y=630)
    page += line("Chapter two", 50, 580, size=16) + line("in two lines", 50, 562, size=16)
    headings = [each for each in markdown(page).split("\n") if each.startswith("#")]
    assert headings == ["# Handbook", "## Chapter", "### Section", "## Chapter two in two lines"]


def test_type_scaled_by_a_matrix_is_as_large_as_it_looks():
    page = b"BT /text 1 Tf 20 0 0 20 50 740 Tm (Scaled) Tj ET\n" + lines(*FULL)
    assert markdown(page).startswith("# Scaled\n")


def test_vertical_lines_are_read_from_the_right():
    texts = ("縦書きの文章です。これは長", "い行なので折り返します。")
    page = b"".join(line(t, 500 - 20 * i, 700, font="vertical") for i, t in enumerate(texts))
    assert markdown(page) == "縦書きの文章です。これは長い行なので折り返します。\n"


def test_text_on_a_turned_page_is_read_in_its_direction():
    turned = b"BT /text 10 Tf 0 1 -1 0 %d 100 Tm (%s) Tj ET\n"
    page = turned % (300, b"First line on its side") + turned % (312, b"and the second one")
    assert markdown(page) == "First line on its side and the second one\n"


def test_ligatures_and_radicals_are_read_as_letters():
    page = b"BT /radicals 10 Tf 50 700 Td (ACB) Tj ET\n"
    assert markdown(page) == "fin文\n"


def test_every_word_of_a_table_comes_out_in_order():
    rows = [("Name", "Age", "Town"), ("Ann", "31", "Ulm"), ("Bob", "7", "Bath")]
    page = b"".join(
        line(cell, 50 + 150 * x, 700 - 14 * y)
        for y, row in enumerate(rows)
        for x, cell in enumerate(row)
    )
    assert markdown(page).split() == [cell for row in rows for cell in row]


def test_marks_of_markdown_in_the_text_are_escaped():
    page = lines(*FULL, "* not a list *") + lines("# no heading <b>", y=600)
    assert markdown(page).endswith("\\* not a list *\n\n\\# no heading `<b>`\n")


def test_the_title_is_the_authors_and_not_a_programs():
    assert convert(pdf(lines("x"), title="手引き"), path="a.pdf")[0] == "手引き"
    for made_up in ("Microsoft Word - a.doc", "untitled", "(anonymous)", "report.tex"):
        assert convert(pdf(lines("x"), title=made_up), path="a.pdf")[0] == ""


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "broken"),
        (b"%PDF-1.4\nnothing else", "broken"),
        (pdf(lines("x"))[:700], "broken"),
        (pdf(lines("x"), encrypted=True), "encrypted"),
        (pdf(b"0 0 9 9 re f"), "no text"),
        (pdf(*[b""] * 5001), "5001 pages"),
        (pdf(lines("x") + b" " * (51 << 20), packed=1), "unpacks to more"),
        (pdf(lines("x") + b" " * (51 << 20), packed=2), "unpacks to more"),
    ],
    ids=["empty", "head alone", "cut", "encrypted", "no text", "pages", "bomb", "bomb in a bomb"],
)
def test_a_pdf_that_cannot_be_read_says_why_in_one_line(data, message):
    with pytest.raises(SourceError, match=message) as raised:
        convert(data, path="a.pdf")
    assert "\n" not in str(raised.value)


def test_changed_bytes_never_raise_anything_else():
    whole = pdf(lines(*FULL), lines("Second page"), outline=[("Second page", 1, 700, 0)], packed=1)
    for at in range(0, len(whole), 7):
        damaged = whole[:at] + bytes([whole[at] ^ 0x15]) + whole[at + 1 :]
        try:
            convert(damaged, path="a.pdf")
        except SourceError as error:
            assert "PDF" in str(error)


def test_forms_within_forms_that_take_hours_to_read_are_given_up():
    reader = "shikomi.corpus.pdf:convert"
    found = call(reader, nested_forms(depth=2), path="a.pdf", limits=Limits(cpu_seconds=60))
    assert "deep" in found[1]
    with pytest.raises(SourceError, match="more than"):
        call(reader, nested_forms(depth=12), path="a.pdf", limits=Limits(cpu_seconds=2))


@pytest.mark.slow
def test_such_a_pdf_fails_and_the_next_is_converted():
    with pytest.raises(SourceError, match=r"^a\.pdf: it takes more than"):
        formats.convert(nested_forms(), path="a.pdf")
    assert formats.convert(pdf(lines("Words.")), path="b.pdf").markdown == "Words.\n"
