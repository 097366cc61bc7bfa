"""English questions that say all of the clause that they ask about."""

import pytest

from shikomi.dataset import english_clauses

BEATS = "Every lamp beats every 9 seconds, and the warden relights a lamp that has missed 4 beats."
KEEPER = "The Kiosk contains the TLS, a list. It keeps late letters for guests who are away."


@pytest.mark.parametrize(
    ("question", "statement"),
    [
        ("How often does the warden relight a lamp that has missed 4 beats?", BEATS),
        ("In Lumenbox, how often does the warden relight lamps that missed 4 beats?", BEATS),
        ("What does the Kiosk keep late letters for guests who are away?", KEEPER),
        ("What does the Kiosk store late letters for guests who are away?", KEEPER),
    ],
)
def test_nothing_of_the_clause_is_left_to_answer_with(question, statement):
    assert english_clauses.says_its_clause(question, statement, ["Lumenbox"])


@pytest.mark.parametrize(
    ("question", "statement"),
    [
        ("How often does a lamp beat?", BEATS),
        ("After how many missed beats does the warden relight a lamp?", BEATS),
        ("Who relights a lamp that has missed 4 beats?", BEATS),
        ("What does the Kiosk keep for guests who are away?", KEEPER),
        ("For whom does the Kiosk keep late letters?", KEEPER),
        ("What does the warden do with late letters for guests who are away?", KEEPER),
        (
            "When the tank is full, what happens to the oldest brine?",
            "When the tank is full, the pump does not drop the oldest brine but every third pint.",
        ),
        (
            "After how many tries within an hour does the warden give up and ring bell B-8?",
            "After 6 tries within one hour the warden gives up and rings bell B-8.",
        ),
        (
            "How long does the Kiosk hang up on guests who calls five times within 12 minutes?",
            "A guest who calls five times within 12 minutes is shunned, and it hangs up for 95 s.",
        ),
        (
            "What is the name of the hall that keeps lost letters?",
            "The Letter Hall keeps lost letters.",
        ),
        ("Lumenbox lamps?", BEATS),
    ],
)
def test_what_leaves_something_to_be_said_stays(question, statement):
    assert not english_clauses.says_its_clause(question, statement, ["Lumenbox"])
