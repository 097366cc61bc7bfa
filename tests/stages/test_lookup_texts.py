"""What is asked of a table's rows, and answered."""

from shikomi.dataset import facts
from shikomi.stages import lookup_texts
from shikomi.types import Capsule, Section

CAPSULE = Capsule(breadcrumb=("Lumenbox", "Codes"), system="Lumenbox", aliases=(),
                  parent="", linked_titles=())  # fmt: skip


def answers(text, lang="en"):
    section = Section(
        id="s", document_id="d", path="codes.md", headings=("Codes",), start=0, end=len(text),
        text=text, lang=lang, capsule=CAPSULE,
    )  # fmt: skip
    found = lookup_texts.pairs(section, facts.extract(section), None, per_row=9)
    return {(lookup.kind, lookup.cells): answer for lookup, _, answer in found}


def test_every_question_about_a_short_row_is_answered_by_the_row():
    text = "| Code | Word | Meaning |\n|--|--|--|\n| 347 | crowded | wait |\n"
    assert set(answers(text).values()) == {"Code 347: Word - crowded; Meaning - wait."}


def test_a_long_row_is_answered_cell_by_cell():
    long = "the lamp " * 40
    found = answers(f"| Code | Word | Meaning |\n|--|--|--|\n| 347 | crowded | {long} |\n")
    word = found["cell", (("Word", "crowded"),)]
    assert "crowded" in word and long.strip() not in word
    assert long.strip() in found["cell", (("Meaning", long.strip()),)]


def test_a_row_of_two_cells_reads_as_a_definition():
    found = answers("| Term | Meaning |\n|--|--|\n| tick | the unit of time |\n")
    assert found["cell", (("Meaning", "the unit of time"),)] == (
        "Term tick, Meaning: the unit of time."
    )
