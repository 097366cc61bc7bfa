"""What stands word for word on many pages is asked about once."""

import pytest

from shikomi import app
from shikomi.app.endpoints import Machine
from shikomi.stages import planning
from shikomi.stages.coverage import coverage
from world import run, write_project

NOTE = "All pumps of this kind were checked in the spring."


@pytest.mark.parametrize(("n_pages", "n_asked"), [(5, 1), (4, 4)])
def test_it_counts_as_asked_about_wherever_it_stands(tmp_path, endpoint, n_pages, n_asked):
    pages = {f"p{i}.md": f"# Part {i}\n\nPart {i} weighs {i + 3} kg.\n\n{NOTE}\n"
             for i in range(n_pages)}  # fmt: skip
    questions = [("q1", "What feeds the Lumenbox?", "mains", "p0.md")]
    folder = write_project(tmp_path / "p", endpoint.base_url, pages=pages, questions=questions)
    assert run(folder, "deduplicate") == []
    with app.open_project(folder, Machine(cache=folder / "no-cache", environment={})) as ctx:
        goals = [goal.fact.statement for each in planning.all_batches(ctx) for goal in each.goals]
        found = coverage(ctx)
    assert goals.count(NOTE) == n_asked
    assert found and NOTE not in {left.statement for left in found.left}
