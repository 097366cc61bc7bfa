"""What a run will take, told before it is started, against what it then took."""

import io
import json
import re
import shutil
import sqlite3
from contextlib import redirect_stderr

import pytest

from shikomi import app
from shikomi.app.endpoints import Machine
from shikomi.cli.show import Show, roughly
from shikomi.config import Config, ModelRole
from shikomi.stages.estimate import estimate
from shikomi.stages.estimate.size import measured
from shikomi.stages.estimate.speed import CPU, GPU, answering_seconds, training_seconds
from shikomi.types import Message, Request
from world import run, shikomi, write_documents, write_project

PRICED = "price = { input = 1.0, output = 2.0, training = 3.0 }"
JUDGED = '[judge]\nmode = "model"\n'


@pytest.fixture
def project(tmp_path, endpoint):
    def make(role=PRICED, extra=JUDGED, **over):
        return write_project(tmp_path / "p", endpoint.base_url, role=role, extra=extra, **over)

    return make


def estimated(folder):
    """The lines by stage and part, pages read into sections first."""
    run(folder, "section")
    machine = Machine(cache=folder / "no-cache", environment={})
    with app.open_project(folder, machine) as ctx:
        return {(line.stage, line.part): line for line in estimate(ctx).lines}


def table(folder, *words):
    return json.loads(shikomi(folder, "estimate", "--json", *words).stdout)


def booked(folder, stage):
    """Calls, and the texts of their requests, as the ledger has them."""
    with sqlite3.connect(folder / "shikomi.db") as db:
        found = db.execute("SELECT request FROM calls WHERE stage = ?", (stage,)).fetchall()
    return [json.loads(request) for (request,) in found]


def test_an_estimate_asks_nobody_and_counts_the_calls_that_the_run_then_makes(project, endpoint):
    folder = project()
    lines = estimated(folder)
    assert endpoint.n_requests == 0
    assert run(folder) == []
    assert lines["generate", ""].calls == len(booked(folder, "generate"))
    assert lines["judge", ""].calls == len(booked(folder, "judge"))
    answers = [ask for ask in booked(folder, "evaluate") if ask["schema"] is None]
    arms = ("base", "base+rag", "tuned", "tuned+rag")
    assert sum(lines["evaluate", arm].calls for arm in arms) == len(answers)


def test_the_input_is_that_of_the_requests_texts(project):
    folder = project()
    lines = estimated(folder)
    assert run(folder) == []
    for stage, part, within in (("generate", "", 0.02), ("judge", "", 0.25)):
        requests = [
            Request(**ask | {"messages": [Message(**message) for message in ask["messages"]]})
            for ask in booked(folder, stage)
        ]
        size = measured(requests, is_hosted=True)
        assert lines[stage, part].input_tokens == pytest.approx(size.input_tokens, rel=within)


def test_money_is_tokens_at_their_prices_stage_by_stage(project):
    lines = estimated(project())
    for line in lines.values():
        output, price = line.output_tokens * 2000, 3000 if line.stage == "finetune" else 1000
        expected = line.input_tokens * price + output
        assert line.cost_nanousd == pytest.approx(expected, rel=0.01)


def test_an_unknown_price_is_never_nothing(project):
    folder = project(role="")
    found = table(folder)
    assert {row["usd"] for row in found["rows"]} == {None}
    assert "training scripted-student" in found["unpriced"]
    assert "total: unknown" in shikomi(folder, "estimate").stdout


def test_a_sum_with_an_unknown_part_is_at_least_what_is_known(project):
    folder = project(role="price = { input = 1.0, output = 2.0 }")
    shown = shikomi(folder, "estimate").stdout
    assert re.search(r"^finetune .* unknown$", shown, re.MULTILINE)
    assert "total: at least $0.0" in shown
    assert "shikomi.toml, changed 20" in shown


