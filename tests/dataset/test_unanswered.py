"""Questions that their answers do not answer."""

import pytest

from shikomi.dataset import unanswered


@pytest.mark.parametrize(
    ("question", "answer", "lang"),
    [
        ("Why does LB fade?", "LB fades in 40 seconds.", "en"),
        ("LBの灯りが消えるのはなぜですか？", "LBの灯りは40秒で消える。", "ja"),
        ("LBの灯りはいつ消えますか？", "LBの灯りは消える。", "ja"),
        ("LBは何年から何年まで光ったか？", "LBは第1中間期に統一の象徴として光った。", "ja"),
        ("LBの灯りは何本ですか？", "LBの灯りは明るい。", "ja"),
        ("LBの灯りは40秒のうち何秒で消えるか？", "LBの灯りは40秒で消える。", "ja"),
        ("LBの灯りはどれくらいもちますか？", "2031年2月3日の記録は灯りの名を載せる。", "ja"),
    ],
)
def test_an_answer_gives_the_reason_or_the_time_that_is_asked_for(question, answer, lang):
    assert unanswered.lacks_answer(question, answer, lang)


@pytest.mark.parametrize(
    ("question", "answer", "lang"),
    [
        ("Why does LB fade?", "LB fades because its wick is short.", "en"),
        ("LBの灯りが消えるのはなぜですか？", "芯が短いため、LBの灯りは消える。", "ja"),
        ("LBの灯りはいつ消えますか？", "LBの灯りは夜明けに消える。", "ja"),
        ("LBの灯りは何年に消えたか？", "LBの灯りは19世紀に消えた。", "ja"),
        ("LBの灯りは何本ですか？", "LBの灯りは三本である。", "ja"),
        ("LBの灯りは何色ですか？", "LBの灯りは青い。", "ja"),
        ("LBの灯りはどれくらいもちますか？", "LBの灯りはごく短い。", "ja"),
        ("When does LB fade?", "LB fades on Thursday.", "en"),
        ("What does LB do?", "LB fades.", "en"),
    ],
)
def test_what_is_answered_or_not_asked_for_is_no_lack(question, answer, lang):
    assert not unanswered.lacks_answer(question, answer, lang)


@pytest.mark.parametrize(
    ("question", "lang", "is_beside"),
    [
        ("LBの設定ファイルの保存先はどこですか？", "ja", True),
        ("LBの灯火が残る期間は？", "ja", False),  # one character of the statement
        ("LBの保守の場所は？", "ja", False),  # one word of its own
        ("LBの設定の保存先は？", "ja", False),  # one word that is not the heading's
        ("Where is the settings file of LB stored?", "en", False),
    ],
)
def test_a_question_that_shares_no_telling_character_with_its_statement_is_beside_it(
    question, lang, is_beside
):
    own, headings = ("灯りは夜明け前に消える。",), ("設定",)
    found = unanswered.is_beside(question, own, names=("LB",), known=headings, lang=lang)
    assert found == is_beside


@pytest.mark.parametrize(
    ("question", "is_strange"),
    [
        ("LBの灯りは何の前に消えますか？", False),
        ("LBの設定では、灯りはいつ消えますか？", False),  # the heading's word
        ("LBの保守部品の在庫は、灯りの倉庫のどこですか？", True),
    ],
)
def test_a_question_of_words_that_its_statement_has_not_is_strange(question, is_strange):
    own, headings = ("灯りは夜明け前に消える。",), ("設定",)
    assert unanswered.is_strange(question, own, names=("LB",), known=headings) == is_strange
