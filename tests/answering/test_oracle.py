"""Which sections a question is about."""

from shikomi.answering.oracle import Oracle
from shikomi.types import Capsule, Question, Section

CAPSULE = Capsule(breadcrumb=("Lamp",), system="Lamp", aliases=(), parent="", linked_titles=())


def section(name, path, text, headings=()):
    return Section(
        id=name, document_id=path, path=path, headings=headings, start=0, end=len(text),
        text=text, lang="en", capsule=CAPSULE,
    )  # fmt: skip


SECTIONS = [
    section("fade", "dimmer.md", "It fades within 40 seconds.", ("Dimmer", "Fading")),
    section("codes", "dimmer.md", "LB-17: the fuse is blown.", ("Dimmer", "Codes")),
    section("both", "timer.md", "## Start\n\nAt 05:30.\n\n## Keys\n\nGreen and red.", ("Timer",)),
    section("log", "timer.md", "The log keeps 250 entries.", ("Timer", "Log")),
    section("log 2", "timer.md", "The log drops its oldest entry.", ("Timer", "Log")),
]


def found(place, question="When?", k=2):
    item = Question(id="q", question=question, answer="a", accept=(("a",),), section=place,
                    kind="user", lang="en")  # fmt: skip
    oracle = Oracle(SECTIONS, k=k)
    assert oracle.knows(item) == bool(oracle.sections(item))
    return [each.id for each in oracle.sections(item)]


def test_a_heading_names_the_sections_under_it():
    assert found("dimmer.md#Codes") == ["codes"]
    assert found("timer.md#Log") == ["log", "log 2"]


def test_a_heading_inside_a_section_of_joined_parts_names_that_section():
    assert found("timer.md#keys") == ["both"]


def test_a_page_without_a_heading_or_with_one_that_is_gone_is_given_as_a_whole():
    assert found("dimmer.md") == ["fade", "codes"]
    assert found("dimmer.md#Colours") == ["fade", "codes"]


def test_of_more_than_search_would_give_the_nearest_to_the_question_are_given():
    assert found("timer.md", "How many entries does the log keep?", k=1) == ["log"]
    assert found("timer.md", "What is xyzzy?", k=1) == ["both"]


def test_a_question_that_names_no_page_of_these_has_none():
    assert found("") == []
    assert found("other.md#Codes") == []
