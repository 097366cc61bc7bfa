import random

import pytest
from made import extract

TABLE = """The codes:

| Code | Meaning |
|------|---------|
| LB-17 | the fuse is blown |
| LB-23 | waits for `mains` |
"""
LIST = """To set the timer:

- Hold the green key for 4 seconds.
- Turn the wheel to T7.

The timer then rings.
"""
FENCE = """Call it so:

```sh
lumen connect --port 4711
# not a heading
```

The port is free to choose.
"""
JAPANESE = """# 清掃

清掃は14日ごとに行います。電源を切り、15分待ちます（「待機」と言います。）。
それは安全のためです。

- 洗剤：ヒカリ3号を使います。
"""
TEXTS = [TABLE, LIST, FENCE, JAPANESE]


def statements(text, lang="en"):
    return [fact.statement for fact in extract(text, lang)]


@pytest.mark.parametrize("text", TEXTS + [text.replace("\n", "\r\n") for text in TEXTS])
def test_the_evidence_of_a_fact_is_cut_from_its_section(text):
    found = extract(text)
    assert found
    for fact in found:
        assert text[fact.start : fact.end] == fact.evidence
        assert fact.evidence.strip()


def test_offsets_hold_whatever_the_text_is_made_of():
    pieces = [*TEXTS, "| a |\n", "```\n", "- x\n", "\r\n", "  \n", "。", "It is so. ", "\u2028",
              "\x0c", "> quoted words here\n", "# H\n", "1. first of all\n"]  # fmt: skip
    chance = random.Random(1)
    for _ in range(300):
        text = "".join(chance.choices(pieces, k=chance.randint(1, 8)))
        for fact in extract(text):
            assert text[fact.start : fact.end] == fact.evidence


def test_a_table_row_is_read_with_the_names_of_its_columns():
    rows = [fact for fact in extract(TABLE) if fact.kind == "row"]
    assert len(rows) == 2
    assert "Code: LB-17 / Meaning: the fuse is blown" in rows[0].statement
    assert rows[1].evidence == "| LB-23 | waits for `mains` |"


def test_the_header_of_a_table_and_its_rule_are_no_facts():
    assert not any("---" in statement for statement in statements(TABLE))
    assert not any(statement.endswith("Code: Code") for statement in statements(TABLE))


def test_a_list_item_is_read_with_the_sentence_that_leads_it_in():
    found = statements(LIST)
    assert found[0] == "To set the timer: Hold the green key for 4 seconds."
    assert found[1] == "To set the timer: Turn the wheel to T7."


def test_a_lead_in_is_no_fact_of_its_own_and_ends_at_the_next_paragraph():
    found = statements(LIST)
    assert len(found) == 3
    assert found[2] == "The timer then rings."


@pytest.mark.parametrize(
    ("lead", "lang"),
    [
        ("灯りをともすときは、次の手順で芯を替える。", "ja"),
        ("次の例では、31番の灯りをともしている。", "ja"),
        ("The lamp is lit in the steps below.", "en"),
        ("The keepers are named as follows.", "en"),
    ],
)
def test_a_sentence_that_only_says_that_a_list_follows_is_no_fact(lead, lang):
    item = {"ja": "古い芯を抜いて捨てる。", "en": "Take the old wick out."}[lang]
    assert statements(f"{lead}\n\n- {item}\n", lang) == [item]


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("灯りが消えたら、次のように `tomose` を実行する。\n\n- 古い芯を抜いて捨てる。\n", "ja"),
        ("番人は次の手順を守る。灯りは朝まで消さない。\n", "ja"),
    ],
)
def test_a_lead_that_names_something_or_leads_nothing_in_stays_a_fact(text, lang):
    assert len(statements(text, lang)) == 2


def test_a_fenced_block_is_one_example_and_its_comments_are_no_headings():
    found = extract(FENCE)
    assert [fact.kind for fact in found] == ["example", "statement"]
    assert "lumen connect --port 4711\n# not a heading" in found[0].statement


def test_japanese_sentences_are_told_apart_and_brackets_kept_whole():
    found = statements(JAPANESE, "ja")
    assert found[0] == "清掃は14日ごとに行います。"
    assert any("「待機」と言います。）。" in statement for statement in found)
    assert any("ヒカリ3号" in statement for statement in found)


@pytest.mark.parametrize(
    "text",
    [
        "The dimmer fades a lamp. It needs 40 seconds for that.",
        "調光師は灯りを守る。彼は毎朝40秒だけそばに立つ。",
        "調光師たちは灯りを守る。彼らは毎朝40秒だけそばに立つ。",
    ],
)
def test_a_sentence_that_starts_with_a_pronoun_stays_with_the_one_before_it(text):
    assert statements(text) == [text]


