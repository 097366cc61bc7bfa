import json

from made import sample

from shikomi.dataset import exports

SAMPLES = [sample("Q\u2028one?", "灯り\n二行目"), sample('Say "two"?')]


def test_a_line_holds_messages_and_no_other_key():
    lines = exports.messages_jsonl(SAMPLES).split("\n")
    assert lines.pop() == ""
    assert [json.loads(line).keys() for line in lines] == [{"messages"}] * 2
    first = json.loads(lines[0])["messages"]
    assert first == [
        {"role": "user", "content": "Q\u2028one?"},
        {"role": "assistant", "content": "灯り\n二行目"},
    ]


def test_the_provenance_stands_line_by_line_beside_it():
    lines = exports.provenance_jsonl(SAMPLES).strip().split("\n")
    assert [json.loads(line)["id"] for line in lines] == [each.id for each in SAMPLES]
    assert json.loads(lines[0])["section_ids"] == ["s1"]


def test_the_same_chat_has_the_same_id_and_another_has_another():
    assert sample("Q?").id == sample("Q?").id
    others = [{"answer": "A"}, {"view": "section"}, {"section_ids": ("s2",)}]
    ids = {sample("Q?").id, sample("Q!").id, *(sample("Q?", **other).id for other in others)}
    assert len(ids) == 5


def test_no_samples_are_an_empty_file():
    assert exports.messages_jsonl([]) == ""
