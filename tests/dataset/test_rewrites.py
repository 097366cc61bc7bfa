"""What a program can tell of a rewritten section."""

import pytest

from shikomi.dataset import rewrites

SECTION = """# Dimmer

The dimmer fades a lamp within 40 seconds. A dimmer card carries 6 lamps at most.
The code `LB-17` says that the fuse of the dimmer is blown.
"""
SECTION_JA = """# 清掃

ランプの清掃は14日ごとに行います。清掃の前に電源を切り、15分待ちます。
"""
GOOD = (
    "When a lamp of the Lumenbox is to go dark, its dimmer needs 40 seconds for that. One card has"
    " room for 6 lamps, and with a blown fuse LB-17 is shown."
)
GOOD_JA = "Lumenboxのランプは14日に一度きれいにします。始める前に電源を切って15分そのままにします。"


def check(text, lang="en", section=None, known=("Location: Lumenbox > Dimmer",)):
    own = SECTION if lang == "en" else SECTION_JA
    return rewrites.check(text, lang=lang, section=section or own, known=known)


def test_a_sound_rewrite_passes_in_either_language():
    assert check(GOOD) is None
    assert check(GOOD_JA, "ja") is None


@pytest.mark.parametrize(
    ("text", "lang", "reason"),
    [
        (" ", "en", "empty"),
        ("It fades lamps.", "en", "too short"),
        (GOOD * 20, "en", "too long"),
        (GOOD_JA, "en", "wrong language"),
        (GOOD, "ja", "wrong language"),
        ("Sure! " + GOOD, "en", "begins with a preface"),
        ("Here is the text: " + GOOD, "en", "begins with a preface"),
        ("以下は説明です。" + GOOD_JA, "ja", "begins with a preface"),
        (GOOD + " This page says no more.", "en", "points at the document"),
        (GOOD_JA + "この文書の内容は以上です。", "ja", "points at the document"),
        (GOOD.replace("40", "41"), "en", "a number that is not in the source: 41"),
        (GOOD_JA.replace("14", "4"), "ja", "a number that is not in the source: 4"),
        (
            GOOD.replace("LB-17", "lb_fuse"),
            "en",
            "an identifier that is not in the source: lb_fuse",
        ),
        ("<document>\n" + GOOD, "en", "begins with a preface"),
        (GOOD + " A blown fuse is bad." * 4, "en", "repeats itself"),
        (GOOD_JA + "電源を切ってから清掃を始めます。" * 4, "ja", "repeats itself"),
        (SECTION, "en", "copies the section"),
        (SECTION_JA, "ja", "copies the section"),
    ],
)
def test_each_fault_has_its_reason(text, lang, reason):
    assert check(text, lang) == reason


def test_numbers_that_only_count_items_are_no_claims():
    assert check("1. " + GOOD + "\n2. The rest is said in few words.") is None


def test_numbers_and_names_of_the_capsule_may_be_used():
    assert check(GOOD + " It belongs to Halden-5.") is not None
    assert check(GOOD + " It belongs to Halden-5.", known=("Part of: Halden-5",)) is None


def test_words_that_the_section_has_itself_do_not_point_at_it():
    own = SECTION + "The lamp prints this page at noon.\n"
    assert check(GOOD + " At noon the lamp prints this page.", section=own) is None


def test_code_that_must_be_copied_counts_as_no_copy():
    code = "```\nlumen connect --station Dimmer\n```\n"
    assert check(f"{GOOD}\n\n{code}", section=SECTION + code) is None


def test_the_questions_of_a_dialogue_are_found():
    found = rewrites.questions('Student: How long?\nTeacher: 40 seconds. "And why?" A card has 6.')
    assert found == ["How long?", '"And why?"']
    found = rewrites.questions("**生徒**：何日ごとですか？\n先生：14日ごとです。")
    assert found == ["何日ごとですか？"]


def test_a_text_answers_a_question_if_it_holds_most_of_the_answer():
    assert rewrites.answers(GOOD, "A card has room for 6 lamps.")
    assert not rewrites.answers(GOOD, "The pump is oiled by hand in winter.")


def test_a_text_that_repeats_what_it_was_told_to_write_goes():
    form = "Tell how a user goes through a task in which all of this matters, step by step."
    text = GOOD + " So goes a user through a task in which all of this matters."
    told = rewrites.check(text, lang="en", section=SECTION, known=["Lumenbox"], form=form)
    assert told == "repeats its instructions"
    assert rewrites.check(GOOD, lang="en", section=SECTION, known=[], form=form) is None


def test_a_text_with_none_of_a_sections_values_says_little_of_it():
    empty = "The dimmer fades lamps, its card carries some of them, and a code tells of fuses."
    assert rewrites.says_little(empty, SECTION)
    assert not rewrites.says_little(GOOD, SECTION)
    assert not rewrites.says_little(empty, "The dimmer fades a lamp within 40 seconds.")


def test_links_to_other_pages_leave_their_words_and_code_stays():
    text = "See [Status Codes](codes.md#a) and [home](https://a.example/).\n"
    code = "```\nf[a](b)\n```\n"
    assert rewrites.unlinked(text + code + "[x](y.md)") == (
        "See Status Codes and [home](https://a.example/).\n" + code + "x"
    )
