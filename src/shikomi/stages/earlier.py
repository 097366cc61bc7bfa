"""Models that a project tuned before its present one, which its ledger still knows."""

from collections.abc import Callable

from shikomi.config import ROLES
from shikomi.errors import UserError
from shikomi.stages import finetune, study
from shikomi.stages.context import Context
from shikomi.store import results


def is_earlier(ctx: Context) -> Callable[[str], bool]:
    """Tells of a model's name, with or without a share of its adapter (`NAME@0.5`), whether the
    project has tuned it and no longer uses it. While nobody can say what is used, none is."""
    try:
        jobs = (finetune.tuned_job(ctx), study.job(ctx))
    except UserError:  # no documents yet
        return lambda model: False
    current = {job.fine_tuned_model for job in jobs if job}
    current |= {ctx.config.role(role).model for role in ROLES}
    current |= {each.model for each in ctx.config.evaluate.further}
    earlier = results.tuned_models(ctx.store) - current
    return lambda model: model.partition("@")[0] in earlier
