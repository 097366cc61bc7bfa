"""Which sections go together, and what a program can tell of a question across them."""

import json

import pytest

from shikomi.dataset import crossing
from shikomi.errors import ParseError
from shikomi.types import Capsule, Section

NAMES = ("Lumenbox",)


def section(path, trail, text="It is so.", lang="en", heading=""):
    capsule = Capsule(breadcrumb=trail, system="Lumenbox", aliases=(), parent="", linked_titles=())
    return Section(
        id=path + heading, document_id=path, path=path, headings=(heading,), start=0,
        end=len(text), text=text, lang=lang, capsule=capsule,
    )  # fmt: skip


ROOT = section("index.md", ("Lumenbox",))
DIMMER = section("dimmer.md", ("Lumenbox", "Dimmer"), "The dimmer fades within 40 seconds.")
TIMER = section("timer.md", ("Lumenbox", "Timer"), "The timer starts the dimmer at 05:30.")
PUMP = section("a/pump.md", ("Lumenbox", "Water", "Pump"))
OTHER = section("b/fan.md", ("Lumenbox", "Air", "Fan"))


def pairs(sections, linked=None, terms=None, per_section=1):
    links = {each.id: set() for each in sections} | (linked or {})
    words = {each.id: set() for each in sections} | (terms or {})
    found = crossing.pairs(sections, linked=links, terms=words, per_section=per_section)
    return [(a.id, b.id) for a, b in found]


def test_linked_pages_go_before_parents_and_these_before_neighbours():
    sections = [ROOT, DIMMER, TIMER, PUMP]
    linked = {DIMMER.id: {"a/pump.md"}}
    assert pairs(sections[1:], linked)[0] == ("dimmer.md", "a/pump.md")
    assert ("dimmer.md", "index.md") in [p[::-1] for p in pairs(sections)] + pairs(sections)
    assert pairs([DIMMER, TIMER]) == [("dimmer.md", "timer.md")]


def test_rare_terms_join_pages_that_nothing_else_joins():
    assert pairs([PUMP, OTHER]) == []
    shared = {PUMP.id: {"lb-17"}, OTHER.id: {"lb-17"}}
    assert pairs([PUMP, OTHER], terms=shared) == [("a/pump.md", "b/fan.md")]


def test_no_two_sections_go_together_twice_and_none_of_one_page_or_of_two_languages():
    twin = section("dimmer.md", ("Lumenbox", "Dimmer"), heading="More")
    japanese = section("ja.md", ("Lumenbox", "掃除"), lang="ja")
    found = pairs([DIMMER, twin, TIMER, japanese], per_section=9)
    assert sorted(map(sorted, found)) == [
        ["dimmer.md", "timer.md"],
        ["dimmer.mdMore", "timer.md"],
    ]


GOOD = {
    "question": "In Lumenbox, how long after the start by the timer is a lamp faded, and when?",
    "answer": "The timer starts at 05:30, and the dimmer fades within 40 seconds.",
    "evidence_a": "fades within 40 seconds",
    "evidence_b": "starts the dimmer at 05:30",
    "keys": ["05:30", "40 seconds"],
}


def check(**over):
    draft = crossing.parse(json.dumps(GOOD | over))
    return crossing.check(
        draft, (DIMMER, TIMER), question=draft.question, known="Lumenbox", max_question=300,
        max_answer=300,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("over", "reason"),
    [
        ({}, None),
        ({"evidence_a": "fades at once"}, "evidence that is not in the first section"),
        ({"evidence_b": "fades within 40 seconds"}, "evidence that is not in the second section"),
        ({"evidence_b": "at"}, "evidence that is not in the second section"),
        ({"keys": []}, "no keys"),
        ({"keys": ["noon"]}, "a key that is not in its answer"),
        ({"keys": ["The timer starts"]}, "a key that is not in its evidence"),
        ({"question": "Does Lumenbox fade within 40 seconds?"},
         "the question gives the answer away"),
        ({"question": "What does this page say of Lumenbox?"}, "points at the document"),
        ({"answer": GOOD["answer"] + " It has 8 slots."}, "a number that is not in the source: 8"),
    ],
)  # fmt: skip
def test_each_fault_of_a_draft_has_its_reason(over, reason):
    assert check(**over) == reason


@pytest.mark.parametrize("over", [{"keys": "40"}, {"keys": [4]}, {"answer": None}])
def test_a_reply_of_another_form_is_refused(over):
    with pytest.raises(ParseError):
        crossing.parse(json.dumps(GOOD | over))


def test_the_schema_asks_for_all_that_the_reply_is_read_for():
    schema = crossing.schema("en", NAMES)
    assert schema["required"] == list(schema["properties"])
    assert set(schema["required"]) == set(GOOD)
