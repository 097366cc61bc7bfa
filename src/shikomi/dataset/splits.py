"""Keeping what is tested out of what is taught."""

from collections.abc import Sequence

from shikomi.text import grams, jaccard
from shikomi.types import Question


class LeakGuard:
    """Finds training questions that all but repeat a held-out one (char-3-gram Jaccard)."""

    def __init__(self, questions: Sequence[Question], *, threshold: float) -> None:
        self._held_out = [(question.id, grams(question.question)) for question in questions]
        self._threshold = threshold

    def twin(self, text: str) -> tuple[str, float] | None:
        """The held-out question nearest to `text` and the similarity, where it is a leak."""
        found = self.nearest(text)
        return found if found and found[1] >= self._threshold else None

    def nearest(self, text: str) -> tuple[str, float] | None:
        mine = grams(text)
        pairs = ((question_id, jaccard(mine, other)) for question_id, other in self._held_out)
        return max(pairs, key=lambda pair: pair[1], default=None)
