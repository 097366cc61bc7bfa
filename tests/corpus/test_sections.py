import random

import pytest
from work import calls

from shikomi.corpus.blocks import headings
from shikomi.corpus.sections import split
from shikomi.corpus.units import units


def texts(markdown, **sizes):
    return [markdown[span.start : span.end] for span in split(markdown, **sizes)]


def assert_sound(markdown, spans, max_units):
    at = 0
    for span in spans:
        assert span.start >= at
        assert not markdown[at : span.start].strip(
            " \t\r\n\ufeff\x0b\x0c\x1c\x1d\x1e\x1f\x85\u3000"
        )
        text = markdown[span.start : span.end]
        assert text.strip()
        assert text == text.rstrip()
        assert units(text) <= max_units + 1e-6
        at = span.end
    assert not markdown[at:].replace("\ufeff", "").strip()


PARTS = [
    *("# 見出し\n", "## H two ##\n", "Setext\n---\n", "####### no\n", "#no\n", "***\n"),
    *(
        "日本語の文です。「はい。」と言う（注。）。",
        "A b c. D? ",
        "[a](b c.md)",
        "あ" * 90,
        "x" * 200,
    ),
    *(
        "\n\n",
        "\n",
        "\r\n",
        "\t",
        "\x0c",
        "\x85",
        "\u3000",
        "\ufeff",
        "🄰",
        "`",
        "「",
        "（",
        "」",
        ")",
    ),
    *("```\n", "~~~~ py\n", "    code\n", "<table>\n", "</table>\n", "<!--", "-->"),
    *("| a | b |\n|---|---|\n", "| 1 | 二。三 |\n", "- item\n", "  1) sub。\n"),
]


@pytest.mark.parametrize("seed", range(150))
def test_any_text_is_covered_in_order_without_overlap_and_within_the_limit(seed):
    chance = random.Random(seed)
    markdown = "".join(chance.choices(PARTS, k=chance.randrange(60)))
    for max_units, min_units in ((900, 120), (40, 10), (7, 0), (1, 1)):
        spans = split(markdown, max_units=max_units, min_units=min_units)
        assert_sound(markdown, spans, max_units)


def test_sections_begin_at_headings_and_know_what_they_stand_under():
    markdown = "intro\n\n# A\n\na\n\nB\n---\n\nb\n\n### C\n\nc\n\n# D #\n\nd\n"
    spans = split(markdown, min_units=0)
    assert [span.headings for span in spans] == [(), ("A",), ("A", "B"), ("A", "B", "C"), ("D",)]
    assert texts(markdown, min_units=0)[2] == "B\n---\n\nb"


def test_marks_in_code_tables_and_comments_are_no_headings():
    markdown = "```\n# a\n```\n\n    # b\n\n| # c |\n\n<!--\n# d\n-->\n\n- e\n---\n\n#f\n"
    assert headings(markdown) == []


def test_a_fence_needs_no_blank_line_before_it():
    assert headings("text\n```\n# a\n```\n") == []


def test_an_unclosed_fence_runs_to_the_end():
    assert [block.title for block in headings("# a\n\n```\n# b\n")] == ["a"]


def test_a_longer_fence_holds_a_shorter_one():
    assert [block.title for block in headings("````\n```\n# a\n````\n# b\n")] == ["b"]


def test_small_neighbours_are_merged_under_what_they_share():
    small = "文。" * 20
    markdown = f"# T\n\n{small}\n\n## A\n\n{small}\n\n## B\n\n{small}\n\n## C\n\n短い。\n"
    spans = split(markdown, max_units=900, min_units=100)
    assert [span.headings for span in spans] == [("T",)]


def test_a_small_opening_joins_what_it_opens_not_what_is_before():
    long = "長い文です。" * 40
    markdown = f"# T\n\n{long}\n\n## A\n\n短い。\n\n### A1\n\n{long}\n"
    assert [text.split("\n")[0] for text in texts(markdown)] == ["# T", "## A"]


def test_a_small_last_section_joins_the_one_before():
    markdown = "# T\n\n" + "長い文です。" * 40 + "\n\n# U\n\n短い。\n"
    assert len(split(markdown)) == 1


def test_a_small_last_part_stays_with_its_chapter():
    long = "長い文です。" * 80
    markdown = f"# A\n\n{long}\n\n## a\n\n短い。\n\n# B\n\n{long[:300]}\n"
    assert [text.split("\n")[0] for text in texts(markdown)] == ["# A", "# B"]


def test_a_section_never_hides_the_chapter_that_its_beginning_stands_under():
    long = "長い文です。" * 150
    markdown = f"# M\n\n## A\n\n{long}\n\n### a\n\n短い。\n\n## B\n\n{long[:600]}\n"
    spans = split(markdown)
    assert [span.headings for span in spans[1:]] == [("M", "A"), ("M", "A", "a"), ("M", "B")]


