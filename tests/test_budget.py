"""The hard budget and what a hosted fine-tuning job costs, against a scripted endpoint."""

import sqlite3

import pytest

from shikomi.errors import UserError
from world import run, write_project

TRAINING = "price = {{ input = 1.0, output = 2.0, training = {} }}"


@pytest.fixture
def project(tmp_path, endpoint):
    """Make a project; `training` is dollars a million tokens, `epochs` "auto" or a number."""

    def make(*, training=10.0, epochs=2, usd=50):
        folder = write_project(
            tmp_path / "p",
            endpoint.base_url,
            role=TRAINING.format(training) if training is not None else
            "price = { input = 1.0, output = 2.0 }",
            extra=f"[budget]\nusd = {usd}\n" if usd is not None else "",
        )  # fmt: skip
        config = folder / "shikomi.toml"
        text = config.read_text(encoding="utf-8")
        epochs_line = f"n_epochs = {epochs!r}\n".replace("'", '"')
        config.write_text(text.replace("[finetune]\n", f"[finetune]\n{epochs_line}"), "utf-8")
        return folder

    return make


def jobs(folder):
    """(status, cost) of every job in the ledger, oldest first."""
    with sqlite3.connect(folder / "shikomi.db") as db:
        return db.execute(
            "SELECT status, cost_nanousd FROM calls WHERE stage = 'finetune' ORDER BY id"
        ).fetchall()


def spent(folder):
    with sqlite3.connect(folder / "shikomi.db") as db:
        return db.execute("SELECT nanousd FROM spent").fetchone()[0]


def test_a_job_that_could_pass_the_budget_is_neither_uploaded_nor_started(project, endpoint):
    folder = project(training=5000.0, usd=1)
    with pytest.raises(UserError, match=r"job could cost \$.* of the budget is left: raise"):
        run(folder)
    assert endpoint.files == {} and endpoint.jobs == {}
    assert 0 < spent(folder) < 1e9


def test_a_job_of_unknown_cost_is_not_started_under_a_budget(project, endpoint):
    folder = project(training=None)
    with pytest.raises(UserError, match="add `training`"):
        run(folder)
    assert endpoint.jobs == {} and spent(folder) == 0


def test_a_job_whose_length_the_host_would_choose_is_not_started_under_a_budget(project, endpoint):
    folder = project(epochs="auto")
    with pytest.raises(UserError, match=r"set finetune\.n_epochs"):
        run(folder)
    assert endpoint.jobs == {} and spent(folder) == 0
    assert run(folder, "generate") == []  # which takes no training


def test_a_job_costs_what_the_host_says_it_trained_on(project, endpoint):
    endpoint.trained_tokens = 7000
    folder = project()
    assert run(folder) == []
    assert jobs(folder) == [("ok", 7000 * 10_000)]


def test_a_job_whose_host_does_not_say_costs_what_was_reserved(project):
    folder = project()
    assert run(folder) == []
    [(status, cost)] = jobs(folder)
    lines = (folder / "out" / "dataset.jsonl").read_text(encoding="utf-8")
    assert status == "ok" and cost > len(lines) / 4 * 2 * 10_000


def test_without_a_training_price_a_job_costs_an_unknown_sum_and_never_nothing(project):
    folder = project(training=None, usd=None)
    assert run(folder) == []
    assert jobs(folder) == [("ok", None)]


def test_a_job_that_the_host_refuses_costs_nothing(project, endpoint):
    endpoint.job_refusal = 400
    folder = project()
    with pytest.raises(UserError, match="no job here"):
        run(folder)
    assert jobs(folder) == [("error", 0)]


def test_what_was_reserved_for_a_job_that_never_came_to_be_is_free_again(project, endpoint):
    endpoint.job_refusal = 401  # as if the way had broken: a job may have been started
    folder = project()
    with pytest.raises(UserError):
        run(folder)
    before = spent(folder)
    endpoint.job_refusal = None
    assert run(folder) == []
    (first, second) = jobs(folder)
    assert first == ("error", 0) and second[0] == "ok" and second[1] > 0
    assert spent(folder) < before + second[1]


def test_a_job_that_failed_without_training_costs_nothing(project, endpoint):
    endpoint.job_error = "the file has a bad line"
    folder = project()
    with pytest.raises(UserError, match="bad line"):
        run(folder)
    assert jobs(folder) == [("error", 0)]


@pytest.mark.parametrize("error", [None, "the file has a bad line"])
def test_a_job_is_found_again_by_its_id_at_a_host_that_keeps_no_metadata(project, endpoint, error):
    endpoint.keeps_metadata = False
    endpoint.job_silence = 401  # the run stops, and the job goes on
    folder = project()
    with pytest.raises(UserError, match="does not accept"):
        run(folder)
    endpoint.job_silence, endpoint.job_error = None, error
    if error is None:
        assert run(folder) == []
    else:
        with pytest.raises(UserError, match=error):
            run(folder)
        assert jobs(folder) == [("error", 0)]
    assert list(endpoint.jobs) == ["ftjob-1"]


def test_a_job_that_its_host_knows_no_more_is_started_once_more(project, endpoint):
    endpoint.job_silence = 401
    folder = project()
    with pytest.raises(UserError):
        run(folder)
    endpoint.jobs.clear()
    endpoint.job_silence = None
    assert run(folder) == []
    assert [status for status, _ in jobs(folder)] == ["error", "ok"]


def test_a_host_without_events_trains_all_the_same(project, endpoint):
    endpoint.has_events = False
    assert run(project()) == []


@pytest.mark.parametrize("loss", [float("nan"), "unknown"])
def test_a_host_that_tells_a_loss_that_is_no_number_trains_all_the_same(project, endpoint, loss):
    endpoint.loss = loss
    assert run(project(), "finetune") == []


def test_calls_made_before_there_was_a_price_count_under_a_budget_too(tmp_path, endpoint):
    folder = write_project(tmp_path / "p", endpoint.base_url)
    run(folder, "generate")
    n_sent = len(endpoint.seen)
    assert spent(folder) == 0
    config = folder / "shikomi.toml"
    text = config.read_text("utf-8")
    priced = f'{endpoint.base_url}"\n{TRAINING.format(0)}'
    text = text.replace(f'{endpoint.base_url}"', priced) + "[budget]\nusd = 0.000001\n"
    config.write_text(text, "utf-8")
    with pytest.raises(UserError, match=r"\$0\.0000 of the budget"):
        run(folder)
    assert len(endpoint.seen) == n_sent and spent(folder) > 1000
