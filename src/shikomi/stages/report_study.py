"""What was asked beside the held-out questions, for the report."""

from collections.abc import Sequence

from shikomi.evaluation.report_data import QuestionRow, StudyData
from shikomi.stages import evaluate, freeze, nearness, review, study
from shikomi.stages.arms import everyone
from shikomi.stages.context import Context
from shikomi.stages.report_rows import Given, rows
from shikomi.stages.study.split import never_seen
from shikomi.store import samples

_ARMS = ("base", "tuned", study.STAGE)


def beside(ctx: Context) -> tuple[QuestionRow, ...]:
    """Paraphrases of what was taught, each with the training question that is most like it, and
    what the study asks; each question once."""
    taught = review.reviewed(ctx).paraphrases
    found = {each.id: each for each in (*taught, *study.questions(ctx))}
    return rows(ctx, found.values(), _given(ctx), near=nearness.nearest(ctx, taught))


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
        questions=rows(ctx, (*study.held_out(ctx), *questions), _given(ctx), near={}),
    )


def state(ctx: Context) -> Sequence[list[str]]:
    """Of the study's answers; nothing where there is no study."""
    given = [evaluate.given(ctx, arm).values() for arm in study.arms(ctx)]
    return [sorted(each.id for each in found) for found in given]


def _given(ctx: Context) -> Given:
    return {arm.name: evaluate.given(ctx, arm) for arm in everyone(ctx) if arm.name in _ARMS}
