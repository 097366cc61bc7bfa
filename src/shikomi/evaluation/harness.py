"""A project's held-out questions as tasks of other evaluation programs.

Answers are marked there by this package's own program, which must be installed beside them.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Literal

from shikomi.errors import UserError
from shikomi.types import Question

Harness = Literal["lm-eval", "inspect"]
HARNESSES: tuple[Harness, ...] = ("lm-eval", "inspect")
ROWS = "questions.jsonl"

_LM_EVAL = """\
# lm_eval --model ... --include_path THIS_FOLDER --tasks shikomi_questions --apply_chat_template
task: shikomi_questions
dataset_path: json
dataset_kwargs:
  data_files:
    test: $rows
test_split: test
output_type: generate_until
doc_to_text: "{{input}}"
doc_to_target: "{{target}}"
process_results: !function marking.process_results
generation_kwargs:
  until: []
  do_sample: false
  temperature: 0.0
  max_gen_toks: $max_tokens
metric_list:
  - metric: acc
    aggregation: mean
    higher_is_better: true
metadata:
  version: 1.0
"""
_LM_EVAL_MARKING = '''\
"""Marks answers as Shikomi does."""

from shikomi.evaluation.answers import is_right


def process_results(doc, results):
    accept = tuple(tuple(group) for group in doc["accept"])
    return {"acc": float(is_right(results[0], accept, reference=doc["target"]))}
'''
_INSPECT = '''\
"""Held-out questions of a Shikomi project: inspect eval questions.py --model ..."""

from pathlib import Path

from inspect_ai import Task, task
from inspect_ai.dataset import Sample, json_dataset
from inspect_ai.model import GenerateConfig
from inspect_ai.scorer import CORRECT, INCORRECT, Score, accuracy, scorer, stderr
from inspect_ai.solver import generate
from shikomi.evaluation.answers import is_right

ROWS = Path(__file__).parent / "questions.jsonl"


@scorer(metrics=[accuracy(), stderr()])
def accepted():
    async def score(state, target):
        accept = tuple(tuple(group) for group in state.metadata["accept"])
        answer = state.output.completion
        right = is_right(answer, accept, reference=target.text)
        return Score(value=CORRECT if right else INCORRECT, answer=answer)

    return score


def sample(row):
    known = {key: row[key] for key in ("accept", "section", "kind", "level")}
    return Sample(id=row["id"], input=row["input"], target=row["target"], metadata=known)


@task
def questions():
    return Task(
        dataset=json_dataset(str(ROWS), sample),
        solver=generate(),
        scorer=accepted(),
        config=GenerateConfig(temperature=0.0, max_tokens=$max_tokens),
    )
'''


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedQuestion:
    """A question and the text that a model without search is asked."""

    question: Question
    text: str


def chosen(names: Sequence[str]) -> tuple[Harness, ...]:
    """Those with these names, or all.

    Raises:
        UserError: there is no such one.
    """
    if unknown := sorted(set(names) - set(HARNESSES)):
        raise UserError(f"there is no format {unknown[0]}: {' or '.join(HARNESSES)}")
    return tuple(each for each in HARNESSES if not names or each in names)


def files(
    harness: Harness, asked: Sequence[AskedQuestion], *, folder: Path, max_tokens: int
) -> dict[str, str]:
    """By name, what belongs into `folder`: the task names its rows by their whole path, which
    lm-eval needs."""
    rows = "".join(json.dumps(_row(each), ensure_ascii=False) + "\n" for each in asked)
    if harness == "inspect":
        task = Template(_INSPECT).substitute(max_tokens=max_tokens)
        return {ROWS: rows, "questions.py": task}
    place = json.dumps(str((folder / ROWS).resolve()), ensure_ascii=False)
    task = Template(_LM_EVAL).substitute(rows=place, max_tokens=max_tokens)
    return {ROWS: rows, "shikomi_questions.yaml": task, "marking.py": _LM_EVAL_MARKING}


def _row(asked: AskedQuestion) -> dict[str, object]:
    question = asked.question
    return {
        "id": question.id,
        "input": asked.text,
        "target": question.answer,
        "accept": question.accept,
        "section": question.section,
        "kind": question.kind,
        "level": question.level,
    }
