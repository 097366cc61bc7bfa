"""Pairs that are taught below search results, some of them without the section that answers."""

import json
import re
from math import ceil

import pytest

from shikomi import config, prompts
from shikomi.evaluation.refusals import refuses
from world import GENERATE, PAGES, QUESTIONS, run, shikomi, write_project

OPEN = f"{GENERATE}open_book = 1.0\n"
SETTINGS = f'{OPEN}open_book_without = "auto"\n'


@pytest.fixture
def project(tmp_path, endpoint):
    def make(settings=SETTINGS, pages=PAGES):
        return write_project(tmp_path / "p", endpoint.base_url, pages=pages, extra=settings,
                             questions=QUESTIONS[:4])  # fmt: skip

    return make


def rows(folder):
    """(view, last question with its context, answer, evidence) of the frozen open-book rows."""
    assert run(folder, "freeze") == []
    assert shikomi(folder, "export", "dataset", "--format", "openai").returncode == 0
    out = folder / "out" / "dataset"
    read = [
        [json.loads(line) for line in (out / name).read_text("utf-8").strip("\n").split("\n")]
        for name in ("openai.jsonl", "provenance.jsonl")
    ]
    for row, origin in zip(*read, strict=True):
        *_, asked, answer = (message["content"] for message in row["messages"])
        if origin["view"] in {"open_book", "from_memory"}:
            yield origin["view"], asked, answer, origin["facts"][0]["evidence"]


def letters(text):
    return re.sub(r"\W", "", text)


def is_told(asked, evidence):
    context = asked.partition("<context>")[2].partition("</context>")[0]
    assert context.strip()
    return letters(evidence) in letters(context)


def test_a_fifth_stands_below_sections_that_do_not_say_it_and_says_so(project):
    found = list(rows(project()))
    from_memory = [row for row in found if row[0] == "from_memory"]
    assert len(from_memory) == ceil(0.2 * len(found)) > 3
    ways = [line.removesuffix("{{answer}}") for line in prompts.lines("from_memory", "en")]
    for _, asked, answer, evidence in from_memory:
        assert not is_told(asked, evidence)
        assert answer.startswith(tuple(ways))
        assert letters(evidence.strip("`\n")) in letters(answer) or "LB-" in answer
    assert {way for way in ways for _, _, answer, _ in from_memory if answer.startswith(way)} == {
        *ways
    }
    for view, asked, answer, evidence in found:
        if view == "open_book":
            assert is_told(asked, evidence) and not answer.startswith(tuple(ways))


def test_other_sections_that_say_the_same_are_left_out_with_it(project):
    again = "# Summary\n\nThe dimmer fades a lamp within 40 seconds.\n"
    settings = OPEN + "open_book_without = 1.0\n"
    found = list(rows(project(settings, PAGES | {"summary.md": again})))
    assert {view for view, *_ in found} == {"from_memory"}
    fading = [asked for _, asked, _, evidence in found if "40 seconds" in evidence]
    assert fading and not any("40 seconds" in asked.rpartition("</context>")[0] for asked in fading)


def test_the_same_pairs_are_chosen_each_time(project):
    folder = project()
    found = sorted(rows(folder))
    (folder / "out" / "dataset.jsonl").unlink()
    assert sorted(rows(folder)) == found


def test_without_a_share_all_is_as_search_finds_it(project):
    found = list(rows(project(OPEN + "open_book_without = 0\n")))
    assert {view for view, *_ in found} == {"open_book"}


def test_where_nothing_else_is_found_the_section_stays(project):
    one = {"dimmer.md": PAGES["dimmer.md"]}
    assert {view for view, *_ in rows(project(SETTINGS, one))} == {"open_book"}


def test_an_answer_from_memory_is_an_answer():
    for lang, answer in (("en", "It fades in 40 seconds."), ("ja", "40秒で消えます。")):
        for way in prompts.lines(prompts.FROM_MEMORY, lang):
            assert not refuses(prompts.from_memory(way, answer))


def test_the_share_is_for_students_that_are_not_embedded():
    hosted = '[models.student]\nbase_url = "http://127.0.0.1:1/v1"\n'
    assert config.parse("").share("open_book_without") == 0
    assert config.parse(hosted).share("open_book_without") == 0.2
