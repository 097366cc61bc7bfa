"""Who answers the held-out questions, and which of the questions."""

from collections.abc import Iterable

from shikomi.answering.oracle import Oracle
from shikomi.config import PLACEBO, STUDY
from shikomi.hashing import content_id
from shikomi.stages import finetune, placebo, review, study
from shikomi.stages.context import Context
from shikomi.store import corpus
from shikomi.types import Arm, ArmContext, Question

_CONTEXTS: dict[str, ArmContext] = {"": "none", "+rag": "retrieved", "+oracle": "oracle"}

_READ_FIRST = ("base", "tuned", "base+rag", "tuned+rag")


def arms(ctx: Context) -> tuple[Arm, ...]:
    """In the order in which they are asked: what shares a model stands together, and the
    project's own models come before further ones, which others' hosts may refuse."""
    job = finetune.tuned_job(ctx)
    base = ctx.config.models.student.model
    tuned = job.fine_tuned_model if job and job.fine_tuned_model else base
    below = finetune.below_search(ctx, tuned) if tuned != base else base
    own = (
        Arm(name=name + suffix, model=models[context != "none"], context=context,
            is_tuned=name == "tuned")
        for name, models in (("base", (base, base)), ("tuned", (tuned, below)))
        for suffix, context in _CONTEXTS.items()
        if context != "oracle" or ctx.config.evaluate.oracle
    )  # fmt: skip
    return (*own, *placebo.arms(ctx), *_further(ctx))


def side_by_side(ctx: Context) -> tuple[Arm, ...]:
    """In the order in which they are read: what is compared stands together."""
    places = {name: place for place, name in enumerate(_READ_FIRST)}
    return tuple(sorted(arms(ctx), key=lambda arm: places.get(arm.name, len(places))))


def everyone(ctx: Context) -> tuple[Arm, ...]:
    """The arms, and the study's model, which is compared with the base alone."""
    return (*arms(ctx), *study.arms(ctx))


def _further(ctx: Context) -> Iterable[Arm]:
    for each in ctx.config.evaluate.arms:
        yield Arm(name=each.name, model=each.model, context=each.context, role=each.name)


def identity(ctx: Context, arm: Arm) -> str:
    """Decides replay for the arm's model."""
    if arm.role == PLACEBO:
        return placebo.identity(ctx)
    if arm.name == STUDY:
        trained = study.job(ctx)
        return finetune.tuned_identity(ctx, trained) if trained else "to come"
    job = finetune.tuned_job(ctx)
    if arm.is_tuned and job is not None:
        known = finetune.tuned_identity(ctx, job)
        whole = arm.model == job.fine_tuned_model
        return known if whole else content_id([known, arm.model])
    return ctx.endpoints.identity(arm.role)


def asked(ctx: Context, arm: Arm, questions: Iterable[Question]) -> list[Question]:
    """Those of the held-out questions that the arm is asked: an oracle has nothing to give where a
    question names no page, and the study's model was not taught what all of them are about."""
    if arm.name == STUDY:
        taught = {question.id for question in study.held_out(ctx)}
        return [question for question in questions if question.id in taught]
    if arm.context != "oracle":
        return list(questions)
    known = open_oracle(ctx)
    return [question for question in questions if known.knows(question)]


def open_oracle(ctx: Context) -> Oracle:
    k = ctx.config.evaluate.retrieved_sections
    return Oracle(corpus.current_sections(ctx.store), k=k)


def asked_beside(ctx: Context, arm: Arm) -> list[Question]:
    """What an arm is asked beside the held-out questions, out of its memory alone: the tuned model
    what it was taught in other words, base and study's model what the study asks."""
    taught = review.reviewed(ctx).paraphrases if arm.name == "tuned" else ()
    return [*taught, *(study.questions(ctx) if arm.name in ("base", STUDY) else ())]
