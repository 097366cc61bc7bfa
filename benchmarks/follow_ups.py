"""What the questions before it do to the search for a conversation's last question.

    python benchmarks/follow_ups.py [--questions FILE...] [--pairs N] [--weights LIST...] [--json]

On the example sets and people's questions (FILEs in the form of SQuAD), pairs made by chance:
- `went_on`: two questions on one section, the second without what it shares with the first, as
  one who goes on leaves out what was named;
- `bare`: a question, and then words that name nothing ("Tell me more."), on its section;
- `changed`: two questions on different sections, the second as it stands.
For each list of weights (of the question, of the one before: "4,2"; "1" is the last question
alone), the recall at 2 of the section.
"""

import argparse
import json
import random
import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import permutations
from pathlib import Path

import retrieval_sets
from retrieval_sets import Query, QuestionSet
from shikomi.answering.lookup import words_of
from shikomi.corpus import language
from shikomi.retrieval import Index, build, passage
from shikomi.types import Message

SHARED_CHARACTERS = 3  # of Japanese, which has no words to compare
BARE = {
    "en": ("Tell me more.", "Why is that?", "Can you give an example?", "What comes next?"),
    "ja": (
        *("もっと詳しく教えてください。", "それはなぜですか？"),
        *("例を挙げてください。", "その次はどうなりますか？"),
    ),
}
Pair = tuple[Query, Query]


def main() -> None:
    options = arguments()
    result = {each.name: measure(each, options) for each in sets(options)}
    if options.json:
        print(json.dumps(result, ensure_ascii=False, indent=1))
        return
    for name, rows in result.items():
        for row in rows:
            print(f"{name:28} {row}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--questions", type=Path, nargs="*", default=[])
    parser.add_argument("--pairs", type=int, default=300)
    parser.add_argument("--weights", nargs="*", default=["1", "1,1", "2,1", "3,1", "4,1", "6,1"])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def sets(options: argparse.Namespace) -> Iterator[QuestionSet]:
    yield from retrieval_sets.examples()
    yield from map(retrieval_sets.human, options.questions)


def measure(asked: QuestionSet, options: argparse.Namespace) -> list[dict[str, object]]:
    index = build([passage(section) for section in asked.sections])
    chosen = random.Random(options.seed)
    kinds = pairs(asked.queries, options.pairs, chosen)
    rows = []
    for text in options.weights:
        weights = [int(each) for each in text.split(",")]
        found = {kind: recall(index, made, weights) for kind, made in kinds.items()}
        rows.append({"weights": text, "pairs": len(kinds["went_on"])} | found)
    return rows


def pairs(queries: Sequence[Query], n: int, chosen: random.Random) -> dict[str, list[Pair]]:
    by_target: dict[frozenset[str], list[Query]] = {}
    for query in queries:
        by_target.setdefault(query.targets, []).append(query)
    same = [pair for group in by_target.values() for pair in permutations(group, 2)]
    went_on = [
        (first, Query(short, second.targets))
        for first, second in same
        if len(short := without(first.text, second.text)) > 1
    ]
    changed = [tuple(chosen.sample(queries, 2)) for _ in range(n)]
    return {
        "went_on": chosen.sample(went_on, min(n, len(went_on))),
        "changed": [(a, b) for a, b in changed if not a.targets & b.targets],
        "bare": [bare(chosen.choice(queries), chosen) for _ in range(n)],
    }


def bare(first: Query, chosen: random.Random) -> Pair:
    return first, Query(chosen.choice(BARE[language.detect(first.text)]), first.targets)


def without(first: str, second: str) -> str:
    """`second` less what it shares with `first`: its words, or runs of Japanese characters."""
    if language.detect(second) == "en":
        named = set(re.findall(r"\w+", first.lower()))
        return " ".join(w for w in second.split() if not set(re.findall(r"\w+", w.lower())) & named)
    for block in reversed(SequenceMatcher(None, first, second, False).get_matching_blocks()):
        if block.size >= SHARED_CHARACTERS:
            second = second[: block.b] + second[block.b + block.size :]
    return second


def recall(index: Index, asked: Sequence[Pair], weights: Sequence[int]) -> float:
    found = 0
    for first, second in asked:
        turns = [Message(role="user", content=query.text) for query in (first, second)]
        hits = index.search(words_of(turns, weights), 2)
        found += any(hit.id in second.targets for hit in hits)
    return round(found / len(asked), 4)


if __name__ == "__main__":
    main()
