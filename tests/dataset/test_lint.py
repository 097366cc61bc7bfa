import pytest

from shikomi.dataset import giveaways, lint


def check(question, answer="It needs 40 seconds.", lang="en", names=("Lumenbox", "LB"), **over):
    limits = {"source": "", "most": (100, 100)}
    return lint.check(question, answer, lang=lang, names=names, **(limits | over))


GOOD = "How long does Lumenbox take to fade?"
GOOD_JA = "Lumenboxの清掃は何日ごとですか？"


def test_a_sound_pair_passes():
    assert check(GOOD) is None
    assert check(GOOD_JA, "14日ごとです。", lang="ja") is None


@pytest.mark.parametrize(
    ("question", "answer", "lang", "reason"),
    [
        ("", "x", "en", "empty"),
        (GOOD, "...", "en", "empty"),
        (GOOD + " so" * 99, "40 s", "en", "too long"),
        (GOOD, "so " * 99, "en", "too long"),
        (GOOD_JA, "14日です。", "en", "wrong language"),
        ("Lumenbox 40 s?", "14日です。", "ja", "wrong language"),
        ("What does the document say of Lumenbox?", "40 s", "en", "points at the document"),
        ("According to the page, is Lumenbox new?", "40 s", "en", "points at the document"),
        (GOOD, "As stated above, 40 s.", "en", "points at the document"),
        ("この文書でLumenboxは何ですか？", "灯りです。", "ja", "points at the document"),
        ("上記のLumenboxは何ですか？", "灯りです。", "ja", "points at the document"),
        ("How long does it take to fade?", "40 s", "en", "does not name what it is about"),
        ("In Lumenbox, when was this shell made?", "In 1990.", "en", "does not name"),
        ("In Lumenbox, in each such ring, how many gems are there?", "7", "en", "does not name"),
        ("In Lumenbox, if it is not lit by 9, what happens?", "It hums.", "en", "does not name"),
        ("Regarding LB, who of its makers chose these two rings?", "Ito.", "en", "does not name"),
        ("LBについて、この外殻は何でできていますか？", "真鍮です。", "ja", "does not name"),
        ("Lumenboxでは、それは何日ごとですか？", "14日です。", "ja", "does not name"),
        ("Is it 40 seconds in Lumenbox?", "40 seconds.", "en", "gives the answer away"),
        ("Does LB fade in 40 s to amber?", "In amber the LB is to fade: 40 s.", "en", "away"),
        ("LBは毎月14日に清掃しますか？", "毎月14日(月曜)に、LBを清掃する。", "ja", "away"),
        (
            "Does LB with a filter fade slowly to amber?",
            "With a filter LB fades to amber.",
            "en",
            "away",
        ),
        ("LBの灯りは琥珀色に変わりますか？", "LBの灯りは40秒で琥珀色に変わる。", "ja", "away"),
        ("LBは灯りを7回と数えると教えてください？", "LBは灯りを7回と数える。", "ja", "away"),
        ("LBの灯りは何かを照らすか？", "LBの灯りは海を照らす。", "ja", "away"),
        ("LBの図表の第2行の意味は？", "LBは灯りです。", "ja", "points at the document"),
        ("LBの上位ページの灯りは何ですか？", "LBは灯りです。", "ja", "points at the document"),
        ("LBの灯りを替えるためは何ですか？", "芯を抜きます。", "ja", "muddled"),
        ("When was LB sold in May 1990?", "In 1990 LB came to the shops.", "en", "away"),
        ("3月に発売されたLBは何月に出たか？", "LBの発売は3月のことである。", "ja", "away"),
    ],
)
def test_an_unsound_pair_is_dropped_for_a_reason(question, answer, lang, reason):
    assert reason in (check(question, answer, lang) or "")


