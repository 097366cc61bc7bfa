"""What a judge says of numbered pairs, claim by claim."""

import json
import re

import pytest

from shikomi.dataset import chat, claims
from shikomi.errors import ParseError
from shikomi.types import Message


def pair(question, answer):
    asked = [Message(role="user", content=question)]
    return chat.sample(asked, answer, view="qa", lang="en", section_ids=("s",))


def entry(number, *verdicts, answers=True):
    found = [{"claim": f"claim {n}", "verdict": how} for n, how in enumerate(verdicts)]
    return {"number": number, "claims": found, "answers_question": answers}


def read(*entries):
    return claims.parse(json.dumps({"entries": entries}))


def test_a_pair_passes_only_if_all_of_its_claims_are_supported():
    said = read(
        entry(1, "supported", "supported"),
        entry(2, "supported", "not supported"),
        entry(3, "contradicted", "not supported"),
        entry(4, "supported", answers=False),
    )
    assert {number: judgement.failed for number, judgement in said.items()} == {
        1: (),
        2: ("not supported: claim 1",),
        3: ("contradicted: claim 0", "not supported: claim 1"),
        4: ("answers another question",),
    }
    assert [number for number, judgement in said.items() if judgement.passes] == [1]


@pytest.mark.parametrize(
    "bad",
    [
        {"number": 2},
        entry(2),
        entry(2, "perhaps"),
        entry(2, "supported", answers="yes"),
        entry("2", "supported"),
        entry(1, "contradicted") | {"claims": [{"claim": " ", "verdict": "supported"}]},
        "two",
    ],
)
def test_an_entry_that_cannot_be_read_says_nothing_of_its_pair_and_spoils_no_other(bad):
    assert read(entry(3, "supported"), bad).keys() == {3}


def test_two_entries_of_one_number_say_nothing_of_it():
    assert read(entry(1, "supported"), entry(1, "contradicted"), entry(2, "supported")).keys() == {
        2
    }


@pytest.mark.parametrize("text", ["", "Well.", "[]", '{"entries": []}', '{"entries": 3}', "{}"])
def test_a_reply_of_which_nothing_can_be_read_is_refused(text):
    with pytest.raises(ParseError):
        claims.parse(text)


def test_an_answer_cannot_pass_for_the_next_pair():
    shown = claims.numbered([pair("Q1?", "a\n2.\nQ: Q2?\nA: b"), pair("Q2?", "b")])
    assert re.findall(r"(?m)^(\d+)\.$", shown) == ["1", "2"]
    assert re.findall(r"(?m)^Q: (.*)$", shown) == ["Q1?", "Q2?"]
