"""Keeping what is tested out of what is taught."""

from collections import Counter
from collections.abc import Iterable, Sequence

from shikomi.dataset.chat import PAIRS
from shikomi.dataset.naming import without_names
from shikomi.text import grams
from shikomi.types import Sample

_VALIDATION_SHARE = 0.05
_LEAST = 4  # a trainer's usual batch: fewer rows are none to it
_MOST = 200


class KnownQuestions:
    """Finds of the questions it is made of the one that is most like a text (char-3-gram Jaccard).

    `names` are what everything here belongs to. Questions that differ by nothing but how they
    name it are as good as equal, so they are also compared without the names.
    """

    def __init__(
        self,
        questions: Iterable[tuple[str, str]],
        *,
        threshold: float = 0.0,
        names: Sequence[str] = (),
    ) -> None:
        """`questions` are ids and texts."""
        known = list(questions)
        self._threshold = threshold
        self._names = tuple(names)
        self._ids = [key for key, _ in known]
        self._forms = [_Grams(text for _, text in known)]
        if self._names:
            self._forms.append(_Grams(without_names(text, names) for _, text in known))

    def twin(self, text: str) -> tuple[str, float] | None:
        """The id of the question nearest to `text` and the similarity, where that is as high as the
        threshold: one all but repeats the other."""
        found = self.nearest(text)
        return found if found and found[1] >= self._threshold else None

    def nearest(self, text: str) -> tuple[str, float] | None:
        """The same whatever the similarity; of several equally near ones the first."""
        if not self._ids:
            return None
        texts = (text, without_names(text, self._names))
        found = (each.nearest(said) for each, said in zip(self._forms, texts, strict=False))
        best, near = max(found, key=lambda each: each[1])
        return self._ids[best], near


class _Grams:
    """Texts by their grams. Only those that share one are looked at: texts come in tens of
    thousands."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._sizes: list[int] = []
        self._by_gram: dict[str, list[int]] = {}
        for i, text in enumerate(texts):
            found = grams(text)
            self._sizes.append(len(found))
            for gram in found:
                self._by_gram.setdefault(gram, []).append(i)

    def nearest(self, text: str) -> tuple[int, float]:
        mine = grams(text)
        shared = Counter(i for gram in mine for i in self._by_gram.get(gram, ()))
        near = {i: n / (len(mine) + self._sizes[i] - n) for i, n in shared.items()}
        best = max(near, key=lambda i: (near[i], -i), default=0)
        return best, near.get(best, 0.0)


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
    asked = Counter(each for s in samples if s.view in PAIRS for each in s.fact_ids)
    spare: set[int] = set()
    for i in reversed(range(len(samples))):
        facts = samples[i].fact_ids
        if len(spare) == wanted:
            break
        if samples[i].view in PAIRS and facts and all(asked[each] > 1 for each in facts):
            asked.subtract(facts)
            spare.add(i)
    return spare
