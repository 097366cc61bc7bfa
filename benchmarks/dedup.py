"""Deduplication of many questions: how long, how much memory, and how many it misses.

    python benchmarks/dedup.py --n N [--threshold T] [--sample N] [--json]

N made-up questions, half of them Japanese, a twentieth of them near-duplicates of earlier ones, go
through the product's own deduplication. `seconds` are of the CPU, of which one core is used, so
that they hold on a busy machine; `peak_gb` is the process's highest memory until then, the
questions themselves included. `recall` and `precision` are of a sample, half of it of planted
near-duplicates: each of its questions is compared with every one that was kept before it.
"""

import argparse
import json
import math
import random
import resource
import time
from array import array
from collections import Counter
from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_array

from made_up_questions import Written, write
from shikomi.config import DeduplicatePart
from shikomi.dataset import chat, duplicates
from shikomi.text import grams
from shikomi.types import Message, Sample

AT_ONCE = 50


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--n", type=int, default=10_000)
    parser.add_argument("--threshold", type=float, default=DeduplicatePart().threshold)
    parser.add_argument("--sample", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = measured(options)
    lines = [f"{key} {value}" for key, value in found.items()]
    print(json.dumps(found) if options.json else "\n".join(lines))


def measured(options: argparse.Namespace) -> dict[str, object]:
    written = list(write(options.n, options.seed))
    samples = [_sample(i, each) for i, each in enumerate(written)]
    start = time.process_time()
    found = duplicates.find(samples, threshold=options.threshold)
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    dropped = {each.sample_id for each in found}
    is_dropped = np.array([sample.id in dropped for sample in samples])
    chosen = sampled(written, options.sample, random.Random(options.seed))
    is_twin = brute_force([s.question for s in samples], ~is_dropped, chosen, options.threshold)
    both = int((is_twin & is_dropped[chosen]).sum())
    return {
        "n": options.n,
        "seconds": round(seconds, 1),
        "peak_gb": round(peak / 1e6, 2),
        "recall": round(both / max(1, is_twin.sum()), 4),
        "precision": round(both / max(1, is_dropped[chosen].sum()), 4),
        "dropped": len(found),
        "twins_in_sample": int(is_twin.sum()),
    }


def _sample(i: int, item: Written) -> Sample:
    question = [Message(role="user", content=item.question)]
    return chat.sample(question, "-", view="qa", lang=item.lang, section_ids=(str(i),))


def sampled(written: Sequence[Written], most: int, chance: random.Random) -> list[int]:
    """Places of questions, at most half of them of planted ones, in order."""
    planted = [i for i, item in enumerate(written) if item.planted]
    some = chance.sample(planted, min(most // 2, len(planted)))
    others = chance.sample(range(len(written)), min(most - len(some), len(written)))
    return sorted({*some, *others})


def brute_force(
    texts: Sequence[str], is_kept: np.ndarray, chosen: Sequence[int], threshold: float
) -> np.ndarray:
    """Whether a question that was kept before it is as near as the threshold, for each chosen."""
    rows = _vectors(texts)
    place = np.arange(len(texts))
    found: list[bool] = []
    for first in range(0, len(chosen), AT_ONCE):
        some = chosen[first : first + AT_ONCE]
        cosines = (rows @ rows[some].T).tocsc()
        for column, i in enumerate(some):
            entries = slice(cosines.indptr[column], cosines.indptr[column + 1])
            j = cosines.indices[entries]
            near = cosines.data[entries] >= threshold - 1e-9
            found.append(bool((near & is_kept[j] & (place[j] < i)).any()))
    return np.array(found)


def _vectors(texts: Sequence[str]) -> csr_array:
    """Unit TF-IDF vectors, by the textbook."""
    frequency = Counter(gram for text in texts for gram in grams(text))
    number = {gram: i for i, gram in enumerate(frequency)}
    idf = [math.log((1 + len(texts)) / (1 + df)) + 1 for df in frequency.values()]
    starts, columns, values = array("q", [0]), array("i"), array("d")
    for text in texts:
        row = {number[gram]: n * idf[number[gram]] for gram, n in grams(text).items()}
        length = math.hypot(*row.values())
        columns.extend(row.keys())
        values.extend(weight / length for weight in row.values())
        starts.append(len(columns))
    parts = (
        np.frombuffer(values),
        np.frombuffer(columns, np.int32),
        np.frombuffer(starts, np.int64),
    )
    return csr_array(parts, shape=(len(texts), len(number)))


if __name__ == "__main__":
    main()
