from shikomi.dataset import evidence

FACT = "The dimmer fades a lamp within 40 seconds."
SECTION = FACT + " The code LB-17 is shown after 1,200 hours. See card.conf for T7."
QUESTION = "How long does the dimmer take?"


def check(answer, question=QUESTION, fact=FACT, section=SECTION):
    return evidence.check(question, answer, evidence=fact, section=section)


def test_an_answer_in_the_words_of_its_statement_is_supported():
    assert check("The dimmer fades a lamp within 40 seconds.") is None


def test_a_number_that_the_page_does_not_know_is_not_supported():
    assert "41" in (check("The dimmer fades a lamp within 41 seconds.") or "")


def test_a_number_inside_another_number_is_not_that_number():
    for inside in ("4", "0", "400", "200"):
        assert check(f"The dimmer fades a lamp within {inside} seconds.") is not None


def test_a_number_is_the_same_with_or_without_thousands_and_in_full_width():
    fact = "The code LB-17 is shown after 1,200 hours."
    for number in ("1200", "1,200", "１２００"):
        assert check(f"The code LB-17 is shown after {number} hours.", fact=fact) is None


def test_a_number_that_the_question_names_may_stand_in_the_answer():
    assert check("Within 40 seconds the dimmer fades a lamp of 60 watts.",
                 question="How long does the dimmer take with 60 watts?") is None  # fmt: skip


def test_an_identifier_that_the_page_does_not_know_is_not_supported():
    wrong = check("The dimmer fades a lamp within 40 seconds, as dimmer.conf says.")
    assert "dimmer.conf" in (wrong or "")


def test_an_identifier_is_the_same_in_another_case_or_width():
    fact = "The code LB-17 is shown after 1,200 hours."
    assert check("The code ＬＢ-17 is shown after 1200 hours.", fact=fact) is None


def test_an_answer_about_another_statement_is_not_supported():
    assert check("See T7.", question="Where?") == "not about its statement"


def test_japanese_numbers_are_checked_too():
    fact = "清掃は14日ごとに行います。"
    assert check("清掃は14日ごとに行います。", "清掃は？", fact, fact) is None
    assert check("清掃は１４日ごとに行います。", "清掃は？", fact, fact) is None
    assert check("清掃は15日ごとに行います。", "清掃は？", fact, fact) is not None


OTHER = "A blown fuse of the card is reported by the code LB-17."


def test_a_question_that_was_written_about_another_statement_is_told():
    wrong = "By which code is a blown fuse of the card reported in Lumenbox?"
    assert evidence.astray(wrong, (FACT, FACT), [FACT, OTHER], ["Lumenbox"])
    assert not evidence.astray(wrong, (OTHER, OTHER), [FACT, OTHER], ["Lumenbox"])
    assert not evidence.astray(QUESTION, (FACT, FACT), [FACT, OTHER], ["Lumenbox"])


def test_a_question_in_words_of_its_own_is_about_its_statement():
    free = "After what delay is Lumenbox dark?"
    assert not evidence.astray(free, (FACT, FACT), [FACT, OTHER], ["Lumenbox"])
