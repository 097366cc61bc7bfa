"""The calls that are pending, stage by stage: real requests where they are known already, and
such as they will probably be where they hang on replies to come."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, groupby, islice

from shikomi import prompts
from shikomi.answering import messages
from shikomi.config import STUDY
from shikomi.dataset import chat
from shikomi.dataset.plan import Batch, Goal
from shikomi.stages import (
    abilities,
    evaluate,
    finetune,
    generate,
    holdout,
    judge,
    opinion,
    quality,
    replay,
    rolling,
    study,
)
from shikomi.stages.answer_labels import Answered
from shikomi.stages.arm_run import Ask
from shikomi.stages.arms import arms as arms_of
from shikomi.stages.arms import asked, everyone, identity
from shikomi.stages.context import Context, RoleName
from shikomi.stages.estimate import beside, conversations, quality_checks, training, views
from shikomi.stages.estimate.size import Size, measured
from shikomi.store import calls, corpus
from shikomi.types import Arm, Question, Request, Response, Sample

_MOST_BATCHES = 2000  # of a large project some are measured, and stand for all
_MOST_SECTIONS = 2000  # searching more is not cheap the first time
# Tokens written, as a share of those asked for at most: seen with the embedded generator.
_MADE, _WORDED, _WRITTEN, _CHECKED, _ANSWERED, _GRADED = 0.4, 0.3, 0.4, 0.5, 0.36, 0.5
_CHATTED = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Asks:
    """Pending calls of one kind. `written_share` of the most that may be written usually is. What
    `can_wait` goes by batches where its role is so set."""

    stage: str
    role: RoleName
    model: str
    size: Size
    written_share: float
    part: str = ""
    ledger: str = ""  # what the ledger calls them, where that is not the stage
    has_schema: bool = True
    can_wait: bool = False


def making(ctx: Context) -> Iterator[Asks]:
    """What comes before training: self-made questions, pairs with a judge's checks of them, the
    other views, and general chat."""
    generator, student = ctx.config.models.generator.model, ctx.config.models.student.model
    made = _measured(ctx, "generator", holdout.requests(ctx))
    yield Asks(stage=holdout.STAGE, role="generator", model=generator, size=made,
               written_share=_MADE)  # fmt: skip
    yield from _pairs_and_checks(ctx)
    for found in views.sizes(ctx):
        yield Asks(stage=views.STAGE, part=found.ledger, ledger=found.ledger, role="generator",
                   model=generator, size=found.size, written_share=found.written_share,
                   has_schema=found.has_schema, can_wait=True)  # fmt: skip
    turns = replay.to_ask(ctx, training.pairs_to_teach(ctx))
    size = _measured(ctx, "student", (replay.request(ctx, turn) for turn in turns))
    yield Asks(stage=replay.STAGE, role="student", model=student, size=size,
               written_share=_CHATTED, has_schema=False)  # fmt: skip


def _pairs_and_checks(ctx: Context) -> Iterator[Asks]:
    generator, checker = ctx.config.models.generator.model, ctx.config.models.judge.model
    if rolling.is_chosen(ctx):
        yield from _rolling(ctx)
    else:
        share = _WRITTEN if ctx.config.writes_answers else _WORDED
        batches = generate.pending_batches(ctx)
        yield Asks(stage=generate.STAGE, role="generator", model=generator,
                   size=_pairs(ctx, batches), written_share=share, can_wait=True)  # fmt: skip
    coming, scale = _to_come(ctx)
    if judge.is_chosen(ctx):
        size = _checks_there(ctx) + _measured(ctx, "judge", _checks(ctx, coming)).times(scale)
        yield Asks(stage=judge.STAGE, role="judge", model=checker, size=size,
                   written_share=_CHECKED, can_wait=True)  # fmt: skip
    for found in quality_checks.sizes(ctx, coming, scale):
        yield Asks(stage=quality.STAGE, part=found.part, ledger=found.ledger, role="judge",
                   model=checker, size=found.size, written_share=found.written_share,
                   has_schema=found.has_schema, can_wait=True)  # fmt: skip


def _rolling(ctx: Context) -> Iterator[Asks]:
    """Questions and answers apart: the one ask for JSON, the other for text."""
    found, models = conversations.sizes(ctx), ctx.config.models
    for size, share, part in (
        (found.questions, _MADE, f"{rolling.label(ctx)}, questions"),
        (found.answers, _ANSWERED, f"{rolling.label(ctx)}, answers"),
    ):
        yield Asks(stage=generate.STAGE, part=part, role="generator", model=models.generator.model,
                   size=size, written_share=share, has_schema=size is found.questions)  # fmt: skip
    yield Asks(stage=generate.STAGE, part="embeddings", role="embeddings", size=found.vectors,
               model=models.embeddings.model, written_share=0.0, has_schema=False)  # fmt: skip


def answering(ctx: Context) -> Iterator[Asks]:
    """Every arm's answers to the held-out questions, and the judges' verdicts."""
    questions = holdout.expected(ctx)
    arms = arms_of(ctx)
    todo = [(arm, each) for arm in arms for each in asked(ctx, arm, questions)]
    if not holdout.pending(ctx):
        todo = evaluate.unanswered(ctx)
    is_answered = not {arm for arm, _ in todo} & {*arms}
    todo += [(arm, each) for arm in everyone(ctx) for each in beside.to_come(ctx, arm, questions)]
    for arm in everyone(ctx):
        asks = _asked(ctx, arm, [question for other, question in todo if other == arm])
        name = _identity(ctx, arm)
        requests = (evaluate.request(ctx, ask, name) for ask in asks)
        yield Asks(stage=evaluate.STAGE, part=arm.name, role=arm.role, model=_model(ctx, arm),
                   size=_measured(ctx, arm.role, requests),
                   written_share=_ANSWERED, has_schema=False)  # fmt: skip
    yield from _tasks(ctx)
    for name in opinion.judges(ctx):
        graded = _graded(ctx, name, questions, n_arms=len(arms), is_answered=is_answered)
        size = _measured(ctx, name, (opinion.request(ctx, each, name) for each in graded))
        yield Asks(stage=evaluate.STAGE, part=name, role=name, size=size,
                   model=ctx.config.role(name).model, written_share=_GRADED)  # fmt: skip


def _tasks(ctx: Context) -> Iterator[Asks]:
    todo = abilities.unanswered(ctx)
    for arm in dict.fromkeys(arm for arm, _ in todo):
        name = _identity(ctx, arm)
        asks = abilities.asks(ctx, arm, [task for other, task in todo if other == arm])
        requests = (abilities.request(ctx, ask, name) for ask in asks)
        yield Asks(stage=evaluate.STAGE, part=f"abilities, {arm.name}", role=arm.role,
                   model=_model(ctx, arm), size=_measured(ctx, arm.role, requests),
                   written_share=_ANSWERED, has_schema=False)  # fmt: skip


def _measured(ctx: Context, role: RoleName, requests: Iterable[Request]) -> Size:
    """Of those that the ledger has no answer to, nor waits for one."""
    return measured(calls.unpaid(ctx.store, requests), is_hosted=ctx.config.role(role).is_hosted)


def _some(batches: Sequence[Batch]) -> tuple[list[Batch], float]:
    """Whole sections' batches, evenly chosen, and how many times as many there are."""
    groups = [list(group) for _, group in groupby(batches, key=lambda batch: batch.section.id)]
    step = max(1, len(batches) // _MOST_BATCHES)
    chosen = [batch for group in groups[::step] for batch in group]
    return chosen, len(batches) / len(chosen) if chosen else 0.0


def _pairs(ctx: Context, batches: Sequence[Batch]) -> Size:
    chosen, scale = _some(batches)
    requests = (generate.request(ctx, batch) for batch in chosen)
    return _measured(ctx, "generator", requests).times(scale)


def _checks_there(ctx: Context) -> Size:
    """A judge's checks of the pairs that are there, as if none were dropped."""
    return _measured(ctx, "judge", _checks(ctx, quality_checks.unchecked(ctx)))


def _to_come(ctx: Context) -> tuple[list[Sample], float]:
    """Pairs such as will be written, and how many times as many there are; none where no model
    sees them."""
    if not (judge.is_chosen(ctx) or ctx.config.quality_sample):
        return [], 0.0
    if rolling.is_chosen(ctx):
        return conversations.to_come(ctx)
    chosen, scale = _some(generate.pending_batches(ctx))
    each = [_stand_in(ctx, batch, goal) for batch in chosen for goal in batch.goals]
    return [pair for pair in each for _ in range(ctx.config.generate.wordings)], scale


def _checks(ctx: Context, pairs: Iterable[Sample]) -> Iterator[Request]:
    for lane in judge.groups(ctx, pairs):
        yield from (group.request(group.members) for group in lane)


def _stand_in(ctx: Context, batch: Batch, goal: Goal) -> Sample:
    """A pair that is not written yet: its question and answer are about as long as its fact."""
    section, statement = batch.section, goal.fact.statement
    prompt = prompts.load("answer", section.lang, ctx.prompts).render(question=statement)
    return chat.sample(prompt, statement, view="qa", lang=section.lang, section_ids=(section.id,))


def _asked(ctx: Context, arm: Arm, questions: Sequence[Question]) -> list[evaluate.QuestionAsk]:
    sections = corpus.current_sections(ctx.store)
    if arm.context != "retrieved" or len(sections) <= _MOST_SECTIONS:
        return [ask for group in evaluate.asks(ctx, arm, questions) for ask in group]
    k = ctx.config.evaluate.retrieved_sections
    found = []
    for i, question in enumerate(questions):
        start = i * (len(sections) - k) // len(questions)
        given = tuple(sections[start : start + k])
        said = messages(question.question, given, lang=question.lang, overrides=ctx.prompts)
        found.append(Ask(subject=question, arm=arm, sections=given, messages=said))
    return found


def _is_to_come(ctx: Context, arm: Arm) -> bool:
    if arm.name == STUDY:
        return bool(study.pending(ctx))
    return arm.is_tuned and bool(finetune.pending(ctx))


def _identity(ctx: Context, arm: Arm) -> str:
    """Of a tuned model that is to come: one that no call was made to."""
    return "to come" if _is_to_come(ctx, arm) else identity(ctx, arm)


def _model(ctx: Context, arm: Arm) -> str:
    """The arm's model; a tuned one to come is named as hosts name theirs."""
    base = ctx.config.models.student.model
    return f"ft:{base}" if _is_to_come(ctx, arm) else arm.model


def _graded(
    ctx: Context, name: RoleName, questions: Sequence[Question], *, n_arms: int, is_answered: bool
) -> list[Answered]:
    """What a judge owes a verdict on; before there are answers, the reference ones."""
    if is_answered:
        return opinion.pending(ctx, evaluate.answered(ctx), name)
    n = min(ctx.config.evaluate.judge_sample, n_arms * len(questions))
    sample = [*islice(cycle(questions), n)]
    if name == opinion.FIRST:
        sample += [each for each in questions if each.kind == "user" and not each.accept] * n_arms
    return [_as_reference(question) for question in sample]


def _as_reference(question: Question) -> Answered:
    response = Response(
        id="", question_id=question.id, arm="", text=question.answer, section_ids=(), call_id=0
    )
    return Answered(question=question, response=response)