def test_training_counts_every_epoch_of_the_file(project):
    folder = project()
    once = estimated(folder)["finetune", "74 samples, 3 epochs"]
    config = folder / "shikomi.toml"
    text = config.read_text("utf-8").replace("[finetune]", "[finetune]\nn_epochs = 6")
    config.write_text(text, "utf-8")
    twice = estimated(folder)["finetune", "74 samples, 6 epochs"]
    assert twice.cost_nanousd == pytest.approx(2 * once.cost_nanousd, rel=0.001)


def test_a_sample_is_paid_once_and_tells_how_much_is_written(project, endpoint):
    folder = project()
    before = {row["stage"]: row for row in table(folder)["rows"]}["generate"]
    after = {row["stage"]: row for row in table(folder, "--sample", "3")["rows"]}["generate"]
    assert len(endpoint.seen) == 3
    assert (before["own_calls"], after["own_calls"]) == (0, 3)
    assert after["calls"] == before["calls"] - 3
    with sqlite3.connect(folder / "shikomi.db") as db:
        sql = "SELECT avg(output_tokens) FROM calls WHERE stage = 'generate'"
        mean = db.execute(sql).fetchone()[0]
    assert after["output_tokens"] == pytest.approx(mean * after["calls"], rel=0.01)
    assert run(folder) == []
    bodies = [json.dumps(body, sort_keys=True) for body in endpoint.seen]
    assert len(set(bodies)) == len(bodies)
    assert len(booked(folder, "generate")) == before["calls"]


def test_a_sample_stays_within_the_budget(project, endpoint):
    folder = project(extra="[budget]\nusd = 0.0001\n")
    done = shikomi(folder, "estimate", "--sample", "3")
    assert done.returncode == 1 and "budget" in done.stderr
    assert endpoint.seen == []


def test_from_twenty_calls_of_its_own_on_a_project_tells_how_much_is_written(project):
    folder = project()
    assert run(folder) == []
    config = folder / "shikomi.toml"
    more = config.read_text("utf-8").replace("[generate]", "[generate]\nturns = 2")
    config.write_text(more, "utf-8")
    line = estimated(folder)["generate", ""]
    assert line.n_own_calls == line.calls == 21


def test_when_all_is_done_nothing_is_left_to_pay(project):
    folder = project()
    assert run(folder) == []
    assert table(folder)["rows"] == []
    assert "nothing is pending" in shikomi(folder, "estimate").stdout


def test_embedded_work_takes_minutes_and_no_money(tmp_path):
    folder = tmp_path / "p"
    write_documents(folder / "source")
    (folder / "shikomi.toml").write_text('[project]\nroot = "Lumenbox"\n', encoding="utf-8")
    lines = estimated(folder).values()
    assert {line.stage for line in lines} == {"holdout", "generate", "finetune", "evaluate"}
    assert all(line.cost_nanousd == 0 and line.seconds > 0 for line in lines)


@pytest.mark.parametrize(("settings", "told"), [("", True), ("[generate]\npairs = 60\n", False)])
def test_a_run_of_many_hours_says_how_to_have_it_sooner(tmp_path, settings, told):
    folder, lines = (
        tmp_path / "p",
        "".join(f"Part LX-{n} weighs {n} grams.\n\n" for n in range(3000)),
    )
    write_documents(folder / "source", {"parts.md": f"# Parts\n\n{lines}"})
    toml = f'[project]\nroot = "Lumenbox"\n{settings}'
    (folder / "shikomi.toml").write_text(toml, encoding="utf-8")
    run(folder, "section")
    machine = Machine(cache=folder / "no-cache", environment={})
    with app.open_project(folder, machine) as ctx, redirect_stderr(io.StringIO()) as said:
        Show().planned(ctx, ["generate", "finetune"])
    assert ("hours to go" in said.getvalue()) == told
    assert ("generate.pairs = 500" in said.getvalue()) == told


@pytest.mark.parametrize(
    ("seconds", "text"), [(20, "1 minute"), (3600, "60 minutes"), (4 * 3600, "4 hours")]
)
def test_an_estimated_time_is_told_in_hours_where_it_is_many(seconds, text):
    assert roughly(seconds) == text