def test_a_noun_that_begins_as_a_pronoun_does_is_none():
    text = "灯りは40秒で静かに消える。彼岸には灯りを替える。"
    assert len(statements(text)) == 2


def test_items_that_only_link_to_other_pages_are_no_facts():
    assert statements("- [The dimmer](dimmer.md)\n- [The timer](timer.md)\n") == []


def test_headings_and_rules_are_no_facts():
    assert statements("# The dimmer of the house\n\n---\n\n***\n") == []


def test_every_sentence_of_a_paragraph_is_a_fact():
    text = "".join(f"The entry {i} holds {i} seeds. " for i in range(50))
    assert len(extract(text)) == 50


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("The line format is described under [Probe Protocol](index.md).", "en"),
        ("For the loss of a shelf see [Recovery](../ops/recovery.md).", "en"),
        ("An old key is refused with one of the [status codes](status-codes.md).", "en"),
        ("フレームの形は[通信の共通規則](index.md)に従う。", "ja"),
        ("復旧の手順については[運用の概要](index.md)を参照してください。", "ja"),
    ],
)
def test_a_sentence_that_only_sends_its_reader_elsewhere_is_no_fact(text, lang):
    assert statements(text, lang) == []


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("The lamp, described under [Lamps](lamps.md), blinks for 4 seconds.", "en"),
        ("The service port is opened by [the supervisor](reeve.md).", "en"),
        ("The code `LB-17` is listed under [Codes](codes.md).", "en"),
        ("The twelve codes are described in the order of their severity.", "en"),
        ("状態コードは[通信の共通規則](index.md)に従い、2バイトである。", "ja"),
    ],
)
def test_a_sentence_with_a_link_that_says_something_is_a_fact(text, lang):
    assert len(statements(text, lang)) == 1


def test_a_statement_says_what_its_reader_sees():
    text = (
        '<a id="x"></a>これは<strong>「重要」</strong>な設定\\_aです。\n\n'
        "Write `\\_w[500]` or [`light`](a.md#b) with \\* and H<sub>2</sub>O\\\nin `<a>` marks.\n\n"
        "| Key | Time<br>(ms) |\n| --- | --- |\n| a\\|b | 10<br>and more |\n"
    )
    assert statements(text) == [
        "これは「重要」な設定_aです。",
        "Write \\_w[500] or light with * and H2O in <a> marks.",
        "Key: a|b / Time (ms): 10 and more",
    ]


def test_code_in_a_quotation_is_one_example_in_its_own_words():
    code = "> ```\n> open(port). Then\n> send(text);\n> ```\n"
    text = f"So it is called:\n\n{code}>\n> It may fail now.\n"
    found = extract(text)
    example = next(fact for fact in found if fact.kind == "example")
    assert example.statement == "So it is called: open(port). Then\nsend(text);"
    assert text[example.start : example.end] == example.evidence
    assert [fact.statement for fact in found if fact is not example] == ["It may fail now."]


def test_a_full_stop_in_a_links_text_ends_no_sentence():
    text = "The codes stand in [4.2. Error codes](#codes) and there are 12 of them."
    assert [fact.evidence for fact in extract(text)] == [text]


@pytest.mark.parametrize(
    "menu",
    [
        "[![up](img/up.gif)](#top)",
        '<a id="top"></a>[Parts](a.md) | [Fuses](b.md) | [Report a fault](https://example.org/)',
        "Available languages: [en](a.en.md) | [fr](a.fr.md)",
        "翻訳済みの言語: [英語](a.en.md) | [日本語](a.ja.md)",
    ],
)
def test_menus_and_pictures_that_lead_elsewhere_are_no_facts(menu):
    assert extract(f"{menu}\n\nThe lamp needs 40 seconds.\n") == extract(
        f"{' ' * len(menu)}\n\nThe lamp needs 40 seconds.\n"
    )


def test_links_alone_are_no_fact():
    text = "[1. Overview of it](#a) > [2. Keys of it](#b)\n\nThe lid has 3 keys.\n"
    assert [fact.statement for fact in extract(text)] == ["The lid has 3 keys."]


def test_a_sentence_that_leans_on_the_one_before_is_part_of_it():
    found = extract("AとBが等しければ、値は真になります。そうでなければ偽になります。", lang="ja")
    assert len(found) == 1
