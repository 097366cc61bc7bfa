"""Judges' verdicts on a sample of the responses, and how far they, the program and people agree.

They decide nothing, but of questions without accepted strings, which the project's judge marks.
What people have labelled is shown to every judge, too.
"""

import random
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import combinations

from shikomi import prompts
from shikomi.errors import UserError
from shikomi.evaluation import verdicts
from shikomi.evaluation.calibration import PROGRAM, Calibration, Mark, calibrate
from shikomi.evaluation.report_data import MarkersAgree
from shikomi.hashing import content_id
from shikomi.llm.ask import ask_all
from shikomi.stages import answer_labels, refused
from shikomi.stages.answer_labels import Answered
from shikomi.stages.context import Context, Progress, RoleName, gateway
from shikomi.store import results
from shikomi.types import Message, Request, Verdict, VerdictValue

STAGE = "evaluate"
VERSION = 1
FIRST = "judge"
PROMPT = "judge_response"
Verdicts = dict[str, VerdictValue | None]


def judges(ctx: Context) -> tuple[RoleName, ...]:
    """The roles that are asked: the project's judge, then further ones."""
    return (FIRST, *(judge.name for judge in ctx.config.evaluate.judges))


def scorer(ctx: Context, judge: RoleName) -> str:
    """Names the judge by all that decides its verdicts."""
    texts = prompts.ids(PROMPT, ctx.prompts)
    return "judge:" + content_id([VERSION, ctx.endpoints.identity(judge), texts])


def pending(ctx: Context, answered: Sequence[Answered], judge: RoleName) -> list[Answered]:
    """Those that have no verdict of this judge: of the sample, which is the same each time, of
    what people labelled, and for the project's judge what no program can mark."""
    size = ctx.config.evaluate.judge_sample
    name, aside = scorer(ctx, judge), refused.for_good(ctx)
    known = results.verdicts(ctx.store, name)
    labelled = answer_labels.known(ctx) if size else {}
    chosen = {item.response.id for item in sample(answered, size)}
    return [
        item
        for item in sorted(answered, key=lambda item: item.question.id)
        if item.response.id not in known
        and _refusal(name, item) not in aside
        and (
            item.response.id in chosen
            or item.words in labelled
            or (judge == FIRST and not item.question.accept)
        )
    ]


def sample(answered: Sequence[Answered], size: int) -> list[Answered]:
    ordered = sorted(answered, key=lambda item: item.response.id)
    chosen = random.Random(0).sample(ordered, min(size, len(ordered)))
    return sorted(chosen, key=lambda item: item.question.id)


def run(ctx: Context, answered: Sequence[Answered]) -> list[str]:
    """Returns why what failed did. A judge that replied what cannot be read has had its say: that
    answer is unscored. One that gave no reply is asked again by the next run."""
    return [
        error
        for judge in judges(ctx)
        if (todo := pending(ctx, answered, judge))
        for error in _ask(ctx, todo, judge)
    ]


def _ask(ctx: Context, todo: Sequence[Answered], judge: RoleName) -> list[str]:
    name = scorer(ctx, judge)
    errors: list[str] = []
    asks = [(item, request(ctx, item, judge)) for item in todo]
    with (
        gateway(ctx, STAGE, ctx.endpoints.open(judge)) as line,
        closing(ask_all(line, asks, verdicts.parse_judgement)) as replies,
    ):
        for done, reply in enumerate(replies, start=1):
            ctx.progress(Progress(stage=STAGE, done=done, total=len(todo), note=judge))
            if reply.text is None and reply.error:
                errors.append(f"{reply.subject.question.id} ({judge}): {reply.error}")
                refused.book(ctx, _refusal(name, reply.subject), reply.error)
                continue
            verdict = Verdict(
                response_id=reply.subject.response.id,
                scorer=name,
                value=reply.value,
                explanation=reply.error or "",
            )
            with ctx.store.transaction():
                results.add_verdicts(ctx.store, [verdict])
    return errors