@pytest.mark.parametrize(
    ("model", "parameters"),
    [
        ("Qwen/Qwen2.5-0.5B-Instruct", 0.5e9),
        ("models/Llama-3.2-1B", 1e9),
        ("gemma-270m-it.gguf", 270e6),
        ("models/ours-v2", 0),
    ],
)
def test_a_model_outside_the_catalogue_is_as_large_as_its_name_says(model, parameters):
    reference = training_seconds(ModelRole(model="x-1.54b"), 1e6, speed=CPU)
    seconds = training_seconds(ModelRole(model=model), 1e6, speed=CPU)
    assert seconds == pytest.approx(reference * parameters / 1.54e9)


def epochs(folder, model):
    """Of the training run that is expected of a student on 90 statements."""
    pages = {
        f"part{n}.md": f"# Part {n}\n\nPart LX-{n} weighs {300 + n} grams.\n" for n in range(90)
    }
    write_documents(folder / "source", pages)
    settings = f'[project]\nroot = "Lumenbox"\n[models.student]\nmodel = "{model}"\n'
    (folder / "shikomi.toml").write_text(settings, encoding="utf-8")
    [part] = [part for stage, part in estimated(folder) if stage == "finetune"]
    return part.split(", ")[1]


def test_a_model_of_the_hub_is_trained_as_often_as_one_of_its_size_in_the_catalogue(tmp_path):
    known = epochs(tmp_path / "known", "qwen2.5-coder-1.5b-instruct")
    assert epochs(tmp_path / "hub", "Someone/Some-1.5B-Instruct") == known


def test_a_gpu_takes_minutes_for_what_a_cpu_takes_hours_for():
    role = Config().role("generator")

    def answering(speed, parallel):
        return answering_seconds(role, reads=5e5, writes=9e4, parallel=parallel, speed=speed)

    assert answering(CPU, 4) / 60 > 120
    assert answering(GPU, 128) / 60 < 5
    assert answering(GPU, 8) / answering(GPU, 128) > 4
    assert answering(GPU, 128) == answering(GPU, 59)
    assert answering(CPU, 1) > answering(CPU, 2) > answering(CPU, 4) == answering(CPU, 64)
    assert training_seconds(role, 1e6, speed=CPU) > 60 * training_seconds(role, 1e6, speed=GPU)


def test_a_run_says_what_it_will_cost_before_it_starts(project):
    folder = project()
    said = shikomi(folder, "generate").stderr
    line = re.search(r"^about \$(0\.\d+) to pay .*$", said, re.MULTILINE)
    assert line and line.start() < said.index("holdout")
    generate = next(row for row in table(_fresh(folder))["rows"] if row["stage"] == "generate")
    assert float(line[1]) == pytest.approx(generate["usd"], abs=1e-4)


def _fresh(folder):
    """The same project before anything was asked."""
    copy = folder.parent / "q"
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("shikomi.db*"))
    return copy


def test_a_beginning_that_requests_share_is_counted_apart_where_it_is_long_enough():
    def ask(*texts):
        messages = tuple(Message(role="user", content=text) for text in texts)
        return Request(endpoint="e", model="m", messages=messages, max_tokens=10)

    asks = [ask("a" * 3500 + "one"), ask("a" * 3500 + "two"), ask("b" * 350)]
    size = measured(asks, is_hosted=False)
    assert (size.calls, size.max_tokens) == (3, 30)
    assert size.cached_tokens == pytest.approx(1000)
    assert size.input_tokens == pytest.approx(2100, rel=0.02)
    assert measured(asks, is_hosted=True).cached_tokens == 0


def test_answers_that_are_booked_but_not_used_yet_are_not_counted_again(project):
    folder = project()
    run(folder, "generate")
    with sqlite3.connect(folder / "shikomi.db") as db:  # as if killed before they were saved
        db.execute("DELETE FROM progress WHERE stage = 'generate'")
    assert ("generate", "") not in estimated(folder)
