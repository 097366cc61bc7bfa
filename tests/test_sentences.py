import pytest

from shikomi.sentences import ends, first, spans


def sentences(text):
    return [text[start:end] for start, end in spans(text)]


def test_sentence_ends_know_brackets():
    text = "「はい。」と答えた。次（a. B）。\n「終わり。」\n続き"
    assert [text[:end][-4:] for end in ends(text)] == ["答えた。", " B）。", "わり。」"]
    assert first("閉じない「括弧。次の文。") == "閉じない「括弧。"


@pytest.mark.parametrize(
    "one",
    [
        "It reads files, e.g. Logs of the day, at 3.5 MB a second.",
        "See Fig. 2 and No. 5 in a.txt of Dr. Smith.",
        "The U.S. Army holds v. 3 of it.",
        "It differs, cf. Table 3, from C++ vs. Java.",
        "値は２．５です。",
        "設定は a.txt と b.conf にあります。",
        "彼は「行く。帰る。」と（小声で。）言った。",
        "1. First of all, wait.",
        "1\\. A number that is none of a list.",
        "Open http://example.org/?q=1!x and wait.",
        "Use the option x.y.z, i.e. A or B!",
    ],
)
def test_what_is_one_sentence_stays_one(one):
    assert sentences(one) == [one]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It is so. Then it ends.", ["It is so.", "Then it ends."]),
        ("本当?はい!終わり．次の文", ["本当?", "はい!", "終わり．", "次の文"]),
        ("Does it? Yes! **It does.** `a` too.", ["Does it?", "Yes!", "**It does.**", "`a` too."]),
        ("灯りを送る。`key` に書く。`値。`も", ["灯りを送る。", "`key` に書く。", "`値。`", "も"]),
        ("A title\n \nIts text", ["A title", "Its text"]),
        ("It weighs 3. Then 4.5 kg.", ["It weighs 3.", "Then 4.5 kg."]),
        ("Press B. The lamp glows.", ["Press B.", "The lamp glows."]),
        ("書く。`a` は名前。", ["書く。", "`a` は名前。"]),
        ("**止める。**次に進む。", ["**止める。**", "次に進む。"]),
        ("*大事*です。*次*です。", ["*大事*です。", "*次*です。"]),
    ],
)
def test_sentences_are_told_apart(text, found):
    assert sentences(text) == found


def test_a_bracket_without_its_partner_hides_no_end():
    assert sentences("顔文字 :( です。次の文。") == ["顔文字 :( です。", "次の文。"]
