"""The student, trained alike on other documents: another project's tuned model as an arm here.

What it answers better than the base model, any such training would have taught it, such as the
form of answers; what the tuned model answers beyond it, these documents did.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from shikomi import config as configs
from shikomi.config import PLACEBO
from shikomi.errors import UserError
from shikomi.hashing import content_id
from shikomi.stages import finetune
from shikomi.stages.context import Context
from shikomi.store import DATABASE, Store, results
from shikomi.types import Arm, FinetuneJob


@dataclass(frozen=True, slots=True, kw_only=True)
class Placebo:
    """The other project, opened, and the job that gave its tuned model. `job.fine_tuned_model` is
    never None."""

    ctx: Context
    job: FinetuneJob


@contextmanager
def opened(ctx: Context) -> Iterator[Placebo]:
    """Raises UserError: it is no project, learns with another student, or is not trained."""
    folder = (ctx.folder / (ctx.config.evaluate.placebo or "")).resolve()
    other = configs.load(folder)
    _check(ctx, folder, other)
    with Store(folder / DATABASE) as store:
        found = replace(ctx, folder=folder, config=other, store=store)
        jobs = results.succeeded_jobs(store, fingerprint=finetune.fingerprint(found))
        if not jobs:
            raise UserError(
                f"the placebo {folder} has no tuned model: run `shikomi finetune -p {folder}`"
                " first, or take `placebo` out of [evaluate] in shikomi.toml"
            )
        yield Placebo(ctx=found, job=jobs[0])


def _check(ctx: Context, folder: Path, other: configs.Config) -> None:
    ours, theirs = ctx.config.models.student, other.models.student
    if folder == ctx.folder:
        raise UserError("evaluate.placebo is this project itself: name one of other documents")
    if (ours.model, ours.base_url) != (theirs.model, theirs.base_url):
        raise UserError(
            f"the placebo {folder} trains {theirs.model} at {theirs.base_url or 'this machine'}:"
            f" it must train the same student as here, {ours.model} at"
            f" {ours.base_url or 'this machine'}"
        )
    if not (folder / DATABASE).exists():
        raise UserError(f"the placebo {folder} is not run yet: run `shikomi finetune -p {folder}`")


def arms(ctx: Context) -> tuple[Arm, ...]:
    """The arm `placebo`; none where the project names none."""
    if ctx.config.evaluate.placebo is None:
        return ()
    with opened(ctx) as found:
        model = found.job.fine_tuned_model or ""
        return (Arm(name=PLACEBO, model=model, context="none", role=PLACEBO),)


def identity(ctx: Context) -> str:
    """Decides replay: another training of it is another model."""
    with opened(ctx) as found:
        job, student = found.job, ctx.endpoints.identity("student")
        return content_id([PLACEBO, student, job.id, job.dataset_id])
