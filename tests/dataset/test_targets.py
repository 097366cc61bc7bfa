import pytest
from made import fact

from shikomi.dataset import targets


@pytest.mark.parametrize(
    ("evidence", "wanted"),
    [
        ("The dimmer fades a lamp within 40 seconds.", "40 seconds"),
        ("The station listens on `port-a`.", "port-a"),
        ("It starts at 05:30 each morning.", "05:30"),
        ("The error is called LB-17 by the station.", "LB-17"),
        ("The filter holds 95 % of the dust.", "95 %"),
        ("It was first used in March 2011.", "March 2011"),
        ("It was first used at the Port Ellery fruit terminal.", "Port Ellery"),
        ("清掃は14日ごとに行います。", "14日"),
        ("洗剤「ヒカリ」を使います。", "ヒカリ"),
    ],
)
def test_a_value_name_or_code_can_be_asked_for(evidence, wanted):
    assert any(found.startswith(wanted) for found in targets.find(fact(evidence)))


@pytest.mark.parametrize(
    ("evidence", "wanted"),
    [
        ("By 1206 Temüjin had united the tribes.", ["1206", "Temüjin"]),
        ("It was opened in 1989 by the mayor.", ["1989"]),
        ("Under article 227 contains a further right.", ["227"]),
        ("Ports 80 and 443 state what is open.", ["80", "443"]),
        (
            "It covers 1500 bytes and 30 general principles.",
            ["1500 bytes", "30 general principles"],
        ),
        (
            "In the 13th century it was the 850th anniversary.",
            ["13th century", "850th anniversary"],
        ),
        ("The Court of Justice refused it.", ["Court of Justice"]),
        ("It was won by the Reeve People's Party of Ellery.", ["Reeve People's Party of Ellery"]),
        ("It is the Reeve's Hopper that hums.", ["Reeve", "Hopper"]),
        ("It uses the Mongolian script.", []),
        ('It has "a name that is longer than forty characters are" and "tick".', ["tick"]),
        ("Press Enter to leave.", ["Enter"]),
    ],
)
def test_a_value_or_name_of_an_english_sentence_is_whole(evidence, wanted):
    assert targets.find(fact(evidence)) == wanted


def test_a_part_of_a_name_that_every_question_gives_is_no_answer():
    found = targets.find(
        fact("Subutai was sent by Temur Khan, for Temur trusted him."), ["Temur Khan"]
    )
    assert found == []


@pytest.mark.parametrize(
    ("evidence", "wanted"),
    [
        ("第3中間期を経て、第21王朝が成立した。", ["第3中間期", "第21王朝"]),
        ("灯台はルイ14世の命で18世紀後半に建てられた。", ["ルイ14世", "18世紀後半"]),
        ("芯は2019年4月2日に替えた。", ["2019年4月2日"]),
        ("油が4.5 MiBを超えると消す。", ["4.5 MiB"]),
        ("1台で6本の管を受け持ち、切り替えに62ミリ秒かかる。", ["6本", "62ミリ秒"]),
        ("樽1本あたり30リットルまで入る。", ["30リットル"]),
        ("油は3種類あり、7回再利用する。", ["3種類", "7回"]),
        ("記録は31034.tabiに残る。", ["31034.tabi"]),
        ("送信にはHTTPを使う。", ["HTTP"]),
    ],
)
def test_a_value_of_a_japanese_sentence_is_whole(evidence, wanted):
    assert targets.find(fact(evidence)) == wanted


def test_a_day_is_asked_for_with_its_month_and_year():
    assert targets.find(fact("Ticks are counted from 1 February 2009.")) == ["1 February 2009"]


def test_what_can_be_asked_for_stands_in_the_evidence():
    evidence = "Within 40 seconds the `T7` key and code LB-17 use 3 A at 05:30."
    found = targets.find(fact(evidence))
    assert found
    assert all(target in evidence for target in found)


def test_the_number_of_a_name_is_not_taken_out_of_it():
    assert "88" not in targets.find(fact("The valve RV-88 is open."))


def test_a_row_is_asked_for_its_cells_and_for_its_name():
    row = fact("| LB-17 | the fuse of the dimmer is blown |", kind="row")
    assert targets.find(row) == ["the fuse of the dimmer is blown", "LB-17"]


def test_nothing_is_asked_for_twice_and_never_too_much():
    evidence = "It takes 1 s, 2 min, 3 h, 4 d, 5 w and once more 1 s and 2 min."
    found = targets.find(fact(evidence))
    assert len(found) == len(set(found)) <= targets.MAX_TARGETS


def test_a_fact_in_which_nothing_stands_out_has_no_target():
    assert targets.find(fact("the lamp is dimmed slowly.")) == []


def test_a_proper_name_comes_after_what_says_more():
    evidence = "After 6 restarts the Reeve gives up and raises alarm RV-88."
    assert targets.find(fact(evidence)) == ["6 restarts", "RV-88", "Reeve"]


def test_a_name_that_every_question_gives_is_no_answer():
    evidence = "Probes speak to the Hopper of a Lumenbox site (LB) on port 7316."
    assert targets.find(fact(evidence), ["Lumenbox", "LB"]) == ["7316", "Hopper"]
