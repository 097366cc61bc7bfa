"""Pairs that can be asked as questions: what each asks for is known, and a program can mark it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from shikomi.dataset import withholding
from shikomi.evaluation.answers import matches
from shikomi.hashing import content_id
from shikomi.stages import generate
from shikomi.stages.context import Context
from shikomi.store import corpus
from shikomi.types import Fact, Level, Question, Sample, Section


@dataclass(frozen=True, slots=True, kw_only=True)
class Askable:
    """A pair about one fact whose question asks for `target`."""

    pair: Sample
    fact: Fact
    section: Section
    target: str

    def question(self, level: Level) -> Question:
        return Question(
            id=content_id([level, self.pair.id]),
            question=self.pair.question,
            answer=self.pair.answer,
            accept=((self.target,),),
            section=self.section.place,
            kind=level,
            lang=self.pair.lang,
        )


class _Asker:
    """Tells what a pair asks for, by the call that wrote it."""

    def __init__(self, ctx: Context) -> None:
        self._batches = generate.batches_of_samples(ctx)
        self._sections = corpus.sections_by_id(ctx.store)
        self._facts = corpus.facts_by_id(ctx.store)

    def fact_of(self, pair: Sample) -> str | None:
        """The id of the one fact that a generator wrote it about."""
        is_known = pair.view == "qa" and pair.id in self._batches and len(pair.fact_ids) == 1
        return pair.fact_ids[0] if is_known and pair.fact_ids[0] in self._facts else None

    def page(self, fact_id: str) -> str:
        return self._sections[self._facts[fact_id].section_id].path

    def ask(self, pair: Sample) -> Askable | None:
        """None unless its question asks for one value that it does not say, and its answer does."""
        fact_id = self.fact_of(pair)
        if fact_id is None:
            return None
        fact, goals = self._facts[fact_id], self._batches[pair.id].goals
        asked_for = {goal.target for goal in goals if goal.fact.id == fact_id}
        fit = [target for target in asked_for if target and _asks_for(pair, target)]
        if len(fit) != 1:
            return None
        section = self._sections[fact.section_id]
        return Askable(pair=pair, fact=fact, section=section, target=fit[0])


def find(ctx: Context, pairs: Iterable[Sample]) -> list[Askable]:
    """Those of the pairs, by fact."""
    asker = _Asker(ctx)
    found = [asked for pair in pairs if (asked := asker.ask(pair))]
    return sorted(found, key=_place)


def _asks_for(pair: Sample, target: str) -> bool:
    accept = ((target,),)
    return matches(pair.answer, accept) and not matches(pair.question, accept)


def wordings_apart(ctx: Context, pairs: Iterable[Sample]) -> Iterator[Askable]:
    """Of each fact that is asked about in several wordings the one that is least like the others,
    which stay; spread over the pages from the first on."""
    asker = _Asker(ctx)
    by_fact: dict[str, list[Sample]] = {}
    for pair in pairs:
        if fact_id := asker.fact_of(pair):
            by_fact.setdefault(fact_id, []).append(pair)
    for fact_id in _evenly(by_fact, asker.page):
        found = [asked for pair in by_fact[fact_id] if (asked := asker.ask(pair))]
        if chosen := _most_apart(ctx, sorted(found, key=_place)):
            yield chosen


def _most_apart(ctx: Context, found: Sequence[Askable]) -> Askable | None:
    names, threshold = ctx.config.project.names, ctx.config.holdout.leak_jaccard
    for _, group in groupby(found, key=lambda each: each.target):
        wordings = list(group)
        texts = [each.pair.question for each in wordings]
        best = withholding.most_apart(texts, threshold=threshold, names=names)
        if best is not None:
            return wordings[best]
    return None


def one_a_fact(found: Iterable[Askable], *, seed: int) -> list[Askable]:
    """Spread over the pages from the first on."""
    chosen: dict[str, Askable] = {}
    for each in found:
        chosen.setdefault(each.fact.id, each)
    ordered = _evenly(chosen, lambda fact_id: chosen[fact_id].section.path, seed=seed)
    return [chosen[fact_id] for fact_id in ordered]


def _evenly(fact_ids: Iterable[str], page: Callable[[str], str], *, seed: int = 0) -> list[str]:
    return withholding.stratified(
        fact_ids, stratum=page, key=lambda fact_id: content_id([seed, fact_id])
    )


def _place(each: Askable) -> tuple[str, str, str]:
    return each.fact.id, each.target, each.pair.id
