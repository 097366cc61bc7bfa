"""A model's verdict on a sample of the responses: secondary, for its agreement with the program."""

import random
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from shikomi import prompts
from shikomi.evaluation import verdicts
from shikomi.hashing import content_id
from shikomi.llm.ask import ask_all
from shikomi.stages.context import Context, Progress, gateway
from shikomi.store import results
from shikomi.types import Question, Request, Response, Verdict

STAGE = "evaluate"
VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    question: Question
    response: Response


def scorer(ctx: Context) -> str:
    """Names the judge by all that decides its verdicts."""
    texts = [prompts.load("judge_response", lang, ctx.prompts).id for lang in ("en", "ja")]
    return "judge:" + content_id([VERSION, ctx.endpoints.identity("judge"), texts])


def pending(ctx: Context, answered: Sequence[Answered]) -> list[Answered]:
    """Those of the sample that have no verdict of this judge. The sample is the same each time."""
    known = results.verdicts(ctx.store, scorer(ctx))
    chosen = sample(answered, ctx.config.evaluate.judge_sample)
    return [item for item in chosen if item.response.id not in known]


def sample(answered: Sequence[Answered], size: int) -> list[Answered]:
    ordered = sorted(answered, key=lambda item: item.response.id)
    chosen = random.Random(0).sample(ordered, min(size, len(ordered)))
    return sorted(chosen, key=lambda item: item.question.id)


def run(ctx: Context, answered: Sequence[Answered]) -> None:
    todo = pending(ctx, answered)
    if not todo:
        return
    name = scorer(ctx)
    asks = [(item, request(ctx, item)) for item in todo]
    with (
        gateway(ctx, STAGE, ctx.endpoints.open("judge")) as line,
        closing(ask_all(line, asks, verdicts.parse_judgement)) as replies,
    ):
        for done, reply in enumerate(replies, start=1):
            verdict = Verdict(
                response_id=reply.subject.response.id,
                scorer=name,
                value=reply.value,
                explanation=reply.error or "",
            )
            with ctx.store.transaction():
                results.add_verdicts(ctx.store, [verdict])
            ctx.progress(Progress(stage=STAGE, done=done, total=len(todo), note="second judge"))


def agreement(
    ctx: Context, answered: Sequence[Answered], program: str
) -> verdicts.Agreement | None:
    """How far the judge agrees with the program's verdicts, over those it was asked about."""
    mine, theirs = results.verdicts(ctx.store, program), results.verdicts(ctx.store, scorer(ctx))
    ids = [item.response.id for item in answered if item.response.id in theirs]
    if not ids:
        return None
    return verdicts.agreement((mine.get(each), theirs[each]) for each in ids)


def request(ctx: Context, item: Answered) -> Request:
    question = item.question
    messages = prompts.load("judge_response", question.lang, ctx.prompts).render(
        question=question.question, reference=question.answer, answer=item.response.text
    )
    return Request(
        endpoint=ctx.endpoints.identity("judge"),
        model=ctx.config.models.judge.model,
        messages=messages,
        max_tokens=20,
        schema=verdicts.judge_schema(),
    )
