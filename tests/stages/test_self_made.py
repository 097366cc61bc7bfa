"""Questions that a project without questions.jsonl has the generator write."""

import pytest

from shikomi import app
from shikomi.app.endpoints import Machine
from shikomi.errors import UserError
from shikomi.stages import holdout
from world import kind_of, run, write_project

N_PAGES, WANTED = 16, 6


@pytest.fixture
def project(tmp_path, endpoint):
    pages = {
        f"part{n:02}.md": f"# Part {n}\n\nPart LX-{n:02} of Lumenbox weighs {300 + 7 * n} grams.\n"
        for n in range(N_PAGES)
    }
    extra = f"[holdout]\nself_made = {WANTED}\n"
    return write_project(
        tmp_path / "p", endpoint.base_url, pages=pages, questions=None, extra=extra
    )


def test_they_are_about_all_of_the_documents_and_few_more_are_asked_for(project, endpoint):
    assert run(project, "holdout") == []
    machine = Machine(cache=project / "no-cache", environment={})
    with app.open_project(project, machine) as ctx:
        pages = [question.page for question in holdout.held_out(ctx)]
    assert len(pages) == WANTED
    assert pages == sorted(pages)
    assert pages[0] < "part04" < pages[2] < pages[-1] > "part11"
    assert sum(kind_of(body) == "exam" for body in endpoint.seen) < N_PAGES


def test_where_none_can_be_made_the_reason_is_told(project, endpoint):
    refusal = 400, {}, {"error": {"message": "no JSON schemas here"}}
    endpoint.spoil = lambda body: refusal if len(endpoint.seen) < 4 else "well"
    with pytest.raises(UserError, match=r"no question that can be checked .*the reply is not JSON"):
        run(project, "holdout")