@pytest.mark.parametrize(
    ("question", "answer", "lang"),
    [
        ("In how many seconds does LB fade to amber?", "LB fades to amber in 40 seconds.", "en"),
        ("What does LB fade to in 40 seconds?", "LB fades to amber in 40 seconds.", "en"),
        ("LBは毎月何日に清掃しますか？", "毎月14日に、LBを清掃する。", "ja"),
        ("LBが消えるまで何秒ですか？", "LBが消えるまで40秒", "ja"),
        ("LBは安全ですか？", "はい、そうです。", "ja"),
        ("Does LB fade to red?", "LB keeps its red and does not fade.", "en"),
        ("Does LB fade slowly?", "Yes, LB fades in 40 s.", "en"),
        ("LBの灯りは琥珀色に変わりますか？", "灯りは40秒たっても琥珀色に変わらない。", "ja"),
        ("LBの灯りはいつ琥珀色に変わりますか？", "LBの灯りは1990年に琥珀色に変わった。", "ja"),
        ("LBの灯りは琥珀色に変わるか、それとも消えるか？", "灯りは40秒で琥珀色に変わる。", "ja"),
        ("When LB is hot, what does this do to its shell?", "It cracks.", "en"),
        ("When rings of LB break, who mends such rings?", "Ito.", "en"),
        ("Which keepers of LB mend rings such as the inner one?", "Ito.", "en"),
        ("If it rains, who lights LB?", "Ito.", "en"),
        ("When it is not possible to light LB, who is called?", "Ito.", "en"),
        ("If a ring of LB breaks, who mends this ring?", "Ito.", "en"),
        ('What does LB mean by "this lamp"?', "Itself.", "en"),
        ("LBの外殻が割れると、この破片は誰が集めますか？", "伊藤です。", "ja"),
        ("LBの輪と、そのほかの部品は何ですか？", "芯です。", "ja"),
    ],
)
def test_a_question_may_say_all_but_what_it_asks_for_and_point_back(question, answer, lang):
    assert check(question, answer, lang) is None


POINTING = {
    "en": [
        "According to the Lumenbox documentation, how long is it?",
        "According to the author of Lumenbox, how long is it?",
        "Based on the provided information, how long does Lumenbox take?",
        "How long does Lumenbox take, based on the text?",
        "Which two modes of Lumenbox are mentioned?",
        "What does the manual recommend for Lumenbox?",
        "Which modes of Lumenbox are listed below?",
        "What is the purpose of this section of Lumenbox?",
        "Per the specification, how long does Lumenbox take?",
    ],
    "ja": [
        "本書ではLumenboxを何と呼びますか？",
        "本文ではLumenboxを何と呼びますか？",
        "マニュアルによると、Lumenboxは何秒ですか？",
        "仕様によれば、Lumenboxは何秒ですか？",
        "この章でLumenboxの何を説明していますか？",
        "下記のうちLumenboxの鍵はどれですか？",
        "ドキュメントにはLumenboxについて何と書かれていますか？",
        "次の文のうち、Lumenboxについて正しいのはどれですか？",
    ],
}
ABOUT_SUCH_THINGS = {
    "en": [
        ("According to the schedule, when is Lumenbox cleaned?", ""),
        ("How does Lumenbox wrap a line according to the page size?", "The page size decides."),
        ("At which column does Lumenbox wrap the text?", "Texts are wrapped at column 80."),
        ("What does Lumenbox do when the page is closed?", "Closing a page stops the fade."),
        ("Which keys of Lumenbox are given in the header?", ""),
        ("How does Lumenbox round, as described in RFC 2119?", ""),
        ("Which layer does that text of Lumenbox lie on?", "Each text has a layer."),
    ],
    "ja": [
        ("Lumenboxの基本文法では、行を何で区切りますか？", ""),
        ("Lumenboxは次の文字をどう読みますか？", ""),
        ("Lumenboxは以下の文字列をどう扱いますか？", ""),
        ("Lumenboxを日本文化で例えると何ですか？", ""),
        ("Lumenboxは次の節電状態に何秒で移りますか？", ""),
        ("Lumenboxのメッセージの本文は何文字までですか？", "本文は80文字まで。"),
        ("Lumenboxで次のページを開く鍵は何ですか？", "T7でページを送る。"),
        ("Lumenboxの標準テキストは何ですか？", ""),
    ],
}


