import pytest

from shikomi.dataset import lint


def check(question, answer="It needs 40 seconds.", lang="en", names=("Lumenbox", "LB"), **over):
    limits = {"max_question": 100, "max_answer": 100}
    return lint.check(question, answer, lang=lang, names=names, **(limits | over))


GOOD = "How long does Lumenbox take to fade?"
GOOD_JA = "Lumenboxの清掃は何日ごとですか？"


def test_a_sound_pair_passes():
    assert check(GOOD) is None
    assert check(GOOD_JA, "14日ごとです。", lang="ja") is None


@pytest.mark.parametrize(
    ("question", "answer", "lang", "reason"),
    [
        ("", "x", "en", "empty"),
        (GOOD, "...", "en", "empty"),
        (GOOD + " so" * 99, "40 s", "en", "too long"),
        (GOOD, "so " * 99, "en", "too long"),
        (GOOD_JA, "14日です。", "en", "wrong language"),
        ("Lumenbox 40 s?", "14日です。", "ja", "wrong language"),
        ("What does the document say of Lumenbox?", "40 s", "en", "points at the document"),
        ("According to the page, is Lumenbox new?", "40 s", "en", "points at the document"),
        (GOOD, "As stated above, 40 s.", "en", "points at the document"),
        ("この文書でLumenboxは何ですか？", "灯りです。", "ja", "points at the document"),
        ("上記のLumenboxは何ですか？", "灯りです。", "ja", "points at the document"),
        ("How long does it take to fade?", "40 s", "en", "does not name the system"),
        ("Is it 40 seconds in Lumenbox?", "40 seconds.", "en", "gives the answer away"),
        ("Does LB fade in 40 s to amber?", "In amber the LB is to fade: 40 s.", "en", "away"),
        ("LBは毎月14日に清掃しますか？", "毎月14日(月曜)に、LBを清掃する。", "ja", "away"),
    ],
)
def test_an_unsound_pair_is_dropped_for_a_reason(question, answer, lang, reason):
    assert reason in (check(question, answer, lang) or "")


@pytest.mark.parametrize(
    ("question", "answer", "lang"),
    [
        ("In how many seconds does LB fade to amber?", "LB fades to amber in 40 seconds.", "en"),
        ("What does LB fade to in 40 seconds?", "LB fades to amber in 40 seconds.", "en"),
        ("LBは毎月何日に清掃しますか？", "毎月14日に、LBを清掃する。", "ja"),
        ("LBが消えるまで何秒ですか？", "LBが消えるまで40秒", "ja"),
        ("LBは安全ですか？", "はい、そうです。", "ja"),
    ],
)
def test_a_question_may_say_all_but_what_it_asks_for(question, answer, lang):
    assert check(question, answer, lang) is None


@pytest.mark.parametrize("name", ["lumenbox", "ＬＵＭＥＮＢＯＸ", "Lumen-Box", "LB"])
def test_the_system_is_named_in_any_spelling(name):
    assert check(f"How long does {name} take to fade?") is None


def test_where_the_system_has_no_name_none_is_asked_for():
    assert check("How long does it take to fade?", names=()) is None


def test_a_name_is_put_before_a_question_that_left_it_out():
    names = ["Lumenbox", "LB"]
    found = [lint.name_system("How long is it?", names, "en", n) for n in range(4)]
    assert found == [
        "In Lumenbox, how long is it?",
        "How long is it in Lumenbox?",
        "In LB, how long is it?",
        "How long is it in LB?",
    ]
    assert lint.name_system("LB-17 is what?", names, "en", 0) == "In Lumenbox, LB-17 is what?"
    assert lint.name_system("Tell me.", names, "en", 1) == "In Lumenbox, tell me."
    assert lint.name_system("何日ですか？", ["灯箱"], "ja", 1) == "灯箱について、何日ですか？"
