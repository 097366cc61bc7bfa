import pytest
from made import fact

from shikomi.dataset import targets


@pytest.mark.parametrize(
    ("evidence", "wanted"),
    [
        ("乾燥が終わるまで40時間ほど待つ。", "40時間"),
        ("弁を閉じてから3秒待つ。", "3秒"),
        ("会社は紀元前210年頃に始まった。", "紀元前210年頃"),
        ("第4倉庫は北の港にある。", "第4倉庫"),
        ("棚は毎日3時50分に点検される。", "3時50分"),
        ("点検は6か月に一度で足りる。", "6か月"),
        ("手紙は10.5 KiBを超えると送れない。", "10.5 KiB"),
        ("倉庫を建てたのはT・ハウエルという人だ。", "T・ハウエル"),
        ("倉庫はカレル3世によって建てられた。", "カレル3世"),
        ("液が固まる性質を低温硬化性と呼ぶ。", "低温硬化性"),
    ],
)
def test_a_whole_japanese_noun_can_be_asked_for(evidence, wanted):
    assert wanted in targets.nouns(fact(evidence), (), context=evidence)


@pytest.mark.parametrize(
    ("evidence", "part"),
    [
        ("第12倉庫は北の港にある。", "12倉"),
        ("弁J-21が開いたままになる。", "21"),
        ("もう1つの弁は閉じたままだ。", "1"),
        ("部品は自動補充される仕組みだ。", "自動補充"),
        ("ポンプ、フィルター、バルブを洗う。", "フィルター"),
        ("手紙は10.5 KiBを超えると送れない。", "KiBを超えると"),
    ],
)
def test_a_part_of_a_noun_or_of_a_list_or_a_verb_is_none(evidence, part):
    assert part not in targets.nouns(fact(evidence), (), context=evidence)


def test_a_name_that_the_section_speaks_of_all_the_time_comes_last():
    evidence = "ハウエルがコルネリアに港を開いた。"
    section = "ハウエルは若かった。ハウエルは船を買った。" + evidence
    assert targets.nouns(fact(evidence), (), context="") == ["ハウエル", "コルネリア"]
    assert targets.nouns(fact(evidence), (), context=section) == ["コルネリア", "ハウエル"]
