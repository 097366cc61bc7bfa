"""A project, opened: its lock, its endpoints, and the stages in order."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from shikomi import config as configs
from shikomi.app.endpoints import EmbeddedEndpoints, Machine
from shikomi.app.lock import run_lock
from shikomi.errors import UserError
from shikomi.stages import (
    STAGES,
    Context,
    Progress,
    Stage,
    StageReport,
    evaluate,
    fetch,
    freeze,
    generate,
    holdout,
    training_bill,
)
from shikomi.stages import aim as stage_aim
from shikomi.stages import study as stage_study
from shikomi.stages.aim import Aimed
from shikomi.stages.context import price_of
from shikomi.store import DATABASE, Store, calls, progress, results, reviews

_FIRST_PAID = holdout.STAGE

OnStage = Callable[[str, StageReport, float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What is told while a run goes on. Each does nothing by default."""

    progress: Callable[[Progress], None] = lambda progress: None
    started: Callable[[str], None] = lambda stage: None
    ended: OnStage = lambda stage, report, seconds: None
    # Once, before the first stage that may cost money or much time, with the stages to be run.
    planned: Callable[[Context, Sequence[str]], None] = lambda ctx, stages: None


SILENT = Watch()


@contextmanager
def open_project(
    folder: Path, machine: Machine, watch: Watch = SILENT, *, study: bool = False
) -> Iterator[Context]:
    """The project in `folder`; what was started for it ends with the block. `study`: its second
    model is wanted, whatever the configuration says.

    Raises:
        UserError: there is no project, or it cannot be opened.
    """
    folder = folder.resolve()
    config = configs.load(folder)
    if study:
        wanted = config.study.model_copy(update={"train": True})
        config = config.model_copy(update={"study": wanted})
    endpoints = EmbeddedEndpoints(folder, config, machine)
    with Store(folder / DATABASE) as store, endpoints:
        yield Context(
            folder=folder,
            config=config,
            store=store,
            endpoints=endpoints,
            progress=watch.progress,
            last_review=reviews.last(store),
        )


def run(ctx: Context, watch: Watch = SILENT, *, only: str | None = None) -> list[str]:
    """Do what is pending, stage by stage in order. Returns the reasons of what failed.

    `only` stops after that stage, having done what it needs.

    Raises:
        UserError: a stage needs the person, or another run holds the project.
    """
    stages = _up_to(only)
    failures: list[str] = []
    with run_lock(ctx.folder):
        _close_books(ctx)
        for stage in stages:
            if stage.name == _FIRST_PAID:
                _check_keys(ctx, stages)
                watch.planned(ctx, [each.name for each in stages])
            if stage.pending(ctx):
                failures += _run_stage(ctx, stage, watch)
    return failures


def _check_keys(ctx: Context, stages: Sequence[Stage]) -> None:
    """What the training or the evaluation would lack is told before the rest is paid for.

    Raises:
        UserError: a model that is to be asked has no key, there is no placebo to be asked, these
            documents are too small for the study that is wanted, or under a budget nobody knows
            what the training may cost.
    """
    if any(stage.name == training_bill.STAGE for stage in stages) and freeze.pending(ctx):
        training_bill.check(ctx)
    if any(stage.name == stage_study.STAGE for stage in stages):
        stage_study.check(ctx)
    if any(stage.name == evaluate.STAGE for stage in stages):
        for role in evaluate.roles(ctx):
            ctx.endpoints.check_key(role)


def _close_books(ctx: Context) -> None:
    """Give up what a dead run left open. Under a budget, calls that were made before their price
    was known count at what it is now: else the budget would be one for new calls alone."""
    calls.settle_lost(ctx.store)
    if ctx.budget_nanousd is None:
        return
    for model, is_batched in calls.unpriced_models(ctx.store):
        if price := price_of(ctx, model, can_wait=is_batched):
            calls.price(ctx.store, model, price, is_batched=is_batched)


def sample(ctx: Context, n: int, watch: Watch = SILENT) -> list[str]:
    """Make `n` of the pending generate calls, evenly chosen, for a later run to go on from.
    Returns the reasons of what failed.

    Raises:
        UserError: as `run` does.
    """
    some = Stage(generate.STAGE, generate.pending, partial(generate.run, most=n))
    with run_lock(ctx.folder):
        _close_books(ctx)
        return list(_run_stage(ctx, some, watch)) if some.pending(ctx) else []


def aim(ctx: Context) -> Aimed:
    """Plan further pairs about the facts that the last evaluation missed; `run` writes them.

    Raises:
        UserError: there is no evaluation, or another run holds the project.
    """
    with run_lock(ctx.folder):
        return stage_aim.run(ctx)


def _up_to(name: str | None) -> Sequence[Stage]:
    names = [stage.name for stage in STAGES]
    if name is not None and name not in names:
        raise UserError(f"there is no stage {name!r}; the stages are {', '.join(names)}")
    return STAGES if name is None else STAGES[: names.index(name) + 1]


def _run_stage(ctx: Context, stage: Stage, watch: Watch) -> tuple[str, ...]:
    watch.started(stage.name)
    before = time.monotonic()
    report = StageReport()
    try:
        report = stage.run(ctx)
    finally:
        seconds = time.monotonic() - before
        results.add_stage_run(
            ctx.store, stage.name, seconds=seconds, done=report.done, failed=len(report.failures)
        )
    watch.ended(stage.name, report, seconds)
    return report.failures


def reopen_failed(ctx: Context) -> int:
    """Make every failed item pending again. Returns how many."""
    others = sum(progress.reopen_failed(ctx.store, stage.name) for stage in STAGES)
    return fetch.reopen_failed(ctx) + others
