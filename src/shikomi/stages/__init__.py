"""The verbs, in order. A stage is a module, or a pair of functions, with `pending` and `run`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shikomi.stages import (
    convert,
    evaluate,
    fetch,
    filters,
    finetune,
    freeze,
    generate,
    holdout,
    judge,
    quality,
    replay,
    report,
    section,
    study,
    written,
)
from shikomi.stages.context import Context, Endpoints, Progress, RoleName, StageReport

__all__ = [
    "STAGES",
    "Context",
    "Endpoints",
    "Progress",
    "RoleName",
    "Stage",
    "StageReport",
    "failures",
]


@dataclass(frozen=True, slots=True)
class Stage:
    name: str
    pending: Callable[[Context], Sequence[object]]
    run: Callable[[Context], StageReport]


def failures(ctx: Context) -> dict[str, list[str]]:
    """By stage, why its current items failed; `--retry-failed` makes them pending again.

    Raises:
        UserError: there is no source folder, or nothing in it.
    """
    found = {
        fetch.STAGE: fetch.failed(ctx),
        convert.STAGE: convert.failed(ctx),
        generate.STAGE: generate.failed(ctx),
        written.STAGE: written.failed(ctx),
        replay.STAGE: replay.failed(ctx),
        evaluate.STAGE: evaluate.failed(ctx),
    }
    return {stage: reasons for stage, reasons in found.items() if reasons}


STAGES: tuple[Stage, ...] = (
    Stage(fetch.STAGE, fetch.pending, fetch.run),
    Stage(convert.STAGE, convert.pending, convert.run),
    Stage(section.STAGE, section.pending, section.run),
    Stage(holdout.STAGE, holdout.pending, holdout.run),
    Stage(generate.STAGE, generate.pending, generate.run),
    Stage(filters.LINT, filters.lint_pending, filters.lint_run),
    Stage(filters.DEDUPLICATE, filters.deduplicate_pending, filters.deduplicate_run),
    Stage(judge.STAGE, judge.pending, judge.run),
    Stage(quality.STAGE, quality.pending, quality.run),
    Stage(written.STAGE, written.pending, written.run),
    Stage(replay.STAGE, replay.pending, replay.run),
    Stage(freeze.STAGE, freeze.pending, freeze.run),
    Stage(finetune.STAGE, finetune.pending, finetune.run),
    Stage(study.STAGE, study.pending, study.run),
    Stage(evaluate.STAGE, evaluate.pending, evaluate.run),
    Stage(report.STAGE, report.pending, report.run),
)
