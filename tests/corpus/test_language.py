import pytest

from shikomi.corpus.language import detect, script_ratio


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("これは日本語です。", "ja"),
        ("Use `--hikae` to keep a copy.", "en"),
        ("SHIORI/3.0のGETリクエストはNOTIFYと同じ形式。", "ja"),
        ("The word 伺か (ukagaka) names the whole family of desktop mascots.", "en"),
        ("```\n日本語のコメント\n```\nSee the code above.", "en"),
        ("説明は[こちら](https://example.com/a/very/long/address/in/latin/letters.html)。", "ja"),
        ("", "en"),
    ],
)
def test_the_language_is_told_by_the_script_of_the_prose(text, lang):
    assert detect(text) == lang


def test_the_ratio_counts_letters_only():
    assert script_ratio("あa 1, 2。!") == 0.5
    assert script_ratio("ｶﾅカナー々") == 1.0


def test_a_text_without_letters_is_in_no_language():
    assert script_ratio("204 -- `OK`") is None
