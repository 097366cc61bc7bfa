import pytest
from made import extract, section

from shikomi.dataset import in_place


@pytest.mark.parametrize(
    ("statement", "target", "wanted"),
    [
        ("弁を閉じてから30秒待つ。", "30秒", "弁を閉じてから何秒待つか？"),
        ("第3倉庫は港の北の建物である。", "第3倉庫", "第何倉庫が港の北の建物であるか？"),
        ("港は1932年には一度使われなくなった。", "1932年", "港は何年に一度使われなくなったか？"),
        ("設計はT・ハウエルによるものです。", "T・ハウエル", "設計は誰によるものですか？"),
        ("弁が詰まると警告 K-15 を出す。", "K-15", "弁が詰まるとどの警告を出すか？"),
        ("棚が埋まると「溜まり管」に退避する。", "溜まり管", "棚が埋まると何に退避するか？"),
        ("港は2031年2月3日に初めて開いた。", "2031年2月3日", "港はいつ初めて開いたか？"),
        ("港は1932年(昭和7年)に初めて開いた。", "1932年", "港は何年に初めて開いたか？"),
        ("港の管理人はカレル・オーツという。", "カレル・オーツ", "港の管理人は何というか？"),
        ("しかし、港の倉庫を建てたのは北浜町だ。", "北浜町", "港の倉庫を建てたのはどこか？"),
    ],
)  # fmt: skip
def test_what_is_asked_for_becomes_the_question_word_in_its_place(statement, target, wanted):
    assert in_place.question(statement, target) == wanted


@pytest.mark.parametrize(
    ("statement", "target"),
    [
        ("30秒待ってから弁を30秒閉じる。", "30秒"),  # which of them?
        ("弁を閉じてから30秒待ってください。", "30秒"),
        ("ポンプも月に一度は洗っておくことになる。", "ポンプ"),  # 何も asks nothing
        ("文字コードはUTF-8に統一しておく。", "文字コード"),  # 何が統一する
        ("たとえば2031年の台帳は空のままになる。", "2031年"),
        ("港の倉庫（ハウエル）は北にある。", "ハウエル"),
        ("30秒待つ。", "30秒"),
        ("その弁は閉じてから30秒待って開く。", "30秒"),  # which valve?
        ("港は東港運グループ優秀賞を受けた。", "グループ"),
        ("収容能力は倉庫が2万箱である。", "収容能力"),  # 何が倉庫が
    ],
)
def test_what_cannot_be_turned_plainly_is_left_out(statement, target):
    assert in_place.question(statement, target) is None


def test_each_sentence_is_asked_about_so_often_and_rows_are_not():
    text = "ポンプAは7分で水を2リットル汲み、管に分ける。\n\n| 管 | 弁 |\n|---|---|\n| 北 | 3 |\n"
    found = list(in_place.find(section(text, "ja"), extract(text, "ja"), per_sentence=2))
    assert [each.goal.target for each in found] == ["7分", "2リットル"]
    assert found[0].question == "ポンプAは何分で水を2リットル汲み、管に分けるか？"
