import json
from pathlib import Path

import pytest

from shikomi.evaluation.answers import character_f1, exact_match, matches, normalise, verdict

EXAMPLES = Path(__file__).parents[2] / "examples"

MATCHING = [
    ("３回です", "3回"),
    ("12 s", "12s"),
    ("12秒です", "12 秒"),
    ("**13** 秒です", "13秒"),
    ("13 seconds", "13 sec"),
    ("52 hours", "52 h"),
    ("最大で1,976バイト", "1976"),
    ("１，９７６", "1,976"),
    ("80, 443", "443"),
    ("値は−5です", "-5"),
    ("気温はマイナス5度", "-5度"),
    ("図-5を参照", "5"),
    ("- 5 items", "5"),
    ("wait .5 s", "0.5"),
    ("It is 13. 5 more follow", "13"),
    ("3~5秒", "3〜5秒"),
    ("ﾀﾞｸﾄﾉｰﾄﾞｾﾚｸﾀです", "ダクトノードセレクタ"),
    ("HTTP/1.1", "1.1"),
    ("E-44です", "E44"),
    ("`SEKI_yomu`", "seki-yomu"),
    ("use C#.", "C#"),
    ("4729。一般に", "4729"),
    ("٣ times", "3"),
    ("two bolts", "bolt"),
    ("it is SIFTED", "SIFT"),
    ("x => y", "=>"),
]
NOT_MATCHING = [
    ("13回です", "3回"),
    ("二十三秒", "三秒"),
    ("4045", "404"),
    ("5万件", "5"),
    ("value -5", "5"),
    ("5", "-5"),
    ("0.5", "05"),
    ("0.5", "5"),
    ("version 6.3.1", "6.3"),
    ("1 3", "13"),
    ("80,443", "443"),
    ("3〜5秒", "5秒"),
    ("port 80-90", "80"),
    ("target", "get"),
    ("string", "str"),
    ("E-445", "E-44"),
    ("0x2E", "0x2"),
    ("0x144", "144"),
    ("C++", "C"),
    ("C", "C++"),
    ("abc", "=>"),
    ("abc", ""),
]


@pytest.mark.parametrize(("answer", "string"), MATCHING)
def test_an_answer_that_says_the_same_matches(answer, string):
    assert matches(answer, ((string,),))


@pytest.mark.parametrize(("answer", "string"), NOT_MATCHING)
def test_an_answer_that_says_something_else_does_not_match(answer, string):
    assert not matches(answer, ((string,),))


def test_all_strings_of_one_inner_tuple_must_be_there():
    accept = (("コイル", "焼損"), ("分岐弁",))
    assert not matches("コイルが壊れた", accept)
    assert matches("焼損したのはコイル", accept)
    assert matches("分岐弁です", accept)


def test_nothing_accepted_matches_nothing():
    assert not matches("anything", ())
    assert not matches("anything", ((),))


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_reference_answer_of_the_examples_is_correct_and_no_question_gives_it_away(lang):
    lines = (EXAMPLES / lang / "questions.jsonl").read_text("utf-8").splitlines()
    items = [json.loads(line) for line in lines]
    accepts = [tuple(map(tuple, item["accept"])) for item in items]
    pairs = list(zip(items, accepts, strict=True))
    assert [i["id"] for i, a in pairs if verdict(i["answer"], a) != "CORRECT"] == []
    assert [i["id"] for i, a in pairs if matches(i["question"], a)] == []


@pytest.mark.parametrize(
    "answer",
    [
        "",
        " \n",
        "。",
        "わかりません。",
        "文書には記載がありません。",
        "I don’t know.",
        "It is not documented.",
    ],
)
def test_an_empty_or_unknowing_answer_is_not_attempted(answer):
    assert verdict(answer, (("404",),)) == "NOT_ATTEMPTED"


def test_a_wrong_answer_is_incorrect():
    assert verdict("It is 500.", (("404",),)) == "INCORRECT"


def test_the_normal_form_keeps_the_long_vowel_and_drops_markup():
    assert normalise("**サーバー** <b>") == "サーバーb"


def test_private_use_characters_do_not_pass_for_signs():
    assert normalise("a\ue001b\ue000") == "ab"


def test_exact_match_is_blind_to_width_and_case():
    assert exact_match("ＡＢＣ。", "abc")
    assert not exact_match("abc d", "abc")


def test_character_f1_counts_shared_characters():
    assert character_f1("東京タワー", "東京") == pytest.approx(4 / 7)
    assert character_f1("", "東京") == 0
    assert character_f1("東京", "東京。") == 1
