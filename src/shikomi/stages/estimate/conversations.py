"""What rolling conversations will ask, as if every question were kept: sizes of requests in which
the page's facts stand for the questions that are to come."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice

from shikomi.dataset import chat
from shikomi.dataset.conversation import Page
from shikomi.stages.context import Context
from shikomi.stages.estimate.size import Size, measured
from shikomi.stages.rolling import requests
from shikomi.stages.rolling.talks import Talk, talks, unanswered, unfinished
from shikomi.types import Attempt, Message, Request, Sample

_MOST_PAGES = 20  # of a large project some are measured, and stand for all


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    questions: Size
    answers: Size
    vectors: Size


def sizes(ctx: Context) -> Sizes:
    found, models = talks(ctx), ctx.config.models
    chosen, scale = _some(unfinished(ctx, found))

    def size(of: Callable[[Context, Talk], Iterator[Request]], *, is_hosted: bool) -> Size:
        asks = (request for talk in chosen for request in of(ctx, talk))
        return measured(asks, is_hosted=is_hosted).times(scale)

    is_hosted = models.generator.is_hosted
    kept = (requests.answer(ctx, talk.page, each.question) for talk, each in unanswered(ctx, found))
    return Sizes(
        questions=size(_questions, is_hosted=is_hosted),
        answers=size(_answers, is_hosted=is_hosted) + measured(kept, is_hosted=is_hosted),
        vectors=size(_vectors, is_hosted=models.embeddings.is_hosted),
    )


def to_come(ctx: Context) -> tuple[list[Sample], float]:
    """Pairs such as those that are wanted still, and how many times as many there are."""
    chosen, scale = _some(unfinished(ctx, talks(ctx)))
    pairs = [_stand_in(talk.page, text) for talk in chosen for text in _to_come(ctx, talk)]
    return pairs, scale


def _some(found: Sequence[Talk]) -> tuple[list[Talk], float]:
    chosen = list(found[:: max(1, len(found) // _MOST_PAGES)])
    return chosen, len(found) / len(chosen) if chosen else 0.0


def _to_come(ctx: Context, talk: Talk) -> list[str]:
    """A text for each question that is wanted still."""
    n = ctx.config.rolling.questions - len(talk.questions)
    n = min(n, ctx.config.rolling.most_attempts - len(talk.attempts))
    return list(islice(cycle(fact.statement for fact in talk.page.facts), n))


def _questions(ctx: Context, talk: Talk) -> Iterator[Request]:
    asked = list(talk.attempts)
    for text in _to_come(ctx, talk):
        yield requests.question(ctx, talk.page, asked)
        asked.append(Attempt(position=len(asked), question=text, reason="", call_id=0))


def _answers(ctx: Context, talk: Talk) -> Iterator[Request]:
    return (requests.answer(ctx, talk.page, text) for text in _to_come(ctx, talk))


def _vectors(ctx: Context, talk: Talk) -> Iterator[Request]:
    if not ctx.config.models.embeddings.model:
        return iter(())
    return (requests.likeness(ctx, text) for text in _to_come(ctx, talk))


def _stand_in(page: Page, text: str) -> Sample:
    asked, section = [Message(role="user", content=text)], page.sections[0]
    return chat.sample(asked, text, view="qa", lang=page.lang, section_ids=(section.id,))
