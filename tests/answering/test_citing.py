"""Marks behind the sentences that sections support, and what is said of those that none does."""

import pytest

from shikomi.answering.citing import Cited
from shikomi.answering.support import Support
from shikomi.types import Capsule, Section

LAMP = Capsule(
    breadcrumb=("Lamp",), system="Lamp", aliases=("ランプ",), parent="", linked_titles=()
)


def section(text, lang="en"):
    return Section(
        id=text[:9], document_id="d", path="d.md", headings=(), start=0, end=len(text),
        text=text, lang=lang, capsule=LAMP,
    )  # fmt: skip


FADE = section("The dimmer fades a lamp within 40 seconds. `args[1]` is the card.")
CODES = section("| Code | Meaning |\n|---|---|\n| LB-17 | the fuse of the dimmer is blown |")
WASH = section("清掃は14日ごとに行います。反射板には洗剤「ヒカリ3号」を使います。", "ja")
MEMORY = "No section supports this answer: it is from the model's memory."


def cited(answer, question="How long does the dimmer fade?", sections=(FADE, CODES), size=3):
    """What is shown of an answer that comes in pieces of `size`, and its citations."""
    lang = sections[0].lang
    marker = Cited(Support(question, sections), lang)
    pieces = [answer[at : at + size] for at in range(0, len(answer), size)]
    text = "".join([*map(marker.feed, pieces), marker.end()])
    for each in marker.citations:
        assert text[each.start : each.end] == f"[{each.number}]"
    return text


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ("It fades within 40 seconds.", "It fades within 40 seconds. [1]"),
        ("In 40 s. A blown fuse is LB-17.\n", "In 40 s. [1] A blown fuse is LB-17. [2]"),
        ("After 40 seconds LB-17 is told.", "After 40 seconds LB-17 is told. [1][2]"),
        ("- 40 seconds\n- LB-17: a fuse", "- 40 seconds\n- LB-17: a fuse [1][2]"),
        ("```\nLB-17. Fuse. Blown.\n```", "```\nLB-17. Fuse. Blown.\n```\n\n[2]"),
    ],
)  # fmt: skip
def test_each_sentence_has_the_marks_of_the_sections_that_support_it(answer, shown, size):
    assert cited(answer, size=size) == shown


def test_japanese_sentences_are_marked_without_a_space():
    text = cited("14日ごとです。洗剤はヒカリ3号です。", "清掃は何日おきですか。", [WASH])
    assert text == "14日ごとです。[1]洗剤はヒカリ3号です。[1]"


@pytest.mark.parametrize("size", [1, 1000])
def test_marks_of_the_models_own_are_taken_out_where_they_are_no_text(size):
    answer = "The fuse [2] is blown [1]. That is args[1], or `x[3]`. It is on Mars [1]."
    assert cited(answer, size=size) == (
        "The fuse is blown. [2] That is args[1], or `x[3]`. It is on Mars."
    )


@pytest.mark.parametrize(
    "answer", ["It fades within 45 seconds.", "Within 4 seconds.", "By a purple pedal.", "LB-18."]
)
def test_an_answer_that_no_section_supports_is_said_to_be_from_memory(answer):
    assert cited(answer) == f"{answer}\n\n{MEMORY}"


def test_where_one_sentence_is_supported_the_others_stay_without_marks():
    assert cited("In 40 seconds. Cats sleep.") == "In 40 seconds. [1] Cats sleep."


def test_names_that_no_section_has_are_told_and_a_sentence_with_one_has_no_mark():
    answer = "LB-99 says that the fuse is blown."
    assert cited(answer, "What does LB-99 mean?") == (
        f"{answer}\n\nNot documented in these pages: LB-99. {MEMORY}"
    )
    assert cited("The fuse.", "What does LB-99 mean?") == (
        "The fuse. [2]\n\nThe sections that were found do not mention LB-99."
    )


def test_a_question_about_something_else_is_said_to_be_undocumented():
    asked = "Is there a warranty against theft on a voyage?"
    assert cited("Yes, for 3 years.", asked) == (
        f"Yes, for 3 years.\n\nNot documented in these pages. {MEMORY}"
    )
    assert cited("I do not know.", asked) == "I do not know.\n\nNot documented in these pages."
    assert cited("盗難は5年です。", "盗難の保証はありますか。", [WASH]) == (
        "盗難は5年です。\n\nこれらのページには記載がありません。"
        "この答えを裏づける節はなく、モデルの記憶によるものです。"
    )


@pytest.mark.parametrize("answer", ["I do not know.", "Yes.", ""])
def test_an_answer_that_says_nothing_to_look_up_is_left_alone(answer):
    assert cited(answer) == answer


def test_numbers_of_the_askers_own_need_not_be_documented():
    assert cited("Yes, 40 seconds.", "I waited 55 seconds: does the dimmer fade?") == (
        "Yes, 40 seconds. [1]"
    )


def test_what_comes_is_shown_at_once_but_for_what_may_become_a_mark():
    marker = Cited(Support("How long does it fade?", [FADE]), "en")
    assert marker.feed("Within 40 sec") == "Within 40 sec"
    assert marker.feed("onds.") == "onds."
    assert marker.feed(" [") == " [1]"
    assert marker.feed("2] Then it is dark") == " Then it is dark"
