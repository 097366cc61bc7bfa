"""Whether a question that is asked again of its section gets the kept answer, by program."""

import pytest

from shikomi.evaluation.round_trip import agrees

FADE = "In Lumenbox, how long does the dimmer take to fade a lamp?"


@pytest.mark.parametrize(
    ("question", "kept", "given"),
    [
        (FADE, "The dimmer fades a lamp within 40 seconds.", "It takes 40 seconds."),
        (FADE, "40 seconds", "A dimmer fades a lamp in 40 seconds."),
        (FADE, "It takes forty seconds.", "It takes forty seconds"),
        (
            "Which code of Lumenbox reports a blown fuse?",
            "The code `LB-17` does.",
            "\uff2c\uff22-17",
        ),
        (
            "Lumenboxの清掃は何日おきですか？",
            "ランプの清掃は14日ごとに行います。",
            "14日おきです。",
        ),
        ("Who makes Lumenbox?", "the Halden workshop", "Lumenbox is made by the Halden Workshop."),
    ],
)
def test_the_same_words_numbers_and_names_agree(question, kept, given):
    assert agrees(question, kept, given) is True


@pytest.mark.parametrize(
    "given",
    ["The document does not say how long it takes.", "文書には記載されていません。"],
)
def test_a_section_that_does_not_answer_its_question_is_told(given):
    assert agrees(FADE, "The dimmer fades a lamp within 40 seconds.", given) is False


@pytest.mark.parametrize(
    ("kept", "given"),
    [
        ("The dimmer fades a lamp within 40 seconds.", "It takes 45 seconds."),
        ("The dimmer fades a lamp within 40 seconds.", "It takes between 40 and 60 seconds."),
        ("It fades in 40 seconds and carries 6 lamps.", "It takes 40 seconds."),
        ("It waits for the mains.", "Until there is power."),
    ],
)
def test_what_may_be_other_words_or_more_detail_is_for_a_judge(kept, given):
    assert agrees(FADE, kept, given) is None


def test_numbers_of_the_question_itself_show_nothing():
    asked = "Is the port of Lumenbox 4711?"
    assert agrees(asked, "Yes, it is the port 4711.", "No, not the port 4711.") is None
