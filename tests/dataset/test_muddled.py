"""Questions whose grammar nobody can follow."""

import pytest

from shikomi.dataset.muddled import is_muddled


@pytest.mark.parametrize(
    "question",
    [
        "灯台では、油の量は多少リットルですか？",
        "灯台の芯はどれくらい秒で燃え尽きますか？",
        "灯台の見張りはどの年間ですか？",
        "灯台では、灯りが何がついていますか？",
        "灯台では、芯を替えるためは何ですか？",
        "灯台の鐘を鳴らすは何ですか？",
        "灯台の番人は何を呼ばれますか？",
        "灯台の番人は何を油を足しますか？",
        "灯台で油が何リットルを下回ると？",
        "灯台の鐘が鳴ることを教えてください、その理由は何ですか？",
        "灯台の番人は、夜を日に継いで見張る水夫は、誰に知らせますか？",
        "灯台の番人は[見張りの決まり]に従いますか？",
    ],
)
def test_what_no_reader_could_answer_is_muddled(question):
    assert is_muddled(question, "ja", ["灯台"])


@pytest.mark.parametrize(
    "question",
    [
        "灯台では、芯は何秒で燃え尽きますか？",
        "灯台の油はどれくらいの量ですか？",
        "灯台の番人は何人ですか、それとも誰もいませんか？",
        "灯台の鐘が鳴るのは何のためですか？",
        "灯台では、霧が出たときは、番人は何を鳴らしますか？",
        "灯台では、番人は何を見張り、水夫は何を運びますか？",
        "灯台の芯を替えるには何が必要ですか？",
        "灯台の油が多少残っているとき、誰が足しますか？",
        "灯台の主な役目は何ですか？",
        "灯台で油が切れるとどうなりますか？",
    ],
)
def test_what_can_be_followed_is_not(question):
    assert not is_muddled(question, "ja", ["灯台"])


def test_marks_that_showed_what_to_ask_for_are_no_words_of_a_question():
    assert is_muddled("In the lighthouse, what is [the wick]?", "en")
    assert not is_muddled("What does list[0] hold in the lighthouse?", "en")
    assert not is_muddled("What does [wick] mean?", "en", source="Write [wick] for it.")