def test_headings_without_a_text_of_their_own_lead_in_what_is_below_them():
    long = "長い文です。" * 160
    spans = split(f"# M\n\n## A\n\n### a\n\n{long}\n")
    assert [span.headings for span in spans] == [("M", "A", "a")] * 2
    assert texts(f"# M\n\n## A\n\n### a\n\n{long}\n")[0].startswith("# M\n\n## A\n\n### a\n\n長い")


def test_pieces_of_one_section_are_about_equal():
    sizes = [units(text) for text in texts("一つの文です。" * 150)]
    assert len(sizes) == 2
    assert max(sizes) < 1.2 * min(sizes)


def test_merging_stops_at_the_least_size():
    markdown = "\n\n".join(f"## N{n}\n\n" + "文です。" * 15 for n in range(12))
    sizes = [units(text) for text in texts(markdown, min_units=100)]
    assert len(sizes) == 6
    assert max(sizes) < 200


def test_long_text_is_cut_between_paragraphs_first():
    paragraph = "一つの文です。" * 10
    markdown = "\n\n".join([paragraph] * 10)
    found = texts(markdown, max_units=200, min_units=0)
    assert "\n\n".join(found) == markdown
    assert all(text in (paragraph, f"{paragraph}\n\n{paragraph}") for text in found)


def test_a_long_paragraph_is_cut_at_sentence_ends_with_brackets_whole():
    sentence = "彼は「行く。帰る。」と（小声で。）言った。"
    found = texts(sentence * 20, max_units=50, min_units=0)
    assert all(text.replace(sentence, "") == "" for text in found)


def test_english_is_cut_at_sentences_not_at_abbreviations():
    markdown = "It reads files, e.g. logs, at 3.5 MB a second. " * 30
    for text in texts(markdown, max_units=60, min_units=0):
        assert text.startswith("It reads")
        assert text.endswith("second.")


@pytest.mark.parametrize(
    "block",
    [
        "| a | b |\n|---|---|\n" + "| 一。二。 | 三 |\n" * 8,
        "```\n一。二。\n\n三。\n" * 1 + "x。\n" * 20 + "```",
        "    一。\n\n" + "    二。\n" * 20 + "    三",
        "<table>\n\n<tr><td>一。</td></tr>\n" * 1 + "<tr></tr>\n" * 9 + "</table>",
    ],
)
def test_a_table_or_code_block_is_never_cut_while_it_fits(block):
    markdown = f"{'前の文。' * 25}\n\n{block}\n\n{'後の文。' * 25}"
    found = texts(markdown, max_units=120, min_units=0)
    assert any(block.rstrip() in text for text in found)


def test_a_table_too_large_for_a_section_is_cut_between_rows():
    rows = [f"| {n} | 値の{n} |" for n in range(100)]
    markdown = "\n".join(["| a | b |", "|---|---|", *rows])
    found = texts(markdown, max_units=60, min_units=0)
    assert "\n".join(found) == markdown
    assert len(found) > 5


def test_a_heading_is_never_the_end_of_a_piece():
    markdown = "# A\n\n" + "x" * 733 + "\n\n## B\n\n" + "y" * 733 + "\n\n" + "文です。" * 100
    found = texts(markdown, max_units=210, min_units=0)
    assert not any(text.split("\n")[-1].startswith("#") for text in found)


def test_windows_line_ends_and_a_byte_order_mark_keep_their_offsets():
    markdown = "\ufeff# A\r\n\r\n本文。\r\n\r\nB\r\n===\r\n\r\n次。\r\n"
    spans = split(markdown, min_units=0)
    assert [span.headings for span in spans] == [("A",), ("B",)]
    assert markdown[spans[0].start : spans[0].end] == "# A\r\n\r\n本文。"


@pytest.mark.parametrize("markdown", ["", "\n\n", " \t\r\n", "\ufeff"])
def test_a_page_without_text_has_no_sections(markdown):
    assert split(markdown) == []


def test_a_page_of_5_mb_is_split_and_not_cut_off():
    markdown = long_page(110_000)
    spans = split(markdown)
    assert_sound(markdown, spans, 900)
    assert all(span.headings == ("節",) for span in spans)


def test_a_page_takes_no_more_work_than_its_size():
    assert calls(split, long_page(4_000)) < 5 * calls(split, long_page(1_000))


def long_page(n_lines):
    return "## 節\n\n" + "長い文書の一文です。次の「文。」です。\n" * n_lines


def test_sizes_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="min"):
        split("x", max_units=10, min_units=20)


def test_a_unit_is_a_wide_character_or_three_and_a_half_others():
    assert units("日本語。") == 4
    assert units("a" * 35) == pytest.approx(10)
