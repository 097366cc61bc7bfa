"""How near each held-out question is to what was taught."""

from collections.abc import Mapping, Sequence

from shikomi.dataset.chat import QUESTIONS
from shikomi.dataset.splits import KnownQuestions
from shikomi.stages import finetune
from shikomi.stages.context import Context
from shikomi.store import samples
from shikomi.types import Question


def nearest(ctx: Context, questions: Sequence[Question]) -> Mapping[str, tuple[str, float]]:
    """By id, the training question that is most like each, and how much, 0 to 1; none where
    nothing was trained."""
    job = finetune.tuned_job(ctx)
    rows = samples.dataset(ctx.store, job.dataset_id) if job else []
    taught = {row.id: row.question for row in rows if row.view in QUESTIONS}
    known = KnownQuestions(taught.items(), names=ctx.config.project.names)
    found = ((each.id, known.nearest(each.question)) for each in questions)
    return {key: (taught[near[0]], near[1]) for key, near in found if near}
