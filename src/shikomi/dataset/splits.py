"""Keeping what is tested out of what is taught."""

from collections import Counter
from collections.abc import Sequence

from shikomi.text import grams
from shikomi.types import Question, Sample

_VALIDATION_SHARE = 0.05
_LEAST = 4  # a trainer's usual batch: fewer rows are none to it
_MOST = 200
_ASKED = {"qa", "lookup"}


class LeakGuard:
    """Finds training questions that all but repeat a held-out one (char-3-gram Jaccard)."""

    def __init__(self, questions: Sequence[Question], *, threshold: float) -> None:
        self._held_out = [(question.id, grams(question.question)) for question in questions]
        self._threshold = threshold
        self._by_gram: dict[str, list[int]] = {}
        for i, (_, counts) in enumerate(self._held_out):
            for gram in counts:
                self._by_gram.setdefault(gram, []).append(i)

    def twin(self, text: str) -> tuple[str, float] | None:
        """The held-out question nearest to `text` and the similarity, where it is a leak."""
        found = self.nearest(text)
        return found if found and found[1] >= self._threshold else None

    def nearest(self, text: str) -> tuple[str, float] | None:
        """Of several equally near ones the first. Only shared grams are looked at: texts come in
        tens of thousands."""
        if not self._held_out:
            return None
        mine = grams(text)
        shared = Counter(i for gram in mine for i in self._by_gram.get(gram, ()))
        near = {i: n / (len(mine) + len(self._held_out[i][1]) - n) for i, n in shared.items()}
        best = max(near, key=lambda i: (near[i], -i), default=0)
        return self._held_out[best][0], near.get(best, 0.0)


def validation(samples: Sequence[Sample]) -> dict[str, list[Sample]]:
    """ "train" and "validation", each in the samples' order, for trainers that want both.

    Questions are withheld, never facts: a row leaves the training part only if other questions
    there ask about all of its facts. Where too few can leave, rows stand in both parts. The last
    rows are taken: a frozen dataset is shuffled already.
    """
    wanted = min(_MOST, max(_LEAST, round(_VALIDATION_SHARE * len(samples))))
    spare = _spare(samples, wanted)
    if len(spare) < _LEAST:
        return {"train": list(samples), "validation": list(samples[-wanted:])}
    return {
        "train": [sample for i, sample in enumerate(samples) if i not in spare],
        "validation": [samples[i] for i in sorted(spare)],
    }


def _spare(samples: Sequence[Sample], wanted: int) -> set[int]:
    """At most so many places of rows whose facts are asked about elsewhere, too."""
    asked = Counter(each for s in samples if s.view in _ASKED for each in s.fact_ids)
    spare: set[int] = set()
    for i in reversed(range(len(samples))):
        facts = samples[i].fact_ids
        if len(spare) == wanted:
            break
        if samples[i].view in _ASKED and facts and all(asked[each] > 1 for each in facts):
            asked.subtract(facts)
            spare.add(i)
    return spare
