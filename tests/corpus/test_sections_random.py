"""Where sections may be cut, on documents put together at random."""

import random
from functools import cache
from itertools import pairwise

import pytest

from shikomi.corpus.blocks import scan
from shikomi.corpus.sections import split
from shikomi.corpus.units import units

SENTENCES = (
    "灯りは三つある。",
    "彼は「消すな。まだ使う。」と言った。",
    "明るさ（十段階。初めは五。）を選ぶ。",
    "『手引き（第二版。）』の「注意。」を読むこと。",
    "The dial (see Fig. 2. It is on the left.) turns. ",
    "It holds 3.5 litres, e.g. of oil. ",
)
KEPT = ("table", "fence", "indented", "html")
LIMITS = ((60, 0), (60, 20), (120, 30), (900, 120))


def _paragraph(chance):
    return "".join(chance.choices(SENTENCES, k=chance.randrange(1, 9))).strip()


def _table(chance):
    rows = [f"| 値{n}。二。 | （{n}。） |" for n in range(chance.randrange(1, 14))]
    return "\n".join(["| 名 | 意味 |", "| --- | --- |", *rows])


def _fence(chance):
    lines = chance.choices(
        ["x = 1。2。", "", "# no heading", "| a | b |"], k=chance.randrange(1, 25)
    )
    return "\n".join(["```", *lines, "```"])


def _indented(chance):
    return "\n".join(["    code。", "", "    次。「"][: chance.choice([1, 3])])


def _list(chance):
    items = [f"- {_paragraph(chance)}" for _ in range(chance.randrange(1, 4))]
    return "\n".join([*items, "", "  " + _fence(chance).replace("\n", "\n  ")])


def _heading(chance):
    return "#" * chance.randrange(1, 5) + " " + chance.choice(["見出し", "Title（一。二。）", "A"])


def _html(chance):
    return "<table>\n<tr><td>一。</td></tr>\n\n<tr><td>二。</td></tr>\n</table>"


MAKERS = (_paragraph, _paragraph, _table, _fence, _indented, _list, _heading, _html)


@cache
def documents():
    """(text, its sections, the limit that they keep to) of each."""
    return [
        (markdown, split(markdown, max_units=max_units, min_units=min_units), max_units)
        for markdown in map(document, range(150))
        for max_units, min_units in LIMITS
    ]


def document(seed):
    chance = random.Random(seed)
    parts = [chance.choice(MAKERS)(chance) for _ in range(chance.randrange(1, 30))]
    return "\n\n".join(parts) + "\n"


def cuts(spans):
    """Offsets at which a section ends or begins."""
    return [offset for span in spans for offset in (span.start, span.end)]


def test_sections_are_slices_in_order_that_leave_nothing_out():
    for markdown, spans, _ in documents():
        at = 0
        for span in spans:
            assert not markdown[at : span.start].strip()
            assert markdown[span.start : span.end].strip()
            at = span.end
        assert not markdown[at:].strip()


def test_no_section_is_larger_than_the_limit():
    for markdown, spans, max_units in documents():
        assert all(units(markdown[span.start : span.end]) <= max_units for span in spans)


@pytest.mark.parametrize("kind", KEPT)
def test_a_table_or_code_block_that_fits_is_never_cut(kind):
    n = 0
    for markdown, spans, max_units in documents():
        offsets = cuts(spans)
        for block in scan(markdown):
            text = markdown[block.start : block.end].rstrip()
            if block.kind == kind and units(text) <= max_units:
                n += 1
                last = block.start + len(text)
                assert not any(block.start < offset < last for offset in offsets), text
    assert n > 100


def test_no_cut_falls_between_japanese_brackets():
    for markdown, spans, _ in documents():
        code = [block for block in scan(markdown) if block.kind in KEPT]
        for offset in cuts(spans):
            if any(block.start <= offset <= block.end for block in code):
                continue
            paragraph = markdown[markdown.rfind("\n", 0, offset) + 1 : offset]
            for opener, closer in ("「」", "（）", "『』"):
                assert paragraph.count(opener) == paragraph.count(closer), paragraph


def test_a_heading_ends_a_section_only_where_what_follows_leaves_it_no_room():
    for markdown, spans, max_units in documents():
        starts = {span.start for span in spans}
        for heading, following in pairwise(scan(markdown)):
            if heading.kind == "heading" and following.kind != "heading":
                whole = markdown[heading.start : following.end]
                assert following.start not in starts or units(whole) > max_units
