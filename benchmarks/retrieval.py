"""How often search finds the section that answers, and how fast it is.

    python benchmarks/retrieval.py [--documents FOLDER...] [--questions FILE...] [--json]
    python benchmarks/retrieval.py --scale N [--json]

Without --scale: recall at 1, 2 and 5 and the mean reciprocal rank (among the first 100) on
- the example sets' questions, whose sections their files name;
- the links between the pages of each FOLDER: the heading above a link and the sentence around it
  are the question, the linked page (any of its sections) or the section with the linked anchor is
  what is to be found; the linking section is left out, as are links that more than three pages
  have (menus);
- people's questions on paragraphs, from each FILE in the form of SQuAD.
Pages become sections as in a project, by its own stages.

With --scale: N made-up sections, half of them Japanese, in a process of its own: the seconds to
build and keep the index, to bring it up to date with 100 sections changed, to open it again, the
peak of memory, and the milliseconds of 200 questions cut from the sections. Times are of the CPU,
of which one core is used, so that they hold on a busy machine.
"""

import argparse
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

import retrieval_sets
from retrieval_sets import QuestionSet
from shikomi.retrieval import Index, Passage, build, open_index, passage

T = TypeVar("T")
DEPTH = 100
N_QUESTIONS = 200
N_CHANGED = 100


@dataclass(frozen=True)
class Found:
    sections: int
    queries: int
    recall_at_1: float
    recall_at_2: float
    recall_at_5: float
    mrr: float


def main() -> None:
    options = arguments()
    if options.scale:
        result = scale(options.scale, options.seed)
    else:
        result = {name: asdict(found) for name, found in measured(options)}
    retrieval_sets.tell(result, as_json=options.json)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--documents", type=Path, nargs="*", default=[])
    parser.add_argument("--questions", type=Path, nargs="*", default=[])
    parser.add_argument("--limit", type=int, default=1000, help="most links of a folder")
    parser.add_argument("--scale", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def measured(options: argparse.Namespace) -> Iterator[tuple[str, Found]]:
    for each in sets(options):
        yield each.name, measure(each)


def sets(options: argparse.Namespace) -> Iterator[QuestionSet]:
    yield from retrieval_sets.examples()
    yield from map(retrieval_sets.human, options.questions)
    for folder in options.documents:
        yield retrieval_sets.links(folder, limit=options.limit, seed=options.seed)


def measure(asked: QuestionSet) -> Found:
    index = build([passage(section) for section in asked.sections])
    ranks = [rank(index, query) for query in asked.queries]
    share = {k: sum(r <= k for r in ranks) / len(ranks) for k in (1, 2, 5)}
    return Found(
        sections=len(asked.sections),
        queries=len(ranks),
        recall_at_1=round(share[1], 4),
        recall_at_2=round(share[2], 4),
        recall_at_5=round(share[5], 4),
        mrr=round(sum(1 / r for r in ranks) / len(ranks), 4),
    )


def rank(index: Index, query: retrieval_sets.Query) -> float:
    """Of the first target, from 1; infinite where none is among the first hits."""
    hits = [hit.id for hit in index.search(query.text, DEPTH + 1) if hit.id != query.excluded]
    places = [n for n, each in enumerate(hits[:DEPTH], start=1) if each in query.targets]
    return places[0] if places else float("inf")


def scale(n: int, seed: int) -> dict[str, object]:
    writer = Writer(seed)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "search"
        ids = [str(i) for i in range(n)]
        build_seconds, _ = timed(lambda: open_index(folder, ids, writer.passages))
        changed = [f"{each}-changed" if i < N_CHANGED else each for i, each in enumerate(ids)]
        update_seconds, _ = timed(lambda: open_index(folder, changed, writer.passages))
        open_seconds, index = timed(lambda: open_index(folder, changed, writer.passages))
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    questions = [writer.question(changed[i * n // N_QUESTIONS]) for i in range(N_QUESTIONS)]
    seconds = sorted(timed(lambda text=text: index.search(text, 5))[0] for text, _ in questions)
    right = [index.search(text, 5)[0].id == section for text, section in questions]
    return {
        "sections": n,
        "build_seconds": round(build_seconds, 1),
        "update_seconds": round(update_seconds, 1),
        "open_seconds": round(open_seconds, 2),
        "index_mb": round(size / 1e6),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "query_ms_median": round(1000 * seconds[len(seconds) // 2], 1),
        "query_ms_p95": round(1000 * seconds[int(len(seconds) * 0.95)], 1),
        "recall_at_1": sum(right) / len(right),
    }


def timed(work: Callable[[], T]) -> tuple[float, T]:
    began = time.process_time()
    result = work()
    return time.process_time() - began, result


class Writer:
    """Made-up sections: words of made-up vocabularies by Zipf's law, the same for the same id."""

    SYLLABLES = tuple(c + v for c in "bcdfghklmnprstvw" for v in "aeiou")
    KANA = "のはがをにとでもするこそれらないしたまて"
    N_WORDS, LENGTH = 30_000, 150

    def __init__(self, seed: int) -> None:
        chance = random.Random(seed)
        kanji = [chr(0x4E00 + i) for i in range(3000)]
        weights = [1 / (i + 1) ** 0.7 for i in range(3000)]
        self.english = [
            "".join(chance.choices(self.SYLLABLES, k=chance.randint(2, 4)))
            for _ in range(self.N_WORDS)
        ]
        self.japanese = [
            "".join(chance.choices(kanji, weights=weights, k=2)) for _ in range(self.N_WORDS)
        ]
        self.weights = [1 / (i + 1) for i in range(self.N_WORDS)]
        self.cumulated = []
        total = 0.0
        for weight in self.weights:
            total += weight
            self.cumulated.append(total)

    def text(self, section: str) -> str:
        chance = random.Random(section)
        is_japanese = int(section.split("-")[0]) % 2 == 0
        vocabulary = self.japanese if is_japanese else self.english
        words = chance.choices(vocabulary, cum_weights=self.cumulated, k=self.LENGTH)
        if is_japanese:
            return "".join(word + "".join(chance.choices(self.KANA, k=2)) for word in words)
        return " ".join(words)

    def passages(self, ids: Sequence[str]) -> Iterator[Passage]:
        for each in ids:
            text = self.text(each)
            yield Passage(each, text, titles=("Root", text[:12]), headings=(text[20:30],))

    def question(self, section: str) -> tuple[str, str]:
        text = self.text(section)
        return text[100:130] if int(section.split("-")[0]) % 2 == 0 else text[100:160], section


if __name__ == "__main__":
    main()
