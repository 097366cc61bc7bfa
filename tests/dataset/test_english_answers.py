"""English questions that their answers do not answer."""

import pytest

from shikomi.dataset import english_answers

SECTION = (
    "The pump fills the upper tank with brine each morning. The Lumenbox lamp fades slowly."
    " A keeper opens the sluice because the lower tank overflows."
)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Why does LB fade?", "The so-called LB fades for all keepers."),
        ("When does LB fade?", "The LB fades and hums."),
        ("In LB, in which year was it lit?", "It was lit, the keepers say."),
        ("How many lamps has LB?", "The lamps of LB fade."),
        ("Of the 3 rooms of LB, how many are lit?", "Of the 3 rooms the lit are warm."),
        ("How many lamps has a quay of LB?", "The lamps never fade, and are lit every 14 minutes."),
    ],
)
def test_an_answer_gives_the_reason_time_or_amount_that_is_asked_for(question, answer):
    assert english_answers.lacks_answer(question, answer, ["LB"])


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Why does LB fade?", "The LB fades to spare its wick."),
        ("When does LB fade?", "The LB fades whenever a keeper leaves."),
        ("What fades in LB when nobody is there?", "The lamps fade."),
        ("How many lamps has LB?", "LB has seventeen lamps."),
        ("How many lamps has LB?", "For 20 minutes two lamps of LB are lit."),
        ("How many more minutes does LB burn?", "LB burns 14 minutes."),
        ("How many consecutive full days may LB be out?", "LB may be out 5 days."),
        ("How many minutes does LB burn?", "LB burns 14 minutes."),
        ("How long does LB burn?", "LB burns until it is put out."),
        ("How does LB burn?", "LB burns brightly."),
    ],
)
def test_what_is_answered_or_not_asked_for_is_no_lack(question, answer):
    assert not english_answers.lacks_answer(question, answer, ["LB"])


@pytest.mark.parametrize(
    ("question", "statement", "lacks"),
    [
        ("What does LB fill the tank with after dusk?", "LB fills the tank at dusk.", True),
        ("What does LB fill the tank with?", "LB fills the tank with brine.", False),
        ("In which room is LB lit?", "The keeper must light LB by hand.", True),
        ("In which room is LB lit?", "Every room lights LB by hand.", False),
        ("In which hall is LB lit?", "LB is lit at the quay.", False),
        ("In what way is LB lit?", "The keeper lights it by hand.", False),
        ("Under which article is LB lit?", "Article 7 lights LB.", False),
        ("What does LB do?", "LB fades.", False),
    ],
)
def test_a_statement_has_the_thing_or_the_preposition_that_is_asked_for(question, statement, lacks):
    assert english_answers.lacks_object(question, statement) == lacks


@pytest.mark.parametrize(
    ("question", "beyond"),
    [
        ("In LB, why does the lower tank overflow?", True),
        ("In LB, why does a keeper open the sluice?", False),
        ("In LB, what does a keeper open and how did he come there?", True),
        ("In LB, what do keepers and guests open?", False),
    ],
)
def test_one_statement_answers_neither_two_questions_nor_why_its_reason_is_so(question, beyond):
    statement = "A keeper opens the sluice because the lower tank overflows."
    assert english_answers.asks_beyond(question, statement, names=["LB"]) == beyond


@pytest.mark.parametrize(
    ("statement", "beyond"),
    [
        ("The flood of 1649 took half of the lamps.", True),
        ("The flood of 1649 was caused by an open sluice.", False),
        ("A broken sluice led to the flood of 1649.", False),
    ],
)
def test_a_statement_that_is_asked_for_a_cause_tells_one(statement, beyond):
    question = "In LB, what was the main cause of the flood of 1649?"
    assert english_answers.asks_beyond(question, statement, names=["LB"]) == beyond


@pytest.mark.parametrize(
    ("question", "is_adrift"),
    [
        ("In Lumenbox, what does the pump fill the upper tank with each morning?", True),
        ("In Lumenbox, how slowly does the lamp fade?", False),
        ("In Lumenbox, which illumination becomes gradually dimmer?", False),  # other words
        ("In Lumenbox, what about the pump?", False),  # too few of them
    ],
)
def test_a_question_whose_words_stand_elsewhere_is_about_something_else(question, is_adrift):
    own, names = ["The Lumenbox lamp fades slowly."], ["Lumenbox"]
    found = english_answers.is_adrift(question, own, SECTION, names=names, known=[])
    assert found == is_adrift


def test_words_of_a_heading_do_not_tell_what_is_asked_about():
    question, own = "In Lumenbox, is the upper tank's brine pump bright?", ["The lamp is bright."]
    known = ["Upper tank", "Pump"]
    assert not english_answers.is_adrift(question, own, SECTION, names=["Lumenbox"], known=known)
