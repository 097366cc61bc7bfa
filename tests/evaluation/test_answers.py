import json
import re
from pathlib import Path

import pytest

import shikomi
from shikomi.evaluation.answers import exact_match, matches, normalise, verdict

EXAMPLES = Path(__file__).parents[2] / "examples"
PROMPTS = Path(shikomi.__file__).parent / "prompts"

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


DECLINED = [
    "",
    " \n",
    "。",
    "I don’t know.",
    "I'm sorry, but I don't have any information about Quernstow's ports.",
    "Sorry. I do not currently have access to that.",
    "I could not find this in the excerpts.",
    "I'm not aware of such a limit.",
    "I have no information on this topic.",
    "There is no information about the port.",
    "There isn't any specific mention of a delay in the text.",
    "No information is given on this.",
    "The provided excerpts do not mention the port number.",
    "The documentation of Quernstow does not speak of backups. Its parts are A and B.",
    "The text does not contain any details about backups.",
    "It is not possible to determine the delay from the excerpts.",
    "This cannot be determined from the given text.",
    "It is not documented.",
    "It isn't specified.",
    "Not mentioned.",
    "As an AI language model, I cannot look into these files.",
    "The delay is not explicitly stated in the given documents.",
    'Port 17 is not documented for Quernstow. What is documented under "Ports" is 7358.',
    "Could you please provide more context?",
    "わかりません。",
    "申し訳ありませんが、その情報は持ち合わせていません。",
    "申し訳ございません。その点についてはわかりかねます。",
    "その点は存じておりません。",
    "具体的な情報はございません。",
    "その質問にはお答えできません。",
    "お答えいたしかねます。",
    "抜粋からは判断できません。",
    "文書には記載がありません。",
    "該当する記述は見当たりませんでした。",
    "そのエラーコードは文書に記載されていません。",
    "何も書かれていません。文書にあるのは概要と規約です。",
    "セキレイの文書は排水に触れていないため、分かりません。",
    "保存期間は不明です。",
    "もう少し詳しく教えていただけますか。",
]
# Each is a wrong answer to what was asked, whatever it negates or doubts on the way.
OFFERED = [
    "It is 500.",
    "It returns 401 when the key is not provided.",
    "404 (Not Found)",
    "The probe cannot determine the time and asks again.",
    "The default is used if the value is not specified in the documents.",
    "A probe that is not mentioned in the register is refused.",
    "The field must not be given.",
    "No, the lamp stays dark.",
    "I am not sure, but it is probably 40 seconds.",
    "I do not know the exact value. However, typically it is 8080.",
    "The Hopper does not know the key.",
    "There is no alarm.",
    "Please provide the key.",
    "原因がわからない場合は再起動します。",
    "記載されていない項目は無視します。",
    "応答がありません。",
    "不明な送信元は拒否します。",
    "確認できなかった気送子は17分後に戻します。",
    "はっきりとは分かりませんが、おそらく赤です。",
    "具体的な情報はありませんが、一般的には30秒です。",
    "値が不明のときは0を返します。",
]


@pytest.mark.parametrize("answer", DECLINED)
def test_an_empty_or_unknowing_answer_is_not_attempted(answer):
    assert verdict(answer, (("404",),)) == "NOT_ATTEMPTED"


@pytest.mark.parametrize("answer", OFFERED)
def test_an_answer_that_offers_something_is_wrong_whatever_it_negates(answer):
    assert verdict(answer, (("999",),)) == "INCORRECT"


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_what_is_taught_to_be_said_of_what_is_not_documented_counts_as_no_answer(lang):
    for name in ("negative_missing", "negative_topic"):
        turns = (PROMPTS / lang / f"{name}.md").read_text("utf-8").split("# ")
        taught = [turn.split("\n", 1)[1] for turn in turns if turn.startswith("assistant")]
        given = [re.sub(r"{{.*?}}", "Quernstow", answer) for answer in taught]
        assert given
        assert [each for each in given if verdict(each, (("999",),)) != "NOT_ATTEMPTED"] == []


def test_the_normal_form_keeps_the_long_vowel_and_drops_markup():
    assert normalise("**サーバー** <b>") == "サーバーb"


def test_private_use_characters_do_not_pass_for_signs():
    assert normalise("a\ue001b\ue000") == "ab"


def test_exact_match_is_blind_to_width_and_case():
    assert exact_match("ＡＢＣ。", "abc")
    assert not exact_match("abc d", "abc")
