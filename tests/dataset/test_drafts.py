import json
import re

import pytest
from made import fact

from shikomi.dataset import drafts
from shikomi.dataset.plan import Goal
from shikomi.errors import ParseError

GOALS = [Goal(fact=fact("It fades in 40 s."), target="40 s"),
         Goal(fact=fact("The key is T7."), target="T7")]  # fmt: skip
GOOD = {"question": "How long?", "answer": "40 s.", "reworded": "In what time?"}
FIELDS = drafts.fields(2, answered=True)


def reply(*entries):
    return json.dumps({str(i): entry for i, entry in enumerate(entries, start=1)})


def test_a_reply_gives_a_draft_for_each_entry_in_order():
    found = drafts.parse(reply(GOOD, GOOD | {"question": "Which key?"}), FIELDS)
    assert [draft.questions[0] for draft in found] == ["How long?", "Which key?"]
    assert found[0].questions == ("How long?", "In what time?")


def test_a_code_fence_or_a_bom_around_it_is_taken_off():
    fenced = f"\ufeff```json\n{reply(GOOD)}\n```\n"
    assert drafts.parse(fenced, FIELDS) == drafts.parse(reply(GOOD), FIELDS)


def test_a_rewording_that_rewords_nothing_is_left_out():
    found = drafts.parse(reply(GOOD | {"reworded": " How long? "}), FIELDS)
    assert found[0].questions == ("How long?",)


def test_each_wording_keeps_the_place_that_it_was_asked_for_in():
    fields = drafts.fields(3, answered=True)
    (draft,) = drafts.parse(reply(GOOD | {"reworded": "How long?", "reworded2": "When?"}), fields)
    assert list(zip(draft.questions, draft.places, strict=True)) == [("How long?", 0), ("When?", 2)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "null",
        "Here you are: " + reply(GOOD),
        reply(GOOD) + " Enjoy!",
        reply(GOOD)[:-1],
        reply("How long?"),
        reply({"question": "How long?"}),
        reply(GOOD | {"answer": 40}),
        reply(GOOD | {"question": None}),
        json.dumps({"2": GOOD}),
        json.dumps({"one": GOOD}),
        "[" * 100_000,
        reply(GOOD | {"answer": "40 s. \ud83d"}),
    ],
)
def test_any_other_reply_is_refused(text):
    with pytest.raises(ParseError):
        drafts.parse(text, FIELDS)


def test_the_schema_wants_an_entry_for_every_goal_and_nothing_else():
    schema = drafts.schema(GOALS, lang="en", fields=FIELDS)
    assert schema["required"] == ["1", "2"]
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(
    ("lang", "good", "bad"),
    [
        ("en", "How long does Lumenbox take?", "Lumenbox takes long."),
        ("en", "How long does Lumenbox take?", "How long? Lumenbox takes long."),
        ("ja", "Lumenboxは何秒ですか？", "それは何秒ですか？"),
        ("ja", "Lumenboxは何秒ですか？", "Lumenboxは何秒です。"),
    ],
)
def test_the_pattern_of_a_question_ends_at_its_question_mark(lang, good, bad):
    schema = drafts.schema(GOALS, lang=lang, names=["Lumenbox"], fields=FIELDS)
    pattern = schema["properties"]["1"]["properties"]["question"]["pattern"]
    assert re.search(pattern, good)
    assert not re.search(pattern, bad)


def test_a_name_with_signs_is_taken_as_it_is_spelled():
    schema = drafts.schema(GOALS, lang="ja", names=["C++ (x)"], fields=FIELDS)
    pattern = schema["properties"]["1"]["properties"]["question"]["pattern"]
    assert re.search(pattern, "C++ (x)の新しい点は何ですか？")


def test_the_prompt_numbers_the_statements_on_a_line_each():
    goals = [Goal(fact=fact("Two\nlines."), target=None), GOALS[1]]
    assert drafts.numbered(goals) == "1. Two lines.\n2. The key is T7. [T7]"


def test_a_japanese_question_starts_with_the_name_and_ends_at_its_question_mark():
    schema = drafts.schema(GOALS, lang="ja", names=["灯箱"], fields=FIELDS)
    pattern = re.compile(schema["properties"]["1"]["properties"]["question"]["pattern"])
    assert pattern.fullmatch("灯箱の鍵は何ですか？")
    assert not pattern.fullmatch("鍵は何ですか、灯箱では？")
    assert not pattern.fullmatch("灯箱の鍵は何ですか؟ 回答:T7？")


def test_a_reply_of_questions_alone_needs_no_answer():
    fields = drafts.fields(3, answered=False)
    entry = {"question": "How long?", "reworded": "In what time?", "reworded2": "How many s?"}
    schema = drafts.schema(GOALS[:1], lang="en", fields=fields)
    assert schema["properties"]["1"]["required"] == list(entry)
    found = drafts.parse(reply(entry), fields)
    assert found == [drafts.Draft(questions=tuple(entry.values()), places=(0, 1, 2), answer="")]
    del entry["reworded2"]
    with pytest.raises(ParseError):
        drafts.parse(reply(entry), fields)
