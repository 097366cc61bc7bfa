"""A kept question is answered once more from its section alone, without the kept answer in view:
do both agree? By program where it can tell, else by the judge."""

from collections.abc import Iterator, Sequence
from contextlib import closing

from shikomi import prompts
from shikomi.evaluation import round_trip, verdicts
from shikomi.llm.ask import Endpoint, as_far_as_it_goes, ask_all, words
from shikomi.stages import grounds, opinion, together
from shikomi.stages.context import Context, gateway
from shikomi.stages.grounds import Ground
from shikomi.types import Request, Sample, Score, VerdictValue

NAME = "round-trip"
PROMPTS = ("round_trip", opinion.PROMPT)
_MOST_TOKENS = 300
_NONE, _OTHER = "its section does not answer it", "its section gives another answer"
_Given = tuple[Sample, str]


def ask(ctx: Context, endpoint: Endpoint, found: Sequence[Sample]) -> Iterator[list[Score]]:
    """The score of each; what no program can tell of comes last."""
    unsure: list[_Given] = []
    for sample, given, error in _answers(ctx, endpoint, found):
        agrees = round_trip.agrees(sample.question, sample.answer, given) if given else None
        if not given:
            yield [_score(sample, None, error)]
        elif agrees is None:
            unsure.append((sample, given))
        else:
            yield [_score(sample, agrees, "" if agrees else f"{_NONE}: {given}")]
    yield from _compared(ctx, endpoint, unsure)


def _answers(
    ctx: Context, endpoint: Endpoint, found: Sequence[Sample]
) -> Iterator[tuple[Sample, str, str]]:
    """Each with the answer that its section gives, or "" and why there is none."""
    known = grounds.grouped(ctx, found)
    lanes = together.in_lanes(
        [[(sample, ground) for sample in several] for ground, several in known.items()], endpoint
    )
    asks = ((each, request(ctx, each[1], each[0])) for each in lanes)
    with (
        gateway(ctx, NAME, endpoint) as line,
        closing(ask_all(line, asks, _text)) as replies,
    ):
        for reply in replies:
            lanes.done(reply.subject)
            yield reply.subject[0], as_far_as_it_goes(reply) or "", reply.error or ""


def _text(reply: str) -> str:
    """On one line."""
    return " ".join(words(reply).split())


def _compared(ctx: Context, endpoint: Endpoint, found: Sequence[_Given]) -> Iterator[list[Score]]:
    asks = ((each, compare_request(ctx, *each)) for each in found)
    with (
        gateway(ctx, NAME, endpoint) as line,
        closing(ask_all(line, asks, verdicts.parse_judgement)) as replies,
    ):
        for reply in replies:
            sample, given = reply.subject
            yield [_judged(sample, given, reply.value, reply.error or "")]


def _judged(sample: Sample, given: str, verdict: VerdictValue | None, error: str) -> Score:
    if verdict is None:
        return _score(sample, None, error)
    return _score(
        sample, verdict == "CORRECT", "" if verdict == "CORRECT" else f"{_OTHER}: {given}"
    )


def _score(sample: Sample, agrees: bool | None, reason: str) -> Score:
    value = None if agrees is None else float(agrees)
    return Score(subject_id=sample.id, scorer=NAME, value=value, explanation=reason)


def request(ctx: Context, ground: Ground, sample: Sample) -> Request:
    """What the answer may draw on first, so that all calls about it begin alike."""
    messages = prompts.load(PROMPTS[0], ground.lang, ctx.prompts).render(
        capsule=ground.capsule, document=ground.text, question=sample.question
    )
    return Request(
        endpoint=ctx.endpoints.identity("judge"),
        model=ctx.config.models.judge.model,
        messages=messages,
        max_tokens=_MOST_TOKENS,
    )


def compare_request(ctx: Context, sample: Sample, given: str) -> Request:
    """The kept answer is held against the new one, which says no more than was asked for: detail
    beyond it is no mistake."""
    messages = prompts.load(opinion.PROMPT, sample.lang, ctx.prompts).render(
        question=sample.question, reference=given, answer=sample.answer
    )
    return opinion.graded(ctx, messages, opinion.FIRST)
