"""A rolling conversation about one page: what is held of it, what is kept, when it is over."""

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import sqrt
from operator import mul

from shikomi.dataset import chat, duplicates
from shikomi.dataset.evidence import overlap
from shikomi.hashing import content_id
from shikomi.types import Attempt, Fact, Lang, Message, Sample, Section

_SAID = 0.5  # share of a statement's grams from which a pair says it

# (question, kept ones) -> the nearest kept one and its cosine, where that reaches the threshold
Likeness = Callable[[str, Sequence[str]], tuple[str, float] | None]


@dataclass(frozen=True, kw_only=True)  # no slots: what is read often is kept
class Page:
    """The sections of one page in order, with their facts."""

    sections: tuple[Section, ...]
    facts: tuple[Fact, ...]

    @cached_property
    def id(self) -> str:
        return content_id([[s.id for s in self.sections], [fact.id for fact in self.facts]])

    @property
    def path(self) -> str:
        return self.sections[0].path

    @property
    def lang(self) -> Lang:
        return self.sections[0].lang

    @property
    def names(self) -> tuple[str, ...]:
        return self.sections[0].capsule.names

    @cached_property
    def text(self) -> str:
        return "\n\n".join(section.text.strip() for section in self.sections)

    def batch_id(self, attempt: Attempt) -> str:
        """Of the answer to a question that was kept."""
        return content_id([self.id, attempt.position])


def current(attempts: Sequence[Attempt], *, questions: int) -> list[Attempt]:
    """Those up to the last that is wanted: an earlier, longer conversation may have more."""
    ends = [n for n, attempt in enumerate(attempts, start=1) if not attempt.reason]
    return list(attempts if len(ends) < questions else attempts[: ends[questions - 1]])


def held(attempts: Sequence[Attempt], *, history: int) -> list[str]:
    """The last questions that were read, kept or not: what stays in the conversation."""
    found = [attempt.question for attempt in attempts if attempt.question]
    return found[len(found) - history :] if history < len(found) else found


def by_spelling(threshold: float) -> Likeness:
    """Likeness by the cosine that near-duplicates are found by."""

    def near(question: str, kept: Sequence[str]) -> tuple[str, float] | None:
        mine, others = _as_sample(question), [_as_sample(each) for each in kept]
        texts = {sample.id: sample.question for sample in others}
        for twin in duplicates.twins([mine], others, threshold=threshold):
            return texts[twin.of_sample_id], twin.similarity
        return None

    return near


def by_meaning(threshold: float, vector: Callable[[str], Sequence[float]]) -> Likeness:
    """Likeness by the cosine of vectors, which are asked for once for each text."""
    known: dict[str, array[float]] = {}

    def unit(text: str) -> "array[float]":
        if text not in known:
            known[text] = _unit(vector(text))
        return known[text]

    def near(question: str, kept: Sequence[str]) -> tuple[str, float] | None:
        mine = unit(question)
        found = [(each, sum(map(mul, mine, unit(each)))) for each in kept]
        nearest = max(found, key=lambda pair: pair[1], default=None)
        return nearest if nearest and nearest[1] >= threshold else None

    return near


def _as_sample(question: str) -> Sample:
    asked = Message(role="user", content=question)
    return chat.sample([asked], "", view="question", lang="en", section_ids=())


def _unit(vector: Sequence[float]) -> "array[float]":
    length = sqrt(sum(map(mul, vector, vector))) or 1.0
    return array("d", (value / length for value in vector))


def said(page: Page, question: str, answer: str) -> list[Fact]:
    """The page's facts that a pair is about: the one that its answer is nearest to, and after it
    those whose words it holds for the most part."""
    best = max(page.facts, key=lambda fact: _nearness(fact, answer))
    pair = f"{question} {answer}"
    others = (fact for fact in page.facts if fact is not best)
    return [best, *(fact for fact in others if overlap(fact.statement, pair) >= _SAID)]


def _nearness(fact: Fact, answer: str) -> float:
    """Both ways: a long fact holds some of every answer, and any answer some of a short one."""
    return overlap(answer, fact.statement) + overlap(fact.statement, answer)
