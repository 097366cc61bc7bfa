"""The held-out questions as tasks of other evaluation programs."""

import importlib.util
import json

import pytest
import yaml

from world import QUESTIONS, World, shikomi, write_project


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    with World() as endpoint:
        folder = write_project(tmp_path_factory.mktemp("export") / "p", endpoint.base_url)
        assert shikomi(folder, "holdout").returncode == 0
        done = shikomi(folder, "export", "tasks")
    assert (done.returncode, done.stderr) == (0, "")
    return folder / "out" / "tasks"


def rows(folder):
    return [json.loads(line) for line in (folder / "questions.jsonl").open(encoding="utf-8")]


def module(file):
    """A written file, as the program that reads it imports it."""
    spec = importlib.util.spec_from_file_location(file.stem, file)
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


class Loader(yaml.SafeLoader):
    """Knows the one tag of lm-eval's that is used."""


Loader.add_constructor("!function", lambda loader, node: loader.construct_scalar(node))


@pytest.mark.parametrize("harness", ["lm-eval", "inspect"])
def test_every_question_is_a_row_in_the_words_that_a_model_is_asked(exported, harness):
    found = rows(exported / harness)
    assert [(row["id"], row["input"], row["target"]) for row in found] == [
        (i, question, answer) for i, question, answer, _ in QUESTIONS
    ]


def test_lm_eval_is_told_where_the_rows_are_and_what_marks_them(exported):
    folder = exported / "lm-eval"
    text = (folder / "shikomi_questions.yaml").read_text("utf-8")
    task = yaml.load(text, Loader)
    assert task["dataset_kwargs"]["data_files"]["test"] == str(folder / "questions.jsonl")
    assert task["generation_kwargs"]["max_gen_toks"] == 96
    assert task["process_results"] == "marking.process_results"
    mark = module(folder / "marking.py").process_results
    first = rows(folder)[0]
    assert mark(first, ["It takes 40 seconds."]) == {"acc": 1.0}
    assert mark(first, ["It takes 4 seconds."]) == {"acc": 0.0}


def test_a_place_where_no_folder_can_be_is_told_in_a_line(exported):
    project = exported.parents[1]
    place = project / "shikomi.toml" / "tasks"
    done = shikomi(project, "export", "tasks", "--out", str(place))
    assert done.returncode == 1
    assert done.stderr.startswith("shikomi: cannot write ") and done.stderr.count("\n") == 1


@pytest.mark.slow  # `make test-slow` installs it
def test_lm_eval_loads_and_marks_the_task(exported):
    tasks = pytest.importorskip("lm_eval.tasks", reason="lm-eval is not installed")
    manager = tasks.TaskManager(include_path=str(exported / "lm-eval"), include_defaults=False)
    task = manager.load(["shikomi_questions"])["tasks"]["shikomi_questions"]
    docs = list(task.test_docs())
    assert task.doc_to_text(docs[0]) == QUESTIONS[0][1]
    assert task.process_results(docs[0], ["40 seconds"]) == {"acc": 1.0}


@pytest.mark.slow  # `make test-slow` installs it
def test_inspect_runs_the_task(exported, tmp_path):
    inspect = pytest.importorskip("inspect_ai", reason="Inspect is not installed")
    from inspect_ai.model import ModelOutput, ModelUsage, get_model

    answers = [*(answer for _, _, answer, _ in QUESTIONS[:-1]), "I do not know."]
    outputs = [ModelOutput.from_content("mock", answer) for answer in answers]
    for output in outputs:
        output.usage = ModelUsage()  # or it would count tokens, by a vocabulary from the network
    model = get_model("mockllm/model", custom_outputs=outputs)
    task = module(exported / "inspect" / "questions.py").questions()
    [log] = inspect.eval(task, model=model, log_dir=str(tmp_path), max_samples=1, display="none")
    assert log.status == "success", log.error
    right = [sample.scores["accepted"].value for sample in log.samples]
    assert sorted(right) == ["C"] * (len(QUESTIONS) - 1) + ["I"]


def test_without_questions_it_says_what_to_do(tmp_path):
    with World() as endpoint:
        folder = write_project(tmp_path / "p", endpoint.base_url)
        done = shikomi(folder, "export", "tasks", "--format", "inspect")
        unknown = shikomi(folder, "export", "tasks", "--format", "helm")
    assert (done.returncode, unknown.returncode) == (1, 1)
    assert "shikomi holdout" in done.stderr
    assert "there is no format helm: lm-eval or inspect" in unknown.stderr
