"""How often search finds both sections that a question is about.

    python benchmarks/spanning.py FOLDER... [--questions N] [--k K] [--json]

From each link between the pages of a FOLDER a question is made: it names a pair of neighbouring
words of the linking section and one of a linked section, each with a word that few sections have
and the other section has not. Printed for each FOLDER, with K passages and perhaps one more, as
`shikomi chat --rag` takes them:
- `both_plain_k`, `both_plain_k1`: both sections are among the best K, the best K + 1;
- `both`: both are among what chat reads; `added`: how often that is one more than K.
For the example sets, whose questions are on one section each: how often it is among the best K
(`one_plain_k`), among what chat reads (`one`), and `added`. Any size of passages is let through.
"""

import argparse
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import retrieval_sets
from retrieval_sets import QuestionSet
from shikomi.answering.linked import passages
from shikomi.dataset.keywords import FUNCTION_WORDS
from shikomi.retrieval import Index, build, passage
from shikomi.sentences import spans
from shikomi.text import plain
from shikomi.types import Section

WORD = re.compile(r"[々〆一-鿿]{2,}|[ァ-ヺー]{2,}|[A-Za-z]{2,}(?:-[A-Za-z]+)*")
FORMS = {
    "en": ("How does {a} go with {b}?", "What do I need to know of {b} for {a}?"),
    "ja": ("{a}と{b}はどう関係しますか。", "{a}のために{b}について知るべきことは何ですか。"),
}
RARE = 3  # sections, or one in 200
Question = tuple[str, frozenset[str]]


def main() -> None:
    options = arguments()
    result = {}
    for each in retrieval_sets.examples():
        asked = [(query.text, query.targets) for query in each.queries]
        result[each.name] = single(each.sections, asked, options.k)
    for folder in options.folders:
        found = retrieval_sets.links(folder, limit=5 * options.questions, seed=options.seed)
        asked = list(questions(found, options.questions, options.seed))
        result[str(folder)] = spanning(found.sections, asked, options.k)
    retrieval_sets.tell(result, as_json=options.json)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", type=Path, nargs="*")
    parser.add_argument("--questions", type=int, default=200, help="most of a folder")
    parser.add_argument("--k", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def questions(asked: QuestionSet, n: int, seed: int) -> Iterator[Question]:
    chance = random.Random(seed)
    by_id = {section.id: section for section in asked.sections}
    rare = rare_words(asked.sections)
    made = 0
    for query in asked.queries:
        first, second = by_id[query.excluded], by_id[chance.choice(sorted(query.targets))]
        a, b = term(first, second, rare, chance), term(second, first, rare, chance)
        if a and b and made < n:
            made += 1
            form = chance.choice(FORMS[first.lang])
            yield form.format(a=a, b=b), frozenset([first.id, second.id])


def rare_words(sections: Sequence[Section]) -> set[str]:
    spread = Counter(
        word for each in sections for word in {w.casefold() for w in WORD.findall(each.text)}
    )
    most = max(RARE, len(sections) // 200)
    return {word for word, n in spread.items() if n <= most and word not in FUNCTION_WORDS}


def term(section: Section, other: Section, rare: set[str], chance: random.Random) -> str | None:
    """Two neighbouring words of a sentence that the other section has not, one of them rare."""
    text, strange = plain(section.text), other.text.casefold()
    found = []
    for start, end in spans(text):
        words = [w for w in WORD.findall(text[start:end]) if w.casefold() not in strange]
        words = [w for w in words if w.casefold() not in FUNCTION_WORDS]
        found += [f"{a} {b}" for a, b in pairwise(words) if {a.casefold(), b.casefold()} & rare]
    return chance.choice(found) if found else None


def spanning(sections: Sequence[Section], asked: Sequence[Question], k: int) -> dict[str, float]:
    index, by_id = searched(sections)
    plain_hits = [[hit.id for hit in index.search(text, k + 1)] for text, _ in asked]
    read = [chosen(index, by_id, text, k) for text, _ in asked]
    wanted = [targets for _, targets in asked]
    return {
        "sections": len(sections),
        "questions": len(asked),
        "both_plain_k": share(w <= set(h[:k]) for w, h in zip(wanted, plain_hits, strict=True)),
        "both_plain_k1": share(w <= set(h) for w, h in zip(wanted, plain_hits, strict=True)),
        "both": share(w <= set(h) for w, h in zip(wanted, read, strict=True)),
        "added": share(len(h) > k for h in read),
    }


def single(sections: Sequence[Section], asked: Sequence[Question], k: int) -> dict[str, float]:
    index, by_id = searched(sections)
    read = [chosen(index, by_id, text, k) for text, _ in asked]
    wanted = [targets for _, targets in asked]
    return {
        "sections": len(sections),
        "questions": len(asked),
        "one_plain_k": share(bool(w & set(h[:k])) for w, h in zip(wanted, read, strict=True)),
        "one": share(bool(w & set(h)) for w, h in zip(wanted, read, strict=True)),
        "added": share(len(h) > k for h in read),
    }


def searched(sections: Sequence[Section]) -> tuple[Index, dict[str, Section]]:
    index = build([passage(section) for section in sections])
    return index, {section.id: section for section in sections}


def chosen(index: Index, by_id: dict[str, Section], text: str, k: int) -> list[str]:
    hits = passages(index, text, k, room=float("inf"), read=lambda ids: map(by_id.get, ids))
    return [hit.id for hit in hits]


def share(found: Iterator[bool]) -> float:
    all_ = list(found)
    return round(sum(all_) / len(all_), 4)


if __name__ == "__main__":
    main()
