"""A project that says how many pairs it wants."""

from shikomi import app
from shikomi.app.endpoints import Machine
from shikomi.stages import generate, planning
from shikomi.stages.coverage import coverage
from world import run, write_project

PAGES = {f"p{i}.md": f"# Part {i}\n\nPart {i} weighs {i + 3} kg.\n" for i in range(6)}


def test_it_is_asked_from_all_over_the_documents_and_the_rest_is_told(tmp_path, endpoint):
    folder = write_project(
        tmp_path / "p",
        endpoint.base_url,
        pages=PAGES,
        questions=[("q1", "What feeds the Lumenbox?", "mains", "p0.md")],
        extra="[generate]\npairs = 9\nwordings = 3\nlookups_per_sentence = 0\n",
    )
    assert run(folder, "deduplicate") == []
    with app.open_project(folder, Machine(cache=folder / "no-cache", environment={})) as ctx:
        pages = [batch.section.path for batch in planning.all_batches(ctx)]
        n_wanted, found = generate.n_wanted(ctx), coverage(ctx)
    assert pages == ["p0.md", "p2.md", "p4.md"] and n_wanted == 9
    assert found and {left.why for left in found.left} == {"left out by generate.pairs"}
    assert found.facts_asked == 3
