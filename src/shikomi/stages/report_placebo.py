"""How much the placebo was trained on, beside the tuned model."""

import json

from shikomi.evaluation.report_data import PlaceboTraining
from shikomi.stages import finetune, placebo
from shikomi.stages.context import Context
from shikomi.stages.estimate.training import tokens
from shikomi.store import results, samples
from shikomi.types import FinetuneJob


def collect(ctx: Context) -> PlaceboTraining | None:
    """None where there is no placebo, or nothing is trained here."""
    job = finetune.tuned_job(ctx)
    if job is None or ctx.config.evaluate.placebo is None:
        return None
    with placebo.opened(ctx) as found:
        project = found.ctx.config.project
        return PlaceboTraining(
            project=project.root or project.name,
            tokens=_trained(found.ctx, found.job),
            tuned_tokens=_trained(ctx, job),
        )


def _trained(ctx: Context, job: FinetuneJob) -> int:
    """By the fixed estimate, each epoch counted. A host that does not tell its epochs: one."""
    epochs = json.loads(results.job_settings(ctx.store, job.id)).get("n_epochs")
    n_epochs = epochs if isinstance(epochs, int) else 1
    return round(tokens(samples.dataset(ctx.store, job.dataset_id)) * n_epochs)
