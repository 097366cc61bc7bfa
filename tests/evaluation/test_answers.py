import json
import re
from pathlib import Path

import pytest

import shikomi
from shikomi.evaluation.answers import exact_match, is_right, matches, normalise, verdict

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
    ("1e-5", "5"),
    ("10²", "102"),
    ("未対応です", "対応"),
    ("非同期で動く", "同期"),
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


# Each says the same value in another way.
SAME_VALUE = [
    ("三十秒です", "30秒"),
    ("256バイト", "二百五十六バイト"),
    ("第3版", "第三版"),
    ("一万二千円", "12,000円"),
    ("5万円", "50,000円"),
    ("1.5億件", "150000000件"),
    ("二〇二一年ではなく十五年", "15年"),
    ("令和3年に公布", "2021年"),
    ("2021年に公布", "令和３年"),
    ("令和元年五月一日", "2019年5月1日"),
    ("on 5 March 2021", "March 5, 2021"),
    ("on 2021-03-05.", "March 5th, 2021"),
    ("2021/03/05です", "2021年3月5日"),
    ("3 to 5 seconds", "3-5"),
    ("between 3 and 5 seconds", "3-5"),
    ("3から5秒", "3〜5秒"),
    ("50 %", "50 percent"),
    ("version v1.2.3", "1.2.3"),
    ("fifteen of them", "15"),
    ("15", "fifteen"),
    ("twenty-one days", "21 days"),
    ("a five-year plan", "5"),
    ("第十三王朝", "第13王朝"),
    ("一億二千万人", "1億2,000万人"),
    ("紀元前二〇四〇年", "紀元前2040年"),
    ("GET https://x.example/v1/files", "/v1/files"),
    ("It is in /etc/shikomi/app.conf.", "/etc/shikomi/app.conf"),
    ("値は/etc/shikomi/app.confにあります", "/etc/shikomi/app.conf"),
    (r"C:\Data\x.ini", "C:/Data/x.ini"),
]
OTHER_VALUE = [
    ("十二個", "2個"),
    ("二十三秒", "3秒"),
    ("十分な長さ", "10分"),
    ("三角形", "3"),
    ("五十嵐さん", "50"),
    ("一般に", "1"),
    ("令和13年", "2021年"),
    ("2021-03-15", "2021-03-05"),
    ("2021-03-05", "5"),
    ("2021.3.5", "2021-03-05"),
    ("3 to 50", "3-5"),
    ("50 apples", "50 percent"),
    ("twenty-one", "20"),
    ("two thousand", "2"),
    ("two hundred and five", "5"),
    ("数十個", "10個"),
    ("第十三王朝", "第三王朝"),
    ("GET https://x.example/v1/files/content", "/v1/files"),
    ("often", "10"),
    ("v1.2.30", "1.2.3"),
    ("/etc/shikomi/app.conf.bak", "/etc/shikomi/app.conf"),
    ("/usr/etc/shikomi/app.conf", "/etc/shikomi/app.conf"),
    ("/etc/shikomi-app.conf", "/etc/shikomi/app.conf"),
]
DENIED = [
    ("not 5 but 7", "5", "7"),
    ("It is 7, not 5.", "5", "7"),
    ("5ではなく7です", "5", "7"),
    ("`GET`メソッドではなくPOST", "GET", "POST"),
    ("POST instead of the GET method", "GET", "POST"),
    ("The port is 8080 (not 80).", "80", "8080"),
    ("Rather than 30, it is 60.", "30", "60"),
    ("The value is no longer 5; it is 7.", "5", "7"),
    ("既定値は5ではありません。7です。", "5", "7"),
    ("It isn't encrypted, it is signed.", "encrypted", "signed"),
    ("neither 5 nor 7 but 9", "7", "9"),
    ("5でも7でもなく9です", "5", "9"),
]
NOT_DENIED = [
    ("not only fast but small", "fast"),
    ("5だけではなく7も", "5"),
    ("40秒以内でなくてはならない", "40秒"),
    ("It does not exceed 255 characters.", "255"),
    ("Do not use port 80.", "80"),
    ("It retries if the status is not 200.", "200"),
    ("状態が200ではない場合に再試行する", "200"),
    ("404 Not Found", "404"),
    ("not 5 in general, but here it is 5", "5"),
    ("5ではないでしょうか。", "5"),
    ("5ではなかったですか", "5"),
]


@pytest.mark.parametrize(("answer", "string"), SAME_VALUE)
def test_an_answer_that_writes_the_value_otherwise_is_right(answer, string):
    assert is_right(answer, ((string,),))


@pytest.mark.parametrize(("answer", "string"), OTHER_VALUE)
def test_an_answer_with_another_value_is_not_right_in_any_reading(answer, string):
    assert not is_right(answer, ((string,),))


@pytest.mark.parametrize(("answer", "denied", "said"), DENIED)
def test_a_value_that_is_named_only_to_be_denied_is_not_said(answer, denied, said):
    assert verdict(answer, ((denied,),)) == "INCORRECT"
    assert verdict(answer, ((said,),)) == "CORRECT"


@pytest.mark.parametrize(("answer", "string"), NOT_DENIED)
def test_a_negation_that_does_not_deny_the_value_changes_nothing(answer, string):
    assert is_right(answer, ((string,),))


def test_where_the_reference_itself_denies_the_value_an_answer_may():
    accept = (("bottom",),)
    assert not is_right("It is not bottom.", accept, reference="The bottom.")
    assert is_right("It is not bottom.", accept, reference="Anything that is not bottom.")


@pytest.mark.parametrize(
    ("answer", "string"),
    [
        ("1" * 5_000 + "万", "5"),  # more digits than Python makes a number of
        ("1万" * 50_000 + "〇", "5"),
        ("a" * 100_000, "/etc/x"),
        ("未対応" * 30_000, "対応"),
        ("not 5 " * 5_000, "5"),
    ],
    ids=["a long number", "parts of a number", "a word", "negated", "denied"],
)
def test_an_answer_that_goes_on_without_end_is_marked(answer, string):
    """Each but the first took minutes."""
    assert not is_right(answer, ((string,),))
