"""What is not in the documents, or not so."""

import re
from dataclasses import replace

import pytest
from made import CAPSULE

from shikomi.dataset import facts, made_up, negatives
from shikomi.dataset.negatives import Texts
from shikomi.types import Section

CODES = """| Code | Meaning | Wait |
|--|--|--|
| LB-17 | the fuse is blown | 9 s |
| LB-21 | no mains | 31 s |
| LB-23 | too warm | 44 s |
"""


def sections(*texts):
    return [
        Section(id=f"s{i}", document_id="d", path=f"{i}.md", headings=("Codes",), start=0,
                end=len(text), text=text, lang="en", capsule=CAPSULE)
        for i, text in enumerate(texts)
    ]  # fmt: skip


def found(kind, *texts):
    cut = sections(*texts)
    known = [fact for section in cut for fact in facts.extract(section)]
    return list(getattr(negatives, kind)(cut, known, Texts(cut, known)))


def test_a_made_up_entry_stands_among_those_that_are_there():
    (each,) = found("missing", CODES)
    assert each.key in {"LB-18", "LB-19", "LB-20", "LB-22"}
    assert (each.key_column, each.keys, each.more) == ("Code", ("LB-17", "LB-21", "LB-23"), False)


@pytest.mark.parametrize(
    "elsewhere",
    ["See LB-18, LB-19, LB20 and lb-22.", "Codes 18 to 22 are kept.", "LB-1x and LB-2x are kept."],
)
def test_an_entry_is_not_made_up_that_another_page_may_mean(elsewhere):
    assert found("missing", CODES, elsewhere) == []


def test_an_entry_is_not_made_up_of_a_table_that_goes_on_in_the_next_section():
    first, second = sections(CODES, "| LB-25 | it hums | 50 s |\n")
    known = facts.extract(first)
    second = replace(second, path=first.path)
    assert list(negatives.missing([first, second], known, Texts([first, second], known))) == []


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["218", "231"], r"2(19|2\d|30)"),
        (["Grist-Count", "Husk-Sum"], r"Grist-Sum|Husk-Count"),
        (["POUR", "SIFT"], r"[A-Z]{5}"),
        (["--shelf-size", "--shelf-name"], r"--shelf-[a-z]+"),
        (["cellar", "green"], None),
        (["3", "11"], None),
    ],
)
def test_names_are_made_of_their_neighbours_and_words_are_not_made_up(names, expected):
    first = next(made_up.siblings(names, "seed"), None)
    assert first is None if expected is None else re.fullmatch(expected, first)


def test_a_wrong_claim_is_another_rows_value():
    for each in found("wrong", CODES):
        assert each.right.key != each.other.key
        ((column, value),), ((other_column, claimed),) = each.right.cells, each.other.cells
        assert column == other_column and value != claimed
    assert {each.right.cells[0][0] for each in found("wrong", CODES)} == {"Meaning", "Wait"}


def test_a_claim_is_not_called_wrong_that_a_sentence_makes():
    told = "After LB-17 the lamp waits for 31 s or 44 s. After LB-21 it waits for 9 s or 44 s."
    told += " After LB-23 it waits for 9 s or 31 s."
    assert {each.right.cells[0][0] for each in found("wrong", CODES, told)} == {"Meaning"}


def test_a_value_within_the_right_one_or_of_two_rows_is_no_wrong_claim():
    text = "| Code | Wait |\n|--|--|\n| A | 6 hours |\n| B | 16 hours |\n| C | 9 s |\n| D | 9 s |\n"
    assert found("wrong", text) == []
