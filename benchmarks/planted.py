"""Planted unsupported answers: does a model judge beat the program?

    python benchmarks/planted.py --json [--judge] [--limit N]

From the example sets' own questions, answers are spoilt in five ways (12 each, 60 in all) and
mixed with 60 right ones. Prints for program and judge the share of planted answers caught and of
right answers rejected. The judge is asked only with --judge (it takes minutes on a CPU).
"""

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shikomi import app
from shikomi.app.create import create
from shikomi.app.endpoints import Machine
from shikomi.dataset import claims, evidence, targets
from shikomi.evaluation.answers import matches
from shikomi.stages import Context, convert, holdout, judge, section, together
from shikomi.stages.context import gateway
from shikomi.store import corpus
from shikomi.types import Fact, Message, Question, Sample, Section

EXAMPLES = Path(__file__).parents[1] / "examples"
PER_KIND = 12
N_RIGHT = 30


@dataclass(frozen=True)
class Item:
    kind: str  # "right", or how it was spoilt
    question: Question
    answer: str
    fact: Fact
    section: Section


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--judge", action="store_true", help="ask the model judge too")
    parser.add_argument("--limit", type=int, default=0, help="ask the judge about N only")
    arguments = parser.parse_args()
    results: dict[str, dict[str, dict[str, list[bool]]]] = {"program": {}, "judge": {}}
    with tempfile.TemporaryDirectory() as folder:
        for lang in ("en", "ja"):
            measure(Path(folder) / lang, lang, arguments, results)
    report = {name: _shares(kinds) for name, kinds in results.items() if kinds}
    print(json.dumps(report) if arguments.json else json.dumps(report, indent=2))


def measure(folder: Path, lang: str, arguments: argparse.Namespace, results: dict) -> None:
    example = EXAMPLES / lang
    known = json.loads((example / "shikomi.example.json").read_text(encoding="utf-8"))
    create(
        folder,
        source=example / "docs",
        root=known["root"],
        aliases=known["aliases"],
        lang=lang,
    )
    (folder / "questions.jsonl").write_bytes((example / "questions.jsonl").read_bytes())
    with app.open_project(folder, Machine.here()) as ctx:
        for stage in (convert, section, holdout):
            stage.run(ctx)
        items = list(_items(ctx))
        for item in items:
            rejected = _program(item) is not None
            results["program"].setdefault(item.kind, {}).setdefault(lang, []).append(rejected)
        if arguments.judge:
            _ask_judge(ctx, items[: arguments.limit or None], lang, results)


def _items(ctx: Context) -> Iterator[Item]:
    chance = random.Random(1)
    sections = {s.id: s for s in corpus.current_sections(ctx.store)}
    facts = corpus.current_facts(ctx.store)
    found = []
    for question in holdout.held_out(ctx):
        fact = next((f for f in facts if matches(f.statement, question.accept)), None)
        if fact is not None:
            found.append((question, fact, sections[fact.section_id]))
    chance.shuffle(found)
    spoilers = (_number, _other_value, _foreign_value, _other_answer, _claim)
    yield from (Item("right", q, q.answer, fact, place) for q, fact, place in found[:N_RIGHT])
    for spoil in spoilers:
        chance.shuffle(found)
        planted = 0
        for question, fact, place in found:
            answer = spoil(question, fact, place, found, chance)
            is_wrong = answer != question.answer and not matches(answer, question.accept)
            if planted < PER_KIND // 2 and answer and is_wrong:
                planted += 1
                yield Item(spoil.__name__.strip("_"), question, answer, fact, place)


def _number(question, fact, place, found, chance) -> str:
    """A number changed by one."""
    digits = [i for i, char in enumerate(question.answer) if char.isdigit()]
    if not digits:
        return _other_value(question, fact, place, found, chance)
    i = digits[-1]
    return question.answer[:i] + str((int(question.answer[i]) + 3) % 10) + question.answer[i + 1 :]


def _other_value(question, fact, place, found, chance) -> str:
    """Another value of the same section put in its place."""
    return _replaced(question, _values(place.text, fact), chance)


def _foreign_value(question, fact, place, found, chance) -> str:
    """A value of another page."""
    others = [other for _, other, where in found if where.path != place.path]
    return _replaced(question, [v for other in others for v in targets.find(other)], chance)


def _other_answer(question, fact, place, found, chance) -> str:
    """The right answer to another question about the same page."""
    others = [q.answer for q, _, where in found if where.path == place.path and q != question]
    return chance.choice(others) if others else ""


def _claim(question, fact, place, found, chance) -> str:
    """A claim in plain words that the page does not make."""
    extra = {"en": "It is decided by the vendor's licence.", "ja": "これは利用契約で決まる。"}
    return extra[question.lang]


def _replaced(question, values, chance) -> str:
    wanted = [text for group in question.accept for text in group if text in question.answer]
    values = [value for value in values if not matches(value, question.accept)]
    if not wanted or not values:
        return ""
    return question.answer.replace(max(wanted, key=len), chance.choice(values))


def _values(text: str, fact: Fact) -> list[str]:
    whole = Fact(
        id="", section_id="", kind="statement", statement=text, evidence=text, start=0, end=0
    )
    mine = targets.find(fact)
    return [value for value in targets.find(whole) if value not in mine]


def _program(item: Item) -> str | None:
    return evidence.check(
        item.question.question,
        item.answer,
        evidence=item.fact.statement,
        section=" ".join([*item.section.capsule.breadcrumb, item.section.text]),
    )


def _ask_judge(ctx: Context, items: list[Item], lang: str, results: dict) -> None:
    """As the stage does: those of one section in a call, and what cannot be read alone."""
    by_id = {_sample(item).id: item for item in items}
    groups = judge.groups(ctx, map(_sample, items))
    with gateway(ctx, "planted", ctx.endpoints.open("judge")) as line:
        for said in together.ask(line, groups, claims.parse):
            for each in said:
                rejected = each.value is not None and not each.value.passes
                kinds = results["judge"].setdefault(by_id[each.subject.id].kind, {})
                kinds.setdefault(lang, []).append(rejected)
                sys.stderr.write(".")


def _sample(item: Item) -> Sample:
    messages = (
        Message(role="user", content=item.question.question),
        Message(role="assistant", content=item.answer),
    )
    return Sample(
        id=f"{item.question.id}-{item.kind}",
        view="qa",
        lang=item.question.lang,
        messages=messages,
        section_ids=(item.section.id,),
        fact_ids=(item.fact.id,),
        call_id=None,
    )


def _shares(kinds: dict[str, dict[str, list[bool]]]) -> dict[str, object]:
    planted = [r for kind, by in kinds.items() if kind != "right" for v in by.values() for r in v]
    right = [r for values in kinds.get("right", {}).values() for r in values]
    return {
        "planted": len(planted),
        "caught": sum(planted),
        "right": len(right),
        "rejected": sum(right),
        "by_kind": {
            kind: [sum(map(sum, by.values())), sum(map(len, by.values()))]
            for kind, by in kinds.items()
        },
    }


if __name__ == "__main__":
    main()