def refusals(ctx: Context, answered: Sequence[Answered], judge: RoleName) -> list[str]:
    """Why the judge's endpoint refuses some of the answers for good."""
    name, aside = scorer(ctx, judge), refused.for_good(ctx)
    subjects = (_refusal(name, item) for item in answered)
    return [aside[each] for each in subjects if each in aside]


def _refusal(name: str, item: Answered) -> str:
    """What a judge's refusal is booked under."""
    return f"{name} {item.response.id}"


def agreement(
    ctx: Context, answered: Sequence[Answered], program: str
) -> verdicts.Agreement | None:
    """How far the project's judge agrees with the program, over what it was asked about."""
    mine, theirs = (results.verdicts(ctx.store, each) for each in (program, scorer(ctx, FIRST)))
    return _agreement(answered, mine, theirs)


def further_agreements(
    ctx: Context, answered: Sequence[Answered], program: str
) -> tuple[MarkersAgree, ...]:
    """Of every further judge with the program, and of the judges with each other."""
    marked = dict(_markers(ctx, program))
    found = []
    for one, other in combinations(marked, 2):
        if (one, other) == (PROGRAM, FIRST):
            continue
        agreed = _agreement(answered, marked[one], marked[other])
        found += [MarkersAgree(one=one, other=other, agreement=agreed)] if agreed else []
    return tuple(found)


def _agreement(
    answered: Sequence[Answered], ones: Verdicts, others: Verdicts
) -> verdicts.Agreement | None:
    ids = [i for item in answered for i in [item.response.id] if i in ones and i in others]
    return verdicts.agreement((ones[each], others[each]) for each in ids) if ids else None


def calibrations(
    ctx: Context, answered: Sequence[Answered], program: str
) -> tuple[Calibration, ...]:
    """Of the program and each judge against people's labels; none where there are no labels."""
    known = answer_labels.known(ctx)
    found = [item for item in answer_labels.distinct(answered) if item.words in known]
    return tuple(
        calibrate(
            name,
            [
                Mark(
                    question=item.question.id,
                    label=known[item.words],
                    verdict=marked[item.response.id],
                )
                for item in found
                if item.response.id in marked
            ],
        )
        for name, marked in _markers(ctx, program)
        if any(item.response.id in marked for item in found)
    )


def _markers(ctx: Context, program: str) -> Iterator[tuple[str, Verdicts]]:
    yield PROGRAM, results.verdicts(ctx.store, program)
    for judge in judges(ctx):
        yield judge, results.verdicts(ctx.store, scorer(ctx, judge))


def n_stale(ctx: Context, answered: Sequence[Answered]) -> int:
    """How many labels are of words that no arm answers with any more."""
    return len(answer_labels.known(ctx).keys() - {item.words for item in answered})


def to_label(ctx: Context, answered: Sequence[Answered], count: int) -> str:
    """At most `count` answers that no one has labelled yet, for a person to fill in.

    Raises:
        UserError: there is none.
    """
    known = answer_labels.known(ctx)
    left = [item for item in answer_labels.distinct(answered) if item.words not in known]
    if not left:
        raise UserError(
            f"every answer has its label in {answer_labels.path(ctx).name}"
            if answered
            else "there are no answers yet: run `shikomi evaluate` first"
        )
    return answer_labels.lines(sample(left, count))


def request(ctx: Context, item: Answered, judge: RoleName) -> Request:
    question = item.question
    messages = prompts.load(PROMPT, question.lang, ctx.prompts).render(
        question=question.question, reference=question.answer, answer=item.response.text
    )
    return graded(ctx, messages, judge)


def graded(ctx: Context, messages: tuple[Message, ...], judge: RoleName) -> Request:
    """Asks for one verdict."""
    return Request(
        endpoint=ctx.endpoints.identity(judge),
        model=ctx.config.role(judge).model,
        messages=messages,
        max_tokens=20,
        schema=verdicts.judge_schema(),
    )
