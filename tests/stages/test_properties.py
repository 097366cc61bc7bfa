"""Tables of two columns without a header, below an entry's heading, are asked about by program;
a generator is asked once for a row that many of them have."""

import pytest

from shikomi import app
from shikomi.app.endpoints import Machine
from shikomi.stages import generate, planning, views
from shikomi.stages.coverage import coverage
from world import run, write_project

NAMES = ("alder", "birch", "cedar", "damson", "elder")


def page(name, n, heading="## The valve {}", state="open"):
    title = heading.format(name)
    return (
        f"# Sheet {n}\n\n{title}\n\n|  |  |\n|--|--|\n| State: | {state} |\n"
        f"| Throat: | {n + 3} mm\\|{n + 31} mm |\n\nThe {name} is oiled each {n + 7} days.\n"
    )


def pages(**over):
    return {f"{name}.md": page(name, n, **over) for n, name in enumerate(NAMES)}


@pytest.fixture
def project(tmp_path, endpoint):
    def project(documents, extra=""):
        questions = [("q1", "What feeds the Lumenbox?", "mains", next(iter(documents)))]
        folder = write_project(
            tmp_path / "p", endpoint.base_url, pages=documents, questions=questions, extra=extra
        )
        assert run(folder, "deduplicate") == []
        return app.open_project(folder, Machine(cache=folder / "no-cache", environment={}))

    return project


def asked(ctx):
    return {pair.answer: pair for pair in views.lookups(ctx)}


def goals(ctx):
    return [goal.fact.statement for batch in planning.all_batches(ctx) for goal in batch.goals]


def test_each_property_is_asked_of_what_its_heading_names(project):
    with project(pages()) as ctx:
        found = {(pair.question, pair.answer) for pair in views.lookups(ctx)}
    assert len(found) == 2 * len(NAMES)
    assert any("The valve cedar" in q and "State" in q and "open" in a for q, a in found)
    assert any("The valve cedar" in q and "5 mm|33 mm" in a for q, a in found)
    assert all("Lumenbox" in question for question, _ in found)


def test_the_generator_is_asked_once_for_a_row_that_many_tables_have(project):
    with project(pages()) as ctx:
        assert goals(ctx).count("State: / open") == 1
        assert len([each for each in goals(ctx) if "Throat" in each]) == len(NAMES)
        known = coverage(ctx)
    assert known and known.facts == known.facts_asked


def test_without_questions_by_program_it_is_asked_for_each(project):
    with project(pages(), extra="[generate]\nlookups_per_row = 0\n") as ctx:
        assert goals(ctx).count("State: / open") == len(NAMES)
        assert not views.lookups(ctx)


def test_an_answer_to_the_generators_question_says_what_it_is_of(project):
    extra = '[generate]\nanswers = "statement"\n'
    with project(pages(), extra=extra) as ctx:
        found = {pair.answer for pair in generate.generated(ctx) if "33 mm" in pair.answer}
    assert found and all("The valve cedar" in answer for answer in found)


def test_what_several_headings_are_called_is_nobodys_property(project):
    documents = pages(heading="## Data\n\nOf {}.")
    with project({**documents, "f.md": page("fir", 9)}) as ctx:
        assert {pair.section_ids for pair in views.lookups(ctx)} and all(
            "Sheet" in pair.question or "The valve fir" in pair.question
            for pair in views.lookups(ctx)
        )


def test_a_table_of_its_own_kind_has_no_properties(project):
    with project({"a.md": page("alder", 0), "b.md": page("birch", 1)}) as ctx:
        assert not views.lookups(ctx)
