"""What is asked beside the held-out questions once there is something to ask it of."""

from collections.abc import Sequence

from shikomi.config import STUDY
from shikomi.stages import freeze, holdout, review, study
from shikomi.stages.context import Context
from shikomi.store import corpus
from shikomi.types import Arm, Question


def to_come(ctx: Context, arm: Arm, questions: Sequence[Question]) -> list[Question]:
    """What an arm will be asked that is not known yet, as if it could all be asked; `questions`
    are the held-out ones."""
    if arm.name == "tuned" and freeze.pending(ctx):
        known = len(review.reviewed(ctx).paraphrases)
        return holdout.stand_ins(ctx, max(0, ctx.config.paraphrases(len(questions)) - known))
    if arm.name not in ("base", STUDY) or not study.pending(ctx):
        return []
    asked = [each for each in questions if each.accept] if arm.name == STUDY else []
    return [*asked, *holdout.stand_ins(ctx, _n_of_study(ctx))]


def _n_of_study(ctx: Context) -> int:
    """Of facts that are only read or never seen their share, of others as many as are asked for."""
    most, n_facts = ctx.config.study.questions, len(corpus.current_facts(ctx.store))
    return 2 * min(most, round(ctx.config.study.share * n_facts)) + 2 * min(most, n_facts // 2)
