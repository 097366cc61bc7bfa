"""What stages read is read once, and anew as soon as it may have changed."""

import os
import re
import sqlite3
from collections import Counter

import pytest

from shikomi import app
from shikomi.app.endpoints import Machine
from shikomi.errors import UserError
from shikomi.stages import filters, freeze, generate, holdout, planning
from world import World, question_lines, run, write_project


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("remembered") / "p"
    with World() as endpoint:
        write_project(folder, endpoint.base_url)
        assert run(folder) == []
    return folder


@pytest.fixture
def ctx(finished):
    """The finished project, opened; its files and tables are left as they were."""
    questions = (finished / "questions.jsonl").read_bytes()
    with app.open_project(finished, Machine(cache=finished / "none", environment={})) as ctx:
        yield ctx
    (finished / "questions.jsonl").write_bytes(questions)
    (finished / "prompts" / "en" / "generate.md").unlink(missing_ok=True)


def test_a_run_with_nothing_to_do_reads_the_pairs_and_their_scores_once(ctx):
    statements = []
    ctx.store.db.set_trace_callback(statements.append)
    assert app.run(ctx) == []
    read = Counter(table for each in statements for table in re.findall(r"FROM (\w+)", each))
    n_languages = len({batch.section.lang for batch in planning.all_batches(ctx)})
    assert 0 < read["sample_origins"] <= n_languages
    assert (read["duplicates"], read["sample_scores"]) == (1, 1)


def test_a_row_of_another_process_is_seen_at_once(ctx, finished):
    assert filters.lint_pending(ctx) == ()
    with sqlite3.connect(finished / "shikomi.db") as other:
        gone = other.execute("SELECT * FROM sample_scores LIMIT 1").fetchone()
        other.execute("DELETE FROM sample_scores WHERE sample_id = ?", (gone[1],))
    other.close()
    assert [sample.id for sample in filters.lint_pending(ctx)] == [gone[1]]
    assert filters.lint_run(ctx).done == 1 and filters.lint_pending(ctx) == ()


def test_what_was_undone_is_not_remembered(ctx):
    before = len(filters.linted(ctx))
    with pytest.raises(UserError), ctx.store.transaction():
        ctx.store.db.execute("DELETE FROM sample_scores")
        assert filters.linted(ctx) == ()
        raise UserError("taken back")
    assert len(filters.linted(ctx)) == before


def test_an_edited_file_of_questions_and_an_edited_prompt_are_seen_at_once(ctx, finished):
    questions, dataset = holdout.fingerprint(ctx), freeze.dataset_id(ctx)
    file = finished / "questions.jsonl"
    text = question_lines().replace("40 seconds", "41 seconds")  # of the same length
    file.write_text(text, encoding="utf-8")
    os.utime(file, ns=(1, 1))
    assert holdout.fingerprint(ctx) != questions and filters.lint_pending(ctx)
    assert freeze.dataset_id(ctx) != dataset

    assert generate.pending(ctx) == []
    builtin = generate.prompts.BUILTIN / "en" / "generate.md"
    own = finished / "prompts" / "en" / "generate.md"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text(builtin.read_text("utf-8") + "\nBe kind.\n", encoding="utf-8")
    assert generate.pending(ctx) != []
    own.unlink()
    assert generate.pending(ctx) == []
