"""`shikomi run` and the stages by name."""

from dataclasses import replace
from pathlib import Path

from shikomi import app
from shikomi.app.endpoints import Machine
from shikomi.cli.show import Show
from shikomi.stages import STAGES, Context, fetch, report
from shikomi.stages import failures as stage_failures


def run_project(
    folder: Path, stage: str | None, *, quiet: bool, retry_failed: bool, study: bool = False
) -> list[str]:
    """Run with progress on standard error. Returns the reasons of what failed."""
    with Show(quiet=quiet) as show:
        machine = replace(Machine.here(), downloading=show.downloading)
        with app.open_project(folder, machine, show.watch(), study=study) as ctx:
            if retry_failed:
                app.reopen_failed(ctx)
            failures = app.run(ctx, show.watch(), only=stage)
            _close(ctx, show, stage)
    return failures


def _close(ctx: Context, show: Show, stage: str | None) -> None:
    if stage is not None:
        _say_nothing_to_do(ctx, show, stage)
        return
    pending = [each.name for each in STAGES if each.pending(ctx)]
    if not pending:
        n_failed = sum(len(reasons) for reasons in stage_failures(ctx).values())
        but = f" but {n_failed} items that failed (`shikomi status` says why)" if n_failed else ""
        show.line(f"all done{but}: {ctx.out / report.HTML}")


def _say_nothing_to_do(ctx: Context, show: Show, stage: str) -> None:
    """Else a command that finds its work done would end without a word. `fetch` has its own."""
    if show.has_begun or stage == fetch.STAGE:
        return
    failed = len(stage_failures(ctx).get(stage, ()))
    but = f", but for what failed before ({failed}): --retry-failed tries again" if failed else ""
    show.line(f"nothing is pending up to {stage}{but}")
