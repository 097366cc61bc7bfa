"""English questions about a row that the row does not answer."""

import pytest

from shikomi.dataset import english_rows

CODE = "Code: 17 / Meaning: the wick has burnt down / What the lamp does: asks for oil"
JOB = "Process: Keeper / Job: takes letters from guests (see Letters) / Port: 80"


@pytest.mark.parametrize(
    ("question", "statement"),
    [
        ("In Lumenbox, what does the warden do when the wick has burnt down?", CODE),
        ("What action does a guest take when the wick has burnt down?", CODE),
        ("What does the Keeper take letters from guests for in Lumenbox?", JOB),
    ],
)
def test_another_does_it_or_the_question_says_the_cell(question, statement):
    assert english_rows.is_no_answer(question, statement, ["Lumenbox"])


@pytest.mark.parametrize(
    ("question", "statement"),
    [
        ("In Lumenbox, what does the lamp do when the wick has burnt down?", CODE),
        ("What action does a lamp take at code 17?", CODE),
        ("What does the lamp ask for when the wick has burnt down?", CODE),
        ("If the wick of a lamp has burnt down, what does it do?", CODE),
        ("What does code 17 mean?", CODE),
        ("What should a user do about code 17?", "Code: 17 / Remedy: fill in oil"),
        ("What does the Keeper process do?", JOB),
        ("What does the Keeper take from guests?", JOB),
        ("Which process takes letters from guests?", JOB),
    ],
)
def test_what_a_row_answers_stays(question, statement):
    assert not english_rows.is_no_answer(question, statement, ["Lumenbox"])
