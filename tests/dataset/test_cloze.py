"""Questions that a program makes of Japanese statements."""

import pytest

from shikomi.dataset import cloze, lint


@pytest.mark.parametrize(
    ("statement", "target", "question"),
    [
        ("灯台の芯は300時間ごとに替える。", "300時間", "灯台の芯は何時間ごとに替えるのですか？"),
        ("灯りの届く範囲は12 kmである。", "12 km", "灯りの届く範囲は何kmですか？"),
        ("灯台は1903年に建てられました。", "1903年", "灯台は何年に建てられましたか？"),
        ("油が切れると、警告 L-7 を出す。", "L-7", "油が切れると、どの警告を出すのですか？"),
        ("番人は合図を toki に書く。", "toki", "番人は合図を何に書くのですか？"),
        ("灯りの揺れは「波間」と呼ばれる。", "波間", "灯りの揺れは何と呼ばれるのですか？"),
        ("hisi は、油の残りを示す印である。", "hisi", "hisiとは何ですか？"),
        ("油が切れると、鐘がひとりでに鳴る。", None, "油が切れると、どうなりますか？"),
        ("芯が湿っているので、灯りはすぐに消える。", None, "灯りがすぐに消えるのはなぜですか？"),
        (
            "島では古くから油で灯火を守ってきた。",
            None,
            "島では古くから油で何を守ってきたのですか？",
        ),
        ("灯籠とは、庭に据える灯りのことです。", None, "灯籠とは何ですか？"),
    ],
)
def test_a_value_becomes_its_question_word_and_the_rest_stays(statement, target, question):
    assert cloze.question(statement, target) == question


@pytest.mark.parametrize(
    ("statement", "target"),
    [
        ("その灯台は1903年に建てられた。", "1903年"),  # which one?
        ("第4版は欠番である。", "第4版"),  # nothing that is asked for is a topic
        ("40秒待ってください。", "40秒"),  # no statement
        ("灯りは3回（1回は5秒）光る。", "5秒"),
        ("芯は3本、予備も3本ある。", "3本"),
        ("第3中間期に灯台は増えた。", "第3中間期"),
        ("灯台とよばれるのは、火をともす塔である。", None),
        ("舟の往来は禁じられたものの、沖まで灯りが届くのは塔が高いからである。", None),
        ("灯台は白い。", None),
    ],
)
def test_a_statement_of_no_clear_form_has_none(statement, target):
    assert cloze.question(statement, target) is None


def test_such_questions_pass_the_checks_of_questions():
    statement = "灯台の芯は300時間ごとに替え、油は毎朝9時30分に足す。"
    for target in ("300時間", "9時30分"):
        question = f"灯台について、{cloze.question(statement, target)}"
        checked = lint.check(question, statement, lang="ja", names=("灯台",), source=statement,
                             most=(300, 300), target=target)  # fmt: skip
        assert checked is None
