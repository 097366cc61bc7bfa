import pytest

from shikomi.dataset import whole_sentences


@pytest.mark.parametrize(
    ("statement", "question"),
    [
        ("hisi は、油の残りを示す印である。", "hisiとは何ですか？"),
        ("灯籠とは、庭に据える灯りのことです。", "灯籠とは何ですか？"),
        ("油が切れると、鐘がひとりでに鳴る。", "油が切れると、どうなりますか？"),
        ("芯が湿っているので、灯りはすぐに消える。", "灯りがすぐに消えるのはなぜですか？"),
    ],
)
def test_a_definition_a_condition_and_a_reason_are_asked_for(statement, question):
    assert whole_sentences.question(statement) == question


@pytest.mark.parametrize(
    "statement",
    [
        "その灯籠は、庭に据える灯りである。",  # which one?
        "灯台とよばれるのは、火をともす塔である。",
        "舟の往来は禁じられたものの、沖まで灯りが届くのは塔が高いからである。",
        "灯りの届く範囲は12 kmである。",  # its value is asked for
        "灯台は白い。",
    ],
)
def test_a_statement_of_no_such_form_has_no_question(statement):
    assert whole_sentences.question(statement) is None
