"""English questions whose answers are statements as they stand have checks of their own."""

import json

import pytest

from shikomi import app
from shikomi.app.endpoints import Machine
from shikomi.stages import filters
from world import kind_of, run, write_project

PAGE = "# Pump\n\nThe pump fills the upper tank at dusk. Each keeper greases two old cranks.\n"
UNANSWERED = "In Lumenbox, what does the pump fill the upper tank with?"
ADRIFT = "In Lumenbox, does the pump fill what when keepers grease old cranks?"


@pytest.mark.parametrize(
    ("answers", "question", "reason"),
    [
        ("statement", UNANSWERED, "the answer does not say what is asked"),
        ("statement", ADRIFT, "asks about another statement"),
        ("written", UNANSWERED, ""),
        ("written", ADRIFT, ""),
    ],
)
def test_what_a_statement_does_not_say_is_not_taught(tmp_path, endpoint, answers, question, reason):
    endpoint.spoil = lambda body: _asking(body, endpoint, question)
    folder = write_project(
        tmp_path / "p",
        endpoint.base_url,
        pages={"a.md": PAGE},
        questions=[("q1", "What feeds the Lumenbox?", "mains", "a.md")],
        extra=f'[generate]\nanswers = "{answers}"\nwordings = 2\n',
    )
    assert run(folder, "lint") == []
    with app.open_project(folder, Machine(cache=folder / "no-cache", environment={})) as ctx:
        found = {
            filters.lint_scores(ctx)[sample.id].explanation
            for sample in filters.distinct(filters.generate.generated(ctx))
            if sample.question == question and "dusk" in sample.answer
        }
    assert found == {reason}


def _asking(body, endpoint, question):
    if kind_of(body) != "generate":
        return None
    entries = json.loads(endpoint.right(body))
    return json.dumps({n: {**entry, "question": question} for n, entry in entries.items()})
