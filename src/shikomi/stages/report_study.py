"""What was asked beside the held-out questions, for the report."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from shikomi.evaluation.breakdown import asked_for
from shikomi.evaluation.report_data import Answer, QuestionRow, StudyData
from shikomi.stages import evaluate, freeze, nearness, review, study
from shikomi.stages.arms import everyone
from shikomi.stages.context import Context
from shikomi.stages.study.split import never_seen
from shikomi.store import samples
from shikomi.types import Question

_ARMS = ("base", "tuned", study.STAGE)


def beside(ctx: Context) -> tuple[QuestionRow, ...]:
    """Paraphrases of what was taught, each with the training question that is most like it, and
    what the study asks; each question once."""
    taught = review.reviewed(ctx).paraphrases
    near = nearness.nearest(ctx, taught)
    found = {each.id: each for each in (*taught, *study.questions(ctx))}
    return tuple(
        replace(row, nearest=near[row.id][0], nearness=near[row.id][1]) if row.id in near else row
        for row in _rows(ctx, found.values())
    )


def collect(ctx: Context) -> StudyData | None:
    """None where no study was made of what is taught now."""
    job = study.job(ctx)
    if job is None:
        return None
    questions = study.questions(ctx)
    return StudyData(
        model=job.fine_tuned_model or "",
        samples=samples.count(ctx.store, job.dataset_id),
        of_samples=samples.count(ctx.store, freeze.dataset_id(ctx)),
        facts_only_read=sum(each.level == "H2" for each in questions),
        pages_never_seen=tuple(sorted(never_seen(ctx))),
        questions=_rows(ctx, (*study.held_out(ctx), *questions)),
    )


def state(ctx: Context) -> Sequence[list[str]]:
    """Of the study's answers; nothing where there is no study."""
    given = [evaluate.given(ctx, arm).values() for arm in study.arms(ctx)]
    return [sorted(each.id for each in found) for found in given]


def _rows(ctx: Context, questions: Iterable[Question]) -> tuple[QuestionRow, ...]:
    known = evaluate.marks(ctx)
    given = {arm.name: evaluate.given(ctx, arm) for arm in everyone(ctx) if arm.name in _ARMS}
    return tuple(
        QuestionRow(
            id=question.id,
            question=question.question,
            reference=question.answer,
            page=question.page,
            answers=tuple(
                Answer(arm=arm, text=response.text, verdict=known.get(response.id))
                for arm, found in given.items()
                if (response := found.get(question.id))
            ),
            kind=question.kind,
            level=question.level,
            asks_for=asked_for(question.accept),
        )
        for question in questions
    )
