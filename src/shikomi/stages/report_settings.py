"""How a run was made, as its report tells it: models, dataset, training, settings."""

import json
import os
import platform

import shikomi
from shikomi import config as configs
from shikomi.evaluation.report_data import SettingGroup
from shikomi.isolation import sandbox
from shikomi.stages import finetune, freeze, placebo, rolling
from shikomi.stages.context import Context
from shikomi.store import corpus, results

Rows = tuple[tuple[str, str], ...]


def collect(ctx: Context) -> tuple[SettingGroup, ...]:
    groups = {
        "models": _models(ctx),
        "dataset": _dataset(ctx),
        "training": _training(ctx),
        "run": _run(ctx),
        "settings of your own": tuple(configs.changed(ctx.config).items()),
    }
    return tuple(SettingGroup(title=title, rows=rows) for title, rows in groups.items() if rows)


def _models(ctx: Context) -> Rows:
    further = (each.name for each in ctx.config.evaluate.further)
    roles = ("generator", "student", "judge", *further)
    models = tuple(
        (role, f"{ctx.config.role(role).model} ({ctx.endpoints.identity(role)[:20]}…)")
        for role in roles
    )
    job = finetune.tuned_job(ctx)
    tuned = (("tuned model", job.fine_tuned_model or ""),) if job else ()
    return (*models, *tuned, *((arm.name, arm.model) for arm in placebo.arms(ctx)))


def _dataset(ctx: Context) -> Rows:
    sections = corpus.current_sections(ctx.store)
    return (
        ("dataset", freeze.dataset_id(ctx)[:15]),
        ("pages", str(len({section.path for section in sections}))),
        ("sections", str(len(sections))),
    )


def _training(ctx: Context) -> Rows:
    job = finetune.tuned_job(ctx)
    chosen = json.loads(results.job_settings(ctx.store, job.id)) if job else {}
    return tuple((key, str(value)) for key, value in chosen.items())


def _run(ctx: Context) -> Rows:
    config = ctx.config
    return (
        ("shikomi", shikomi.__version__),
        ("machine", f"{platform.machine()}, {os.cpu_count()} cores"),
        ("python", platform.python_version()),
        *_strategy(ctx),
        *_written(ctx),
        ("sections retrieved", str(config.evaluate.retrieved_sections)),
        *((("sandbox", sandbox.guard()),) if config.evaluate.abilities else ()),
    )


def _written(ctx: Context) -> Rows:
    """The other texts that a section is to have, where there are any."""
    counts = ctx.config.written._asdict()
    said = ", ".join(f"{view} {n}" for view, n in counts.items() if n)
    return (("other texts a section", said),) if said else ()


def _strategy(ctx: Context) -> Rows:
    config = ctx.config
    if rolling.is_chosen(ctx):
        kept = f"{config.rolling.questions} a page"
        held = f"the last {config.rolling.history} questions"
        return ("strategy", rolling.label(ctx)), ("questions", kept), ("conversation", held)
    return (
        ("strategy", "coverage"),
        ("goals a call", str(config.goals_per_call)),
        ("turns", str(config.generate.turns)),
    )