@pytest.mark.parametrize(("lang", "n"), [(k, n) for k in POINTING for n in range(len(POINTING[k]))])
def test_a_question_that_speaks_of_a_text_before_it_is_dropped(lang, n):
    answer = {"en": "40 s.", "ja": "灯りです。"}[lang]
    assert check(POINTING[lang][n], answer, lang) == "points at the document"


@pytest.mark.parametrize(
    ("lang", "question", "source"),
    [(lang, *each) for lang, found in ABOUT_SUCH_THINGS.items() for each in found],
)
def test_a_question_about_texts_and_pages_that_the_section_knows_is_kept(lang, question, source):
    answer = {"en": "T7.", "ja": "T7です。"}[lang]
    assert check(question, answer, lang, source=source) is None


@pytest.mark.parametrize(
    ("question", "answer", "lang", "source", "reason"),
    [
        (GOOD_JA, "It is done every fourteen days.", "ja", "清掃は14日ごと。", "wrong language"),
        (GOOD, "40秒です。", "en", "It fades in 40 seconds.", "wrong language"),
        (GOOD_JA, "GET /status HTTP/1.1", "ja", "", None),
        (GOOD_JA, "lumen connect --station three --port", "ja",
         "`lumen connect --station three --port`と打つ。", None),
        (GOOD, "ヒカリ3号", "en", "Use the detergent ヒカリ3号.", None),
        (GOOD, "The detergent ヒカリ3号 does.", "en", "", None),
    ],
)  # fmt: skip
def test_an_answer_in_another_language_is_dropped_and_code_and_names_are_not(
    question, answer, lang, source, reason
):
    assert check(question, answer, lang, source=source) == reason


@pytest.mark.parametrize("name", ["lumenbox", "ＬＵＭＥＮＢＯＸ", "Lumen-Box", "LB"])
def test_the_system_is_named_in_any_spelling(name):
    assert check(f"How long does {name} take to fade?") is None


def test_where_the_system_has_no_name_none_is_asked_for():
    assert check("How long does it take to fade?", names=()) is None


@pytest.mark.parametrize(
    ("question", "answer", "lang", "target"),
    [
        ("LBの番人はtokiを送るか？", "霧の夜には、LBの番人は水夫にtokiを送る。", "ja", "toki"),
        ("LBは40秒を超えてはならないという条件を満たしているか？",
         "LBの灯りは必ず朝に消え、40秒を超えてはならない。", "ja", "40秒"),
        ("What are the first 18 red lamps that LB lights when a keeper rings?",
         "LB lights the first 18 red lamps when a keeper rings the bell.", "en", "18 red lamps"),
    ],
)  # fmt: skip
def test_a_question_that_says_what_it_was_to_ask_for_has_little_left_to_ask(
    question, answer, lang, target
):
    assert "away" in (check(question, answer, lang, target=target) or "")


def test_a_question_that_says_its_target_may_ask_for_another_value():
    question, answer = "How many rows of LB follow the 52 lamps?", "144 rows of LB follow 52 lamps."
    assert check(question, answer, target="52 lamps") is None


def test_what_stands_in_the_brackets_of_a_call_is_no_aside():
    answer = "The form is $(silent)."
    assert not giveaways.gives_away("What is the form?", answer, "en")
    assert giveaways.gives_away("What is the form?", "The form (of it).", "en")
    assert giveaways.gives_away("書式は何ですか？", "書式(しょしき)です。", "ja")


def test_what_the_plan_asked_for_is_not_given_away_by_the_other_words():
    question, answer = "In what steps does the LB fade?", "The LB is to fade in steps (40 s)."
    assert giveaways.gives_away(question, answer, "en")
    assert not giveaways.gives_away(question, answer, "en", target="40 s")
    assert giveaways.gives_away("In what 40 s steps does the LB fade?", answer, "en", target="40 s")
    assert giveaways.gives_away(question, answer, "en", target="amber")
