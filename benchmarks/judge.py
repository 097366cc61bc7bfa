"""How far a judge grades answers as a person does.

    python benchmarks/judge.py [--json]
    python benchmarks/judge.py --base-url URL --model NAME [--json]

judge_answers.json has 100 answers to questions about the example sets, half of them Japanese, as
models give them: right in other words, units or languages, right with a wrong detail more, a
sibling's value, a rounded number, a hedge, a refusal, the question again. Each was labelled by
hand, by the rubric at the head of that file. The judge sees what it sees in an evaluation, with the
same prompt. Printed for it, and for the program's own marking beside it: agreement and Cohen's
kappa with 95 % intervals, replies that could not be read, how often a label met a verdict, and
which kinds of answers went wrong. `right` is the same for right or not, which is what scores count:
below a kappa of 0.6 there, a marker is not reliable.

Without --base-url the embedded model judges (about 15 minutes on two CPU cores); with --program
none is asked. With --work a second call goes on where the first one ended.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import project_settings
from shikomi import app
from shikomi.app.create import create
from shikomi.app.endpoints import Machine
from shikomi.evaluation import answers, verdicts
from shikomi.evaluation.calibration import PROGRAM, Mark, calibrate
from shikomi.evaluation.markers import calibration_json
from shikomi.llm.ask import ask_all
from shikomi.stages import Context, opinion
from shikomi.stages.answer_labels import Answered
from shikomi.stages.context import gateway
from shikomi.types import Question, Response, VerdictValue

FILE = Path(__file__).with_name("judge_answers.json")


@dataclass(frozen=True)
class Item:
    answered: Answered
    label: VerdictValue
    kind: str


def main() -> None:
    options = arguments()
    items = [item(row) for row in json.loads(FILE.read_text(encoding="utf-8"))["items"]]
    items = items[:: max(1, len(items) // options.limit)] if options.limit else items
    result = {PROGRAM: figures(PROGRAM, [(each, by_program(each)) for each in items])}
    if not options.program:
        with project(options) as ctx:
            result[opinion.FIRST] = figures(opinion.FIRST, list(judged(ctx, items)))
            result["model"] = ctx.config.models.judge.model
    print(json.dumps(result, ensure_ascii=False, indent=None if options.json else 1))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    project_settings.add_endpoint(parser)
    parser.add_argument("--program", action="store_true", help="ask no model")
    parser.add_argument("--limit", type=int, default=0, help="about so many, evenly chosen")
    parser.add_argument("--work", type=Path, help="go on from this folder; none: a temporary one")
    parser.add_argument("--json", action="store_true", help="one line")
    return parser.parse_args()


def item(row: dict[str, Any]) -> Item:
    question = Question(
        id=row["id"],
        question=row["question"],
        answer=row["reference"],
        accept=tuple(map(tuple, row["accept"])),
        section="",
        kind="user",
        lang=row["lang"],
    )
    response = Response(
        id=row["id"], question_id=row["id"], arm="", text=row["answer"], section_ids=(), call_id=0
    )
    answered = Answered(question=question, response=response)
    return Item(answered, row["label"], row["kind"])


def by_program(each: Item) -> VerdictValue:
    return answers.verdict(each.answered.response.text, each.answered.question.accept)


@contextmanager
def project(options: argparse.Namespace) -> Iterator[Context]:
    """One without documents, for its judge."""
    with tempfile.TemporaryDirectory() as place:
        folder = options.work or Path(place)
        if not (folder / "shikomi.toml").exists():
            (folder / "source").mkdir(parents=True, exist_ok=True)
            role = project_settings.chat_role(options)
            create(
                folder,
                source=folder / "source",
                root=None,
                aliases=(),
                lang="auto",
                overrides=project_settings.toml({"models.judge": role}),
            )
        with app.open_project(folder, Machine.here()) as ctx:
            yield ctx


def judged(ctx: Context, items: Sequence[Item]) -> Iterator[tuple[Item, VerdictValue | None]]:
    """Every item once; None where the reply could not be read."""
    asks = [(each, opinion.request(ctx, each.answered, opinion.FIRST)) for each in items]
    with gateway(ctx, opinion.STAGE, ctx.endpoints.open(opinion.FIRST)) as line:
        for reply in ask_all(line, asks, verdicts.parse_judgement):
            sys.stderr.write(".")
            yield reply.subject, reply.value


def figures(marker: str, found: Sequence[tuple[Item, VerdictValue | None]]) -> dict[str, Any]:
    marks = [
        Mark(question=each.answered.question.question, label=each.label, verdict=value)
        for each, value in found
    ]
    wrong = [each for each, value in found if value != each.label]
    kinds = {kind: sum(each.kind == kind for each in wrong) for kind in {e.kind for e in wrong}}
    by_lang = {lang: [same.count(True), len(same)] for lang, same in same_by_lang(found).items()}
    return calibration_json(calibrate(marker, marks)) | {
        "same_by_language": by_lang,
        "otherwise_by_kind": dict(sorted(kinds.items(), key=lambda each: -each[1])),
    }


def same_by_lang(found: Sequence[tuple[Item, VerdictValue | None]]) -> dict[str, list[bool]]:
    same: dict[str, list[bool]] = {}
    for each, value in found:
        same.setdefault(each.answered.question.lang, []).append(value == each.label)
    return same


if __name__ == "__main__":
    main()
