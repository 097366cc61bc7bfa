"""How often a documented answer is called undocumented, and a made-up one is found out.

    python benchmarks/support.py [--questions FILE...] [--limit N] [--k K] [--show] [--json]

No model: sections are searched as `shikomi chat --rag` searches them, and answers are given. On
the example sets, and on people's questions (FILEs in the form of SQuAD):
- `documented`: questions with their reference answers. `found`: search gives a section that
  answers; of these `no_mark`: no section is said to support the answer, `undocumented`: the
  sections are said not to speak of what is asked, `by_question`: the same if nothing supported
  the answer, `right_mark`: of those marked, with a mark on a section that answers;
- `from_memory`: the same questions with the answer to another, on a section that was not found:
  `no_mark` is right.
On the example sets also questions that have no answer, where `undocumented` is right: `missing`,
about made-up entries of their tables, and `topics`, about subjects of which no word occurs, both
as they are made for training; `strangers`, about made-up systems.
"""

import argparse
import json
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path

import human_sets
import made_up_questions
import retrieval_sets
from retrieval_sets import Query
from shikomi import app
from shikomi.answering.linked import passages
from shikomi.answering.support import Support
from shikomi.app.create import create
from shikomi.app.endpoints import Machine
from shikomi.corpus import language
from shikomi.retrieval import Index, build, passage
from shikomi.stages import negatives
from shikomi.store import corpus
from shikomi.types import Section

STRANGERS = 30_000  # about ten systems
Pair = tuple[Query, str]  # a question with its answer
Row = dict[str, float]


class Search:
    """The sections of a project, and what search finds of them for a question."""

    def __init__(self, sections: Sequence[Section], k: int) -> None:
        self.sections = {section.id: section for section in sections}
        self._index: Index = build([passage(section) for section in sections])
        self._k = k

    def support(self, question: str) -> tuple[Support, list[Section]]:
        hits = passages(self._index, question, self._k, room=float("inf"), read=self._read)
        found = self._read([hit.id for hit in hits])
        return Support(question, found), found

    def _read(self, ids: Sequence[str]) -> list[Section]:
        return [self.sections[each] for each in ids]


def main() -> None:
    options = arguments()
    result = {}
    for example in sorted(retrieval_sets.EXAMPLES.glob("*/questions.jsonl")):
        result[f"examples/{example.parent.name}"] = measure_example(example, options)
    for file in options.questions:
        asked = retrieval_sets.human(file)
        answers = [q.answers for row in human_sets.paragraphs(file) for q in row.questions]
        pairs = [(q, a[0]) for q, a in zip(asked.queries, answers, strict=True) if a]
        search = Search(asked.sections, options.k)
        random.Random(options.seed).shuffle(pairs)
        result[asked.name] = measure(pairs[: options.limit], search, options)
    if options.json:
        print(json.dumps(result, ensure_ascii=False, indent=1))
        return
    for name, kinds in result.items():
        for kind, row in kinds.items():
            print(f"{name:24} {kind:12} {row}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--questions", type=Path, nargs="*", default=[])
    parser.add_argument("--limit", type=int, default=200, help="most questions of a FILE")
    parser.add_argument("--k", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true", help="print what is told wrongly")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def measure_example(example: Path, options: argparse.Namespace) -> dict[str, Row]:
    sections, made_up = project(example.parent)
    search = Search(sections, options.k)
    rows = [json.loads(line) for line in example.read_text(encoding="utf-8").splitlines()]
    pairs = [(retrieval_sets.question(row, sections), row["answer"]) for row in rows]
    lang = language.detect(pairs[0][0].text)
    written = made_up_questions.write(STRANGERS, options.seed)
    strangers = [each.question for each in written if each.lang == lang]
    made_up["strangers"] = random.Random(options.seed).sample(strangers, 100)
    found = {kind: unanswered(asked, search, options) for kind, asked in made_up.items()}
    return measure(pairs, search, options) | found


def measure(pairs: Sequence[Pair], search: Search, options: argparse.Namespace) -> dict[str, Row]:
    rows = [(query, answer, *search.support(query.text)) for query, answer in pairs]
    rows = [row for row in rows if row[0].targets & {section.id for section in row[3]}]
    chance = random.Random(options.seed)
    marked, silent, right, strange = [], [], 0, []
    for query, answer, support, found in rows:
        marks = support.marks(answer)
        marked.append(bool(marks))
        silent.append(not support.is_documented(marked=bool(marks)))
        right += any(found[n - 1].id in query.targets for n in marks)
        ids = {section.id for section in found}
        other = chance.choice([a for q, a in pairs if not q.targets & ids])
        strange.append(not support.marks(other))
        if options.show and (silent[-1] or not marks):
            print("documented:", query.text, "|", answer, support.unknown)
        if options.show and not strange[-1]:
            print("from memory:", query.text, "|", other)
    by_question = sum(not row[2].is_documented(marked=False) for row in rows)
    return {
        "documented": {
            "questions": len(pairs),
            "found": len(rows),
            "no_mark": marked.count(False),
            "undocumented": sum(silent),
            "by_question": by_question,
            "right_mark": round(right / max(1, sum(marked)), 4),
        },
        "from_memory": {"questions": len(rows), "no_mark": sum(strange)},
    }


def unanswered(asked: Sequence[str], search: Search, options: argparse.Namespace) -> Row:
    passed = [q for q in asked if search.support(q)[0].is_documented(marked=False)]
    if options.show:
        print(*(f"no answer: {question}" for question in passed), sep="\n")
    return {"questions": len(asked), "undocumented": len(asked) - len(passed)}


def project(example: Path) -> tuple[list[Section], dict[str, list[str]]]:
    """An example's sections, and the questions made up about it."""
    known = json.loads((example / "shikomi.example.json").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as place:
        extra = "[generate]\nnegatives = 1.0\n"
        create(Path(place), source=example / "docs", overrides=extra, **known)
        with app.open_project(Path(place), Machine.here()) as ctx:
            app.run(ctx, only="section")
            made = negatives.samples(ctx, 500)
            sections = corpus.current_sections(ctx.store)
    kinds = {
        "missing": [each.question for each in made if each.section_ids and not each.fact_ids],
        "topics": [each.question for each in made if not each.section_ids],
    }
    return sections, kinds


if __name__ == "__main__":
    main()
